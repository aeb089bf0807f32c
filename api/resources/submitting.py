"""How every route that submits an assessment ends: it is on disk, and the answer is all that was found."""

from flask import Response, g

from api.current import services
from api.resources.routing import PREFIX, json_answer
from api.schemas.answer import answer
from api.services.assessments import submit_assessment
from rms.assessment import Assessment
from rms.submission import Submission


def submitted(assessment: Assessment) -> Response:
    """Submit it in the name of whoever is calling."""
    works_with = services()
    submission = submit_assessment(
        assessment,
        by=g.user.username,
        library=works_with.library,
        store=works_with.store,
        at=works_with.clock(),
    )
    return _created(submission)


def _created(submission: Submission) -> Response:
    return json_answer(answer(submission), status=201, Location=f"{PREFIX}/assessments/{submission.id}")
