"""Own judgement first: users record their judgement before they see the results.

People who see a score first rely on it and misjudge its accuracy (Green and Chen 2019). If the agency
requires it, users see no results until they have judged every process.
`api.storage.assessments.submissions` decides whose results are withheld; this module handles the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.services.assessments.assessments import find_submission, require_visible
from api.services.context import Context
from api.storage import Judged
from rms.engine.result import Status
from rms.errors import InvalidInput, Problem, RMSError
from rms.submission import Submission


class JudgementFirst(RMSError):
    """The user must record their own judgement before they can see the results."""

    code = "judgement_first"

    def __init__(self) -> None:
        super().__init__(
            "Record your own judgement of each process first, with POST …/judgements of this assessment. "
            "Then you can see the results."
        )


class Judgement(StrEnum):
    """How likely the outcome is for this person, compared with most people under supervision."""

    LOWER = "lower"
    ABOUT_THE_SAME = "about_the_same"
    HIGHER = "higher"


@dataclass(frozen=True)
class OwnJudgement:
    """`confidence` is 1 (least) to 5."""

    judgement: Judgement
    confidence: int


def judge(context: Context, id: str, judged: Mapping[str, OwnJudgement]) -> tuple[Judged, ...]:
    """Record this user's judgement of each process, and whether they had seen the scores.

    Raises
    ------
    NotFound
        If there is no such assessment.
    InvalidInput
        If a process is missing or does not belong to this assessment.
    """
    with context.store.reading() as tx:
        seen = tx.judgements.scores_seen(
            id, username=context.by
        )  # read before this request itself is recorded as a read
    _refuse_other_processes(set(judged), find_submission(context, id))
    recorded = {process: (str(own.judgement), own.confidence) for process, own in judged.items()}
    with context.store.transaction() as tx:
        return tx.judgements.add(
            id, recorded, scores_seen=seen, account=context.user.id, by=context.by, at=context.at
        )


def own_judgements(context: Context, id: str) -> tuple[Judged, ...]:
    """This user's own judgements of the assessment. Other users' could influence them.

    Raises
    ------
    NotFound
        If there is no such assessment.
    """
    require_visible(context, id)
    with context.store.reading() as tx:
        return tx.judgements.of(id, account=context.user.id)


def awaits_judgement(submission: Submission) -> bool:
    """Whether the results are withheld from the caller."""
    return any(one.status is Status.WITHHELD_UNTIL_JUDGED for one in submission.result.simulations)


def with_findings(submission: Submission) -> Submission:
    """The submission, if the caller may see its results.

    Raises
    ------
    JudgementFirst
        If the caller must record a judgement first.
    """
    if awaits_judgement(submission):
        raise JudgementFirst
    return submission


def _refuse_other_processes(judged: set[str], submission: Submission) -> None:
    expected = {one.process for one in submission.result.simulations}
    missing = [
        _problem(process, "required", "Enter a judgement of this process.")
        for process in sorted(expected - judged)
    ]
    unknown = [
        _problem(process, "unknown_field", "This assessment does not have this process.")
        for process in sorted(judged - expected)
    ]
    if missing or unknown:
        raise InvalidInput([*missing, *unknown])


def _problem(process: str, code: str, detail: str) -> Problem:
    return Problem(f"/judgements/{process}", code, detail)
