"""The rows of an import folder: one dataclass for each file, its fields in the order of the columns.

Each refuses what cannot be true of one row. `layout.py` says what each column means and accepts. `person`,
`area` and other ids are those of the source system.
"""

from dataclasses import dataclass
from datetime import date

from rms.errors import InvalidInput, Problem, listed
from rms.people.dates_of_birth import known_date_of_birth
from rms.records.choices import LEVELS
from rms.records.places import wrong_with_point

IMPOSSIBLE_CUSTODY = "impossible_custody"


@dataclass(frozen=True, slots=True)
class AreaRow:
    area: str
    name: str
    kind: str
    parent: str | None = None

    def __post_init__(self) -> None:
        if self.parent == self.area:
            _refuse(
                "parent", "own_parent", "parent is the area itself. Name the larger area or leave it blank."
            )


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A source record of a person. A placeholder in `date_of_birth` becomes None: not known."""

    person: str
    forename: str | None
    surname: str
    date_of_birth: date | None = None
    sex: str | None = None
    home_area: str | None = None
    pnc: str | None = None  # as the source wrote it, as is `cro`: see `rms.people.identifiers`
    cro: str | None = None
    offender_number: str | None = None
    nationality: str | None = None
    in_custody: bool | None = None
    custody_from: date | None = None
    release_date: date | None = None
    deceased_on: date | None = None
    record_link: str | None = None

    def __post_init__(self) -> None:
        born = known_date_of_birth(self.date_of_birth)
        object.__setattr__(self, "date_of_birth", born)
        if born is not None and self.deceased_on is not None and self.deceased_on < born:
            _refuse("deceased_on", "death_before_birth", "deceased_on is before date_of_birth.")
        if _is_before(self.release_date, self.custody_from):
            detail = "release_date is before custody_from. The person is kept without this period."
            _refuse("release_date", IMPOSSIBLE_CUSTODY, detail)


@dataclass(frozen=True, slots=True)
class OffenceRow:
    """An offence. The point 0,0 becomes None, None: no location."""

    offence: str
    person: str
    code: str
    day: date
    area: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    stage: str | None = None
    outcome: int | None = None
    domestic_abuse: bool | None = None

    def __post_init__(self) -> None:
        if self.latitude is None is self.longitude:
            return
        if self.latitude == 0 == self.longitude:
            object.__setattr__(self, "latitude", None)
            object.__setattr__(self, "longitude", None)
        elif problem := wrong_with_point(self.latitude, self.longitude):
            raise InvalidInput([problem])


@dataclass(frozen=True, slots=True)
class SentenceRow:
    sentence: str
    person: str
    offence: str | None
    kind: str
    sentenced_on: date
    from_day: date | None = None
    to_day: date | None = None

    def __post_init__(self) -> None:
        _check_period(self.from_day, self.to_day)


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    registration: str
    person: str
    kind: str
    level: str | None
    from_day: date
    to_day: date | None = None

    def __post_init__(self) -> None:
        levels = LEVELS.get(self.kind, ())
        if self.level is not None and self.level not in levels:
            allowed = f"one of {listed(levels)}, or blank" if levels else "blank"
            _refuse("level", "wrong_level", f"level must be {allowed} if kind is {self.kind}.")
        _check_period(self.from_day, self.to_day)


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: str
    person: str
    managed: bool
    managed_by: str | None
    from_day: date
    to_day: date | None = None

    def __post_init__(self) -> None:
        _check_period(self.from_day, self.to_day)


@dataclass(frozen=True, slots=True)
class DrugMarkerRow:
    marker: str
    person: str
    kind: str
    from_day: date
    to_day: date | None = None

    def __post_init__(self) -> None:
        _check_period(self.from_day, self.to_day)


@dataclass(frozen=True, slots=True)
class IntelligenceRow:
    report: str
    person: str
    grade: str
    day: date


@dataclass(frozen=True, slots=True)
class AssociationRow:
    """Two people who are connected. Which of them is `person` means nothing."""

    association: str
    person: str
    other: str
    kind: str
    strength: int | None = None
    from_day: date | None = None
    to_day: date | None = None

    def __post_init__(self) -> None:
        if self.person == self.other:
            _refuse("other", "with_oneself", "other is the same as person. Name two different people.")
        _check_period(self.from_day, self.to_day)


Row = (
    AreaRow
    | PersonRow
    | OffenceRow
    | SentenceRow
    | RegistrationRow
    | PlanRow
    | DrugMarkerRow
    | IntelligenceRow
    | AssociationRow
)


def _check_period(from_day: date | None, to_day: date | None) -> None:
    if _is_before(to_day, from_day):
        detail = "to is before from. It must be the same day or later: both days are included."
        _refuse("to", "end_before_start", detail)


def _is_before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other


def _refuse(column: str, code: str, detail: str) -> None:
    raise InvalidInput([Problem(f"/{column}", code, detail)])
