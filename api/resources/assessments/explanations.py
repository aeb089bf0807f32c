"""What the scores of an assessment rest on."""

from flask import Response

from api.auth.roles import CASEWORK
from api.context import application
from api.resources.assessments.assessments import findings_of
from api.resources.routing import Gives, Routes, json_answer
from api.schemas.assessments.explanations import ExplanationsSchema, explanation
from api.services.assessments.explanations import explained
from rms.reports import wording

routes = Routes("explanations", about="What a score rests on, and how far it hangs on one rating.")


@routes.get("/assessments/<string:id>/explanation", Gives(ExplanationsSchema), allow_roles=CASEWORK)
def explanations(id: str) -> Response:
    """Every process: what moved the score, why each case is comparable, what one rating makes of it.

    All but empty for a result that was made with a library that is no longer in use.
    """
    submission, library = findings_of(id), application().library.whole()
    return json_answer(
        {
            "processes": [
                explanation(one, library.instrument) for one in explained(submission, library=library)
            ],
            "notice": wording.NOTICE_SHORT,
        }
    )
