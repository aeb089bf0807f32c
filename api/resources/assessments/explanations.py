"""API route that explains the scores of an assessment."""

from flask import Response

from api.auth.roles import CASEWORK
from api.context import library_named
from api.resources.assessments.assessments import findings_of
from api.resources.routing import Routes, Success, json_answer
from api.schemas.assessments.explanations import ExplanationsSchema, explanation
from api.services.assessments.explanations import explained
from rms.reports import wording

routes = Routes("explanations", about="What a score depends on, and how sensitive it is to one answer.")


@routes.get("/assessments/<string:id>/explanation", Success(ExplanationsSchema), allow_roles=CASEWORK)
def explanations(id: str) -> Response:
    """For each process: what the score depends on, why cases are comparable, and sensitivity to one answer.

    Mostly empty if the assessment used a library that is no longer in use.
    """
    submission = findings_of(id)
    library = library_named(submission.assessment.instrument.name).whole()
    return json_answer(
        {
            "processes": [
                explanation(one, library.instrument) for one in explained(submission, library=library)
            ],
            "notice": wording.NOTICE_SHORT,
        }
    )
