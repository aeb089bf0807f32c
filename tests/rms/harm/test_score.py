"""The formula of `rms-harm-1`, against figures worked out by hand.

With age a = days / 365.25 years:
  R = 100 · 2^(-a)   F = 100 · ln(1 + n) / ln 41   S = 100 · ln(1 + Σ s · 2^(-a/3)) / ln 5476
  score = .20 R + .20 F + .40 S + .10 D + .10 i
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.harm.history import DrugMarker, IntelligenceReport
from rms.harm.score import counted_offences, harm_score, shown_score, suspect_figure
from rms.harm.settings import COMPONENTS
from tests.rms.harm.histories import DAYS_SCORED, histories, history, offence

ON = date(2026, 1, 1)
BEFORE = date(2025, 1, 1)  # a = 365 / 365.25
CLOSE = pytest.approx
SUPPLY = DrugMarker("m1", "supply", BEFORE)
USE = DrugMarker("m2", "personal_use", BEFORE)
REPORTS = (IntelligenceReport("r1", "A", ON), IntelligenceReport("r2", "B", date(2025, 1, 2)))


def score_of(*offences, on=ON, settings=None, **others):
    return harm_score(history(*offences, **others), on=on, settings=settings or harm_settings())


# n offences of the same day and the same days of harm, scored on 1 January 2026. The last one has the drug
# marker "supply" and two reports of grades A and B.
VECTORS = """\
offences                 n  on         days   R              F              S             D   i  score
shoplifting              1  2025-01-01 1      50.0237272975  18.6652411239  6.7883592268  0   0  16.4531373750
residential burglary     1  2025-01-01 273.5  50.0237272975  18.6652411239  62.5572098069 0   0  38.7606776070
the burglary four times  4  2025-01-01 273.5  50.0237272975  43.3393477634  78.6216720788 0   0  50.1212838437
burglary on the day      1  2026-01-01 273.5  100            18.6652411239  65.2284658731 0   0  49.8244345740
5 years to the day       1  2021-01-01 273.5  3.1264829561   18.6652411239  51.9015599105 0   0  25.1189687802
5 years and a day        1  2020-12-31 273.5  3.1205553508   0              51.8942956386 0   0  21.3818293256
homicide on the day      1  2026-01-01 5475   100            18.6652411239  100           0   0  63.7330482248
a code without days      1  2025-01-01 -      50.0237272975  18.6652411239  0             0   0  13.7377936843
41 shopliftings          41 2026-01-01 1      100            100            43.4202264295 0   0  57.3680905718
drugs and reports        1  2025-01-01 273.5  50.0237272975  18.6652411239  62.5572098069 100 18 50.5606776070
"""
ROWS = VECTORS.splitlines()[1:]


def same(n: int, on: date, days: float | None) -> list:
    return [offence(f"o{at}", on, days) for at in range(n)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[:25].strip())
def test_the_score_and_its_components(row: str) -> None:
    n, on, days, *expected = row[25:].split()
    offences = same(int(n), date.fromisoformat(on), None if days == "-" else float(days))
    with_more = {"markers": [USE, SUPPLY], "reports": REPORTS} if row.startswith("drugs") else {}
    score = score_of(*offences, **with_more)
    for name, figure in zip((*COMPONENTS, "score"), expected, strict=True):
        assert getattr(score, name) == CLOSE(float(figure), abs=1e-9), name


def test_the_settings_of_the_formula_are_those_of_the_vectors():
    assert (harm_settings().version, score_of(offence()).version) == ("rms-harm-1", "rms-harm-1")
    assert crime_harm_index().days_of("04600", BEFORE) == 1
    assert crime_harm_index().days_of("02800", BEFORE) == 273.5


@pytest.mark.parametrize("outcome", [1, 2, 3, 4, 6, 7, 8])
def test_outcomes_that_count(outcome):
    assert score_of(offence(outcome=outcome)) == score_of(offence())


@pytest.mark.parametrize("outcome", [5, *range(9, 23), None])
def test_outcomes_that_do_not_count_give_no_score(outcome):
    assert score_of(offence(outcome=outcome)) is None
    assert score_of(offence(), offence("o2", ON, 5475, outcome=outcome)) == score_of(offence())


def test_a_suspected_offence_does_not_count_whatever_its_outcome():
    assert score_of(offence(stage="suspected")) is None
    assert score_of(offence(stage="charged")) == score_of(offence(stage="convicted")) == score_of(offence())


def test_an_offence_after_the_day_does_not_count_yet():
    assert score_of(offence(on=date(2026, 1, 2))) is None
    assert score_of(offence(on=date(2026, 1, 2)), on=date(2026, 1, 2)).recency == 100


def test_nobody_without_an_offence_has_a_score():
    assert score_of(markers=[SUPPLY], reports=REPORTS) is None


def test_suspect_offences_are_a_figure_of_their_own():
    case = history(
        offence("a"),
        *(offence(f"o{outcome}", outcome=outcome) for outcome in (9, 16, 21, 5, 18)),
        offence("b", stage="suspected", outcome=None),
        offence("c", outcome=None),
        offence("later", date(2026, 1, 2), outcome=9),
    )
    assert suspect_figure(case, on=ON, settings=harm_settings()) == 4
    assert harm_score(case, on=ON, settings=harm_settings()).score == score_of(offence("a")).score
    assert suspect_figure(history(offence()), on=ON, settings=harm_settings()) == 0


@pytest.mark.parametrize(
    ("offences", "gets_recency"),
    [
        ([offence("a", BEFORE, 5475), offence("b", ON, 1)], "b"),
        ([offence("a", ON, 1), offence("b", ON, 2)], "b"),
        ([offence("a", ON, None), offence("b", ON, 1)], "b"),
        ([offence("b", ON, 1), offence("a", ON, 1)], "a"),
        ([offence("b", ON, None), offence("a", ON, 0)], "a"),
    ],
    ids=["latest", "most severe", "unknown is 0", "lowest id", "unknown and 0 are equal"],
)
def test_recency_goes_to_one_offence(offences, gets_recency):
    assert score_of(*offences).parts["recency"] == {gets_recency: CLOSE(20)}


def test_the_parts_of_a_score():
    """Of two offences on the day, and one that is too old for the window."""
    score = score_of(
        offence("old", date(2020, 12, 31), 273.5), *same(2, ON, 100), markers=[USE, SUPPLY], reports=REPORTS
    )
    aged = 273.5 * 2 ** (-1827 / 365.25 / 3)
    points = 0.4 * score.severity
    assert score.parts == {
        "recency": {"o0": CLOSE(20)},
        "frequency": {"o0": CLOSE(0.1 * score.frequency), "o1": CLOSE(0.1 * score.frequency)},
        "severity": {
            "old": CLOSE(points * aged / (aged + 200)),
            "o0": CLOSE(points * 100 / (aged + 200)),
            "o1": CLOSE(points * 100 / (aged + 200)),
        },
        "drugs": {"m1": CLOSE(10)},
        "intelligence": {"r1": CLOSE(1), "r2": CLOSE(0.8)},
    }


def test_drugs_go_to_the_highest_marker_and_of_equal_ones_to_the_lowest_id():
    markers = [replace(SUPPLY, id=id) for id in ("m9", "m1")]
    assert score_of(offence(), markers=[USE, *markers]).parts["drugs"] == {"m1": CLOSE(10)}
    ended = replace(SUPPLY, last=date(2025, 12, 31))
    assert score_of(offence(), markers=[USE, ended]).drugs == 40
    assert score_of(offence(), markers=[ended]).parts["drugs"] == {}


@pytest.mark.parametrize(
    ("on", "reported", "counts"),
    [
        (date(2026, 1, 1), date(2025, 1, 1), False),
        (date(2026, 1, 1), date(2025, 1, 2), True),
        (date(2026, 1, 1), date(2026, 1, 1), True),
        (date(2026, 1, 1), date(2026, 1, 2), False),
        (date(2024, 2, 29), date(2023, 2, 28), False),
        (date(2024, 2, 29), date(2023, 3, 1), True),
        (date(2025, 2, 28), date(2024, 2, 28), False),
        (date(2025, 2, 28), date(2024, 2, 29), True),
    ],
)
def test_reports_of_the_last_12_months(on, reported, counts):
    score = score_of(offence(on=date(2020, 1, 1)), reports=[IntelligenceReport("r", "A", reported)], on=on)
    assert score.intelligence == (10 if counts else 0)


def test_intelligence_is_capped_and_an_unreliable_source_gives_nothing():
    many = [IntelligenceReport(f"r{at:02}", "AE"[at == 19], ON) for at in range(20)]
    score = score_of(offence(), reports=many)
    assert score.intelligence == 100
    assert score.parts["intelligence"]["r00"] == CLOSE(10 / 19)
    assert score.parts["intelligence"]["r19"] == 0
    assert score_of(offence(), reports=[IntelligenceReport("r", "E", ON)]).parts["intelligence"] == {"r": 0}


def test_unknown_codes_count_no_days_and_are_named_once():
    unknown = [
        offence(f"u{at}", BEFORE, None, code=code) for at, code in enumerate(["99999", "01234", "99999"])
    ]
    score = score_of(offence("a", BEFORE, 1), *unknown)
    assert score.unknown_codes == ("01234", "99999")
    assert score.severity == CLOSE(6.788359226846, abs=1e-9)
    assert score.parts["severity"] == {"a": CLOSE(0.4 * score.severity), "u0": 0, "u1": 0, "u2": 0}
    assert score_of(offence("a"), offence("b", days=None, outcome=9)).unknown_codes == ()


def test_the_shown_score_has_one_decimal_half_up():
    assert [str(shown_score(score)) for score in (34.25, 34.249999, 99.95, 7)] == [
        "34.3",
        "34.2",
        "100.0",
        "7.0",
    ]
    assert score_of(offence()).shown == Decimal("16.5")


def test_an_offence_whose_age_is_exactly_the_window_is_counted():
    """Only a window of a multiple of 4 years is a whole number of days: 1,461."""
    settings = replace(harm_settings(), frequency=replace(harm_settings().frequency, window=4))
    assert score_of(offence(on=date(2022, 1, 1)), settings=settings).frequency > 0
    assert score_of(offence(on=date(2021, 12, 31)), settings=settings).frequency == 0


def test_changed_constants_change_the_score():
    settings = harm_settings()
    other = replace(settings, recency=replace(settings.recency, half_life=2), version="county-1")
    score = score_of(offence(), settings=other)
    assert score.recency == CLOSE(100 * 2 ** (-365 / 365.25 / 2))
    assert score.version == "county-1"


@given(data=st.data(), on=st.sampled_from(DAYS_SCORED))
def test_the_parts_add_to_the_score(data, on):
    case = data.draw(histories(on))
    score = harm_score(case, on=on, settings=harm_settings())
    counted = counted_offences(case, on=on, settings=harm_settings())
    if score is None:
        assert not counted
        return
    weights = harm_settings().weights
    for name in COMPONENTS:
        component = getattr(score, name)
        assert 0 <= component <= 100
        assert sum(score.parts[name].values()) == CLOSE(weights[name] * component, abs=1e-9)
    assert sum(sum(part.values()) for part in score.parts.values()) == CLOSE(score.score, abs=1e-9)
    assert {id for name in COMPONENTS[:3] for id in score.parts[name]} == {entry.id for entry in counted}


@given(data=st.data(), on=st.sampled_from(DAYS_SCORED))
def test_the_order_of_the_records_does_not_matter(data, on):
    case = data.draw(histories(on))
    turned = history(*case.offences[::-1], markers=case.markers[::-1], reports=case.reports[::-1])
    one, other = (harm_score(each, on=on, settings=harm_settings()) for each in (case, turned))
    assert (one is None) == (other is None)
    if one and other:
        assert one.score == CLOSE(other.score, abs=1e-9)
        for name in COMPONENTS:
            assert one.parts[name] == CLOSE(other.parts[name], abs=1e-9)
