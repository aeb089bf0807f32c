"""On which lists of handovers a case stands, which tasks are left, and which kind of manager is recommended.

The tables stand in `sets/handover-tasks-*.toml`, the days in the sets of handover. Source: Ministry of
Justice, offender-management-allocation-manager.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta

from rms.errors import InvalidInput
from rms.instrument.reading import placed
from rms.instrument.shape import TABLE_OF_TEXT, Key, table_with
from rms.rules.decision import Decision, Flag, Reason, Value
from rms.rules.decision_table import ROWS, Row, row_problems, rows_of, written
from rms.rules.handover import COM, POM, HandoverRules
from rms.rules.rule_sets import RuleSetHead, read_rule_set

UPCOMING, IN_PROGRESS = "upcoming", "in_progress"
OVERDUE_TASKS, ALLOCATION_OVERDUE = "overdue_tasks", "allocation_overdue"
LISTS = {
    UPCOMING: "Upcoming",
    IN_PROGRESS: "In progress",
    OVERDUE_TASKS: "Overdue tasks",
    ALLOCATION_OVERDUE: "Allocation to a community manager overdue",
}
RESOURCING = ("enhanced", "normal")
PROBATION_POM, PRISON_POM = "probation_pom", "prison_pom"
MANAGERS = {PROBATION_POM: "Probation officer in prison", PRISON_POM: "Prison officer"}
FIELDS = ("tier", "tier_letter", "prison_responsible")
KEYS = {
    "tasks": Key(table_with({name: Key(TABLE_OF_TEXT, needed=True) for name in RESOURCING}), needed=True),
    "rows": ROWS,
}


@dataclass(frozen=True)
class HandoverProgress:
    """What a decision on handover says, and how far the handover is; None is not known.

    `responsible`: the outcome of the decision (com, pom, pom_with_com). `handover`: its day. `resourcing`:
    normal or enhanced. `has_com`: a community manager is allocated. `done`: names of the tasks that are done.
    `released`: the person is no longer in custody. `tier`: such as `B2`.
    """

    responsible: str | None = None
    handover: date | None = None
    resourcing: str | None = None
    has_com: bool = False
    done: frozenset[str] = frozenset()
    released: bool = False
    tier: str | None = None
    records: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> dict[str, Value]:
        kept = {
            one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("records", "done")
        }
        return {**kept, "done": " ".join(sorted(self.done))}


@dataclass(frozen=True)
class HandoverTaskRules:
    """`tasks`: by resourcing, the label of each task by its name."""

    head: RuleSetHead
    tasks: Mapping[str, Mapping[str, str]]
    rows: tuple[Row, ...]


def handover_lists(
    case: HandoverProgress, rules: HandoverRules, *, tasks: HandoverTaskRules, today: date
) -> tuple[str, ...]:
    """The lists on which the case stands today, in the order of `LISTS`.

    `rules`: the set that the decision on handover was made by.
    """
    return tuple(_lists(case, rules, tasks, today))


def _lists(
    case: HandoverProgress, rules: HandoverRules, tasks: HandoverTaskRules, today: date
) -> Iterator[str]:
    day = case.handover
    if day is None or case.released:
        return
    upcoming = case.responsible == POM and day - timedelta(days=rules.upcoming_days) <= today < day
    handed_over = case.responsible == COM
    if upcoming and not case.has_com:
        yield UPCOMING
    if handed_over or (upcoming and case.has_com):
        yield IN_PROGRESS
    if handed_over and tasks_left(case, tasks):
        yield OVERDUE_TASKS
    if handed_over and not case.has_com and today >= day + timedelta(days=rules.allocation_overdue_days):
        yield ALLOCATION_OVERDUE


def tasks_of(case: HandoverProgress, rules: HandoverTaskRules) -> Mapping[str, str]:
    """The tasks of the case by name; without an allocation, those of enhanced resourcing."""
    return rules.tasks.get(case.resourcing or "", rules.tasks[RESOURCING[0]])


def tasks_left(case: HandoverProgress, rules: HandoverTaskRules) -> dict[str, str]:
    """Those of the tasks that are not done."""
    return {name: label for name, label in tasks_of(case, rules).items() if name not in case.done}


def recommended_manager(case: HandoverProgress, rules: HandoverTaskRules, *, today: date) -> Decision:
    """Which kind of manager in prison is recommended."""
    values: dict[str, Value] = {
        "tier": case.tier,
        "tier_letter": case.tier[0] if case.tier else None,
        "prison_responsible": None if case.responsible is None else case.responsible != COM,
    }
    row = next((row for row in rules.rows if row.is_true(values)), None)
    records = {
        **case.records,
        **{
            name: case.records[source]
            for name, source in (("tier_letter", "tier"), ("prison_responsible", "responsible"))
            if source in case.records
        },
    }
    says = f"The tier is {written(case.tier)}, and no row recommends another: a prison officer."
    otherwise = Reason("otherwise", says, ("tier", "responsible"))
    return Decision(
        rule="recommended_manager",
        rule_set=rules.head.version,
        as_at=today,
        outcome=row.outcome if row else PRISON_POM,
        reasons=(row.reason(values, records) if row else otherwise,),
        inputs=case.inputs(),
        flags=tuple(_flags(case)),
    )


def _flags(case: HandoverProgress) -> Iterator[Flag]:
    if not case.tier:
        yield Flag("tier_missing", "There is no tier, so no probation officer is recommended.", ("tier",))
    if case.responsible is None:
        yield Flag("responsibility_missing", "It is not known who is responsible.", ("responsible",))


def handover_task_rules_from(text: str) -> HandoverTaskRules:
    """The rules from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and with every row that cannot be applied.
    """
    table = read_rule_set(text, KEYS)
    if problems := list(row_problems(table["rows"], fields=FIELDS, outcomes=MANAGERS)):
        raise InvalidInput(placed(problems, text))
    return HandoverTaskRules(
        head=RuleSetHead.of(table),
        tasks=table["tasks"],
        rows=rows_of(table["rows"]),
    )
