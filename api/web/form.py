"""The input form: blank, carried over from an earlier assessment, or as a what-if."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import to
from api.auth.roles import CASEWORK
from api.current import services
from api.services.assessments import find_submission
from api.web.blueprint import blueprint
from api.web.fields import (
    UNKNOWN,
    Start,
    Typed,
    answer_field,
    assessment_from,
    field_of,
    reason_field,
    sentence,
    unknown_field,
)
from api.web.once import submit_once
from rms.assessment import Kind
from rms.errors import InvalidInput, Problem
from rms.instrument import Instrument, Item

SEXES = {"female": "Female", "male": "Male", "other": "Other", "unknown": "Not known"}
# A date is three inputs: the summary's link goes to the first of them.
FOCUS = {"date_of_birth": "date_of_birth-day", "release_date": "release_date-day"}


@dataclass(frozen=True)
class Form:
    """The form as one page shows it. `errors`: field → what to do about it, in the order of the page."""

    instrument: Instrument
    start: Start
    typed: Typed
    errors: Mapping[str, str] = field(default_factory=dict)


@blueprint.get("/assessments/new")
@to(CASEWORK)
def new_assessment() -> ResponseReturnValue:
    start = _start()
    typed = start.typed or {"offender_number": request.args.get("number", "")}
    return form_page(Form(services().library.instrument, start, typed))


@blueprint.post("/assessments/new")
@to(CASEWORK)
def submit() -> ResponseReturnValue:
    start, works_with = _start(), services()
    instrument, typed = works_with.library.instrument, request.form.to_dict()
    today = works_with.clock().date()
    try:
        assessment = assessment_from(typed, start, instrument=instrument, today=today)
        handed_out = typed.get("handed_out", "")
        id = submit_once(assessment, handed_out=handed_out, user=g.user, services=works_with)
    except InvalidInput as refused:
        errors = dict(_errors(refused.problems, instrument))
        return form_page(Form(instrument, start, typed, errors)), HTTPStatus.UNPROCESSABLE_ENTITY
    then = (
        url_for("web.new_assessment", saved=id)
        if typed.get("then") == "next"
        else url_for("web.result", id=id)
    )
    return redirect(then, HTTPStatus.SEE_OTHER)


def form_page(form: Form) -> str:
    now = services().clock()
    return render_template(
        "form.html",
        **vars(form),
        carried_of=partial(_said, form.start.typed),
        typed_of=partial(_said, form.typed),
        heading=_heading(form.start),
        action=request.full_path.rstrip("?"),
        sections=list(_sections(form.instrument)),
        sexes=SEXES,
        focus=FOCUS,
        UNKNOWN=UNKNOWN,
        today=now.date(),
        handed_out=form.typed.get("handed_out") or now.isoformat(),
        saved=request.args.get("saved") if not form.errors else None,
    )


def _start() -> Start:
    """What the address says the form starts from: `?what_if=ID`, `?from=ID` or nothing."""
    for name, kind in (("what_if", Kind.WHAT_IF), ("from", Kind.ASSESSMENT)):
        if id := request.args.get(name):
            return Start(find_submission(id, store=services().store), kind)
    return Start()


def _sections(instrument: Instrument) -> Iterator[tuple[str, str, list[Item]]]:
    """Code, heading and items of each section that asks something."""
    for code, title in instrument.sections.items():
        items = [item for item in instrument.asked if item.section == code]
        if items:
            yield code, title, items


def _said(typed: Typed, item: Item) -> dict[str, str]:
    """What the fields of one item say, the empty ones left out."""
    names = (answer_field(item), unknown_field(item), reason_field(item))
    return {name: typed[name].strip() for name in names if typed.get(name, "").strip()}


def _heading(start: Start) -> str:
    if start.origin is None:
        return "New assessment"
    number = start.origin.assessment.offender_number
    return f"What-if on {start.origin.id}" if start.what_if else f"New assessment of {number}"


def _errors(problems: tuple[Problem, ...], instrument: Instrument) -> Iterator[tuple[str, str]]:
    for problem in problems:
        yield field_of(problem.pointer), sentence(problem, instrument)
