"""The constants of the harm score, as one dated table with an owner."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from rms.errors import InvalidInput, Problem, listed, not_allowed
from rms.instrument.reading import placed, read_toml
from rms.instrument.shape import DATE, NUMBER, WHOLE, WRITTEN, Key, Keys, Kind, table_with, wrong_keys
from rms.records.choices import DRUG_MARKERS, GRADES, OUTCOMES

COMPONENTS = ("recency", "frequency", "severity", "drugs", "intelligence")
BANDS = ("low", "low-medium", "medium-high", "high", "super-high")
HIGHEST = 100  # of a component, and of the score
_VERSION = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class RecencySettings:
    """`half_life`: years after which an offence counts half."""

    half_life: float


@dataclass(frozen=True)
class FrequencySettings:
    """`window`: years in which offences are counted. `cap`: the number of offences that gives 100."""

    window: float
    cap: float


@dataclass(frozen=True)
class SeveritySettings:
    """`half_life`: years after which days count half. `cap`: the sum of days that gives 100."""

    half_life: float
    cap: float


@dataclass(frozen=True)
class IntelligenceSettings:
    """`months`: reports of so many months count. `cap`: the sum of grades that gives 100."""

    months: int
    cap: float
    grades: Mapping[str, float]


@dataclass(frozen=True)
class HarmSettings:
    """Everything that is fixed in the harm score.

    `owner` and `changed_on` say who last changed a value, and when. `severity_table` names the edition
    that gives the days of a code. `year` is the number of days in a year of age. `weights` are the shares
    of the components in the score and add to 1. `bands` has the percentile at which each band begins, but
    for the lowest: exact decimals, because 94.9 is not a number that a float can hold.
    """

    version: str
    owner: str
    changed_on: date
    severity_table: str
    year: float
    outcomes: frozenset[int]
    suspect_outcomes: frozenset[int]
    weights: Mapping[str, float]
    recency: RecencySettings
    frequency: FrequencySettings
    severity: SeveritySettings
    drugs: Mapping[str, float]
    intelligence: IntelligenceSettings
    bands: Mapping[str, Decimal]

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise InvalidInput(problems)

    def _problems(self) -> Iterator[Problem]:
        if not _VERSION.fullmatch(self.version):
            yield _wrong("/version", self.version, "up to 64 lower-case letters, digits, dots, - or _")
        if not self.owner.strip():
            yield _wrong("/owner", self.owner, "the name of who decided on these values")
        yield from self._outcome_problems()
        yield from self._number_problems()
        yield from self._share_problems()
        percentiles = tuple(self.bands.values())
        if tuple(self.bands) != BANDS[1:]:
            allowed = f"{listed(BANDS[1:])}, in this order"
            yield _wrong("/bands", listed(self.bands), allowed)
        elif not (percentiles[0] > 0 and percentiles[-1] <= HIGHEST and _rise(percentiles)):
            yield _wrong("/bands", listed(map(str, percentiles)), "rising percentiles above 0, up to 100")

    def _outcome_problems(self) -> Iterator[Problem]:
        for name in ("outcomes", "suspect_outcomes"):
            given = getattr(self, name)
            if not given <= set(OUTCOMES):
                yield _wrong(f"/{name}", listed(map(str, sorted(given))), "Home Office outcomes from 1 to 22")
        if not self.outcomes:
            yield Problem("/outcomes", "harm_settings", "At least one outcome must count.")
        if both := self.outcomes & self.suspect_outcomes:
            detail = f"{listed(map(str, sorted(both)))} cannot be in outcomes and in suspect_outcomes."
            yield Problem("/suspect_outcomes", "harm_settings", detail)

    def _number_problems(self) -> Iterator[Problem]:
        positive = {
            "/year": self.year,
            "/recency/half_life": self.recency.half_life,
            "/frequency/window": self.frequency.window,
            "/frequency/cap": self.frequency.cap,
            "/severity/half_life": self.severity.half_life,
            "/severity/cap": self.severity.cap,
            "/intelligence/months": self.intelligence.months,
            "/intelligence/cap": self.intelligence.cap,
        }
        for pointer, number in positive.items():
            if not (number > 0 and math.isfinite(number)):
                yield _wrong(pointer, number, "a number above 0")

    def _share_problems(self) -> Iterator[Problem]:
        tables = {
            "weights": (self.weights, COMPONENTS, 1),
            "drugs": (self.drugs, DRUG_MARKERS, HIGHEST),
            "intelligence/grades": (self.intelligence.grades, GRADES, 1),
        }
        for pointer, (table, names, most) in tables.items():
            if set(table) != set(names):
                yield _wrong(f"/{pointer}", listed(table), f"a table of {listed(names)}")
            for name, number in table.items():
                if not 0 <= number <= most:
                    yield _wrong(f"/{pointer}/{name}", number, f"a number from 0 to {most}")
        total = math.fsum(self.weights.values())
        if abs(total - 1) > 1e-12:
            yield Problem("/weights", "harm_settings", f"The weights add to {total:g}. They must add to 1.")


def _rise(numbers: tuple[Decimal, ...]) -> bool:
    return all(low < high for low, high in pairwise(numbers))


def _wrong(pointer: str, value: object, allowed: str) -> Problem:
    name = pointer.rpartition("/")[2]
    return Problem(pointer, "harm_settings", not_allowed(value, name=name, allowed=allowed))


WHOLE_NUMBERS = Kind(
    "a list of whole numbers", lambda value: isinstance(value, list) and all(type(n) is int for n in value)
)


def _numbers(names: tuple[str, ...]) -> Kind:
    return table_with({name: Key(NUMBER, needed=True) for name in names})


KEYS: Keys = {
    "version": Key(WRITTEN, needed=True),
    "owner": Key(WRITTEN, needed=True),
    "changed_on": Key(DATE, needed=True),
    "severity_table": Key(WRITTEN, needed=True),
    "year": Key(NUMBER, needed=True),
    "outcomes": Key(WHOLE_NUMBERS, needed=True),
    "suspect_outcomes": Key(WHOLE_NUMBERS, needed=True),
    "weights": Key(_numbers(COMPONENTS), needed=True),
    "recency": Key(_numbers(("half_life",)), needed=True),
    "frequency": Key(_numbers(("window", "cap")), needed=True),
    "severity": Key(_numbers(("half_life", "cap")), needed=True),
    "drugs": Key(_numbers(DRUG_MARKERS), needed=True),
    "intelligence": Key(
        table_with(
            {
                "months": Key(WHOLE, needed=True),
                "cap": Key(NUMBER, needed=True),
                "grades": Key(_numbers(GRADES), needed=True),
            }
        ),
        needed=True,
    ),
    "bands": Key(_numbers(BANDS[1:]), needed=True),
}


def settings_from(text: str) -> HarmSettings:
    """The settings from the text of their TOML file.

    Raises
    ------
    InvalidInput
        With every problem. The pointer is the line and the key: `/12/half_life`.
    """
    source = read_toml(text)
    if problems := list(wrong_keys(source, KEYS)):
        raise InvalidInput(placed(problems, text))
    try:
        return _settings_of(source)
    except InvalidInput as error:
        raise InvalidInput(placed(error.problems, text)) from error


def _settings_of(source: Mapping[str, Any]) -> HarmSettings:
    given = {
        **source,
        "outcomes": frozenset(source["outcomes"]),
        "suspect_outcomes": frozenset(source["suspect_outcomes"]),
        "recency": RecencySettings(**source["recency"]),
        "frequency": FrequencySettings(**source["frequency"]),
        "severity": SeveritySettings(**source["severity"]),
        "intelligence": IntelligenceSettings(**source["intelligence"]),
        "bands": {name: Decimal(str(percentile)) for name, percentile in source["bands"].items()},
    }
    return HarmSettings(**{field.name: given[field.name] for field in fields(HarmSettings)})
