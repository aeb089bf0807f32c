"""A submitted assessment: the answers, the simulation, its number, who and when. Never altered."""

from dataclasses import dataclass, replace
from datetime import datetime

from rms.assessment import Assessment, Change, display_id
from rms.engine.result import Result, until_judged


@dataclass(frozen=True)
class Correction:
    """Which assessment another one corrects (its id), and why."""

    corrects: str
    reason: str


@dataclass(frozen=True)
class Submission:
    """`sequence` counts the person's earlier assessments; `submitted_at` is in UTC.

    `changes` is what differs from the assessment it corrects or started from; None if there is none.
    `corrected_by` is the id of the assessment that replaced it.
    """

    assessment: Assessment
    result: Result
    sequence: int
    submitted_at: datetime
    submitted_by: str
    changes: tuple[Change, ...] | None = None
    correction: Correction | None = None
    corrected_by: str | None = None

    @property
    def id(self) -> str:
        return display_id(self.assessment.offender_number, self.sequence)

    def until_judged(self) -> "Submission":
        """The same without any findings: for a user who must record a judgement first."""
        return replace(self, result=until_judged(self.result))
