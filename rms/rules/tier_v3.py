"""The tier, version 3: one letter, the highest of a grid and of all rows. They stand in `sets/tier-v3.toml`.

Source: Ministry of Justice, hmpps-tier.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from rms.calendar import months_before, months_between
from rms.errors import InvalidInput, Problem
from rms.instrument.reading import placed
from rms.instrument.shape import NUMBER, WRITTEN, Key, Kind, table_with, tables_with
from rms.rules.decision import Decision, Flag, Reason, Value
from rms.rules.decision_table import ROWS, Row, row_problems, rows_of, written
from rms.rules.rule_sets import RuleSetHead, read_rule_set

LETTERS = "ABCDEFG"
NOT_SUPERVISED, MISSING = "not_supervised", "missing"
GRID = "grid"
NUMBERS = Kind(
    "a list of numbers", lambda value: isinstance(value, list) and all(type(n) in (int, float) for n in value)
)
KEYS = {
    "all_reoffending": Key(NUMBERS, needed=True),
    "grid": Key(
        tables_with({"serious_reoffending": Key(NUMBER, needed=True), "letters": Key(WRITTEN, needed=True)}),
        needed=True,
    ),
    "rows": ROWS,
    "contact": Key(
        table_with({name: Key(NUMBER, needed=True) for name in ("lowest_medium", "lowest_medium_reduced")}),
        needed=True,
    ),
}


@dataclass(frozen=True)
class TierV3Case:
    """What is known of a case on a day; None is not known.

    `serious_reoffending`, `all_reoffending`: percent. `contact_band` and `contact_percent`: of sexual
    offending by direct contact; `risk_reduction`: its band was lowered for time without an offence. `life`: a
    sentence for life or for public protection. `mappa`: registered in any category. `records`: the ID of the
    record of each field.
    """

    supervised: bool = True
    serious_reoffending: float | None = None
    all_reoffending: float | None = None
    contact_band: str | None = None
    contact_percent: float | None = None
    risk_reduction: bool = False
    life: bool = False
    released_on: date | None = None
    mappa: bool = False
    rosh: str | None = None
    domestic_abuse: bool = False
    stalking: bool = False
    child_protection: bool = False
    sexual_history: bool = False
    records: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> dict[str, Value]:
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "records"}


INPUTS = tuple(one.name for one in fields(TierV3Case) if one.name != "records")
FIELDS = (*INPUTS, "months_since_release")


@dataclass(frozen=True)
class TierV3Rules:
    """`grid`: the bound of each row, falling, with its letters. `all_reoffending`: the bounds of columns.

    `lowest_medium`: the percent from which direct contact is medium, without and with a reduced risk.
    """

    head: RuleSetHead
    all_reoffending: tuple[float, ...]
    grid: tuple[tuple[float, tuple[str, ...]], ...]
    rows: tuple[Row, ...]
    lowest_medium: tuple[float, float]


def tier_v3(case: TierV3Case, rules: TierV3Rules, *, today: date) -> Decision:
    """The tier. `provisional` in the results is true where a percent of the grid is missing."""
    values = {**case.inputs(), "months_since_release": _months_since(case.released_on, today)}
    found = [
        *_grid(case, rules),
        *((row.outcome, row.reason(values, case.records)) for row in rules.rows if row.is_true(values)),
    ]
    provisional = case.serious_reoffending is None or case.all_reoffending is None
    letter = min((outcome for outcome, _ in found), default=None)
    if not case.supervised:
        outcome, found, provisional = NOT_SUPERVISED, [], False
    else:
        outcome = letter or MISSING
    return Decision(
        rule="tier",
        rule_set=rules.head.version,
        as_at=today,
        outcome=outcome,
        reasons=tuple(reason for _, reason in sorted(found, key=lambda one: one[0])),
        inputs=case.inputs(),
        flags=tuple(_flags(case, rules)),
        results={"provisional": provisional},
    )


def _grid(case: TierV3Case, rules: TierV3Rules) -> Iterator[tuple[str, Reason]]:
    if case.serious_reoffending is None or case.all_reoffending is None:
        return
    letters = next((row for start, row in rules.grid if case.serious_reoffending >= start), None)
    column = next(
        (at for at, start in enumerate(rules.all_reoffending) if case.all_reoffending >= start), None
    )
    if letters is None or column is None:
        return
    names = ("serious_reoffending", "all_reoffending")
    records = tuple(dict.fromkeys(case.records[name] for name in names if name in case.records))
    says = (
        f"Serious reoffending {written(case.serious_reoffending)} % and all reoffending "
        f"{written(case.all_reoffending)} %: {letters[column]} in the grid."
    )
    yield letters[column], Reason(GRID, says, names, records)


def _months_since(released_on: date | None, today: date) -> int | None:
    """Months since release, a begun month as a whole one: 12 up to the day one year later."""
    if released_on is None or released_on > today:
        return None
    whole = months_between(released_on, today)
    return whole + (months_before(today, whole) > released_on)


def _flags(case: TierV3Case, rules: TierV3Rules) -> Iterator[Flag]:
    for name, called in (
        ("serious_reoffending", "percent of serious reoffending"),
        ("all_reoffending", "percent of all reoffending"),
        ("rosh", "risk of serious harm"),
    ):
        if getattr(case, name) is None:
            yield Flag(f"{name}_missing", f"There is no {called}.", (name,))
    if case.life and case.released_on is None:
        says = "A sentence without end has no release date, so its rows do not apply."
        yield Flag("release_missing", says, ("released_on",))
    lowest = rules.lowest_medium[case.risk_reduction]
    if case.contact_band == "medium" and (case.contact_percent is None or case.contact_percent < lowest):
        says = f"The band of direct contact is medium, but its percent is not {lowest} or more."
        yield Flag("contact_band_disagrees", says, ("contact_band", "contact_percent"))


def tier_v3_rules_from(text: str) -> TierV3Rules:
    """The rules from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and with every row that cannot be applied.
    """
    table = read_rule_set(text, KEYS)
    columns = tuple(table["all_reoffending"])
    grid = tuple((row["serious_reoffending"], tuple(row["letters"].split())) for row in table["grid"])
    lowest = (table["contact"]["lowest_medium"], table["contact"]["lowest_medium_reduced"])
    if problems := [
        *_grid_problems(columns, grid),
        *row_problems(table["rows"], fields=FIELDS, outcomes=list(LETTERS)),
    ]:
        raise InvalidInput(placed(problems, text))
    return TierV3Rules(RuleSetHead.of(table), columns, grid, rows_of(table["rows"]), lowest)


def _grid_problems(columns: tuple[float, ...], grid: tuple[tuple[float, Any], ...]) -> Iterator[Problem]:
    if list(columns) != sorted(set(columns), reverse=True):
        yield Problem("/all_reoffending", "rule_set", "all_reoffending must fall.")
    starts = [start for start, _ in grid]
    if starts != sorted(set(starts), reverse=True):
        yield Problem("/grid", "rule_set", "serious_reoffending must fall from row to row.")
    for at, (_, letters) in enumerate(grid):
        if len(letters) != len(columns) or not set(letters) <= set(LETTERS):
            detail = f"letters must be {len(columns)} letters from A to G, one for each of all_reoffending."
            yield Problem(f"/grid/{at}/letters", "rule_set", detail)
