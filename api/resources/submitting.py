"""How every route that submits an assessment ends: it is on disk, and the answer is all that was found."""

from flask import Response, g

from api.current import services
from api.resources.routing import PREFIX, json_answer
from api.schemas.answer import answer
from api.services.assessments import submit_assessment
from api.storage import Draft
from rms.assessment import Assessment
from rms.submission import Submission


def submitted(assessment: Assessment, *, draft: Draft | None = None) -> Response:
    """Submit it in the name of whoever is calling; the draft it comes from ends with that."""
    works_with = services()
    submission = submit_assessment(
        assessment,
        by=g.user.username,
        library=works_with.library,
        store=works_with.store,
        at=works_with.clock(),
        draft=draft,
    )
    return _created(submission)


def _created(submission: Submission) -> Response:
    return json_answer(answer(submission), status=201, Location=f"{PREFIX}/assessments/{submission.id}")
