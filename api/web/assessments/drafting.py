"""Pages to list, continue, autosave and delete drafts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import application, libraries, library_of, request_context
from api.errors import refusal_of
from api.services.assessments.corrections import refuse_corrected
from api.services.assessments.drafts import discard_draft, drafts_of, find_draft
from api.services.systems.idempotency import KeyReused
from api.storage import Draft
from api.web import formatting
from api.web.assessments.correcting import submitted_correction
from api.web.assessments.fields import (
    DATE_PARTS,
    DATES,
    REASON,
    Mode,
    Start,
    Typed,
    answer_in_words,
    contradictions,
    is_answered,
    seen_field,
    typed_from_body,
)
from api.web.assessments.form import (
    LATER,
    SAME_PERSON,
    SEXES,
    SURE,
    Difference,
    Form,
    after_saving,
    checked_first,
    form_draft,
    form_page,
    instrument_of,
    new_draft,
    refused_page,
    save_for_later,
    start_from,
    start_of_address,
    submitted_form,
    updated_draft,
)
from api.web.assessments.idempotent_submit import (
    content_of,
    draft_submitted_as,
    submit_draft_once,
    submitted_draft,
)
from api.web.blueprint import blueprint
from rms.assessment import Assessment
from rms.errors import (
    ChangedMeanwhile,
    CorrectedAlready,
    HeldElsewhere,
    InvalidInput,
    LimitReached,
    NotFound,
    StorageUnavailable,
)
from rms.instrument import Instrument
from rms.submission import Correction

LABELS = {
    "offender_number": "Offender number",
    "sex": "Sex",
    "date_of_birth": "Date of birth",
    "release_date": "Estimated release",
    REASON: "Reason for the correction",
}
STARTS = {  # the field that says what the draft starts from → the form's mode, and the type shown
    "corrects": (Mode.CORRECTION, "Correction of {}"),
    "baseline_id": (Mode.WHAT_IF, "What-if based on {}"),
    "based_on": (Mode.ASSESSMENT, "Assess again, from {}"),
}
NO_DRAFT = "You have no draft here. It may have been deleted, or it may have expired."
SAVED_VALUE = "saved"  # of the radio button that takes the value of the draft
SAVED = "Draft saved {}"  # the same words as in form.html


@dataclass(frozen=True)
class ListedDraft:
    """A draft as the list shows it. `about` says what it will become.

    `form_ended`: its form is no longer in use, so that nothing can become of it.
    """

    draft: Draft
    number: str
    about: str
    answered: int
    of: int
    form_ended: bool


@blueprint.get("/drafts")
@allow_roles(CASEWORK)
def drafts() -> str:
    own = drafts_of(request_context())
    return render_template(
        "assessments/drafts.html",
        listed=[_listed(draft) for draft in own],
        kept=next((draft for draft in own if draft.id == request.args.get("kept")), None),
        deleted="deleted" in request.args,
        kept_days=application().terms.kept_days,
    )


@blueprint.post("/drafts")
@allow_roles(CASEWORK)
def begin_draft() -> ResponseReturnValue:
    """Start a draft when the user begins to type (called by the script)."""
    start = _start_of_address()
    form = Form(instrument_of(start), start, request.form.to_dict())
    try:
        return _draft_state(new_draft(form), form), HTTPStatus.CREATED
    except (InvalidInput, HeldElsewhere, LimitReached, StorageUnavailable) as refused:
        return _not_saved(refused.detail, refusal_of(refused).status)


@blueprint.get("/drafts/<id>")
@allow_roles(CASEWORK)
def draft(id: str) -> ResponseReturnValue:
    stored = draft_with(id)
    if stored is None:
        became = submitted_draft(id)
        if became is None:
            raise NotFound(NO_DRAFT)
        return redirect(url_for("web.new_assessment", saved=became))
    return _opened(form_of(stored))


@blueprint.post("/drafts/<id>")
@allow_roles(CASEWORK)
def submit_or_save_draft(id: str) -> ResponseReturnValue:
    """Submit or save the draft as typed. Changes made elsewhere are shown first."""
    stored, typed = draft_with(id), request.form.to_dict()
    if stored is None:
        start = _start_of_address()
        return _without_draft(id, Form(instrument_of(start), start, typed))
    form = form_of(stored)
    form = replace(form, typed=_chosen(typed, stored, form.instrument))
    if typed.get("version") != str(stored.version) and _differences(form, stored):
        return _changed_meanwhile(form, stored)
    try:
        stored = updated_draft(stored, form)  # even if it is then refused: the user may close the page
        if typed.get("then") == LATER:
            return redirect(url_for("web.drafts", kept=id), HTTPStatus.SEE_OTHER)
        return _submitted(id, replace(form, draft=form_draft(stored)), stored)
    except ChangedMeanwhile:  # by a request at the same moment
        return submit_or_save_draft(id)
    except (InvalidInput, HeldElsewhere, StorageUnavailable) as refused:
        return refused_page(form, refused)


@blueprint.post("/drafts/<id>/save")
@allow_roles(CASEWORK)
def save_draft(id: str) -> ResponseReturnValue:
    """Save the draft while the user types (called by the script)."""
    stored, typed = draft_with(id), request.form.to_dict()
    if stored is None:
        return _not_saved("This draft no longer exists.", HTTPStatus.NOT_FOUND)
    form = replace(form_of(stored), typed=typed)
    if typed.get("version") != str(stored.version) and _differences(form, stored):
        return _not_saved("This draft was changed in another tab or device.", HTTPStatus.PRECONDITION_FAILED)
    try:
        return _draft_state(updated_draft(stored, form), form)
    except ChangedMeanwhile as refused:
        return _not_saved(refused.detail, HTTPStatus.PRECONDITION_FAILED)
    except (InvalidInput, HeldElsewhere, StorageUnavailable) as refused:
        return _not_saved(refused.detail, refusal_of(refused).status)


@blueprint.get("/drafts/<id>/delete")
@allow_roles(CASEWORK)
def confirm_draft_deletion(id: str) -> str:
    stored = find_draft(request_context(), id)
    return render_template("assessments/draft_delete.html", listed=_listed(stored))


@blueprint.post("/drafts/<id>/delete")
@allow_roles(CASEWORK)
def delete_draft(id: str) -> ResponseReturnValue:
    discard_draft(request_context(), id)
    return redirect(url_for("web.drafts", deleted="yes"), HTTPStatus.SEE_OTHER)


def draft_with(id: str) -> Draft | None:
    """This user's draft with this ID, if it still exists."""
    try:
        return find_draft(request_context(), id)
    except NotFound:
        return None


