"""A recommendation: that a person is selected for management, or no longer.

It changes nothing by itself. It waits until somebody else accepts or refuses it, or its author withdraws it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rms.errors import InvalidInput, Problem, listed, not_allowed
from rms.records.choices import COHORTS

LONGEST_REASON = 1000  # characters


class Kind(StrEnum):
    SELECT = "select"  # for management
    DESELECT = "deselect"


class State(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


DECISIONS = (State.ACCEPTED, State.REFUSED)  # of somebody else than the author


@dataclass(frozen=True)
class Proposal:
    """What is recommended and why. `cohort`: the one suggested; None: none, as always for a deselection.

    Raises
    ------
    InvalidInput
        If the cohort does not exist or does not fit, or the reason is missing or too long.
    """

    kind: Kind
    cohort: str | None
    reason: str

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise InvalidInput(problems)

    def _problems(self) -> Iterator[Problem]:
        if self.cohort not in (None, *COHORTS):
            detail = not_allowed(self.cohort, allowed=f"one of {listed(COHORTS)}, or none")
            yield Problem("/cohort", "invalid_value", detail)
        elif self.cohort is not None and self.kind is Kind.DESELECT:
            detail = "Suggest no cohort for a person who is to be deselected."
            yield Problem("/cohort", "cohort_of_deselected", detail)
        yield from reason_problems(self.reason)


def reason_problems(reason: str) -> Iterator[Problem]:
    """What is wrong with the reason of a recommendation or a decision."""
    if not reason.strip():
        yield Problem("/reason", "required", "Give a reason.")
    elif len(reason) > LONGEST_REASON:
        detail = f"A reason can have up to {LONGEST_REASON:,} characters; this has {len(reason):,}."
        yield Problem("/reason", "too_long", detail)
