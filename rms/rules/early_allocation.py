"""Whether a prisoner is allocated early to a community manager, and when the referral opens.

The rows stand in `sets/early-allocation-*.toml`. Source: Ministry of Justice,
offender-management-allocation-manager.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta

from rms.calendar import months_after, months_before
from rms.errors import InvalidInput
from rms.instrument.reading import placed
from rms.instrument.shape import WHOLE, Key
from rms.rules.decision import Decision, Flag, Value
from rms.rules.decision_table import ROWS, Row, row_problems, rows_of, written
from rms.rules.rule_sets import RuleSetHead, read_rule_set

ELIGIBLE, DISCRETIONARY, NOT_ELIGIBLE = "eligible", "discretionary", "not_eligible"
OUTCOMES = (ELIGIBLE, DISCRETIONARY)  # the stronger first
RELEASES = ("ted", "ped", "thd", "ard", "crd")
KEYS = {
    "referral_months": Key(WHOLE, needed=True),
    "separation_months": Key(WHOLE, needed=True),
    "rows": ROWS,
}


@dataclass(frozen=True)
class EarlyAllocationCase:
    """What is known of a prisoner on a day; None is not known.

    `critical_public_protection`: a critical public protection case (CPPC). `ted` … `crd`: dates of release,
    as in `HandoverCase`. Of a discretionary case: `reason`, whether it is `approved`, and the
    `community_decision`. `records`: the ID of the record of each field.
    """

    terrorism_act: bool = False
    high_profile: bool = False
    serious_crime_prevention_order: bool = False
    critical_public_protection: bool = False
    mappa_level: int | None = None
    rosh: str | None = None
    pathfinder: bool = False
    extremism_separation: bool = False
    other_reason: bool = False
    reason: str | None = None
    approved: bool = False
    community_decision: bool | None = None
    ted: date | None = None
    ped: date | None = None
    thd: date | None = None
    ard: date | None = None
    crd: date | None = None
    records: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> dict[str, Value]:
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "records"}

    @property
    def release(self) -> date | None:
        """The earliest date of release."""
        days = (getattr(self, name) for name in RELEASES)
        return min((day for day in days if day is not None), default=None)


INPUTS = tuple(EarlyAllocationCase().inputs())
DERIVED = ("release", "release_within_separation", "separation_months")
FIELDS = (*INPUTS, *DERIVED)


@dataclass(frozen=True)
class EarlyAllocationRules:
    head: RuleSetHead
    referral_months: int
    separation_months: int
    rows: tuple[Row, ...]


def early_allocation(case: EarlyAllocationCase, rules: EarlyAllocationRules, *, today: date) -> Decision:
    """The outcome, and in the results when the referral opens and whether the case is allocated early.

    `allocated_early` is true for an eligible case, and for a discretionary one with a reason, an approval and
    the community's yes; only while the referral is open. It is None while one of these is awaited.
    """
    release = case.release
    values = {
        **case.inputs(),
        "release": release,
        "release_within_separation": release is not None
        and release < months_after(today, rules.separation_months),
        "separation_months": rules.separation_months,
    }
    found = [row for row in rules.rows if row.is_true(values)]
    found.sort(key=lambda row: OUTCOMES.index(row.outcome))
    outcome = found[0].outcome if found else NOT_ELIGIBLE
    opens = None if release is None else referral_opens(release, rules)
    is_open = opens is not None and opens <= today
    return Decision(
        rule="early_allocation",
        rule_set=rules.head.version,
        as_at=today,
        outcome=outcome,
        reasons=tuple(row.reason(values, case.records) for row in found),
        inputs=case.inputs(),
        flags=tuple(_flags(case, outcome)),
        results={
            "referral_opens": opens,
            "referral_is_open": is_open,
            "allocated_early": _is_allocated_early(case, outcome) if is_open else False,
        },
    )


def referral_opens(release: date, rules: EarlyAllocationRules) -> date:
    """The first day on which the release is so many months away or less."""
    day = months_before(release, rules.referral_months)
    while months_after(day, rules.referral_months) < release:  # the month of the release is longer
        day += timedelta(days=1)
    return day


def _is_allocated_early(case: EarlyAllocationCase, outcome: str) -> bool | None:
    if outcome != DISCRETIONARY:
        return outcome == ELIGIBLE
    if case.community_decision is False:
        return False
    return True if case.reason and case.approved and case.community_decision else None


def _flags(case: EarlyAllocationCase, outcome: str) -> Iterator[Flag]:
    if case.rosh is None:
        yield Flag("rosh_missing", "There is no risk of serious harm, so it does not count.", ("rosh",))
    if case.release is None:
        says = "No date of release is known, so the referral cannot open."
        yield Flag("release_missing", says, RELEASES)
    elif case.extremism_separation and outcome == NOT_ELIGIBLE:
        says = f"Separated for extremism, but release on {written(case.release)} is too far away to count."
        yield Flag("release_too_late", says, ("extremism_separation", *RELEASES))
    if outcome == DISCRETIONARY:
        if not case.reason:
            yield Flag("reason_missing", "A discretionary case needs a written reason.", ("reason",))
        if not case.approved:
            yield Flag("approval_missing", "A discretionary case needs an approval.", ("approved",))
        if case.community_decision is None:
            says = "The community has not decided on this discretionary case."
            yield Flag("community_decision_missing", says, ("community_decision",))


def early_allocation_rules_from(text: str) -> EarlyAllocationRules:
    """The rules from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and with every row that cannot be applied.
    """
    table = read_rule_set(text, KEYS)
    if problems := list(row_problems(table["rows"], fields=FIELDS, outcomes=OUTCOMES)):
        raise InvalidInput(placed(problems, text))
    return EarlyAllocationRules(
        head=RuleSetHead.of(table),
        referral_months=table["referral_months"],
        separation_months=table["separation_months"],
        rows=rows_of(table["rows"]),
    )