def form_of(draft: Draft) -> Form:
    """The form as the draft keeps it."""
    start = _start_of(draft)
    instrument = instrument_of(start)
    typed = dict(typed_from_body(draft.body, instrument))
    if start.based_on and not start.corrects:
        looked_at = [item for item in instrument.asked if item.code not in draft.carried]
        typed |= {seen_field(item): "yes" for item in looked_at}
    if SURE in request.args:
        typed[SAME_PERSON] = typed.get("offender_number", "")
    return Form(instrument, start, typed, draft=form_draft(draft))


def _opened(form: Form) -> ResponseReturnValue:
    """The form as the user left it. A correction that came too late links to the one that replaced it."""
    try:
        if form.start.corrects and form.start.origin:
            refuse_corrected(request_context(), form.start.origin)
    except CorrectedAlready as refused:
        return refused_page(form, refused)
    return form_page(form)


def _start_of_address() -> Start:
    """Like `start_of_address`, but includes corrections, which have a page of their own."""
    corrects = request.args.get("corrects")
    return start_from(corrects, Mode.CORRECTION) if corrects else start_of_address()


def _start_of(draft: Draft) -> Start:
    for name, (mode, _) in STARTS.items():
        if id := draft.body.get(name):
            return start_from(str(id), mode)
    chosen = str(draft.body.get("instrument") or "")
    return Start(instrument=chosen if libraries().several or not libraries().has(chosen) else "")


def draft_type(body: Mapping[str, Any]) -> str:
    """What a draft will become, if it starts from an assessment; otherwise empty."""
    return next((words.format(body[name]) for name, (_, words) in STARTS.items() if body.get(name)), "")


def _submitted(id: str, form: Form, draft: Draft | None) -> ResponseReturnValue:
    def finish(assessment: Assessment, correction: Correction | None = None) -> ResponseReturnValue:
        if not application().check_answers:
            return saved_draft(id, form, draft, assessment, correction)
        content = content_of(assessment, correction)
        if draft is None and (became := draft_submitted_as(id, content)) is not None:
            return after_saving(became, form)
        return checked_first(form, assessment, correction)

    return finished_form(form, finish)


