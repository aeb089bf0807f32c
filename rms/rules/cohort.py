"""Which cohort of integrated offender management a person may be selected for, with every reason.

The rows and thresholds stand in `sets/cohort-*.toml`. The answer is a proposal: selection and deselection,
and the judgement behind them, are recorded elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date

from rms.calendar import months_before
from rms.errors import InvalidInput, Problem
from rms.instrument.reading import placed
from rms.instrument.shape import DATE, NUMBER, TABLE_OF_WORDS, WHOLE, WRITTEN, Key, table_with
from rms.records.offence_codes import offence_code
from rms.rules.decision import Decision, Flag, Value
from rms.rules.decision_table import ROWS, Row, row_problems, rows_of
from rms.rules.rule_sets import RuleSetHead, read_rule_set

FIXED, FLEX, FREE, NOT_SELECTED = "fixed", "flex", "free", "not_selected"
OUTCOMES = (FIXED, FLEX, FREE)  # the highest first
KEYS = {
    "owner": Key(WRITTEN),
    "decided_on": Key(DATE),
    "look_back_months": Key(WHOLE, needed=True),
    "thresholds": Key(
        table_with({name: Key(NUMBER, needed=True) for name in ("ogrs", "severity")}), needed=True
    ),
    "neighbourhood": Key(TABLE_OF_WORDS, needed=True),
    "rows": ROWS,
}


@dataclass(frozen=True)
class CohortOffence:
    """An offence as far as the rule needs it. `severity`: its crime severity score. `record`: its ID."""

    code: str
    committed_on: date
    severity: float | None = None
    record: str | None = None


@dataclass(frozen=True)
class CohortCase:
    """What is known of a person on a day; None is not known.

    `offence_codes`: Home Office codes of the offences in the look-back, in any spelling. `severity`: the sum
    of their crime severity scores. `without_severity`: how many of them have none. `ogrs`: the percent of
    OGRS3 within two years, as it is reported. The last three: a priority of another cohort. `records`: the ID
    of the record of each field.
    """

    offence_codes: tuple[str, ...] = ()
    severity: float | None = None
    without_severity: int = 0
    ogrs: float | None = None
    serious_violence: bool = False
    domestic_abuse: bool = False
    organised_crime: bool = False
    records: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> dict[str, Value]:
        kept = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("records", "offence_codes")
        }
        return {**kept, "offence_codes": " ".join(self.offence_codes)}


INPUTS = tuple(CohortCase().inputs())
DERIVED: Mapping[str, str] = {  # and the input that each follows from
    "neighbourhood_offence": "offence_codes",
    "neighbourhood_codes": "offence_codes",
    "ogrs_reached": "ogrs",
    "severity_reached": "severity",
    "ogrs_from": "ogrs",
    "severity_from": "severity",
}
FIELDS = (*INPUTS, *DERIVED)


@dataclass(frozen=True)
class CohortRules:
    """`neighbourhood`: the kind of each code. `owner`, `decided_on`: of thresholds that an area has set."""

    head: RuleSetHead
    look_back_months: int
    ogrs_from: float
    severity_from: float
    neighbourhood: Mapping[str, str]
    rows: tuple[Row, ...]
    owner: str | None = None
    decided_on: date | None = None


def cohort(case: CohortCase, rules: CohortRules, *, today: date) -> Decision:
    """The proposal; the reasons of the outcome come first."""
    values = {**case.inputs(), **_derived(case, rules)}
    records = {
        **{name: case.records[source] for name, source in DERIVED.items() if source in case.records},
        **case.records,
    }
    found = [row for row in rules.rows if row.is_true(values)]
    found.sort(key=lambda row: OUTCOMES.index(row.outcome))
    return Decision(
        rule="cohort",
        rule_set=rules.head.version,
        as_at=today,
        outcome=found[0].outcome if found else NOT_SELECTED,
        reasons=tuple(row.reason(values, records) for row in found),
        inputs=case.inputs(),
        flags=tuple(_flags(case)),
    )


def case_of_offences(
    offences: Sequence[CohortOffence],
    rules: CohortRules,
    *,
    today: date,
    ogrs: float | None = None,
    serious_violence: bool = False,
    domestic_abuse: bool = False,
    organised_crime: bool = False,
) -> CohortCase:
    """The case of these offences: those of the look-back count, from its first day up to `today`."""
    first = months_before(today, rules.look_back_months)
    counted = [one for one in offences if first <= one.committed_on <= today]
    known = [one.severity for one in counted if one.severity is not None]
    records = " ".join(one.record for one in counted if one.record)
    return CohortCase(
        offence_codes=tuple(one.code for one in counted),
        severity=sum(known) if known or not counted else None,
        without_severity=len(counted) - len(known),
        ogrs=ogrs,
        serious_violence=serious_violence,
        domestic_abuse=domestic_abuse,
        organised_crime=organised_crime,
        records=dict.fromkeys(("offence_codes", "severity"), records) if records else {},
    )


def with_own_thresholds(
    rules: CohortRules, *, version: str, ogrs: float, severity: float, owner: str, decided_on: date
) -> CohortRules:
    """A set of its own: the same rows with thresholds of an area, in force from the day of the decision."""
    return replace(
        rules,
        head=replace(rules.head, version=version, in_force_from=decided_on, in_force_to=None),
        ogrs_from=ogrs,
        severity_from=severity,
        owner=owner,
        decided_on=decided_on,
    )


def neighbourhood_codes(codes: Sequence[str], rules: CohortRules) -> tuple[str, ...]:
    """Those of the codes that are of a neighbourhood offence, in the spelling of the rules."""
    known = dict.fromkeys(offence_code(code) or "" for code in codes)
    return tuple(code for code in known if code in rules.neighbourhood)


def _derived(case: CohortCase, rules: CohortRules) -> dict[str, Value]:
    codes = neighbourhood_codes(case.offence_codes, rules)
    return {
        "neighbourhood_offence": bool(codes),
        "neighbourhood_codes": ", ".join(codes),
        "ogrs_reached": None if case.ogrs is None else case.ogrs >= rules.ogrs_from,
        "severity_reached": None if case.severity is None else case.severity >= rules.severity_from,
        "ogrs_from": rules.ogrs_from,
        "severity_from": rules.severity_from,
    }


def _flags(case: CohortCase) -> Iterator[Flag]:
    if case.ogrs is None:
        yield Flag("ogrs_missing", "There is no OGRS3, so its threshold does not count.", ("ogrs",))
    if case.severity is None:
        yield Flag(
            "severity_missing", "There is no severity, so its threshold does not count.", ("severity",)
        )
    elif case.without_severity:
        says = f"{case.without_severity} offences have no severity. The sum may be too low."
        yield Flag("severity_incomplete", says, ("severity", "without_severity"))
    if any(offence_code(code) is None for code in case.offence_codes):
        says = "The code of an offence cannot be read, so it does not count."
        yield Flag("offence_code_unknown", says, ("offence_codes",))


def cohort_rules_from(text: str) -> CohortRules:
    """The rules from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and with every row or code that cannot be applied.
    """
    table = read_rule_set(text, KEYS)
    problems = list(row_problems(table["rows"], fields=FIELDS, outcomes=OUTCOMES))
    for kind, codes in table["neighbourhood"].items():
        if wrong := [code for code in codes if offence_code(code) != code]:
            detail = f"{wrong[0]} is not allowed. A code must have five digits."
            problems.append(Problem(f"/neighbourhood/{kind}", "rule_set", detail))
    if ("owner" in table) != ("decided_on" in table):
        detail = "Thresholds of an area need both owner and decided_on."
        problems.append(Problem("/owner" if "owner" in table else "/decided_on", "rule_set", detail))
    if problems:
        raise InvalidInput(placed(problems, text))
    return CohortRules(
        head=RuleSetHead.of(table),
        look_back_months=table["look_back_months"],
        ogrs_from=table["thresholds"]["ogrs"],
        severity_from=table["thresholds"]["severity"],
        neighbourhood={code: kind for kind, codes in table["neighbourhood"].items() for code in codes},
        rows=rows_of(table["rows"]),
        owner=table.get("owner"),
        decided_on=table.get("decided_on"),
    )
