"""Who is on the offender list, and why somebody is not: a row for each criterion and its edges."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rms.errors import InvalidInput
from rms.harm.catalogue import crime_harm_index
from rms.harm.listing import (
    Candidate,
    CodeDays,
    CommittedOffence,
    HarmFilter,
    HarmQuery,
    Reason,
    chosen_offences,
    matches,
    reasons_not_listed,
    unknown_code,
)
from rms.harm.settings import BANDS
from rms.harm.severity import CodePeriod, Severity, SeverityTable

ON = date(2026, 3, 4)
OUTCOMES = frozenset({1, 2, 3, 4, 6, 7, 8})
INDEX = crime_harm_index()
ROBBERY = chosen_offences(INDEX, category="Robbery")
OFFENCE = CommittedOffence("03401", date(2025, 3, 4), 1, "convicted", ("W1", "F"))
PERSON = Candidate(
    score=40.0,
    band="high",
    bands=((date(2026, 1, 1), "low"), (date(2026, 2, 1), "high")),
    born=date(2001, 3, 5),  # 24, and 25 tomorrow
    home_areas=("W1", "F"),
    managed=False,
    cohort="flex",
    stage="charged",
    names=(("ANN", "OKORO LEE"), ("ANNA", "OKORO")),
    offences=(OFFENCE,),
    recidivism=132,
)


def codes(filter: HarmFilter, *, on: date = ON, **changes: Any) -> list[Reason]:
    """The reasons for which the person, with some changes, is not on the list."""
    return list(reasons_not_listed(replace(PERSON, **changes), HarmQuery(filter, on, OUTCOMES)))


def offence(**changes: Any) -> dict[str, Any]:
    return {"offences": (replace(OFFENCE, **changes),)}


# The filter, what is other about the person, and the reasons.
ROWS: list[tuple[dict[str, Any], dict[str, Any], list[Reason]]] = [
    ({}, {}, []),
    ({}, {"score": None}, [Reason("no_counted_offence")]),
    ({}, {"score": None, "is_due": True}, [Reason("not_calculated")]),
    ({}, {"deceased": True}, [Reason("deceased")]),
    ({"show_hidden": True}, {"deceased": True, "hidden_until": date.max}, []),
    ({}, {"hidden_until": ON}, []),
    ({}, {"hidden_until": date(2026, 3, 5)}, [Reason("in_custody", date(2026, 3, 5))]),
    ({}, {"hidden_until": date.max}, [Reason("in_custody")]),
    ({"home_area": "W1"}, {}, []),
    ({"home_area": "F"}, {}, []),
    ({"home_area": "W2"}, {}, [Reason("home_area")]),
    ({"home_area": "F"}, {"home_areas": ()}, [Reason("home_area")]),
    ({"offence": ROBBERY}, {}, []),
    ({"offence": ROBBERY}, offence(code="02801"), [Reason("offence")]),
    ({"offence": ROBBERY}, offence(outcome=9), [Reason("offence")]),
    ({"offence": ROBBERY}, offence(outcome=None), [Reason("offence")]),
    ({"offence": ROBBERY}, offence(stage="suspected"), [Reason("offence")]),
    ({"offence": ROBBERY}, offence(on=ON), []),
    ({"offence": ROBBERY}, offence(on=date(2026, 3, 5)), [Reason("offence")]),
    ({"offence_since": date(2025, 3, 4)}, {}, []),
    ({"offence_since": date(2025, 3, 5)}, {}, [Reason("offence_since", date(2025, 3, 5))]),
    ({"offence_area": "F"}, {}, []),
    ({"offence_area": "W2"}, {}, [Reason("offence_area")]),
    ({"offence_area": "F"}, offence(areas=()), [Reason("offence_area")]),
    ({"home_area": "W1", "elsewhere": True}, {}, [Reason("elsewhere")]),
    ({"home_area": "W1", "elsewhere": True}, offence(areas=("W2", "F")), []),
    ({"home_area": "W1", "elsewhere": True}, offence(areas=()), [Reason("elsewhere")]),
    ({"home_area": "F", "elsewhere": True}, offence(areas=("W2", "F")), [Reason("elsewhere")]),
    ({"under_25": True}, {}, []),
    ({"under_25": True}, {"born": date(2001, 3, 4)}, [Reason("not_under_25")]),
    ({"under_25": True}, {"born": None}, [Reason("age_not_known")]),
    ({"age_group": "adult"}, {"born": date(2008, 3, 4)}, []),
    ({"age_group": "adult"}, {"born": date(2008, 3, 5)}, [Reason("not_adult")]),
    ({"age_group": "juvenile"}, {"born": date(2008, 3, 5)}, []),
    ({"age_group": "juvenile"}, {}, [Reason("not_juvenile")]),
    ({"age_group": "adult"}, {"born": None}, [Reason("age_not_known")]),
    ({"bands": ("high", "super-high")}, {}, []),
    ({"bands": ("low",)}, {}, [Reason("band")]),
    ({"bands": BANDS}, {"band": None}, [Reason("band")]),
    ({"moved_since": date(2026, 1, 31)}, {}, []),
    ({"moved_since": date(2026, 2, 1)}, {}, [Reason("not_moved", date(2026, 2, 1))]),
    ({"moved_since": date(2025, 12, 31)}, {}, [Reason("not_moved", date(2025, 12, 31))]),  # had none
    ({"moved_since": date(2026, 1, 31), "moved_up": True}, {}, []),
    (
        {"moved_since": date(2026, 1, 31), "moved_up": True},
        {"band": "low", "bands": ((date(2026, 1, 1), "high"), (date(2026, 2, 1), "low"))},
        [Reason("moved_down", date(2026, 1, 31))],
    ),
    ({"release_soon": True}, {"hidden_until": ON}, []),
    ({"release_soon": True}, {}, [Reason("no_release_soon")]),
    ({"release_soon": True, "show_hidden": True}, {"hidden_until": date.max}, [Reason("no_release_soon")]),
    ({"stages": ("charged",)}, {}, []),
    ({"stages": ("awaiting_court",)}, {}, [Reason("stage")]),
    ({"stages": ("charged", "awaiting_court")}, {"stage": "suspected"}, [Reason("stage")]),
    ({"cohorts": ("flex", "fixed")}, {}, []),
    ({"cohorts": ("none",)}, {}, [Reason("cohort")]),
    ({"cohorts": ("none",)}, {"cohort": None}, []),
    ({"managed": ("no", "not_known")}, {}, []),
    ({"managed": ("not_known",)}, {"managed": None}, []),
    ({"managed": ("no",)}, {"managed": None}, [Reason("managed")]),
    ({"managed": ("yes",)}, {}, [Reason("managed")]),
    ({"surname": "OKORO L"}, {}, []),
    ({"forename": "ANNA", "surname": "OKORO"}, {}, []),
    ({"forename": "ANNA", "surname": "OKORO L"}, {}, [Reason("name")]),  # of two records
    ({"surname": "KORO"}, {}, [Reason("name")]),
    ({"surname": "O"}, {"names": ()}, [Reason("name")]),
    ({"disagreements": True}, {}, []),
    ({"disagreements": True}, {"recidivism": 133}, [Reason("disagreements")]),
    ({"disagreements": True}, {"band": "low", "recidivism": 168}, []),
    ({"disagreements": True}, {"band": "low", "recidivism": 167}, [Reason("disagreements")]),
    ({"disagreements": True}, {"band": "medium-high", "recidivism": 100}, [Reason("disagreements")]),
    ({"disagreements": True}, {"recidivism": None}, [Reason("disagreements")]),
]


@pytest.mark.parametrize(("criteria", "changes", "reasons"), ROWS)
def test_each_criterion_has_its_reason(
    criteria: dict[str, Any], changes: dict[str, Any], reasons: list[Reason]
) -> None:
    filter = HarmFilter(**criteria)
    assert codes(filter, **changes) == reasons
    assert matches(replace(PERSON, **changes), HarmQuery(filter, ON, OUTCOMES)) is not bool(reasons)


def test_every_criterion_that_is_not_met_is_named() -> None:
    filter = HarmFilter(home_area="W2", bands=("low",), managed=("yes",), stages=("awaiting_court",))
    named = [one.code for one in codes(filter, deceased=True)]
    assert named == ["deceased", "home_area", "band", "stage", "managed"]


def test_one_offence_must_meet_all_criteria_of_offences() -> None:
    old, recent = replace(OFFENCE, on=date(2020, 1, 1)), replace(OFFENCE, code="02801", on=date(2026, 1, 1))
    filter = HarmFilter(offence=ROBBERY, offence_since=date(2025, 1, 1))
    assert [one.code for one in codes(filter, offences=(old, recent))] == ["offence_since"]


@pytest.mark.parametrize(
    ("criteria", "pointer"),
    [
        ({"bands": ("medium",)}, "/bands"),
        ({"stages": ("suspected",)}, "/stages"),
        ({"cohorts": ("every",)}, "/cohorts"),
        ({"managed": ("maybe",)}, "/managed"),
        ({"age_group": "child"}, "/age_group"),
        ({"size": 0}, "/size"),
        ({"size": 10_001}, "/size"),
        ({"elsewhere": True}, "/elsewhere"),
        ({"moved_up": True}, "/moved_up"),
        ({"surname": "okoro"}, "/surname"),
    ],
)
def test_wrong_filters_are_refused(criteria: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        HarmFilter(**criteria)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_offences_are_chosen_by_category_group_or_code() -> None:
    group = chosen_offences(INDEX, group="Robbery of personal property")
    assert group is not None and [part.code for part in group.codes] == ["34B"]
    assert ROBBERY is not None and {"34A", "34B", "03401"} <= {part.code for part in ROBBERY.codes}
    code = chosen_offences(INDEX, code="34/1")
    assert code is not None and (code.name, code.codes) == ("03401", (CodeDays("03401"),))
    assert chosen_offences(INDEX) is None


@pytest.mark.parametrize(
    ("chosen", "pointers"),
    [
        ({"category": "Piracy"}, ["/offence_category"]),
        ({"group": "Robbery"}, ["/offence_group"]),
        ({"code": "28"}, ["/offence_code"]),
        ({"category": "Robbery", "code": "34/1"}, ["/offence_category", "/offence_code"]),
    ],
)
def test_offences_that_do_not_exist_are_refused(chosen: dict[str, str], pointers: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        chosen_offences(INDEX, **chosen)
    assert [problem.pointer for problem in refused.value.problems] == pointers


@pytest.mark.parametrize(
    ("chosen", "near"),
    [
        ({"category": "burglery"}, "Burglary"),
        ({"group": "Robbery of personal"}, "Robbery of personal property"),
        ({"code": "34"}, "03400, 03401, 03402, 03403, 34A."),
    ],
)
def test_what_is_near_an_offence_that_does_not_exist_is_told(chosen: dict[str, str], near: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        chosen_offences(INDEX, **chosen)
    assert f" Near it: {near}" in refused.value.problems[0].detail


def test_a_code_that_the_table_lacks_is_told_with_those_near_it() -> None:
    assert unknown_code(chosen_offences(INDEX, code="34/9"), INDEX) == (
        "The severity table does not have the offence code 03409. Near it: 03403, 03402, 03401, 03400, 34A."
    )
    known = (chosen_offences(INDEX, code="34/1"), chosen_offences(INDEX, category="Robbery"), None)
    assert [unknown_code(one, INDEX) for one in known] == [None, None, None]


def test_a_code_is_judged_by_what_it_meant_on_the_day_of_the_offence() -> None:
    change = date(2024, 1, 1)
    groups = {name: Severity("Theft", name, 2.0) for name in ("Old", "New")}
    periods = (
        CodePeriod(groups["Old"], last=date(2023, 12, 31)),
        CodePeriod(groups["New"], first=change),
    )
    table = SeverityTable("t", "T", "days", date(2020, 1, 1), None, "here", groups, {"04900": periods})
    old, new = chosen_offences(table, group="Old"), chosen_offences(table, group="New")
    assert old is not None and new is not None
    assert old.includes("04900", date(2023, 12, 31)) and not old.includes("04900", change)
    assert new.includes("04900", change) and not new.includes("04900", date(2023, 12, 31))
