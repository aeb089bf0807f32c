from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput
from rms.harm.bands import Cuts, band_of, bands_of, cuts_of, nearest_rank
from rms.harm.catalogue import harm_settings
from rms.harm.settings import BANDS

ON = date(2026, 1, 1)
CUTS = Cuts("rms-harm-1", ON, (20.0, 40.0, 60.0, 80.0))


@pytest.mark.parametrize(
    ("n", "ranks"),
    [
        (1, [1, 1, 1, 1]),
        (5, [4, 5, 5, 5]),
        (1000, [800, 949, 985, 997]),  # 94.9 / 100 * 1000 is 949.0000000000001 in floats, so rank 950
        (1001, [801, 950, 986, 998]),
        (2000, [1600, 1898, 1970, 1994]),
        (97_643, [78_115, 92_664, 96_179, 97_351]),
        (1_000_000, [800_000, 949_000, 985_000, 997_000]),
    ],
)
def test_ranks_are_exact(n, ranks):
    assert [nearest_rank(Fraction(p), n) for p in harm_settings().bands.values()] == ranks


@given(tenths=st.integers(1, 1000), n=st.integers(1, 10_000))
def test_the_nearest_rank_is_the_first_that_covers_the_percentile(tenths, n):
    rank = nearest_rank(Fraction(tenths, 10), n)
    assert rank * 1000 >= tenths * n > (rank - 1) * 1000


def test_cuts_are_scores_of_people():
    cuts = cuts_of(np.arange(1000, 0, -1) / 10, on=ON, settings=harm_settings())
    assert cuts == Cuts("rms-harm-1", ON, (80.0, 94.9, 98.5, 99.7))


def test_other_percentiles_give_other_cuts():
    bands = {name: Fraction(p) for name, p in zip(BANDS[1:], (50, 60, 70, 100), strict=True)}
    cuts = cuts_of(np.arange(1, 11.0), on=ON, settings=replace(harm_settings(), bands=bands))
    assert cuts.scores == (5, 6, 7, 10)


def test_people_without_a_score_are_left_out_and_somebody_must_have_one():
    assert cuts_of([np.nan, 7.0, np.nan], on=ON, settings=harm_settings()).scores == (7.0,) * 4
    with pytest.raises(InvalidInput, match="Nobody has a harm score"):
        cuts_of([np.nan], on=ON, settings=harm_settings())


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0, "low"),
        (19.999, "low"),
        (20, "low-medium"),
        (39.999, "low-medium"),
        (40, "medium-high"),
        (60, "high"),
        (79.999, "high"),
        (80, "super-high"),
        (100, "super-high"),
    ],
)
def test_a_score_equal_to_a_cut_lies_in_the_upper_band(score, band):
    assert band_of(score, CUTS) == band
    assert BANDS[bands_of([score], CUTS)[0]] == band


def test_the_last_bit_of_a_score_does_not_decide_its_band():
    assert band_of(np.nextafter(40, 0), CUTS) == band_of(40, CUTS) == band_of(np.nextafter(40, 50), CUTS)


def test_equal_cuts_leave_the_bands_between_them_empty():
    cuts = Cuts("rms-harm-1", ON, (20.0, 20.0, 20.0, 80.0))
    assert [band_of(score, cuts) for score in (19, 20, 80)] == ["low", "high", "super-high"]


def test_people_without_a_score_have_no_band():
    assert bands_of([np.nan, 50.0], CUTS).tolist() == [-1, 2]


@pytest.mark.parametrize("scores", [(1.0, 2.0, 3.0), (1.0, 3.0, 2.0, 4.0)])
def test_cuts_that_fall_or_are_too_few_are_refused(scores):
    with pytest.raises(InvalidInput, match="There must be 4 scores, none below the one before"):
        Cuts("rms-harm-1", ON, scores)


SCORES = st.floats(0, 100) | st.sampled_from([20.0, 40.0, 60.0, 80.0])


@given(scores=st.lists(SCORES, min_size=1), cuts=st.lists(SCORES, min_size=4, max_size=4))
def test_many_bands_are_the_bands_of_each(scores, cuts):
    frozen = Cuts("rms-harm-1", ON, tuple(sorted(cuts)))
    assert [BANDS[place] for place in bands_of(scores, frozen)] == [
        band_of(score, frozen) for score in scores
    ]


@given(scores=st.lists(SCORES, min_size=1))
def test_a_score_equal_to_a_cut_lies_in_the_band_above_it(scores):
    cuts = cuts_of(scores, on=ON, settings=harm_settings())
    for place, cut in enumerate(cuts.scores, start=1):
        assert bands_of([cut], cuts)[0] >= place
