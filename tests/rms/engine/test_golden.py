"""The golden case of the `nearest` policy, as written in the design (five items, sixteen cases)."""

import numpy as np
import pytest

from rms.engine.encoding import Encoding
from rms.engine.library import ProcessCases
from rms.engine.metric import PlainMetric
from rms.engine.neighbours import Candidates, flat_index
from rms.engine.policy import Nearest
from rms.engine.simulation import weigh
from rms.engine.weights import effective_size, percents, wilson
from rms.instrument import ItemKind
from tests.rms.engine.libraries import SMALL

U = np.nan
# case, person, items (three ordinals of four levels, a count, an age), actual
LIBRARY = [
    (1, 1, (3, 2, 1, 5, 24), 2),
    (2, 2, (3, 2, 1, 5, 24), 2),
    (3, 3, (2, 2, 1, 4, 26), 1),
    (4, 4, (3, 3, 2, 8, 22), 2),
    (5, 5, (2, 1, 1, 3, 30), 1),
    (6, 6, (1, 1, 0, 2, 35), 1),
    (7, 7, (3, 1, 2, 6, 23), 2),
    (8, 8, (2, 3, 1, 7, 28), 2),
    (9, 9, (0, 0, 0, 0, 45), 1),
    (10, 10, (3, 2, U, 5, 25), 2),
    (11, 11, (1, 2, 1, 4, 27), 1),
    (12, 12, (2, 2, 2, 9, 21), 2),
    (13, 13, (3, 3, 3, 15, 20), 2),
    (14, 99, (3, 2, 1, 5, 24), 2),  # an earlier release of the person asked about: no candidate
    (15, 15, (2, 1, 1, 3, 30), 2),
    (16, 1, (1, 0, 0, 1, 33), 1),  # a second release of person 1: the nearest counts
]
ENCODINGS = (
    *(Encoding(ItemKind.ORDINAL, levels=4) for _ in range(3)),
    Encoding(ItemKind.COUNT, high=20),
    Encoding(ItemKind.NUMBER, low=18, high=60),
)
MEAN = np.array([0.7083333333333333, 0.5625, 0.3777777777777777, 0.5388368067871079, 0.22172619047619047])
VARIANCE = np.array(
    [0.09548611111111112, 0.09331597222222222, 0.07209876543209875, 0.04329509797515212, 0.021238573554421766]
)
QUERY = np.array([[3.0, 2.0, 1.0, 5.0, 25.0]])


def golden_cases() -> ProcessCases:
    metric = PlainMetric(ENCODINGS, MEAN, VARIANCE)
    places = metric.coordinates(np.array([items for _, _, items, _ in LIBRARY], float))
    persons = np.array([person for _, person, _, _ in LIBRARY], np.uint64)
    candidates = Candidates(places, persons, flat_index(places), metric.scale, False, places.T)
    actual = np.array([actual for *_, actual in LIBRARY], np.uint8)
    return ProcessCases(SMALL.processes[0], np.arange(len(LIBRARY)), actual, metric, candidates, np.empty(0))


def test_the_constants_are_those_of_the_library():
    encoded = np.concatenate(
        [e.encode(v) for e, v in zip(ENCODINGS, np.array([c[2] for c in LIBRARY], float).T, strict=True)], 1
    )
    np.testing.assert_allclose(np.nanmean(encoded, axis=0), MEAN, atol=1e-15)
    np.testing.assert_allclose(np.nanvar(encoded, axis=0), VARIANCE, atol=1e-15)


def test_the_golden_case():
    cases = golden_cases()
    found = weigh(QUERY, np.array([99], np.uint64), cases, Nearest())
    counts = found.weights[0] > 0
    rows, distances, weights = found.rows[0][counts], found.distances[0][counts], found.weights[0][counts]
    assert [LIBRARY[row][0] for row in rows] == [1, 2, 10, 3, 7, 8, 4, 5, 15, 12]
    np.testing.assert_allclose(
        distances,
        [
            0.0106479427,
            0.0106479427,
            0.1217161239,
            0.1518316375,
            0.2130978223,
            0.2173720049,
            0.2213868972,
            0.225446706,
            0.225446706,
            0.2277912949,
        ],
        atol=1e-10,
    )
    score = float(weights @ cases.actual[rows])
    size = effective_size(weights[None, :])
    low, high = wilson(np.array([score]), size)
    assert score == pytest.approx(1.826820849709864, abs=1e-12)
    assert size[0] == pytest.approx(8.00875852440578, abs=1e-11)
    assert (low[0], high[0]) == pytest.approx((1.4807900702637828, 1.9609620410845758), abs=1e-12)
    assert percents(weights) == [18.72, 18.72, 13.5, 11.25, 6.85, 6.57, 6.32, 6.07, 6.07, 5.93]
    assert np.round(weights @ _percent_of_scale(rows), 1) == pytest.approx(88.0)


def _percent_of_scale(rows: np.ndarray) -> np.ndarray:
    """The first item of each case in percent of its scale."""
    return np.array([LIBRARY[row][2][0] for row in rows]) / 3 * 100
