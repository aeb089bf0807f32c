"""What a form asks, as values: items, levels, needs, processes.

An instrument is data (a TOML file beside this module); it decides nothing
about a person. From an `Instrument` come the JSON schema, the web
form, the encoder and the scoring guide.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rms.errors import listed, not_allowed

Answer = int | float | str

# What a comparable can show of a past case's history: the convictions of each kind, and the years served.
YEARS_SERVED = "years_served"
HISTORY = ("violence", "property", "drug", "weapon", "escape", "other", YEARS_SERVED)


class ItemKind(StrEnum):
    ORDINAL = "ordinal"  # levels with an order
    COUNT = "count"  # whole number from 0
    NUMBER = "number"  # number with a unit
    CHOICE = "choice"  # levels without an order
    DATE = "date"  # a date given, completed years used


class Source(StrEnum):
    """Where an item's value comes from: asked on the form, or taken from the identification."""

    ANSWER = "answer"
    SEX = "sex"
    DATE_OF_BIRTH = "date_of_birth"


class Combination(StrEnum):
    """How the cells of several columns become one answer."""

    SUM = "sum"  # of the numbers
    HIGHEST = "highest"  # the largest number, or the level furthest down the list
    FIRST = "first"  # the first cell that is not empty


@dataclass(frozen=True)
class Level:
    """One level of an item, and the cells of a CSV file that mean it.

    These are its `spellings` and the numbers from `minimum` to `maximum`. Without a `minimum` it has no
    number below 0, unless its `maximum` is below 0.
    """

    value: int | str
    label: str
    anchor: str
    spellings: tuple[str, ...]
    minimum: float | None = None
    maximum: float | None = None

    @property
    def csv(self) -> str:
        """How RMS spells this level in a CSV cell."""
        return self.spellings[0]


