"""Pages to correct a submitted assessment. The wrong one stays on record, and the correction replaces it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import application, request_context
from api.errors import refusal_of
from api.services.assessments.assessments import find_submission
from api.services.assessments.corrections import IDENTIFIED, corrected_as, refuse_corrected
from api.web.assessments.fields import REASON, Mode, Typed
from api.web.assessments.form import (
    LATER,
    Form,
    after_saving,
    checked_first,
    form_page,
    instrument_of,
    save_for_later,
    start_from,
    submitted_form,
)
from api.web.assessments.idempotent_submit import submit_once
from api.web.blueprint import blueprint
from rms.assessment import Assessment
from rms.assessment.assessment import REASON_LENGTH
from rms.errors import CorrectedAlready, Problem
from rms.safe_text import is_safe
from rms.submission import Correction


@blueprint.get("/assessments/<id>/correct")
@allow_roles(CASEWORK)
def correct(id: str) -> ResponseReturnValue:
    start = start_from(id, Mode.CORRECTION)
    instrument = instrument_of(start)
    assert start.origin is not None
    try:
        refuse_corrected(request_context(), start.origin)
    except CorrectedAlready as refused:
        refusal = replace(refusal_of(refused), title="Already corrected")
        return render_template("problem.html", refusal=refusal, see=refused.replacement), refusal.status
    return form_page(Form(instrument, start, start.typed(instrument)))


@blueprint.post("/assessments/<id>/correct")
@allow_roles(CASEWORK)
def submit_correction(id: str) -> ResponseReturnValue:
    start, typed = start_from(id, Mode.CORRECTION), request.form.to_dict()
    form = Form(instrument_of(start), start, typed)
    if typed.get("then") == LATER:
        return save_for_later(form)

    def finish(right: Assessment, correction: Correction) -> ResponseReturnValue:
        if application().check_answers:
            return checked_first(form, right, correction)
        handed_out = typed.get("handed_out", "")
        return after_saving(submit_once(right, handed_out=handed_out, correction=correction), form)

    return submitted_correction(form, finish)


def submitted_correction(
    form: Form, finish: Callable[[Assessment, Correction], ResponseReturnValue]
) -> ResponseReturnValue:
    """What `finish` answers for the corrected assessment, or the form again with its errors."""
    assert form.start.origin is not None
    correction = Correction(form.start.origin.id, form.typed.get(REASON, "").strip())

    def submit(assessment: Assessment) -> ResponseReturnValue:
        if (earlier := _already_submitted(form, correction, assessment)) is not None:
            return after_saving(earlier, form)
        right = corrected_as(request_context(), correction.corrects, assessment, instrument=form.instrument)
        return finish(right, correction)

    return submitted_form(form, submit, also=list(_problems(form.typed)))


def _already_submitted(form: Form, correction: Correction, assessment: Assessment) -> str | None:
    """The correction that this user already made with the same form, by a second click or Back."""
    assert form.start.origin is not None
    if form.start.origin.corrected_by is None:
        return None
    stored = find_submission(request_context(), form.start.origin.corrected_by)
    compared = ("answers", "unknown", *IDENTIFIED)
    same = all(getattr(stored.assessment, name) == getattr(assessment, name) for name in compared)
    same = same and (stored.correction, stored.submitted_by) == (correction, g.user.username)
    return stored.id if same else None


def _problems(typed: Typed) -> Iterator[Problem]:
    reason = typed.get(REASON, "").strip()
    if not (1 <= len(reason) <= REASON_LENGTH and is_safe(reason)):
        detail = f"Enter a reason for the correction, on one line of up to {REASON_LENGTH} characters."
        yield Problem(f"/{REASON}", "missing_reason", detail)
