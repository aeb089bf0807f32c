"""When the shares of the bands are said to have moved: the rule as a table."""

import pytest

from rms.harm.settings import BANDS
from rms.harm.shares import Finding, compare_shares

AT_FIRST = (8000, 1490, 360, 120, 30)  # the percentiles 80, 94.9, 98.5 and 99.7 of 10,000 people
NONE, NOTICE, ALARM, TOO_FEW = Finding.NONE, Finding.NOTICE, Finding.ALARM, Finding.TOO_FEW

# What is so, the counts before and now, the finding of the index, of each band, and of all.
TABLE = [
    ("nothing has moved", AT_FIRST, AT_FIRST, NONE, (NONE,) * 5, NONE),
    (
        "everybody twice: shares are the same",
        AT_FIRST,
        tuple(2 * n for n in AT_FIRST),
        NONE,
        (NONE,) * 5,
        NONE,
    ),
    (
        "a small band has grown fourfold, and the index is still below 0.1",
        AT_FIRST,
        (7910, 1490, 360, 120, 120),
        NONE,
        (NONE, NONE, NONE, NONE, ALARM),
        ALARM,
    ),
    (
        "twice as many, but chance could do it: the interval reaches below",
        AT_FIRST,
        (7970, 1490, 360, 120, 60),
        NONE,
        (NONE, NONE, NONE, NONE, NOTICE),
        NOTICE,
    ),
    (
        "a third more is not enough, however sure",
        (80000, 14900, 3600, 1200, 300),
        (79600, 14900, 3600, 1600, 300),
        NONE,
        (NONE,) * 5,
        NONE,
    ),
    (
        "half of a band is gone",
        AT_FIRST,
        (8240, 1490, 120, 120, 30),
        NONE,
        (NONE, NONE, ALARM, NONE, NONE),
        ALARM,
    ),
    (
        "many have moved up one band: the index is from 0.1 on",
        AT_FIRST,
        (6600, 2890, 360, 120, 30),
        NOTICE,
        (NONE, NOTICE, NONE, NONE, NONE),
        NOTICE,
    ),
    (
        "many more have moved up: the index is from 0.25 on",
        AT_FIRST,
        (5800, 3690, 360, 120, 30),
        ALARM,
        (NONE, ALARM, NONE, NONE, NONE),
        ALARM,
    ),
    (
        "a band with fewer than 10 people on both days is not judged alone",
        (800, 149, 36, 12, 3),
        (794, 149, 36, 12, 9),
        NONE,
        (NONE, NONE, NONE, NONE, TOO_FEW),
        NONE,
    ),
    ("fewer than 200 people then", (160, 29, 7, 2, 1), AT_FIRST, TOO_FEW, (TOO_FEW,) * 5, TOO_FEW),
    ("fewer than 200 people now", AT_FIRST, (0, 0, 0, 0, 199), TOO_FEW, (TOO_FEW,) * 5, TOO_FEW),
    ("nobody has a score", (0,) * 5, (0,) * 5, TOO_FEW, (TOO_FEW,) * 5, TOO_FEW),
]


@pytest.mark.parametrize(
    ("before", "now", "of_index", "of_bands", "finding"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_when_shares_have_moved(
    before: tuple[int, ...],
    now: tuple[int, ...],
    of_index: Finding,
    of_bands: tuple[Finding, ...],
    finding: Finding,
) -> None:
    found = compare_shares(before, now)
    assert (found.of_index, tuple(one.finding for one in found.bands)) == (of_index, of_bands)
    assert found.finding is finding
    assert (found.psi is None) == (of_index is TOO_FEW)


def test_the_shares_have_their_counts() -> None:
    top = compare_shares(AT_FIRST, (7910, 1490, 360, 120, 120)).bands[-1]
    assert (top.band, top.people_before, top.people) == (BANDS[-1], 30, 120)
    assert (top.before, top.now) == (0.003, 0.012)
    assert top.interval[0] < 0.012 < top.interval[1]


def test_each_band_has_a_number() -> None:
    with pytest.raises(ValueError, match="5 bands"):
        compare_shares((1, 2), AT_FIRST)