@dataclass(frozen=True)
class Item:
    """One question. `minimum`/`maximum` bound counts, numbers and ages (years for a date)."""

    code: str
    label: str
    question: str
    kind: ItemKind
    section: str
    dynamic: bool
    levels: tuple[Level, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False  # of a number: whether it is given in whole units, such as completed years
    unit: str | None = None
    required: bool = True
    unknown_allowed: bool = False
    need: str | None = None
    source: Source = Source.ANSWER
    column: str = ""
    columns: tuple[str, ...] = ()  # the columns that are combined into it, if there are several
    combine: Combination = Combination.FIRST
    # In a file without its column, a column of text, and the words that mean each level.
    described_by: str | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    spellings: Mapping[str, float] = field(
        default_factory=dict, hash=False
    )  # texts that mean a number: "10 or more"
    blank_means: str | None = None  # what an empty CSV cell means, if not simply "unknown"

    @property
    def every_column(self) -> tuple[str, ...]:
        """The columns it may be read from."""
        return (*(self.columns or (self.column,)), *([self.described_by] if self.described_by else []))

    @property
    def takes_fractions(self) -> bool:
        return self.kind is ItemKind.NUMBER and not self.whole

    @cached_property
    def positions(self) -> Mapping[int | str, int]:
        return {level.value: position for position, level in enumerate(self.levels)}

    def number(self, answer: Answer) -> float:
        """The answer as a number for the engine: a level's position, or the number itself."""
        return float(self.positions[answer] if self.levels else answer)  # type: ignore[index]

    def answer(self, number: float) -> Answer:
        """The inverse of `number`."""
        if self.levels:
            return self.levels[int(number)].value
        return float(number) if self.takes_fractions else int(number)

    def wrong_with(self, answer: object) -> str | None:
        """Why `answer` is not valid for this item, as a sentence; None if it is valid."""
        if self.kind is ItemKind.CHOICE:
            fits = isinstance(answer, str) and answer in self.positions
        elif self.kind is ItemKind.ORDINAL:
            fits = type(answer) is int and answer in self.positions
        elif self.takes_fractions:
            fits = type(answer) in (int, float) and self._in_range(answer)
        else:
            fits = type(answer) is int and self._in_range(answer)
        return None if fits else not_allowed(answer, name=self.label, allowed=self.allowed)

    @property
    def allowed(self) -> str:
        """The answers this item accepts, in words; the unit only if the label does not say it.

        >>> from rms.instrument import instrument
        >>> [instrument("rms").item(code).allowed for code in ("revocations", "supervision_periods")]
        ['a whole number from 0 to 100', 'a whole number from 0 to 100 (periods)']
        """
        if self.levels:
            return "one of " + ", ".join(str(level.value) for level in self.levels)
        what = "a number" if self.takes_fractions else "a whole number"
        unit = f" ({self.unit})" if self.unit and self.unit.lower() not in self.label.lower() else ""
        return f"{what} from {self.minimum:g} to {self.maximum:g}{unit}"

    def percent(self, number: float) -> float:
        """A rating as percent of the scale: (rating − min)/(max − min)·100 (2005 manual, A47)."""
        values = [float(level.value) for level in self.levels]
        return (values[int(number)] - values[0]) / (values[-1] - values[0]) * 100.0

    def _in_range(self, answer: object) -> bool:
        return self.minimum <= answer <= self.maximum  # type: ignore[operator]


@dataclass(frozen=True)
class Need:
    """One bar of the needs plot: `code` as on the plot's axis (ACAD), `item` the rating behind it."""

    code: str
    label: str
    item: str


@dataclass(frozen=True)
class FlagOutcome:
    """A process whose actual is in a CSV column: `stayed` means 1, `returned` 2, other texts no label."""

    column: str
    stayed: tuple[str, ...]
    returned: tuple[str, ...]

    @property
    def every_column(self) -> tuple[str, ...]:
        return (self.column,)


@dataclass(frozen=True)
class DaysOutcome:
    """A process whose actual is worked out from days at liberty.

    `event` holds the days at liberty until the offence later convicted (blank: none seen),
    `follow_up` the days at liberty observed. An event within `within` days is actual 2;
    no event in at least `free` observed days is actual 1; anything between has no label.
    """

    event: str
    follow_up: str
    within: int = 730
    free: int = 1095

    @property
    def every_column(self) -> tuple[str, ...]:
        return self.event, self.follow_up


@dataclass(frozen=True)
class DatesOutcome:
    """A process whose actual is worked out from two dates, in a file of people seen `within` days or more.

    An `event` (blank: none seen) up to `within` days after `start` is actual 2; anything else is actual 1.
    """

    start: str
    event: str
    within: int = 730

    @property
    def every_column(self) -> tuple[str, ...]:
        return self.start, self.event


Outcome = FlagOutcome | DaysOutcome | DatesOutcome


@dataclass(frozen=True)
class Process:
    """What is simulated (recidivism, violence) and what its actual 1 and 2 mean, in writing.

    `stayed_short` and `returned_short` say the same in a few words that follow "most of them"; "" if the
    instrument has none.
    A file without the columns of `outcome` is read by `otherwise`, if there is one.
    """

    code: str
    label: str
    stayed: str
    returned: str
    outcome: Outcome
    otherwise: Outcome | None = None
    stayed_short: str = ""
    returned_short: str = ""


class PersonMark(StrEnum):
    """How the mark in the column `person` is read."""

    BEFORE_HYPHEN = "before_hyphen"  # A204-02 is another case of A204
    WHOLE = "whole"  # 80-A-1000 is one person, and so is 80A1000: all letters and digits count


@dataclass(frozen=True)
class Columns:
    """The columns of a CSV of past cases other than its items. An empty name: the file has no such column."""

    case_number: str
    person: str
    person_mark: PersonMark = PersonMark.BEFORE_HYPHEN
    sex: str = ""
    sex_values: Mapping[str, str] = field(default_factory=dict)
    birth_year: str = ""
    audit_only: tuple[str, ...] = ()
    benchmark_only: tuple[str, ...] = ()
    other_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # as other files name a column


@dataclass(frozen=True)
class Instrument:
    name: str
    version: str
    title: str
    description: str
    sections: Mapping[str, str]  # code → heading, in the order of the form
    items: tuple[Item, ...]
    needs: tuple[Need, ...]  # see `in_order_of_form`
    processes: tuple[Process, ...]
    columns: Columns
    shown: Mapping[str, str]  # column of `HISTORY` → item code
    datasheet: Mapping[str, str]  # facts about the past cases it is usually built from
    text: str = field(repr=False, default="")  # the TOML it was read from

    @cached_property
    def sha256(self) -> str:
        """The hash of its text: two instruments with the same hash are the same."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def asked(self) -> tuple[Item, ...]:
        """The items a form asks; the rest come from the identification."""
        return tuple(item for item in self.items if item.source is Source.ANSWER)

    @cached_property
    def no_such_item(self) -> str:
        """The message for a code that is not an item of the form."""
        codes = listed(item.code for item in self.asked)
        return f"The instrument {self.name} has no item with this code. Its items are {codes}."

    @cached_property
    def position(self) -> Mapping[str, int]:
        return {item.code: position for position, item in enumerate(self.items)}

    def item(self, code: str) -> Item:
        return self.items[self.position[code]]

    def in_order_of_form(self) -> "Instrument":
        """The same, with its needs in the order in which the form asks the items that rate them."""
        headings = list(self.sections)
        asked = {item.code: (headings.index(item.section), at) for at, item in enumerate(self.items)}
        return replace(self, needs=tuple(sorted(self.needs, key=lambda need: asked[need.item])))

    def vector(self, answers: Mapping[str, Answer], *, sex: str, age: int) -> NDArray[np.float64]:
        """The answers as numbers in the order of `items`, shape (p,); NaN where not known."""
        identified: Mapping[Source, Answer] = {Source.SEX: sex, Source.DATE_OF_BIRTH: age}
        vector = np.full(len(self.items), np.nan)
        for position, item in enumerate(self.items):
            given = identified.get(item.source, answers.get(item.code))
            if given is not None and not (item.levels and given not in item.positions):
                vector[position] = item.number(given)
        return vector
