"""Own judgement first: what somebody thinks of a person before they see what others like them did.

People who see a score first judge by it, and misjudge how good it is (Green and Chen 2019). Where the agency
asks for it, nothing that was found is shown to a user before they have judged every process. Whose
findings are withheld, `api.storage.assessments.submissions` decides in one place; here is what follows.
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
    """What was found is shown to a user once they have recorded their own judgement."""

    code = "judgement_first"

    def __init__(self) -> None:
        super().__init__(
            "Record your own judgement of each process first: POST …/judgements of this assessment. "
            "Then everything that was found is shown."
        )


class Judgement(StrEnum):
    """How likely the outcome is for this person, beside most people under supervision."""

    LOWER = "lower"
    ABOUT_THE_SAME = "about_the_same"
    HIGHER = "higher"


@dataclass(frozen=True)
class OwnJudgement:
    """`confidence` is 1 (least) to 5."""

    judgement: Judgement
    confidence: int


def judge(context: Context, id: str, judged: Mapping[str, OwnJudgement]) -> tuple[Judged, ...]:
    """Keep what this user thinks of each process; whether they had seen the scores is kept with it.

    Raises
    ------
    NotFound
        If there is no such assessment.
    InvalidInput
        If a process is missing, or is none of this assessment.
    """
    with context.store.reading() as tx:
        seen = tx.judgements.scores_seen(id, username=context.by)  # asked before this very look is noted
    _refuse_other_processes(set(judged), find_submission(context, id))
    said = {process: (str(one.judgement), one.confidence) for process, one in judged.items()}
    with context.store.transaction() as tx:
        return tx.judgements.add(
            id, said, scores_seen=seen, account=context.user.id, by=context.by, at=context.at
        )


def own_judgements(context: Context, id: str) -> tuple[Judged, ...]:
    """What this user judged of the assessment, and nobody else: others' would lead.

    Raises
    ------
    NotFound
        If there is no such assessment.
    """
    require_visible(context, id)
    with context.store.reading() as tx:
        return tx.judgements.of(id, account=context.user.id)


def awaits_judgement(submission: Submission) -> bool:
    """Whether its findings are withheld from who asked for it."""
    return any(one.status is Status.WITHHELD_UNTIL_JUDGED for one in submission.result.simulations)


def with_findings(submission: Submission) -> Submission:
    """The submission, where what was found may be shown.

    Raises
    ------
    JudgementFirst
        If whoever asked for it has to judge before.
    """
    if awaits_judgement(submission):
        raise JudgementFirst
    return submission


def _refuse_other_processes(judged: set[str], submission: Submission) -> None:
    asked = {one.process for one in submission.result.simulations}
    missing = [_problem(process, "required", "This must be judged.") for process in sorted(asked - judged)]
    unknown = [
        _problem(process, "unknown_field", "This assessment has no such process.")
        for process in sorted(judged - asked)
    ]
    if missing or unknown:
        raise InvalidInput([*missing, *unknown])


def _problem(process: str, code: str, detail: str) -> Problem:
    return Problem(f"/judgements/{process}", code, detail)
