"""Early allocation as a table: what is known of a prisoner, the outcome, and when the referral opens."""

from dataclasses import replace
from datetime import date

import pytest

from rms.rules.catalogue import EARLY_ALLOCATION
from rms.rules.early_allocation import EarlyAllocationCase, early_allocation, referral_opens

TODAY = date(2026, 12, 1)
RULES = EARLY_ALLOCATION.in_force(TODAY)
PRISONER = EarlyAllocationCase(crd=date(2028, 6, 1), rosh="medium", mappa_level=1)

# what differs from a prisoner without any reason, the outcome, the rows that are true
TABLE = [
    ({}, "not_eligible", ""),
    ({"terrorism_act": True}, "eligible", "Terrorism Act"),
    ({"high_profile": True}, "eligible", "high profile"),
    ({"serious_crime_prevention_order": True}, "eligible", "serious crime prevention order"),
    ({"critical_public_protection": True}, "eligible", "critical public protection case"),
    ({"mappa_level": 3}, "eligible", "MAPPA 3"),
    ({"mappa_level": 2}, "discretionary", "MAPPA 2"),
    ({"mappa_level": None}, "not_eligible", ""),
    ({"rosh": "high"}, "discretionary", "high risk of serious harm"),
    ({"rosh": "very_high"}, "discretionary", "high risk of serious harm"),
    ({"pathfinder": True}, "discretionary", "pathfinder"),
    ({"other_reason": True}, "discretionary", "another reason"),
    ({"extremism_separation": True}, "discretionary", "separated for extremism"),
    ({"extremism_separation": True, "crd": date(2028, 11, 30)}, "discretionary", "separated for extremism"),
    ({"extremism_separation": True, "crd": date(2028, 12, 1)}, "not_eligible", ""),
    ({"extremism_separation": True, "crd": None}, "not_eligible", ""),
    ({"mappa_level": 3, "rosh": "high"}, "eligible", "MAPPA 3, high risk of serious harm"),
]


@pytest.mark.parametrize(("known", "outcome", "rows"), TABLE, ids=lambda value: str(value)[:60])
def test_the_outcome_and_every_reason(known, outcome, rows):
    decision = early_allocation(replace(PRISONER, **known), RULES, today=TODAY)
    assert (decision.outcome, ", ".join(reason.row for reason in decision.reasons)) == (outcome, rows)


# dates of release, the first day of the referral
OPENS = [
    ({"crd": date(2028, 6, 1)}, date(2026, 12, 1)),
    ({"crd": date(2028, 6, 2)}, date(2026, 12, 2)),
    ({"crd": date(2028, 8, 31)}, date(2027, 3, 1)),
    ({"ted": date(2028, 6, 5), "crd": date(2028, 6, 9)}, date(2026, 12, 5)),
    ({"thd": date(2028, 6, 5), "ped": date(2028, 6, 4), "ard": date(2028, 6, 6)}, date(2026, 12, 4)),
]


@pytest.mark.parametrize(("dates", "opens"), OPENS)
def test_the_referral_opens_18_months_before_the_earliest_release(dates, opens):
    case = replace(PRISONER, **{"crd": None, **dates}, high_profile=True)
    decision = early_allocation(case, RULES, today=TODAY)
    assert decision.results["referral_opens"] == opens
    assert decision.results["referral_is_open"] == (opens <= TODAY)
    assert decision.results["allocated_early"] == (opens <= TODAY)


def test_the_first_day_of_a_referral_counts_months_forward():
    assert referral_opens(date(2025, 8, 31), RULES) == date(2024, 3, 1)


YES = {"mappa_level": 2, "reason": "Gang conflict", "approved": True, "community_decision": True}
# what is known of a discretionary case, whether it is allocated early, its flags
DISCRETIONARY = [
    (YES, True, ""),
    ({**YES, "community_decision": False}, False, ""),
    ({**YES, "community_decision": None}, None, "community_decision_missing"),
    ({**YES, "approved": False}, None, "approval_missing"),
    ({**YES, "reason": None}, None, "reason_missing"),
    ({**YES, "crd": date(2028, 6, 2)}, False, ""),
    ({**YES, "crd": None}, False, "release_missing"),
    ({**YES, "mappa_level": 1}, False, ""),
    ({**YES, "rosh": None}, True, "rosh_missing"),
    ({"extremism_separation": True, "crd": date(2029, 1, 1)}, False, "release_too_late"),
]


@pytest.mark.parametrize(("known", "early", "flags"), DISCRETIONARY, ids=lambda value: str(value)[:60])
def test_a_discretionary_case_needs_a_reason_an_approval_and_a_decision(known, early, flags):
    decision = early_allocation(replace(PRISONER, **known), RULES, today=TODAY)
    assert decision.results["allocated_early"] is early
    assert [flag.name for flag in decision.flags] == flags.split()


def test_a_reason_names_its_value_and_record():
    case = replace(PRISONER, mappa_level=3, records={"mappa_level": "registration 4"})
    (reason,) = early_allocation(case, RULES, today=TODAY).reasons
    assert (reason.says, reason.records) == ("The MAPPA level is 3.", ("registration 4",))
