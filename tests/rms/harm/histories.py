"""Histories to score: short to write, and drawn at random with the edge days that matter."""

from datetime import date, timedelta

from hypothesis import strategies as st

from rms.harm.history import DrugMarker, HarmHistory, HarmOffence, IntelligenceReport
from rms.records.choices import DRUG_MARKERS, GRADES

CHARGED = 1
DAYS_SCORED = (date(2026, 1, 1), date(2024, 2, 29), date(2025, 2, 28), date(2024, 3, 1), date(1969, 12, 31))
# Days before the day of the score: on it, after it, the window of five years and its neighbours, 12 months.
EDGES = (0, -1, 1, 1460, 1461, 1462, 1825, 1826, 1827, 364, 365, 366, 367)


def offence(id: str = "o1", on: date = date(2025, 1, 1), days: float | None = 1, **changes) -> HarmOffence:
    return HarmOffence(**{"id": id, "on": on, "days": days, "code": "04600", "outcome": CHARGED} | changes)


def history(*offences: HarmOffence, markers=(), reports=()) -> HarmHistory:
    return HarmHistory(offences, tuple(markers), tuple(reports))


def days_around(on: date) -> st.SearchStrategy[date]:
    before = st.sampled_from(EDGES) | st.integers(-400, 20_000)
    return before.map(lambda days: on - timedelta(days)) | st.sampled_from(
        [date(year, 2, 29) for year in (2016, 2020, 2024)]
    )


@st.composite
def histories(draw: st.DrawFn, on: date) -> HarmHistory:
    days = days_around(on)
    harms = st.none() | st.sampled_from([0, 1, 273.5, 5475]) | st.floats(0, 6000, allow_subnormal=False)
    outcomes = st.none() | st.integers(1, 22)
    stages = st.sampled_from([None, "suspected", "charged", "convicted"])
    offences = draw(st.lists(st.tuples(days, harms, outcomes, stages), max_size=8))
    markers = draw(st.lists(st.tuples(st.sampled_from(DRUG_MARKERS), days, st.none() | days), max_size=3))
    reports = draw(st.lists(st.tuples(st.sampled_from(GRADES), days), max_size=15))
    return HarmHistory(
        tuple(
            HarmOffence(f"o{at}", day, harm, "04600", outcome, stage)
            for at, (day, harm, outcome, stage) in enumerate(offences)
        ),
        tuple(
            DrugMarker(f"m{at}", kind, min(first, last or first), last and max(first, last))
            for at, (kind, first, last) in enumerate(markers)
        ),
        tuple(IntelligenceReport(f"r{at}", grade, day) for at, (grade, day) in enumerate(reports)),
    )
