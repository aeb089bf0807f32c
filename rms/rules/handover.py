"""When responsibility for a prisoner goes from the prison to the community, and who is responsible on a day.

The rows and dates stand in `sets/handover-*.toml`. Source: Ministry of Justice,
offender-management-allocation-manager.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from rms.calendar import months_after, months_before, months_between
from rms.errors import InvalidInput, Problem, listed
from rms.instrument.reading import placed
from rms.instrument.shape import DATE, WHOLE, WRITTEN, Key, Kind, table_with
from rms.rules.decision import Decision, Flag, Reason, Value
from rms.rules.decision_table import ROWS, Row, row_problems, rows_of, written
from rms.rules.rule_sets import RuleSetHead, named_tables, read_rule_set

COM, POM, POM_WITH_COM = "com", "pom", "pom_with_com"
RESPONSIBLE = {
    COM: "The community manager is responsible",
    POM: "The prison manager is responsible",
    POM_WITH_COM: "The prison manager is responsible, with support of a community manager",
}
OUTSIDE = "outside"  # the case is outside these rules, so there is no outcome
ADULT = 18
ESTATES = ("england", "england_hub_or_private", "wales", "women")


@dataclass(frozen=True)
class HandoverCase:
    """What is known of a sentence on a day; None is not known.

    `age`: completed years. `resourcing`: normal or enhanced, of the allocation. `estate`: one of `ESTATES`.
    Dates of release: `crd` conditional, `ard` automatic, `ped` parole eligibility, `ted` end of the tariff,
    `thd` target hearing, `prd` parole review, `hdced` and `hdcad` home detention curfew, eligibility and
    actual. `life_sentences_from`: the first day of each sentence without end. `parole_refused_on`: the day of
    the last refusal. `recalled` and `recall_code`: recalled by the flag of the record, and by the code of the
    sentence. `opened_on`: arrival in an open prison, for women the change of category; None without the
    rules of open prisons. `records`: the ID of the record of each field.
    """

    age: int | None = None
    sentenced: bool = True
    immigration: bool = False
    recalled: bool = False
    recall_code: bool = False
    resourcing: str | None = None
    indeterminate: bool = False
    early_allocation: bool = False
    mappa_level: int | None = None
    estate: str = "england"
    sentence_start: date | None = None
    crd: date | None = None
    ard: date | None = None
    ped: date | None = None
    ted: date | None = None
    thd: date | None = None
    prd: date | None = None
    hdced: date | None = None
    hdcad: date | None = None
    opened_on: date | None = None
    parole_refused_on: date | None = None
    life_sentences_from: tuple[date, ...] = ()
    records: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> dict[str, Value]:
        kept = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("records", "life_sentences_from")
        }
        return {**kept, "life_sentences_from": " ".join(day.isoformat() for day in self.life_sentences_from)}


INPUTS = tuple(HandoverCase().inputs())
DERIVED: Mapping[str, tuple[str, ...]] = {  # and the inputs that each follows from
    "recalled_or_code": ("recalled", "recall_code"),
    "release": ("crd", "ard", "ped", "ted", "thd", "prd", "hdced", "hdcad"),
    "release_known": ("crd", "ard", "ped", "ted", "thd", "prd", "hdced", "hdcad"),
    "conditional_or_automatic": ("crd", "ard"),
    "normal_resourcing": ("resourcing",),
    "under_policy": ("sentence_start", "estate"),
    "short": ("sentence_start",),
    "parole": ("ped",),
    "parole_refused": ("parole_refused_on",),
    "further_life_sentence": ("life_sentences_from",),
    "hearing_months": ("thd",),
    "mappa_high": ("mappa_level",),
}
FIELDS = (*INPUTS, *DERIVED)
ANCHORS = ("release", "ped", "conditional_or_automatic")
RELEASES = ("next_parole", "tariff_or_hearing")
_BEFORE = Key(
    table_with(
        {
            "before": Key(Kind(f"one of {listed(ANCHORS)}", lambda value: value in ANCHORS), needed=True),
            "months": Key(WHOLE, needed=True),
            "days": Key(WHOLE, needed=True),
        }
    )
)
_DATES = table_with(
    {
        "start": Key(_BEFORE.kind, needed=True),
        "handover": _BEFORE,
        "start_not_before": Key(WRITTEN),
        "not_before": Key(WRITTEN),
        "not_after": Key(WRITTEN),
        "instead": Key(WRITTEN),
    }
)
_POLICY = table_with({"from": Key(DATE, needed=True), "release_from": Key(DATE, needed=True)})


KEYS = {
    "short_months": Key(WHOLE, needed=True),
    "upcoming_days": Key(WHOLE, needed=True),
    "allocation_overdue_days": Key(WHOLE, needed=True),
    "earliest_release": Key(
        Kind('"next_parole" or "tariff_or_hearing"', lambda value: value in RELEASES), needed=True
    ),
    "open_prison_start": Key(
        Kind('"arrival" or "earlier_of_both"', lambda value: value in ("arrival", "earlier_of_both")),
        needed=True,
    ),
    "policy": Key(named_tables(_POLICY)),
    "dates": Key(named_tables(_DATES), needed=True),
    "rows": ROWS,
}


@dataclass(frozen=True)
class Before:
    """A day so many months, and then days, before another."""

    before: str
    months: int
    days: int

    def day(self, anchor: date) -> date:
        """
        >>> Before("release", months=7, days=15).day(date(2025, 8, 30))
        datetime.date(2025, 1, 15)
        """
        return months_before(anchor, self.months) - timedelta(days=self.days)


@dataclass(frozen=True)
class HandoverDates:
    """How a start and a handover follow. `handover`: as the start where the table has none.

    `start_not_before`, `not_before`, `not_after`: fields, or `today`, that bound the start and the handover.
    `instead`: the field whose day is the handover if it is known.
    """

    start: Before
    handover: Before | None = None
    start_not_before: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    instead: str | None = None


@dataclass(frozen=True)
class HandoverRules:
    """`policy`: of each estate, the first days of sentences and of releases under the rules. Empty: all."""

    head: RuleSetHead
    short_months: int
    upcoming_days: int
    allocation_overdue_days: int
    earliest_release: str
    open_prison_start: str
    policy: Mapping[str, tuple[date, date]]
    dates: Mapping[str, HandoverDates]
    rows: tuple[Row, ...]


def handover(case: HandoverCase, rules: HandoverRules, *, today: date) -> Decision:
    """Who is responsible on a day, and `start` and `handover` in the results (None where there are none)."""
    values = {**case.inputs(), **_derived(case, rules, today)}
    flags = tuple(_flags(case, values))
    if problem := _outside(case):
        return _decided(case, rules, today, outcome=None, reasons=(problem,), flags=flags)
    row = next((row for row in rules.rows if row.is_true(values)), None)
    if row is None:
        nothing = Reason(OUTSIDE, "No row of the rule set is true of the case.")
        return _decided(case, rules, today, outcome=None, reasons=(nothing,), flags=flags)
    reasons = (row.reason(values, _records(case)),)
    if row.outcome in RESPONSIBLE:
        return _decided(case, rules, today, outcome=row.outcome, reasons=reasons, flags=flags)
    start, day = _days(rules.dates[row.outcome], case, values, rules, today)
    return _decided(
        case,
        rules,
        today,
        outcome=responsible_on(today, start, day),
        reasons=reasons,
        flags=flags,
        start=start,
        handover=day,
    )


def responsible_on(today: date, start: date, handover: date) -> str:
    """Who is responsible: from the day of the handover on, the community manager.

    >>> responsible_on(date(2025, 7, 1), date(2025, 4, 1), date(2025, 7, 1))
    'com'
    """
    if today < start:
        return POM
    return POM_WITH_COM if today < handover else COM


def _decided(
    case: HandoverCase,
    rules: HandoverRules,
    today: date,
    *,
    outcome: str | None,
    reasons: tuple[Reason, ...],
    flags: tuple[Flag, ...],
    start: date | None = None,
    handover: date | None = None,
) -> Decision:
    return Decision(
        rule="handover",
        rule_set=rules.head.version,
        as_at=today,
        outcome=outcome,
        reasons=reasons,
        inputs=case.inputs(),
        flags=flags,
        results={"start": start, "handover": handover},
    )


def _outside(case: HandoverCase) -> Reason | None:
    if case.age is not None and case.age < ADULT:
        return Reason(OUTSIDE, f"The rules are for people of {ADULT} or more. Age is {case.age}.", ("age",))
    if not (case.sentenced or case.immigration):
        return Reason(OUTSIDE, "The rules are for sentenced people and immigration cases.", ("sentenced",))
    return None


def _derived(case: HandoverCase, rules: HandoverRules, today: date) -> dict[str, Value]:
    release = _RELEASES[rules.earliest_release](case, today)
    start, refused = case.sentence_start, case.parole_refused_on
    return {
        "recalled_or_code": case.recalled or case.recall_code,
        "release": release,
        "release_known": release is not None,
        "conditional_or_automatic": _earliest(case.crd, case.ard),
        "normal_resourcing": case.resourcing == "normal",
        "under_policy": _is_under_policy(case, rules, release),
        "short": release is not None
        and start is not None
        and release <= months_after(start, rules.short_months),
        "parole": case.ped is not None and not case.indeterminate,
        "parole_refused": refused is not None and (start is None or refused >= start),
        "further_life_sentence": len(set(case.life_sentences_from)) > 1,
        "hearing_months": None if case.thd is None or case.thd < today else months_between(today, case.thd),
        "mappa_high": (case.mappa_level or 0) >= 2,
    }


def _is_under_policy(case: HandoverCase, rules: HandoverRules, release: date | None) -> bool:
    if case.estate not in rules.policy:
        return True
    first, release_first = rules.policy[case.estate]
    started = case.sentence_start is not None and case.sentence_start >= first
    return started or (release is not None and release >= release_first)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _next_parole(case: HandoverCase, today: date) -> date | None:
    """The release of the rules of 2022."""
    if case.indeterminate:
        if case.ted is not None and case.ted > today:
            return case.ted
        return min((day for day in (case.prd, case.ped) if day is not None and day >= today), default=None)
    if case.resourcing == "normal":
        return case.hdcad or _earliest(case.ard, case.crd, case.hdced)
    return case.ped or _earliest(case.crd, case.ard)


def _tariff_or_hearing(case: HandoverCase, today: date) -> date | None:
    """The release of the rules since 2023: a future day, the tariff first, else the later of the two."""
    if not case.indeterminate:
        return case.ped or _earliest(case.crd, case.ard)
    known = [day for day in (case.ted, case.thd) if day is not None]
    return next((day for day in known if day > today), max(known, default=None))


_RELEASES = dict(zip(RELEASES, (_next_parole, _tariff_or_hearing), strict=True))


def _days(
    dates: HandoverDates,
    case: HandoverCase,
    values: Mapping[str, Value],
    rules: HandoverRules,
    today: date,
) -> tuple[date, date]:
    """The start and the handover, never before the start."""
    known = {**values, "today": today}

    def at_least(day: date, name: str | None) -> date:
        bound = known[name] if name else None
        return max(day, bound) if isinstance(bound, date) else day

    def before(how: Before) -> date:
        anchor = known[how.before]
        if not isinstance(anchor, date):
            raise InvalidInput([Problem(f"/{how.before}", "handover", f"{how.before} is missing.")])
        return how.day(anchor)

    start = at_least(before(dates.start), dates.start_not_before)
    day = at_least(before(dates.handover), dates.not_before) if dates.handover else start
    bound, instead = (known[name] if name else None for name in (dates.not_after, dates.instead))
    if isinstance(instead, date):
        day = instead
    elif isinstance(bound, date):
        day = min(day, bound)
    if case.indeterminate and case.opened_on is not None:
        start = case.opened_on if rules.open_prison_start == "arrival" else min(case.opened_on, day)
    return start, max(start, day)


def _flags(case: HandoverCase, values: Mapping[str, Value]) -> Iterator[Flag]:
    if case.recall_code and not case.recalled:
        says = "The code of the sentence says recalled, its flag does not. The case counts as recalled."
        yield Flag("recall_disagrees", says, ("recalled", "recall_code"))
    if case.age is None:
        yield Flag("age_missing", "There is no age. The case counts as an adult’s.", ("age",))
    if case.resourcing is None and not case.indeterminate:
        says = "There is no allocation. The case counts as enhanced resourcing."
        yield Flag("resourcing_missing", says, ("resourcing",))
    if case.sentence_start is None and case.sentenced:
        says = "There is no first day of the sentence, so a short one cannot be recognised."
        yield Flag("sentence_start_missing", says, ("sentence_start",))
    if case.parole_refused_on is not None and not values["parole_refused"]:
        day = written(case.parole_refused_on)
        says = f"The refusal of parole on {day} is of an earlier sentence. It does not count."
        yield Flag("parole_refusal_earlier", says, ("parole_refused_on",))


def _records(case: HandoverCase) -> dict[str, str]:
    """The records of the inputs and of what follows from them."""
    derived = {
        name: case.records[source]
        for name, sources in DERIVED.items()
        for source in sources
        if source in case.records
    }
    return {**derived, **case.records}


def handover_rules_from(text: str) -> HandoverRules:
    """The rules from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and with every row or date that cannot be applied.
    """
    table = read_rule_set(text, KEYS)
    if problems := list(_problems(table)):
        raise InvalidInput(placed(problems, text))
    return HandoverRules(
        head=RuleSetHead.of(table),
        **{name: table[name] for name in KEYS if name not in ("policy", "dates", "rows")},
        policy={
            estate: (days["from"], days["release_from"]) for estate, days in table.get("policy", {}).items()
        },
        dates={name: _dates_of(days) for name, days in table["dates"].items()},
        rows=rows_of(table["rows"]),
    )


def _dates_of(table: Mapping[str, Any]) -> HandoverDates:
    days = {name: Before(**table[name]) for name in ("start", "handover") if name in table}
    return HandoverDates(**{**table, **days})


def _problems(table: Mapping[str, Any]) -> Iterator[Problem]:
    outcomes = [*RESPONSIBLE, *table["dates"]]
    yield from row_problems(table["rows"], fields=FIELDS, outcomes=outcomes)
    for name, days in table["dates"].items():
        for key in ("start_not_before", "not_before", "not_after", "instead"):
            if key in days and days[key] not in (*FIELDS, "today"):
                detail = f"There is no field {days[key]}. Use today, or one of {listed(FIELDS)}."
                yield Problem(f"/dates/{name}/{key}", "rule_set", detail)
    for estate in set(table.get("policy", {})) - set(ESTATES):
        yield Problem(f"/policy/{estate}", "rule_set", f"An estate is one of {listed(ESTATES)}.")
