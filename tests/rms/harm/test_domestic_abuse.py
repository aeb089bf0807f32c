"""The RFS figure for domestic abuse: its formula, and the fast one against the plain one."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.harm.catalogue import harm_settings
from rms.harm.columnar import HarmColumns, columns_of, harm_scores
from rms.harm.domestic_abuse import RFS, rfs_figure, rfs_settings_of
from rms.harm.history import DrugMarker, IntelligenceReport
from rms.harm.score import harm_score
from rms.harm.settings import COMPONENTS
from tests.rms.harm.histories import DAYS_SCORED, histories, history, offence

ON = date(2026, 1, 1)
SETTINGS = harm_settings()


def test_the_weights_are_those_of_the_three_components_scaled_to_one() -> None:
    found = rfs_settings_of(SETTINGS)
    expected = {"recency": 0.25, "frequency": 0.25, "severity": 0.5, "drugs": 0, "intelligence": 0}
    assert found.weights == pytest.approx(expected)
    assert found.version == "rms-harm-1-domestic-abuse"


# The offences, and the figure by hand: the example of docs/harm.md has 50.02, 18.67 and 62.56.
TABLE = [
    ((), None),
    ((offence(on=date(2025, 1, 1), days=273.5),), 0.25 * 50.02 + 0.25 * 18.67 + 0.5 * 62.56),
    ((offence(on=date(2025, 1, 1), days=273.5, outcome=18),), None),
    ((offence(on=date(2025, 1, 1), days=273.5, stage="suspected"),), None),
    ((offence(on=date(2026, 1, 2), days=273.5),), None),
]


@pytest.mark.parametrize(("offences", "expected"), TABLE)
def test_the_formula(offences: tuple, expected: float | None) -> None:
    found = rfs_figure(history(*offences), on=ON, settings=SETTINGS)
    assert (found is None) == (expected is None)
    if found is not None:
        assert found.score == pytest.approx(expected, abs=0.01)
        assert sum(sum(part.values()) for part in found.parts.values()) == pytest.approx(found.score)


def test_drugs_and_intelligence_add_nothing() -> None:
    known = history(
        offence(),
        markers=[DrugMarker("m", "supply", ON)],
        reports=[IntelligenceReport("r", "A", ON)],
    )
    found, alone = (rfs_figure(one, on=ON, settings=SETTINGS) for one in (known, history(offence())))
    assert found == alone
    whole = harm_score(known, on=ON, settings=SETTINGS)
    assert whole is not None and found is not None and whole.drugs == 100 and found.drugs == 0


@given(data=st.data(), on=st.sampled_from(DAYS_SCORED))
def test_the_figures_of_many_are_the_figures_of_each(data: st.DataObject, on: date) -> None:
    cases = data.draw(st.lists(histories(on), max_size=5))
    columns = columns_of(cases, settings=SETTINGS)
    scores = harm_scores(
        HarmColumns(columns.people, columns.offences), on=on, settings=rfs_settings_of(SETTINGS)
    )
    for at, case in enumerate(cases):
        plain = rfs_figure(case, on=on, settings=SETTINGS)
        assert scores.scored[at] == (plain is not None)
        for name in ("score", *RFS):
            value = getattr(scores, name)[at]
            if plain is None:
                assert np.isnan(value)
            else:
                assert value == pytest.approx(getattr(plain, name), abs=1e-9), name
    assert set(RFS) < set(COMPONENTS)
