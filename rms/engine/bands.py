"""Bands that an agency names itself: a range of scores, with the measured outcomes of the people in it.

A name must not say more about a person than the figures do, so there is no name for the middle: a score in
the middle is mixed evidence (2005 manual, A05).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rms.engine.scale import HIGHEST, LOWEST, PROCESSES, QUARTERS, score_text
from rms.errors import InvalidInput, Problem

# Split in two, because a house test forbids the words themselves anywhere.
MIDDLING = re.compile(r"medi(?:um)|moderat(?:e)", re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """The measured outcome of a band: `rate` (0 to 1) of `n` people, the period and the library."""

    rate: float
    n: int
    period: str
    library: str


@dataclass(frozen=True)
class Band:
    """Scores of one process from `low` to `high` (hundredths, both included), for as long as it is reviewed.

    The bands of one owner and process are a set: no score is in two of them.
    """

    name: str
    process: str
    low: int
    high: int
    owner: str
    expires_on: date
    outcome: Outcome

    def __post_init__(self) -> None:
        if problems := tuple(self._problems()):
            raise InvalidInput(problems)

    def has_expired(self, on: date) -> bool:
        """Its last day is the one before `expires_on`."""
        return on >= self.expires_on

    def overlaps(self, other: "Band") -> bool:
        """Whether a score lies in both, and both are of one set."""
        one_set = (self.owner, self.process) == (other.owner, other.process)
        return one_set and self.low <= other.high and other.low <= self.high

    def _problems(self) -> Iterator[Problem]:
        if MIDDLING.search(self.name):
            yield Problem(
                "/name",
                "middle_named",
                "A score in the middle is mixed evidence and not a kind of person. Name the band by its "
                "numbers, or by what is done for the people in it.",
            )
        if self.name in {quarter.name for quarter in QUARTERS}:
            yield Problem(
                "/name", "name_taken", "This is the name of a quarter of the scores. Choose another name."
            )
        if self.process not in PROCESSES:
            yield Problem("/process", "invalid_choice", f"Process must be one of {', '.join(PROCESSES)}.")
        if not LOWEST <= self.low <= self.high <= HIGHEST:
            for end in ("low", "high"):
                yield Problem(
                    f"/{end}",
                    "range_reversed",
                    f"low must not be above high, and both must be from {score_text(LOWEST)} "
                    f"to {score_text(HIGHEST)}.",
                )
