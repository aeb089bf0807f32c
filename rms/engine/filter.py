"""The filter of the results: which assessments, and which of their modelled rows, to list.

All criteria must hold together (2005 manual, A40 to A51). A modelled row is one process of one
assessment; the range of scores and the processes choose rows, everything else chooses assessments,
and an assessment is listed with those of its rows that are left, if any.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from rms.engine.scale import PROCESSES, hundredths
from rms.errors import InvalidInput, Problem
from rms.rounding import half_up

T = TypeVar("T", int, date)


@dataclass(frozen=True)
class Bounds(Generic[T]):
    """From `low` to `high`, both included; None leaves that end open."""

    low: T | None = None
    high: T | None = None

    def __contains__(self, value: T | None) -> bool:
        """An unknown value is in no bounds, unless both ends are open.

        >>> 3 in Bounds(3, 4), 5 in Bounds(3, 4), None in Bounds(3, None), None in Bounds()
        (True, False, False, True)
        """
        if value is None:
            return not self
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def __bool__(self) -> bool:
        """Whether there is a bound at all."""
        return self.low is not None or self.high is not None

    @property
    def is_reversed(self) -> bool:
        return self.low is not None and self.high is not None and self.low > self.high


@dataclass(frozen=True)
class Filter:
    """The criteria. Without any, every assessment that is not a what-if is listed.

    `submitted` and `release` are days (UTC), `score` is in hundredths of the score shown, `needs` holds
    need code → actual need in whole percent as shown. `offender` is an offender number, the id of an
    assessment, or the beginning of one; `office` is the name of the person's office, or of one above it.
    `latest` first takes one assessment a person, the latest that is not a what-if, and then applies the
    others. `everything` ignores all the others except `what_ifs`.
    """

    submitted: Bounds[date] = field(default_factory=Bounds)
    release: Bounds[date] = field(default_factory=Bounds)
    score: Bounds[int] = field(default_factory=Bounds)
    processes: tuple[str, ...] = PROCESSES
    needs: Mapping[str, Bounds[int]] = field(default_factory=dict)
    offender: str | None = None
    office: str | None = None
    latest: bool = False
    what_ifs: bool = False
    everything: bool = False

    def __post_init__(self) -> None:
        if problems := tuple(self._problems()):
            raise InvalidInput(problems)

    @property
    def is_empty(self) -> bool:
        """Whether there are no criteria, not even `everything`; `what_ifs` narrows nothing."""
        return self == Filter(what_ifs=self.what_ifs)

    @property
    def chooses_rows(self) -> bool:
        """Whether some modelled rows may be left out."""
        return bool(self.score) or set(self.processes) != set(PROCESSES)

    def in_force(self) -> "Filter":
        """The criteria that apply: none if `everything` is set."""
        return Filter(what_ifs=self.what_ifs) if self.everything else self

    def takes(self, process: str, score: float | None) -> bool:
        """Whether a modelled row meets the criteria; a withheld score (None) is in no range."""
        if self.everything or not self.chooses_rows:
            return True
        return process in self.processes and hundredths(score) in self.score

    def _problems(self) -> Iterator[Problem]:
        ranges: dict[tuple[str, str], Bounds[int] | Bounds[date]] = {
            ("submitted_from", "submitted_to"): self.submitted,
            ("release_from", "release_to"): self.release,
            ("score_min", "score_max"): self.score,
            **{
                (f"need.{code.lower()}.min", f"need.{code.lower()}.max"): of
                for code, of in self.needs.items()
            },
        }
        for (low, high), bounds in ranges.items():
            if bounds.is_reversed:
                for name in (low, high):
                    yield Problem(f"/{name}", "range_reversed", f"{low} must not be above {high}.")
        if not self.processes:
            yield Problem("/process", "no_process", "Choose recidivism, violence or both.")


class Key(StrEnum):
    """What a list of assessments can be sorted by."""

    SUBMITTED_AT = "submitted_at"
    OFFENDER_NUMBER = "offender_number"
    RELEASE_DATE = "release_date"
    SCORE = "score"


@dataclass(frozen=True)
class Sort:
    """The order of a list; where `key` is not known comes last. Equals come in an order that never changes.

    `process` says whose score: an assessment has one for each.
    """

    key: Key = Key.SUBMITTED_AT
    descending: bool = True
    process: str | None = None


# The four ranges in which needs are counted, in whole percent.
NEED_RANGES = ((0, 24), (25, 49), (50, 74), (75, 100))


def whole_percent(actual: float | None) -> int | None:
    """A need as it is shown, in whole percent of its scale; None where it is unknown.

    >>> whole_percent(200 / 3), whole_percent(0.0), whole_percent(None)
    (67, 0, None)
    """
    return None if actual is None else int(half_up(actual))
