"""The rules of handover as tables: dates of release, the start and the handover, and who is responsible."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput, NotFound
from rms.rules.catalogue import HANDOVER
from rms.rules.handover import HandoverCase, handover, handover_rules_from

JULY, OCTOBER, SINCE = (HANDOVER.named(name) for name in HANDOVER.versions)
LONG_AGO = date(2019, 12, 1)
PRISONER = HandoverCase(age=30, resourcing="enhanced", sentence_start=LONG_AGO)
EARLIER = replace(PRISONER, sentence_start=date(2019, 10, 15))
LIFE = replace(PRISONER, indeterminate=True)
NORMAL = replace(PRISONER, resourcing="normal", estate="none of them")


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def days(text: str) -> dict[str, date]:
    """`crd 2021-07-16, ard 2021-08-16` as fields."""
    pairs = (part.split() for part in text.split(", ") if part)
    return {name: date.fromisoformat(written) for name, written in pairs}


# rules of July 2022: the case, its dates, today, start, handover
OF_JULY: list[tuple[HandoverCase, str, str, str, str]] = [
    (PRISONER, "ard 2025-08-30", "2024-01-01", "2025-01-15", "2025-04-15"),
    (LIFE, "ted 2025-08-30", "2024-01-01", "2024-12-30", "2024-12-30"),
    (LIFE, "ted 2025-11-01", "2024-01-01", "2025-03-01", "2025-03-01"),
    (LIFE, "ted 2023-01-01, prd 2025-11-01, ped 2025-12-01", "2024-01-01", "2025-03-01", "2025-03-01"),
    (NORMAL, "ard 2019-08-01, crd 2019-08-12", "2019-01-01", "2019-05-09", "2019-05-09"),
    (
        NORMAL,
        "ard 2019-08-01, crd 2019-08-12, hdced 2019-07-25",
        "2019-01-01",
        "2019-05-02",
        "2019-05-02",
    ),
    (
        NORMAL,
        "ard 2019-08-01, crd 2019-08-12, hdced 2019-07-25, hdcad 2019-07-26",
        "2019-01-01",
        "2019-05-03",
        "2019-05-03",
    ),
    (EARLIER, "ped 2020-09-30, crd 2022-01-01", "2020-01-01", "2020-01-30", "2020-01-30"),
    (PRISONER, "crd 2021-07-16, ard 2021-08-16", "2020-01-01", "2020-12-01", "2021-03-01"),
    (PRISONER, "crd 2021-08-17, ard 2021-08-16", "2020-01-01", "2021-01-01", "2021-04-01"),
    (
        PRISONER,
        "crd 2021-08-17, ard 2021-08-16, hdced 2021-02-28",
        "2020-01-01",
        "2021-01-01",
        "2021-02-28",
    ),
    (
        PRISONER,
        "crd 2021-08-17, ard 2021-08-16, hdced 2021-02-28, hdcad 2021-02-15",
        "2020-01-01",
        "2021-01-01",
        "2021-02-15",
    ),
    (replace(PRISONER, mappa_level=0), "crd 2021-07-16", "2020-01-01", "2020-12-01", "2021-03-01"),
    (replace(PRISONER, mappa_level=1), "crd 2021-07-16", "2020-01-01", "2020-12-01", "2021-03-01"),
    (replace(PRISONER, mappa_level=2), "crd 2100-09-20", "2020-01-01", "2100-02-05", "2100-02-05"),
    (replace(PRISONER, mappa_level=3), "crd 2021-09-20", "2021-03-01", "2021-02-05", "2021-03-01"),
    (replace(PRISONER, early_allocation=True), "crd 2021-06-02", "2020-01-01", "2020-03-02", "2020-03-02"),
    (replace(PRISONER, early_allocation=True), "ard 2021-06-01", "2020-01-01", "2020-03-01", "2020-03-01"),
    (PRISONER, "crd 2021-06-02", "2020-01-01", "2020-10-18", "2021-01-18"),
]


def decided(case: HandoverCase, rules: Any, dates: str, today: str) -> Any:
    return handover(replace(case, **days(dates)), rules, today=date.fromisoformat(today))


@pytest.mark.parametrize(("case", "dates", "today", "start", "expected"), OF_JULY)
def test_the_dates_of_july_2022(case, dates, today, start, expected):
    decision = decided(case, JULY, dates, today)
    assert decision.results == {"start": day(start), "handover": day(expected)}


OF_OCTOBER = [
    (PRISONER, "crd 2021-07-16, ard 2021-08-16", "2020-12-01"),
    (replace(PRISONER, mappa_level=3), "crd 2021-07-16", "2020-12-01"),
    (replace(PRISONER, sentence_start=date(2021, 1, 1)), "crd 2021-12-15", "2021-04-30"),
    (PRISONER, "crd 2020-11-01, ard 2021-08-16", "2020-03-17"),
    (replace(PRISONER, sentence_start=date(2020, 3, 30)), "crd 2021-02-10", "2020-06-25"),
]


@pytest.mark.parametrize(("case", "dates", "expected"), OF_OCTOBER)
def test_the_dates_of_october_2022_are_one_day(case, dates, expected):
    decision = decided(case, OCTOBER, dates, "2020-01-01")
    assert decision.results == {"start": day(expected), "handover": day(expected)}


STARTED = replace(PRISONER, sentence_start=date(2024, 1, 1))
LIFER = replace(LIFE, sentence_start=date(2024, 1, 1))
# the rules since 2023: the case, its dates, the row, the handover
OF_2023 = [
    (STARTED, "crd 2024-10-31", "short", ""),
    (STARTED, "crd 2024-11-01", "short", ""),
    (STARTED, "crd 2024-11-02", "determinate", "2024-02-17"),
    (STARTED, "crd 2024-11-03", "determinate", "2024-02-18"),
    (replace(STARTED, early_allocation=True), "crd 2026-01-01", "early allocation", "2024-10-01"),
    (replace(STARTED, early_allocation=True), "ped 2026-01-01", "early allocation", "2024-10-01"),
    (replace(LIFER, early_allocation=True), "ted 2026-01-01", "early allocation", "2024-10-01"),
    (STARTED, "ped 2026-01-01, crd 2027-01-01", "parole", "2025-01-01"),
    (LIFER, "ted 2026-01-01", "indeterminate", "2025-01-01"),
    (replace(STARTED, resourcing="normal"), "crd 2024-11-03", "determinate", "2024-02-18"),
]


@pytest.mark.parametrize(("case", "dates", "row", "expected"), OF_2023)
def test_the_dates_since_2023(case, dates, row, expected):
    decision = decided(case, SINCE, dates, "2024-06-01")
    assert ([reason.row for reason in decision.reasons], decision.results["handover"]) == (
        [row],
        day(expected),
    )


def test_ten_months_are_counted_from_the_first_day_of_the_sentence():
    """28 February and ten months is 28 December: three more days are not short."""
    case = replace(STARTED, sentence_start=date(2025, 2, 28))
    assert decided(case, SINCE, "crd 2025-12-28", "2025-03-01").reasons[0].row == "short"
    assert decided(case, SINCE, "crd 2025-12-29", "2025-03-01").reasons[0].row == "determinate"


# tariff and target hearing, today 2024-06-01, the release that counts
RELEASES = [
    ("ted 2025-01-01, thd 2025-02-01", "2025-01-01"),
    ("ted 2025-02-01, thd 2025-01-01", "2025-02-01"),
    ("thd 2025-02-01", "2025-02-01"),
    ("ted 2024-01-01, thd 2025-02-01", "2025-02-01"),
    ("thd 2024-02-01", "2024-02-01"),
    ("ted 2024-02-01", "2024-02-01"),
    ("ted 2024-02-01, thd 2024-03-01", "2024-03-01"),
    ("ted 2024-03-01, thd 2024-02-01", "2024-03-01"),
    ("ted 2024-03-01, thd 2024-03-01", "2024-03-01"),
]


@pytest.mark.parametrize(("dates", "release"), RELEASES)
def test_the_earliest_release_of_a_sentence_without_end(dates, release):
    decision = decided(LIFER, SINCE, dates, "2024-06-01")
    expected = date.fromisoformat(release)
    assert decision.results["handover"] == expected.replace(year=expected.year - 1)


FAR, NEAR = "thd 2025-12-01", "thd 2025-05-31"  # from 2024-06-01: 18 months, and a day less than 12
# the case, its dates, who is responsible, the row
SPECIAL = [
    (
        replace(LIFER, life_sentences_from=(date(2010, 1, 1), date(2012, 1, 1))),
        FAR,
        "pom",
        "further sentence",
    ),
    (replace(LIFER, recalled=True), FAR, "pom_with_com", "recalled, hearing later"),
    (replace(LIFER, recalled=True), "thd 2025-06-01", "pom_with_com", "recalled, hearing later"),
    (replace(LIFER, recalled=True), NEAR, "com", "recalled"),
    (replace(LIFER, recalled=True, mappa_level=2), FAR, "com", "recalled"),
    (replace(LIFER, recalled=True, mappa_level=1), FAR, "pom_with_com", "recalled, hearing later"),
    (
        replace(LIFER, parole_refused_on=date(2024, 5, 1), mappa_level=3),
        FAR,
        "com",
        "parole refused, MAPPA 2 or 3",
    ),
    (replace(LIFER, parole_refused_on=date(2024, 5, 1)), FAR, "pom_with_com", "parole refused"),
    (replace(LIFER, parole_refused_on=date(2024, 5, 1)), NEAR, "com", "indeterminate"),
    (replace(LIFER, parole_refused_on=date(2015, 5, 1)), FAR, "pom", "indeterminate"),
    (replace(STARTED, parole_refused_on=date(2024, 5, 1)), "crd 2027-01-01", "pom", "determinate"),
    (replace(STARTED, recalled=True), "crd 2027-01-01", "com", "recalled"),
    (replace(STARTED, recall_code=True), "crd 2027-01-01", "com", "recalled"),
    (replace(STARTED, immigration=True), "crd 2027-01-01", "com", "immigration"),
    (STARTED, "", "pom", "no release date"),
]


@pytest.mark.parametrize(("case", "dates", "responsible", "row"), SPECIAL)
def test_special_cases_come_first(case, dates, responsible, row):
    decision = decided(case, SINCE, dates, "2024-06-01")
    assert (decision.outcome, [reason.row for reason in decision.reasons]) == (responsible, [row])


# estate, start of the sentence, release, the row of July 2022
POLICY = [
    ("england", "2019-10-01", "2020-12-01", "enhanced"),
    ("england", "2019-09-30", "2021-02-14", "before the policy"),
    ("england", "2019-09-30", "2021-02-15", "enhanced"),
    ("england_hub_or_private", "2019-09-30", "2021-05-31", "before the policy"),
    ("england_hub_or_private", "2019-09-30", "2021-06-01", "enhanced"),
    ("wales", "2019-02-04", "2020-05-03", "enhanced"),
    ("wales", "2019-02-03", "2020-05-03", "before the policy"),
    ("wales", "2019-02-03", "2020-05-04", "enhanced"),
    ("women", "2021-04-29", "2022-09-29", "before the policy"),
    ("women", "2021-04-29", "2022-09-30", "enhanced"),
]


@pytest.mark.parametrize(("estate", "start", "release", "row"), POLICY)
def test_the_first_days_of_the_policy(estate, start, release, row):
    case = replace(PRISONER, estate=estate, sentence_start=date.fromisoformat(start))
    decision = decided(case, JULY, f"crd {release}", "2020-01-01")
    assert [reason.row for reason in decision.reasons] == [row]


def test_a_short_time_in_custody_has_no_handover_but_normal_resourcing_has():
    case = replace(PRISONER, sentence_start=date(2022, 1, 1))
    decision = decided(case, JULY, "crd 2022-11-01", "2022-08-01")
    assert (decision.outcome, decision.reasons[0].row, decision.results["handover"]) == ("com", "short", None)
    normal = decided(replace(case, resourcing="normal"), JULY, "crd 2022-11-01", "2022-08-01")
    assert normal.results["handover"] == date(2022, 8, 9)


@pytest.mark.parametrize(
    ("today", "responsible"),
    [
        ("2025-01-14", "pom"),
        ("2025-01-15", "pom_with_com"),
        ("2025-04-14", "pom_with_com"),
        ("2025-04-15", "com"),
    ],
)
def test_who_is_responsible_follows_from_the_day(today, responsible):
    assert decided(PRISONER, JULY, "ard 2025-08-30", today).outcome == responsible


# rules, arrival in an open prison, start, handover
OPEN = [
    (JULY, "2024-01-10", "2024-01-10", "2024-12-30"),
    (JULY, "2025-02-01", "2025-02-01", "2025-02-01"),
    (SINCE, "2024-01-10", "2024-01-10", "2024-08-30"),
    (SINCE, "2025-02-01", "2024-08-30", "2024-08-30"),
]


@pytest.mark.parametrize(("rules", "arrived", "start", "expected"), OPEN)
def test_the_rules_of_open_prisons(rules, arrived, start, expected):
    case = replace(LIFE, opened_on=date.fromisoformat(arrived))
    decision = decided(case, rules, "ted 2025-08-30", "2023-12-01")
    assert decision.results == {"start": day(start), "handover": day(expected)}


@pytest.mark.parametrize("case", [replace(PRISONER, age=17), replace(PRISONER, sentenced=False)])
def test_outside_the_rules_there_is_no_outcome(case):
    decision = decided(case, SINCE, "crd 2027-01-01", "2024-06-01")
    assert (decision.outcome, decision.reasons[0].row) == (None, "outside")


# what is known, the flag
FLAGGED = [
    ({"recall_code": True}, "recall_disagrees"),
    ({"age": None}, "age_missing"),
    ({"resourcing": None}, "resourcing_missing"),
    ({"sentence_start": None}, "sentence_start_missing"),
    ({"parole_refused_on": date(2015, 1, 1)}, "parole_refusal_earlier"),
]


@pytest.mark.parametrize(("known", "flag"), FLAGGED)
def test_what_is_missing_or_contradictory_is_flagged(known, flag):
    decision = decided(replace(PRISONER, **known), SINCE, "crd 2027-01-01", "2024-06-01")
    assert [one.name for one in decision.flags] == [flag]
    assert decision.outcome is not None


@pytest.mark.parametrize(
    ("on", "version"),
    [
        ("2022-07-13", "handover-2022-07"),
        ("2022-09-30", "handover-2022-07"),
        ("2022-10-01", "handover-2022-10"),
        ("2023-04-30", "handover-2022-10"),
        ("2023-05-01", "handover-2023"),
    ],
)
def test_a_set_is_in_force_from_its_first_day_on(on, version):
    assert HANDOVER.in_force(date.fromisoformat(on)).head.version == version


def test_before_the_first_set_there_is_none():
    with pytest.raises(NotFound, match="No rule set was in force on 2022-07-12"):
        HANDOVER.in_force(date(2022, 7, 12))


moments = st.none() | st.dates(date(2019, 1, 1), date(2040, 1, 1))
cases = st.builds(
    HandoverCase,
    age=st.sampled_from([None, 17, 18, 40]),
    sentenced=st.booleans(),
    immigration=st.booleans(),
    recalled=st.booleans(),
    resourcing=st.sampled_from([None, "normal", "enhanced"]),
    indeterminate=st.booleans(),
    early_allocation=st.booleans(),
    mappa_level=st.sampled_from([None, 0, 1, 2, 3]),
    sentence_start=moments,
    **dict.fromkeys(("crd", "ard", "ped", "ted", "thd", "prd", "hdced", "hdcad", "opened_on"), moments),
)


@given(cases, st.sampled_from([JULY, OCTOBER, SINCE]), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_every_case_has_an_outcome_and_no_handover_comes_before_its_start(case, rules, today):
    decision = handover(case, rules, today=today)
    assert (decision.outcome is None) == (decision.reasons[0].row == "outside")
    start, ended = decision.results["start"], decision.results["handover"]
    assert (start is None) == (ended is None)
    if isinstance(start, date) and isinstance(ended, date):
        assert start <= ended
        later = handover(case, rules, today=max(today, ended) + timedelta(days=1))
        assert later.outcome is not None


TEXT = """
rule = "handover"
version = "draft"
title = "Draft"
source = "Ours"
short_months = 10
earliest_release = "tariff_or_hearing"
open_prison_start = "arrival"
upcoming_days = 56
allocation_overdue_days = 2
[dates.determinate]
start = { before = "release", months = 6, days = 0 }
[[rows]]
name = "determinate"
outcome = "determinate"
says = "6 months before release on {release}."
when = [{ field = "release_known", is = true }]
"""


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (('before = "release"', 'before = "relase"'), "before must be one of"),
        (('outcome = "determinate"', 'outcome = "determined"'), "Outcome must be one of"),
        (("days = 0 }", 'days = 0 }\nnot_after = "hdc"'), "There is no field hdc"),
        (('"tariff_or_hearing"', '"hearing"'), "earliest_release must be"),
    ],
)
def test_a_table_that_cannot_be_applied_is_refused(changed, words):
    with pytest.raises(InvalidInput, match=words):
        handover_rules_from(TEXT.replace(*changed, 1))


def test_months_go_back_to_the_last_day_of_a_shorter_month():
    draft = handover_rules_from(TEXT)
    assert decided(STARTED, draft, "crd 2025-08-30", "2024-06-01").results["handover"] == date(2025, 2, 28)
