"""Lists of assessments: everything about one person, and all of them as a file."""

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import to
from api.auth.roles import CASEWORK
from api.current import services
from api.resources.csv_list import csv_answer
from api.services.assessments import find_submission
from api.web.blueprint import blueprint
from rms.assessment import offender_number
from rms.filters import Filter, Sort


@blueprint.get("/assessments.csv")
@to(CASEWORK)
def table() -> Response:
    """Every assessment the caller may see, as the API gives it: a link cannot say what it accepts."""
    return csv_answer(_everything(), sort=Sort())


@blueprint.get("/people")
@to(CASEWORK)
def find_person() -> ResponseReturnValue:
    """To the person of a number, or straight to the assessment of a whole id (10000-01)."""
    typed = request.args.get("number", "").strip().upper()
    if not typed:
        return redirect(url_for("web.home"))
    if number := offender_number(typed):
        return redirect(url_for("web.person", number=number))
    found = find_submission(typed, store=services().store)
    return redirect(url_for("web.result", id=found.id))


def _everything() -> Filter:
    """What-ifs are no assessments of a person: listed only where asked for (2005 manual, A31)."""
    return Filter(everything=True, what_ifs=request.args.get("what_ifs") == "yes")
