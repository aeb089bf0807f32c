"""A submitted assessment put right: what was wrong stays on record, and another stands in its place."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import application, request_context
from api.errors import refusal_of
from api.schemas.strict_fields import is_safe
from api.services.assessments.assessments import find_submission
from api.services.assessments.corrections import IDENTIFIED, corrected_as, refuse_corrected
from api.web.assessments.fields import REASON, Mode, Typed
from api.web.assessments.form import LATER, Form, form_page, kept_for_later, start_from, submitted_form
from api.web.assessments.idempotent_submit import submit_once
from api.web.blueprint import blueprint
from rms.assessment import Assessment
from rms.assessment.assessment import REASON_LENGTH
from rms.errors import CorrectedAlready, Problem
from rms.submission import Correction


@blueprint.get("/assessments/<id>/correct")
@allow_roles(CASEWORK)
def correct(id: str) -> ResponseReturnValue:
    start, instrument = start_from(id, Mode.CORRECTION), application().library.instrument
    assert start.origin is not None
    try:
        refuse_corrected(request_context(), start.origin)
    except CorrectedAlready as refused:
        refusal = replace(refusal_of(refused), title="Corrected already")
        return render_template("problem.html", refusal=refusal, see=refused.stands), refusal.status
    return form_page(Form(instrument, start, start.typed(instrument)))


@blueprint.post("/assessments/<id>/correct")
@allow_roles(CASEWORK)
def put_right(id: str) -> ResponseReturnValue:
    start, typed = start_from(id, Mode.CORRECTION), request.form.to_dict()
    form = Form(application().library.instrument, start, typed)
    if typed.get("then") == LATER:
        return kept_for_later(form)

    def send(right: Assessment, correction: Correction) -> str:
        handed_out = typed.get("handed_out", "")
        return submit_once(right, handed_out=handed_out, correction=correction)

    return submitted_correction(form, send)


def submitted_correction(form: Form, send: Callable[[Assessment, Correction], str]) -> ResponseReturnValue:
    """Submit what the form puts right by `send`, or show the form again with what is wrong."""
    assert form.start.origin is not None
    correction = Correction(form.start.origin.id, form.typed.get(REASON, "").strip())

    def put_right(assessment: Assessment) -> str:
        if (before := _sent_before(form, correction, assessment)) is not None:
            return before
        right = corrected_as(
            request_context(), correction.corrects, assessment, instrument=application().library.instrument
        )
        return send(right, correction)

    return submitted_form(form, put_right, also=list(_problems(form.typed)))


def _sent_before(form: Form, correction: Correction, assessment: Assessment) -> str | None:
    """The correction that this user made by sending just this: a second click, or Back and again."""
    assert form.start.origin is not None
    if form.start.origin.corrected_by is None:
        return None
    found = find_submission(request_context(), form.start.origin.corrected_by)
    said = ("answers", "unknown", *IDENTIFIED)
    same = all(getattr(found.assessment, name) == getattr(assessment, name) for name in said)
    return (
        found.id if same and (found.correction, found.submitted_by) == (correction, g.user.username) else None
    )


def _problems(typed: Typed) -> Iterator[Problem]:
    reason = typed.get(REASON, "").strip()
    if not (1 <= len(reason) <= REASON_LENGTH and is_safe(reason)):
        detail = f"Say in up to {REASON_LENGTH} characters, on one line, why it has to be corrected."
        yield Problem(f"/{REASON}", "missing_reason", detail)