def finished_form(
    form: Form, finish: Callable[[Assessment, Correction | None], ResponseReturnValue]
) -> ResponseReturnValue:
    """What `finish` answers for the assessment or the correction, or the form again with its errors."""
    if form.start.corrects:
        return submitted_correction(form, finish)
    return submitted_form(form, lambda assessment: finish(assessment, None))


def saved_draft(
    id: str, form: Form, draft: Draft | None, assessment: Assessment, correction: Correction | None
) -> ResponseReturnValue:
    """Submit a draft, even if it no longer exists, and redirect to what follows."""
    return after_saving(submit_draft_once(assessment, id=id, draft=draft, correction=correction), form)


def _without_draft(id: str, form: Form) -> ResponseReturnValue:
    """The draft was submitted, deleted or has expired. What is typed here is not lost."""
    if form.typed.get("then") == LATER:
        return save_for_later(form)
    try:
        return _submitted(id, form, None)
    except KeyReused:
        became = submitted_draft(id) or ""
        fresh = {**form.typed, "handed_out": ""}  # counts as a new form
        message = (
            f"This draft was already submitted as {became}, with different answers. "
            "This form was not submitted."
        )
        return form_page(replace(form, typed=fresh, refused=message, see=became)), HTTPStatus.CONFLICT


def _changed_meanwhile(form: Form, draft: Draft) -> ResponseReturnValue:
    g.is_kept_reply = True  # even for the script: only this page shows both versions
    page = form_page(replace(form, differences=tuple(_differences(form, draft))))
    return page, HTTPStatus.PRECONDITION_FAILED


def _differences(form: Form, draft: Draft) -> list[Difference]:
    """Where the typed form and the draft differ, in the order of the form."""
    saved = typed_from_body(draft.body, form.instrument)
    typed = {**form.typed, **form.start.fixed}
    differences = [
        Difference(name, label, _identified(typed, name), _identified(saved, name))
        for name, label in LABELS.items()
    ]
    differences += [
        Difference(item.code, item.label, answer_in_words(typed, item), answer_in_words(saved, item))
        for item in form.instrument.asked
    ]
    return [difference for difference in differences if difference.typed != difference.saved]


def _identified(typed: Typed, name: str) -> str:
    if name in DATES:
        return " ".join(
            filter(None, (typed.get(f"{name}-{part}", "").strip().lstrip("0") for part in DATE_PARTS))
        )
    text = typed.get(name, "").strip()
    return SEXES.get(text, text) if name == "sex" else text


def _chosen(typed: Typed, draft: Draft, instrument: Instrument) -> Typed:
    """What is typed, except where the user chose the draft's value."""
    saved = typed_from_body(draft.body, instrument)
    chosen = dict(typed)
    for name in [*LABELS, *(item.code for item in instrument.asked)]:
        if typed.get(f"keep-{name}") == SAVED_VALUE:
            for field in _fields_of(name):
                chosen.pop(field, None)
                if field in saved:
                    chosen[field] = saved[field]
    return chosen


def _fields_of(name: str) -> Iterator[str]:
    if name in DATES:
        yield from (f"{name}-{part}" for part in DATE_PARTS)
    elif name in LABELS:
        yield name
    else:
        yield from (f"answer-{name}", f"unknown-{name}", f"reason-{name}")


def _draft_state(draft: Draft, form: Form) -> dict[str, object]:
    """What the script needs to continue."""
    warnings = contradictions(
        form.typed, form.start, instrument=form.instrument, today=request_context().today
    )
    return {
        "version": draft.version,
        "message": SAVED.format(formatting.moment(draft.changed_at)),
        "address": url_for("web.draft", id=draft.id),
        "action": url_for("web.submit_or_save_draft", id=draft.id, **form.start.arguments),
        "save": url_for("web.save_draft", id=draft.id),
        "contradictions": warnings,
    }


def _not_saved(detail: str, status: int) -> ResponseReturnValue:
    return {"detail": detail}, status


def _listed(draft: Draft) -> ListedDraft:
    named = str(draft.body.get("instrument") or "")
    instrument = library_of(named).instrument
    typed, items = typed_from_body(draft.body, instrument), instrument.asked
    return ListedDraft(
        draft,
        number=typed.get("offender_number", ""),
        about=draft_type(draft.body) or "New assessment",
        answered=sum(is_answered(typed, item) for item in items),
        of=len(items),
        form_ended=bool(named) and not libraries().has(named),
    )
