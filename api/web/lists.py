"""Lists of assessments: the latest ones, and everything about one person."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.current import services
from api.resources.csv_list import csv_answer
from api.services.assessments import all_submissions, find_submission, history, page_of_submissions
from api.web.blueprint import blueprint
from rms.assessment import Kind, offender_number
from rms.errors import NotFound

LATEST = 25


@blueprint.get("/")
def home() -> str:
    works_with, kinds = services(), _kinds()
    return render_template(
        "home.html",
        listed=page_of_submissions(store=works_with.store, kinds=kinds, limit=LATEST),
        processes=works_with.library.instrument.processes,
        what_ifs=Kind.WHAT_IF in kinds,
    )


@blueprint.get("/assessments.csv")
def table() -> Response:
    """Every assessment as the API gives it: a link cannot say what it accepts."""
    return csv_answer(all_submissions(store=services().store, kinds=_kinds()))


@blueprint.get("/people")
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


def _kinds() -> tuple[Kind, ...]:
    """What-ifs are no assessments of a person: listed only where asked for (2005 manual, A31)."""
    return tuple(Kind) if request.args.get("what_ifs") == "yes" else (Kind.ASSESSMENT,)


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
