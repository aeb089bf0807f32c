"""Both versions of the tier as tables."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rms.errors import InvalidInput
from rms.rules.catalogue import NEEDS, TIER_V2, TIER_V3
from rms.rules.needs import needs_of
from rms.rules.tier_v2 import TierV2Case, tier_v2
from rms.rules.tier_v3 import TierV3Case, tier_v3

TODAY = date(2026, 12, 1)
V2, V3 = TIER_V2.in_force(TODAY), TIER_V3.named("tier-v3")
NEED_RULES = NEEDS.in_force(TODAY)
ALL_NEEDS = needs_of(dict.fromkeys((q for rule in NEED_RULES.needs for q in rule.questions), 2), NEED_RULES)
NO_NEEDS = needs_of(dict.fromkeys((q for rule in NEED_RULES.needs for q in rule.questions), 0), NEED_RULES)
MAN = TierV2Case(sex="male", assessed_on=TODAY, needs=NO_NEEDS, ogrs=0, rsr=0.0, rosh="low")
COMPLEXITY = frozenset(V2.complexity)

# what differs from a man without any points, the points to protect, the letter
PROTECT = [
    ({}, 0, "D"),
    ({"rsr": 2.99}, 0, "D"),
    ({"rsr": 3.0}, 10, "C"),
    ({"rsr": 6.99}, 10, "C"),
    ({"rsr": 6.995}, 10, "C"),
    ({"rsr": 7.0}, 20, "B"),
    ({"rsr": 99.99}, 20, "B"),
    ({"rosh": "medium", "rsr": 7.0}, 20, "B"),
    ({"rosh": "medium", "rsr": 3.0}, 10, "C"),
    ({"rosh": "high"}, 20, "B"),
    ({"rosh": "very_high"}, 150, "A"),
    ({"mappa_level": 1}, 5, "D"),
    ({"mappa_level": 2}, 150, "A"),
    ({"mappa_level": 0}, 0, "D"),
    ({"complexity": COMPLEXITY}, 20, "B"),
    ({"sex": "female", "rsr": 3.0}, 10, "C"),
    ({"sex": "female", "mappa_level": 1, "complexity": frozenset(["RMDO", "RVLN"])}, 9, "D"),
    (
        {
            "sex": "female",
            "mappa_level": 1,
            "complexity": frozenset(["RMDO", "RVLN"]),
            "enforcement": True,
        },
        11,
        "C",
    ),
    ({"sex": "female", "parenting": True, "impulsive": True, "enforcement": True}, 6, "D"),
    ({"parenting": True, "impulsive": True, "enforcement": True}, 0, "D"),
]


@pytest.mark.parametrize(("known", "points", "letter"), PROTECT)
def test_the_letter_of_version_2(known, points, letter):
    decision = tier_v2(replace(MAN, **known), V2, today=TODAY)
    assert (decision.outcome[0], decision.results["protect_points"]) == (letter, points)


# what differs, the points for change (None where nothing is counted), the number
CHANGE = [
    ({}, 0, "1"),
    ({"mandate": False, "needs": ALL_NEEDS}, None, "0"),
    ({"assessed_on": None}, None, "2"),
    ({"assessed_on": TODAY - timedelta(weeks=55)}, 0, "1"),
    ({"assessed_on": TODAY - timedelta(weeks=55, days=1)}, None, "2"),
    ({"assessed_on": TODAY + timedelta(days=1)}, None, "2"),
    ({"ogrs": 59}, 5, "1"),
    ({"ogrs": 99}, 9, "1"),
    ({"ogrs": 99, "iom": True}, 11, "2"),
    ({"needs": ALL_NEEDS}, 20, "3"),
    ({"needs": ALL_NEEDS[:6]}, 12, "2"),
    ({"needs": ALL_NEEDS[:5]}, 10, "2"),
    ({"needs": ALL_NEEDS[:4], "ogrs": 10}, 9, "1"),
]


@pytest.mark.parametrize(("known", "points", "number"), CHANGE)
def test_the_number_of_version_2(known, points, number):
    decision = tier_v2(replace(MAN, **known), V2, today=TODAY)
    assert (decision.outcome[1:], decision.results["change_points"]) == (number, points)


def test_a_case_that_is_not_supervised_says_so_after_the_number():
    assert tier_v2(replace(MAN, supervised=False), V2, today=TODAY).outcome == "D1S"


def test_each_point_of_version_2_has_its_reason_and_record():
    case = replace(
        MAN, rsr=7.0, mappa_level=1, needs=ALL_NEEDS[:1], records={"rsr": "assessment 9", "needs": "oasys 4"}
    )
    decision = tier_v2(case, V2, today=TODAY)
    assert [(reason.says, reason.records) for reason in decision.reasons] == [
        ("RSR is 7 %: 20.", ("assessment 9",)),
        ("The MAPPA level is 1: 5.", ()),
        ("Need accommodation is severe (8 of 8): 2.", ("oasys 4",)),
    ]


@pytest.mark.parametrize(
    ("known", "pointer"),
    [
        ({"rsr": 100.0}, "/rsr"),
        ({"rsr": -0.1}, "/rsr"),
        ({"rosh": "extreme"}, "/rosh"),
        ({"mappa_level": 4}, "/mappa_level"),
        ({"complexity": frozenset(["XXXX"])}, "/complexity"),
    ],
)
def test_what_version_2_does_not_know_is_refused(known, pointer):
    with pytest.raises(InvalidInput) as refused:
        tier_v2(replace(MAN, **known), V2, today=TODAY)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_what_is_missing_adds_nothing_and_is_flagged():
    decision = tier_v2(TierV2Case(sex="male"), V2, today=TODAY)
    assert decision.outcome == "D2"
    assert [flag.name for flag in decision.flags] == [
        "rsr_missing",
        "rosh_missing",
        "ogrs_missing",
        "assessment_missing",
    ]


# the grid: percent of serious reoffending, percent of all reoffending, letter
GRID = [
    (6.9, 90, "A"),
    (6.9, 75, "A"),
    (6.9, 0, "B"),
    (6.89, 90, "A"),
    (6.89, 89.99, "B"),
    (3, 0, "C"),
    (2.99, 90, "B"),
    (1, 15, "E"),
    (0.99, 90, "C"),
    (0.5, 14.99, "F"),
    (0.49, 90, "D"),
    (0, 50, "E"),
    (0, 14.99, "G"),
]


@pytest.mark.parametrize(("serious", "every", "letter"), GRID)
def test_the_grid_of_version_3(serious, every, letter):
    case = TierV3Case(serious_reoffending=serious, all_reoffending=every, rosh="low")
    decision = tier_v3(case, V3, today=TODAY)
    assert (decision.outcome, decision.results["provisional"]) == (letter, False)


LOWEST = TierV3Case(serious_reoffending=0.0, all_reoffending=0.0, rosh="low")  # G

# what differs from the lowest case, its letter
ROWS = [
    ({}, "G"),
    ({"contact_band": "very_high"}, "A"),
    ({"contact_band": "high"}, "B"),
    ({"contact_band": "medium", "contact_percent": 3.36}, "C"),
    ({"contact_band": "medium", "contact_percent": 3.35}, "D"),
    ({"contact_band": "medium", "contact_percent": 2.11}, "D"),
    ({"contact_band": "medium", "contact_percent": 1.12, "risk_reduction": True}, "C"),
    ({"contact_band": "medium", "contact_percent": 1.11, "risk_reduction": True}, "D"),
    ({"contact_band": "medium", "contact_percent": 0.60, "risk_reduction": True}, "D"),
    ({"contact_band": "low"}, "E"),
    ({"life": True}, "G"),
    ({"life": True, "released_on": date(2025, 12, 1)}, "B"),
    ({"life": True, "released_on": date(2025, 11, 30)}, "D"),
    ({"life": True, "released_on": date(2021, 12, 1)}, "D"),
    ({"life": True, "released_on": date(2021, 11, 30)}, "E"),
    ({"mappa": True, "rosh": "very_high"}, "A"),
    ({"mappa": True, "rosh": "high"}, "C"),
    ({"mappa": True, "rosh": "medium"}, "D"),
    ({"mappa": True, "rosh": "low"}, "E"),
    ({"mappa": True, "rosh": None}, "E"),
    ({"rosh": "very_high"}, "C"),
    ({"rosh": "high"}, "D"),
    ({"rosh": "medium"}, "G"),
    ({"domestic_abuse": True}, "E"),
    ({"stalking": True}, "F"),
    ({"child_protection": True}, "F"),
    ({"sexual_history": True}, "E"),
    ({"stalking": True, "domestic_abuse": True}, "E"),
    ({"supervised": False, "mappa": True}, "not_supervised"),
]


@pytest.mark.parametrize(("known", "letter"), ROWS)
def test_the_rows_of_version_3(known, letter):
    assert tier_v3(replace(LOWEST, **known), V3, today=TODAY).outcome == letter


# what is known, outcome, provisional
WITHOUT_GRID = [
    ({}, "missing", True),
    ({"mappa": True}, "E", True),
    ({"rosh": "very_high"}, "C", True),
    ({"serious_reoffending": 7.0}, "missing", True),
    ({"stalking": True, "all_reoffending": 95.0}, "F", True),
    ({"supervised": False}, "not_supervised", False),
]


@pytest.mark.parametrize(("known", "outcome", "provisional"), WITHOUT_GRID)
def test_a_missing_percent_makes_the_tier_provisional(known, outcome, provisional):
    decision = tier_v3(TierV3Case(**known), V3, today=TODAY)
    assert (decision.outcome, decision.results["provisional"]) == (outcome, provisional)


@pytest.mark.parametrize(
    ("percent", "reduced", "flagged"),
    [(2.10, False, True), (2.11, False, False), (0.59, True, True), (0.60, True, False), (None, False, True)],
)
def test_a_band_of_contact_that_its_percent_contradicts_is_flagged(percent, reduced, flagged):
    case = replace(LOWEST, contact_band="medium", contact_percent=percent, risk_reduction=reduced)
    names = [flag.name for flag in tier_v3(case, V3, today=TODAY).flags]
    assert ("contact_band_disagrees" in names) == flagged


def test_the_highest_row_comes_first_among_the_reasons():
    case = replace(LOWEST, stalking=True, contact_band="high", mappa=True)
    reasons = tier_v3(case, V3, today=TODAY).reasons
    assert [reason.row for reason in reasons] == ["contact high", "MAPPA", "stalking", "grid"]
