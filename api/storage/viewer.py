"""Who is looking: whose records may be shown to them, and in whose name each look is noted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

AGENCY = 1  # the office that all others are below; the first migration of offices makes it


class Reach(StrEnum):
    """How far somebody sees."""

    CASELOAD = "caseload"  # the people assigned to them
    OFFICES = "offices"  # the people of their office and of every office below it
    OWN = "own"  # the assessments they submitted themselves
    NONE = "none"


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks at records or submits some, at one moment.

    Who `judges_first` is shown nothing that was found before they have judged by themselves. People are
    listed `by_pseudonym` for those who must not learn the order of their numbers.
    """

    account: int
    name: str
    reach: Reach
    office: int
    at: datetime
    judges_first: bool = False
    by_pseudonym: bool = False
