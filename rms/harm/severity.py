"""How severe an offence is: dated tables from offence code to category, group and days of crime harm.

A table is an edition of an index, such as the Cambridge Crime Harm Index 2026. It is never changed in
place: another mapping is another edition, so that what was said in 2022 can be said again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rms.errors import InvalidInput, NotFound, Problem, listed

DAYS = "days"
WEIGHT = "weight"
UNITS = (DAYS, WEIGHT)


@dataclass(frozen=True)
class Severity:
    """Where an offence stands in the tree (category, then group), and how severe it is.

    `days`: days of crime harm, in a table of that unit; else None.
    `weight`: the weight of another index, such as the ONS Crime Severity Score; else None. The harm score
    never uses it.
    """

    category: str
    group: str
    days: float | None
    weight: float | None = None


@dataclass(frozen=True)
class CodePeriod:
    """What a code means for offences committed from the day `first` to the day `last`, both included."""

    severity: Severity
    first: date | None = None
    last: date | None = None

    def includes(self, on: date) -> bool:
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)

    def overlaps(self, other: "CodePeriod") -> bool:
        return _starts_by(self, other.last) and _starts_by(other, self.last)


def _starts_by(period: CodePeriod, day: date | None) -> bool:
    return period.first is None or day is None or period.first <= day


@dataclass(frozen=True)
class SeverityTable:
    """An edition of an index, in force from `valid_from` to `valid_to`, both included.

    `groups`: the severity of each group, by its name, in the order of the tree.
    `codes`: the periods of each offence code, spelled as `rms.records.offence_codes.offence_code` spells it.
    `source`: where the figures come from, in words.
    """

    name: str
    title: str
    unit: str
    valid_from: date
    valid_to: date | None
    source: str
    groups: Mapping[str, Severity]
    codes: Mapping[str, tuple[CodePeriod, ...]]

    def severity_of(self, code: str, on: date) -> Severity | None:
        """The severity of an offence of that code committed on that day; None if the code is unknown.

        A code that has ended keeps its meaning for offences committed while it was in use.
        """
        periods = self.codes.get(code, ())
        return next((period.severity for period in periods if period.includes(on)), None)

    def days_of(self, code: str, on: date) -> float | None:
        """Days of crime harm; None if the code is unknown on that day, or if the table has weights."""
        severity = self.severity_of(code, on)
        return severity.days if severity else None

    def weight_of(self, code: str, on: date) -> float | None:
        """The weight; None if the code is unknown on that day, or if the table has days."""
        severity = self.severity_of(code, on)
        return severity.weight if severity else None

    def tree(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Category → group → codes, the categories and groups in the order of the file, codes sorted."""
        tree: dict[str, dict[str, tuple[str, ...]]] = {}
        for group, severity in self.groups.items():
            codes = (code for code, periods in self.codes.items() if _is_in(group, periods))
            tree.setdefault(severity.category, {})[group] = tuple(sorted(codes))
        return tree

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def _is_in(group: str, periods: tuple[CodePeriod, ...]) -> bool:
    return any(period.severity.group == group for period in periods)


@dataclass(frozen=True)
class SeverityTables:
    """The editions of one index, each with a name of its own.

    Where several are in force on a day, the one that began last governs, and of those the last one given:
    an agency's own edition is given after those of RMS.
    """

    tables: tuple[SeverityTable, ...]

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise InvalidInput(problems)

    def named(self, name: str) -> SeverityTable:
        """The edition of that name. The harm score uses the one that its settings name.

        Raises
        ------
        NotFound
            If there is none; the message lists the names.
        """
        for table in self.tables:
            if table.name == name:
                return table
        names = listed(table.name for table in self.tables)
        raise NotFound(f"There is no severity table {name}. Choose one of: {names}.")

    def as_at(self, on: date) -> SeverityTable | None:
        """The edition that governs on that day; None if none is in force."""
        in_force = [table for table in self.tables if table.in_force(on)]
        return max(reversed(in_force), key=lambda table: table.valid_from, default=None)

    def days_of(self, code: str, on: date) -> float | None:
        """Days of crime harm by the edition that governs on the day of the offence; None if there is none."""
        table = self.as_at(on)
        return table.days_of(code, on) if table else None

    def _problems(self) -> Iterator[Problem]:
        if len({table.unit for table in self.tables}) > 1:
            yield Problem("/unit", "units_mixed", "Tables of days and tables of weights cannot be mixed.")
        for name, times in Counter(table.name for table in self.tables).items():
            if times > 1:
                detail = f"{times} severity tables are called {name}. Each needs a name of its own."
                yield Problem("/name", "name_taken", detail)
