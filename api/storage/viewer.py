"""Viewers: whose records a user may see, and the name under which looks are logged."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

AGENCY = 1  # the office that all others are below; the first migration of offices makes it


class Reach(StrEnum):
    """Whose records a user sees."""

    CASELOAD = "caseload"  # the people assigned to them
    OFFICES = "offices"  # the people of their office and of every office below it
    OWN = "own"  # what they submitted themselves about people of their offices or their caseload
    NONE = "none"


@dataclass(frozen=True)
class Viewer:
    """A user who reads or submits records at one moment. Days begin at midnight in `zone`.

    `judges_first`: results are withheld until the user has recorded their own judgement. `by_pseudonym`:
    people are listed by pseudonym, so that the user does not learn the order of their numbers.
    """

    account: int
    name: str
    reach: Reach
    office: int
    at: datetime
    judges_first: bool = False
    by_pseudonym: bool = False
    zone: tzinfo = UTC

    @property
    def sees_everybody(self) -> bool:
        """Whether there is no person of the agency whom the viewer may not see."""
        return self.office == AGENCY and self.reach in (Reach.OFFICES, Reach.OWN)
