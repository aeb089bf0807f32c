"""Lists of assessments: the latest ones, and everything about one person."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import to
from api.auth.roles import CASEWORK, EVERYBODY
from api.current import services
from api.services.assessments import history
from api.services.search import page_of
from api.web.blueprint import blueprint
from rms.assessment import Kind, offender_number
from rms.errors import NotFound
from rms.filters import Filter, Sort

LATEST = 25


@blueprint.get("/")
@to(EVERYBODY)
def home() -> str:
    if g.user.role not in CASEWORK:
        return render_template("no_pages.html")
    works_with, everything = services(), _everything()
    return render_template(
        "home.html",
        listed=page_of(everything, sort=Sort(), limit=LATEST, store=works_with.store).submissions,
        processes=works_with.library.instrument.processes,
        what_ifs=everything.what_ifs,
    )


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
