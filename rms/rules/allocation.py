"""Which part of the service a case is allocated to, with every reason.

The rows stand in `sets/allocation-*.toml`.
Source: Probation Service (2022), note on the end of the Case Allocation System.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rms.errors import InvalidInput
from rms.instrument.reading import placed
from rms.instrument.shape import TEXTS, Key, table_with
from rms.rules.decision import Decision, Flag, Value
from rms.rules.decision_table import ROWS, Column, Row, row_problems, rows_of
from rms.rules.rule_sets import RuleSetHead, read_rule_set

RETAINED, ALLOCATED = "retained", "allocated"
OUTCOMES = {
    RETAINED: "Retained (enhanced resourcing)",
    ALLOCATED: "Allocated (normal resourcing)",
}
NATIONALITY_CLASSES = ("british_or_irish", "dual", "other", "not_recorded", "not_recognised")
_JOINED = re.compile(r"\s*(?:[,;/&]|\band\b)\s*", re.IGNORECASE)
KEYS = {
    "rows": ROWS,
    "nationality": Key(
        table_with({name: Key(TEXTS, needed=True) for name in ("british_or_irish", "not_recorded", "other")}),
        needed=True,
    ),
}


@dataclass(frozen=True)
class AllocationCase:
    """What is known of a person and of one event on a day; None is not known.

    `tier`: such as `B2`. `rsr`: percent. `rosh`: low, medium, high or very_high. `mappa_level`: of the
    registration in force, 0 to 3. `sentence_kind`: custody, suspended, community or other, None without a
    sentence (a fine is none). `sentence_months`: whole months of the sentence. `indeterminate`: a sentence
    without end. `schedule_15_*`: an offence of this event is in that part of the schedule. `nationality`: as
    it is recorded. `provider`: of the community manager. `records`: the ID of the record of each field.
    """

    tier: str | None = None
    rsr: float | None = None
    rosh: str | None = None
    mappa_level: int | None = None
    sentence_kind: str | None = None
    sentence_months: int | None = None
    indeterminate: bool = False
    schedule_15_violent: bool = False
    schedule_15_sexual: bool = False
    home_office_interest: bool = False
    nationality: str | None = None
    provider: str | None = None
    records: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> dict[str, Value]:
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "records"}


INPUTS = tuple(one.name for one in fields(AllocationCase) if one.name != "records")
FIELDS = (*INPUTS, "tier_letter", "nationality_class")


@dataclass(frozen=True)
class AllocationRules:
    """`nationalities`: words in lower case, and the class of each."""

    head: RuleSetHead
    rows: tuple[Row, ...]
    nationalities: Mapping[str, str]


def allocation(case: AllocationCase, rules: AllocationRules, *, today: date) -> Decision:
    """Every case has an outcome. What is missing is flagged, and does not count."""
    inputs = case.inputs()
    values = {**inputs, **_derived(case, rules)}
    records = {**case.records, **_derived_records(case.records)}
    reasons = tuple(row.reason(values, records) for row in rules.rows if row.is_true(values))
    names = [reason.row for reason in reasons]
    return Decision(
        rule="allocation",
        rule_set=rules.head.version,
        as_at=today,
        outcome=RETAINED if reasons else ALLOCATED,
        reasons=reasons,
        inputs=inputs,
        flags=tuple(_flags(values, names)),
    )


def nationality_class(text: str | None, rules: AllocationRules) -> str:
    """One of `NATIONALITY_CLASSES`. A name in the list is never split: Turks and Caicos Islander."""
    known = " ".join((text or "").split()).lower()
    if known in rules.nationalities:
        return rules.nationalities[known]
    found = {rules.nationalities.get(part, "not_recognised") for part in _JOINED.split(known)}
    if found == {"british_or_irish", "other"}:
        return "dual"
    return found.pop() if len(found) == 1 else "not_recognised"


def _derived(case: AllocationCase, rules: AllocationRules) -> dict[str, Value]:
    return {
        "tier_letter": case.tier[0] if case.tier else None,
        "nationality_class": nationality_class(case.nationality, rules),
    }


def _derived_records(records: Mapping[str, str]) -> dict[str, str]:
    sources = {"tier_letter": "tier", "nationality_class": "nationality"}
    return {name: records[source] for name, source in sources.items() if source in records}


FLAGS = {
    "nationality_not_recorded": "No nationality is recorded. It does not count.",
    "nationality_not_recognised": "The nationality is unknown, so it does not count. Check its spelling.",
    "nationality_dual": "One of two nationalities is British or Irish, so neither counts.",
    "mappa_level_0": "The MAPPA level is 0. It counts as a registration. The policy says nothing of it.",
    "tier_missing": "There is no tier.",
    "rsr_missing": "There is no RSR.",
    "rosh_missing": "There is no risk of serious harm.",
    "sentence_length_missing": "A sentence in custody has no length, so the row of 12 months cannot be true.",
    "tier_disagrees": "The tier is below B, but RSR, the risk of serious harm or the MAPPA level is high.",
}


def _flags(values: Mapping[str, Value], rows: Sequence[str]) -> Iterator[Flag]:
    nationality = values["nationality_class"]
    if nationality in ("not_recorded", "not_recognised", "dual"):
        yield _flag(f"nationality_{nationality}", "nationality")
    if values["mappa_level"] == 0:
        yield _flag("mappa_level_0", "mappa_level")
    for name in ("tier", "rsr", "rosh"):
        if values[name] is None:
            yield _flag(f"{name}_missing", name)
    if (
        values["sentence_kind"] == "custody"
        and values["sentence_months"] is None
        and not values["indeterminate"]
    ):
        yield _flag("sentence_length_missing", "sentence_months")
    if values["tier"] is not None and "1" not in rows and {"1a", "1b", "1c"} & set(rows):
        yield _flag("tier_disagrees", "tier", "rsr", "rosh", "mappa_level")


def _flag(name: str, *of: str) -> Flag:
    return Flag(name, FLAGS[name], of)


def columns_of(cases: Sequence[AllocationCase], rules: AllocationRules) -> dict[str, Column]:
    """The columns of these cases, in this order, by field."""
    texts = ("tier", "rosh", "sentence_kind", "nationality", "provider")
    numbers = ("rsr", "mappa_level", "sentence_months")

    def column(name: str) -> Column:
        values = [getattr(case, name) for case in cases]
        if name in texts:
            return np.array([value or "" for value in values], np.str_)
        if name in numbers:
            return np.array([np.nan if value is None else value for value in values], np.float64)
        return np.array(values, np.int8)

    return with_derived({name: column(name) for name in INPUTS}, rules)


def with_derived(cases: Mapping[str, Column], rules: AllocationRules) -> dict[str, Column]:
    """The columns with those that follow from them. Each nationality is read once."""
    spelled, at = np.unique(cases["nationality"], return_inverse=True)
    classes = np.array([nationality_class(str(text), rules) for text in spelled], np.str_)
    return {
        **cases,
        "tier_letter": cases["tier"].astype("<U1"),
        "nationality_class": classes[at] if len(spelled) else np.array([], np.str_),
    }


def allocation_of_many(cases: Mapping[str, Column], rules: AllocationRules) -> NDArray[np.bool_]:
    """Which rows are true of which case; shape (n, rows). A case is retained if one of them is."""
    return np.column_stack([row.is_true_of_many(cases) for row in rules.rows])


def allocation_rules_from(text: str) -> AllocationRules:
    """The rules from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and with every row that cannot be applied.
    """
    table = read_rule_set(text, KEYS)
    if problems := list(row_problems(table["rows"], fields=FIELDS, outcomes=OUTCOMES)):
        raise InvalidInput(placed(problems, text))
    nationalities = {word.lower(): name for name, words in table["nationality"].items() for word in words}
    return AllocationRules(RuleSetHead.of(table), rows_of(table["rows"]), nationalities)
