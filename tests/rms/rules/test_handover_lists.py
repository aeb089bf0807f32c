"""The lists of handovers, their tasks and the recommended manager as tables."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rms.rules.catalogue import HANDOVER, HANDOVER_TASKS
from rms.rules.handover_lists import HandoverProgress, handover_lists, recommended_manager, tasks_left

TODAY = date(2026, 12, 1)
RULES, TASK_RULES = HANDOVER.in_force(TODAY), HANDOVER_TASKS.in_force(TODAY)
ENHANCED = frozenset(TASK_RULES.tasks["enhanced"])


def progress(days: int, **known) -> HandoverProgress:
    """A case whose handover is so many days away."""
    responsible = "com" if days <= 0 else "pom"
    base = HandoverProgress(responsible, TODAY + timedelta(days=days), "enhanced", done=ENHANCED)
    return replace(base, **known)


# days to the handover, what else is known, the lists
TABLE = [
    (57, {}, ""),
    (56, {}, "upcoming"),
    (1, {}, "upcoming"),
    (56, {"has_com": True}, "in_progress"),
    (57, {"has_com": True}, ""),
    (30, {"responsible": "pom_with_com"}, ""),
    (0, {}, "in_progress"),
    (-1, {}, "in_progress"),
    (-2, {}, "in_progress allocation_overdue"),
    (-2, {"has_com": True}, "in_progress"),
    (0, {"has_com": True, "done": frozenset()}, "in_progress overdue_tasks"),
    (-9, {"done": frozenset()}, "in_progress overdue_tasks allocation_overdue"),
    (-9, {"released": True, "done": frozenset()}, ""),
    (-9, {"handover": None}, ""),
]


@pytest.mark.parametrize(("days", "known", "lists"), TABLE)
def test_the_lists_of_a_case(days, known, lists):
    assert handover_lists(progress(days, **known), RULES, tasks=TASK_RULES, today=TODAY) == tuple(
        lists.split()
    )


# resourcing, the tasks that are done, those that are left
TASKS = [
    ("enhanced", "", "reviewed_oasys contacted_com attended_handover_meeting"),
    ("enhanced", "contacted_com sent_handover_report", "reviewed_oasys attended_handover_meeting"),
    ("normal", "", "contacted_com sent_handover_report"),
    ("normal", "contacted_com sent_handover_report", ""),
    (None, "", "reviewed_oasys contacted_com attended_handover_meeting"),
]


@pytest.mark.parametrize(("resourcing", "done", "left"), TASKS)
def test_the_tasks_by_resourcing(resourcing, done, left):
    case = HandoverProgress(resourcing=resourcing, done=frozenset(done.split()))
    assert list(tasks_left(case, TASK_RULES)) == left.split()


# tier, who is responsible, the recommended manager, flags
MANAGERS = [
    ("A2", "pom", "probation_pom", ""),
    ("B0", "pom_with_com", "probation_pom", ""),
    ("B1", "com", "prison_pom", ""),
    ("C3", "pom", "prison_pom", ""),
    (None, "pom", "prison_pom", "tier_missing"),
    ("A1", None, "prison_pom", "responsibility_missing"),
]


@pytest.mark.parametrize(("tier", "responsible", "manager", "flags"), MANAGERS)
def test_the_recommended_manager(tier, responsible, manager, flags):
    case = HandoverProgress(responsible, tier=tier, records={"tier": "tier 4"})
    decision = recommended_manager(case, TASK_RULES, today=TODAY)
    assert decision.outcome == manager
    assert [flag.name for flag in decision.flags] == flags.split()
    (reason,) = decision.reasons
    if manager == "probation_pom":
        assert reason.says == f"The tier is {tier} and the prison is responsible: a probation officer."
        assert reason.records == ("tier 4",)
