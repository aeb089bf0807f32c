"""What a harm score is calculated from: the offences, drug markers and intelligence reports of one person."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rms.errors import InvalidInput, Problem, listed, not_allowed
from rms.records.choices import DRUG_MARKERS, GRADES, OUTCOMES, STAGES

MOST_DAYS = 100_000  # of one offence: more than any table has, so that sums stay finite


@dataclass(frozen=True)
class HarmOffence:
    """An offence committed on the day `on`.

    `days`: the crime harm index value of its code; None if the code is unknown.
    `outcome`: the Home Office outcome number; None if not known.
    `stage`: one of `STAGES`; None if not known. A suspected offence never counts.
    """

    id: str
    on: date
    days: float | None
    code: str
    outcome: int | None
    stage: str | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.days is not None and not (math.isfinite(self.days) and 0 <= self.days <= MOST_DAYS):
            problems.append(_wrong("days", self.days, f"a number from 0 to {MOST_DAYS:,}"))
        if self.outcome is not None and self.outcome not in OUTCOMES:
            problems.append(_wrong("outcome", self.outcome, "a whole number from 1 to 22, or nothing"))
        if self.stage is not None and self.stage not in STAGES:
            problems.append(_wrong("stage", self.stage, f"one of {listed(STAGES)}, or nothing"))
        _refuse(problems)


@dataclass(frozen=True)
class DrugMarker:
    """A marker in force from its first to its last day, both included; without a last day, still in force."""

    id: str
    kind: str
    first: date
    last: date | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.kind not in DRUG_MARKERS:
            problems.append(_wrong("kind", self.kind, f"one of {listed(DRUG_MARKERS)}"))
        if self.last is not None and self.last < self.first:
            problems.append(_wrong("last", self.last, f"{self.first}, the first day, or later"))
        _refuse(problems)

    def in_force(self, on: date) -> bool:
        return self.first <= on and (self.last is None or on <= self.last)


@dataclass(frozen=True)
class IntelligenceReport:
    """The grade (reliability of the source, one of `GRADES`) and date of a report. Its text is not kept."""

    id: str
    grade: str
    on: date

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            _refuse([_wrong("grade", self.grade, f"one of {listed(GRADES)}")])


@dataclass(frozen=True)
class HarmHistory:
    """Everything on record about one person that the score looks at.

    Each ID stands for one offence, marker or report, so the same ID twice in one of the three is refused:
    one crime would count twice.
    """

    offences: tuple[HarmOffence, ...] = ()
    markers: tuple[DrugMarker, ...] = ()
    reports: tuple[IntelligenceReport, ...] = ()

    def __post_init__(self) -> None:
        _refuse(list(self._problems()))

    def _problems(self) -> Iterator[Problem]:
        for name in ("offences", "markers", "reports"):
            times = Counter(entry.id for entry in getattr(self, name))
            for id, n in times.items():
                if n > 1:
                    detail = f"The ID {id} is there {n} times. Each ID must be there once."
                    yield Problem(f"/{name}", "id_twice", detail)


def _wrong(field: str, value: object, allowed: str) -> Problem:
    return Problem(f"/{field}", "invalid_value", not_allowed(value, name=field, allowed=allowed))


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidInput(problems)
