"""Lists of assessments: everything about one person, and all of them as a file."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import to
from api.auth.roles import CASEWORK
from api.current import services
from api.resources.csv_list import csv_answer
from api.services.assessments import find_submission, history
from api.web.blueprint import blueprint
from rms.assessment import Kind, offender_number
from rms.errors import NotFound
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


@blueprint.get("/people/<number>")
@to(CASEWORK)
def person(number: str) -> ResponseReturnValue:
    known = offender_number(number)
    if known is None:
        raise NotFound("An offender number is 1 to 20 letters and digits.")
    if known != number:
        return redirect(url_for("web.person", number=known))
    works_with = services()
    listed = history(number, store=works_with.store)
    return render_template(
        "person.html",
        number=number,
        listed=listed,
        latest=next((one.id for one in listed if one.kind is Kind.ASSESSMENT), None),
        counted=_counted(sum(one.kind is Kind.WHAT_IF for one in listed), of=len(listed)),
        processes=works_with.library.instrument.processes,
    )


def _everything() -> Filter:
    """What-ifs are no assessments of a person: listed only where asked for (2005 manual, A31)."""
    return Filter(everything=True, what_ifs=request.args.get("what_ifs") == "yes")


def _counted(what_ifs: int, *, of: int) -> str:
    """
    >>> _counted(1, of=3), _counted(0, of=1)
    ('2 assessments and 1 what-if.', '1 assessment and 0 what-ifs.')
    """
    assessments = of - what_ifs
    return (
        f"{assessments} assessment{'' if assessments == 1 else 's'} "
        f"and {what_ifs} what-if{'' if what_ifs == 1 else 's'}."
    )
