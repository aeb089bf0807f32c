"""The page where a user checks all answers before saving them, and the button that saves.

The answers wait as a draft, so that Change, Back and reload find all of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import application, request_context
from api.services.assessments.assessments import check_submission
from api.services.systems.idempotency import KeyReused
from api.storage import Draft
from api.web import formatting
from api.web.assessments.drafting import LABELS, NO_DRAFT, draft_with, finished_form, form_of, saved_draft
from api.web.assessments.fields import (
    DATES,
    REASON,
    UNKNOWN,
    Mode,
    Typed,
    answer_field,
    answer_in_words,
    contradictions,
    date_typed,
    is_answered,
    unknown_field,
)
from api.web.assessments.form import (
    FOCUS,
    SEXES,
    SURE,
    Form,
    Mark,
    is_doubtful,
    marks_of,
    sections_of,
    unconfirmed_of,
)
from api.web.assessments.idempotent_submit import content_of, draft_submitted_as, submitted_draft
from api.web.assessments.result import identity
from api.web.blueprint import blueprint
from rms.assessment import Assessment
from rms.errors import ChangedMeanwhile, Conflict, NotFound
from rms.instrument import Item
from rms.reports import wording
from rms.reports.content import NOT_ANSWERED
from rms.submission import Correction

CONTENT = "content"  # the field that says what the user has checked
CHANGED = (
    "This draft, or the form that it is for, was changed after you opened this page. Check the answers again."
)
NEXT = "next"  # the button's value
UNCONFIRMED = "carried over, not confirmed"
DOUBTED = (
    "This number is on record with a different sex or date of birth. "
    "You confirmed that it is the same person."
)
HEADINGS = {
    Mode.ASSESSMENT: "Check the answers before you save the assessment",
    Mode.CORRECTION: "Check the answers before you save the correction",
    Mode.WHAT_IF: "Check the answers before you save the what-if",
}
BUTTONS = {
    Mode.ASSESSMENT: "Save assessment",
    Mode.CORRECTION: "Save correction",
    Mode.WHAT_IF: "Save what-if",
}
Contradictions = Mapping[str, Sequence[str]]  # field → messages


@dataclass(frozen=True)
class Row:
    """One answer. `field` is where the form asks for it, if the user can change it there.

    `mark`: how it compares with the assessment that the form started from. `warnings`: what contradicts it.
    """

    label: str
    text: str
    field: str = ""
    mark: str = ""
    changed: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Point:
    """Something to know before saving, and the answers that it is about: field → label."""

    text: str
    fields: dict[str, str]


@blueprint.get("/drafts/<id>/check")
@allow_roles(CASEWORK)
def check_answers(id: str) -> ResponseReturnValue:
    stored = draft_with(id)
    if stored is None:  # its own page says what became of it
        return redirect(url_for("web.draft", id=id))
    return _page(stored)


@blueprint.post("/drafts/<id>/check")
@allow_roles(CASEWORK)
def save_checked(id: str) -> ResponseReturnValue:
    """Save what the user has checked, once. If it has changed since, they check it again."""
    stored = draft_with(id)
    if stored is None:
        return _saved_before(id)
    form = _form(stored)

    def finish(assessment: Assessment, correction: Correction | None) -> ResponseReturnValue:
        content = content_of(assessment, correction)
        if content != request.form.get(CONTENT):
            return _checked_page(form, content, stored, refused=CHANGED), HTTPStatus.PRECONDITION_FAILED
        return saved_draft(id, form, stored, assessment, correction)

    try:
        return finished_form(form, finish)
    except ChangedMeanwhile:  # by a request at the same moment
        return save_checked(id)


def _saved_before(id: str) -> ResponseReturnValue:
    """A second click, or Back: the draft is an assessment now.

    Raises
    ------
    Conflict
        If it was saved with other answers than those on the page.
    """
    try:
        became = draft_submitted_as(id, request.form.get(CONTENT, ""))
    except KeyReused:
        detail = f"This draft was already saved as {submitted_draft(id)}, with different answers."
        raise Conflict(f"{detail} Your answers were not saved a second time.") from None
    if became is None:
        raise NotFound(NO_DRAFT)
    if request.form.get("then") == NEXT:
        return redirect(url_for("web.new_assessment", saved=became), HTTPStatus.SEE_OTHER)
    unconfirmed = request.form.get("unconfirmed", type=int) or None
    address = url_for("web.result", id=became, done="submitted", unconfirmed=unconfirmed)
    return redirect(address, HTTPStatus.SEE_OTHER)


def _form(stored: Draft) -> Form:
    """The form that the draft keeps, with the button that was pressed here."""
    form = form_of(stored)
    return replace(form, typed={**form.typed, "then": request.form.get("then", "")})


def _page(stored: Draft) -> ResponseReturnValue:
    """All answers of the draft, or the form with its errors, if the draft could not be saved."""

    def finish(assessment: Assessment, correction: Correction | None) -> ResponseReturnValue:
        check_submission(request_context(), assessment, correction=correction)
        return _checked_page(form, content_of(assessment, correction), stored)

    form = form_of(stored)
    return finished_form(form, finish)


def _checked_page(form: Form, content: str, stored: Draft, *, refused: str = "") -> str:
    start, sure = form.start, request.args.get(SURE)
    found = contradictions(form.typed, start, instrument=form.instrument, today=request_context().today)
    marks = marks_of(form)
    return render_template(
        "assessments/check.html",
        start=start,
        identity=identity(start.origin) if start.origin else None,
        heading=HEADINGS[start.mode],
        button=BUTTONS[start.mode],
        points=list(_points(form, marks, found)),
        identification=list(_identification(form, found)),
        sections=[
            (title, [_row(item, form, marks.get(item.code), found) for item in items])
            for _, title, items in sections_of(form.instrument)
        ],
        content=content,
        unconfirmed=unconfirmed_of(form),
        refused=refused,
        expires_at=stored.expires_at,
        saving=url_for("web.save_checked", id=stored.id, sure=sure),
        form_address=url_for("web.draft", id=stored.id, sure=sure),
        focus=FOCUS,
        next=NEXT,
    )


def _identification(form: Form, found: Contradictions) -> Iterator[Row]:
    typed = {**form.typed, **form.start.fixed}
    fixed = LABELS if form.start.what_if else form.start.fixed
    for name, label in LABELS.items():
        if name != REASON or form.start.corrects:
            field = "" if name in fixed else name
            yield Row(label, _identified(typed, name), field, warnings=tuple(found.get(name, ())))


def _identified(typed: Typed, name: str) -> str:
    if name == "sex":
        return SEXES[typed["sex"]]
    if name not in DATES:
        return typed.get(name, "")
    date = date_typed(typed, name)
    return formatting.day(date) if date else wording.NOT_KNOWN


def _row(item: Item, form: Form, mark: Mark | None, found: Contradictions) -> Row:
    field = answer_field(item)
    text = answer_in_words(form.typed, item) or NOT_ANSWERED
    row = Row(item.label, text, field, warnings=tuple(found.get(field, ())))
    if mark is None:
        return row
    if mark.changed:
        return replace(row, mark=f"was {mark.was_text or NOT_ANSWERED}", changed=True)
    if form.start.mode is not Mode.ASSESSMENT or not mark.was:
        return row
    return replace(row, mark=mark.state if mark.seen else UNCONFIRMED)


def _points(form: Form, marks: Mapping[str, Mark], found: Contradictions) -> Iterator[Point]:
    """What to know before saving: doubts first, then what is missing, then what nobody has confirmed."""
    asked = form.instrument.asked
    if is_doubtful(form):
        yield Point(DOUBTED, {"offender_number": LABELS["offender_number"]})
    labels = {**LABELS, **{answer_field(item): item.label for item in asked}}
    for message in dict.fromkeys(message for messages in found.values() for message in messages):
        yield Point(message, {field: labels[field] for field in found if message in found[field]})
    if missing := _missing(form):
        yield Point(f"{wording.answers(len(missing))} missing.", missing)
    if unknown := [item for item in asked if form.typed.get(unknown_field(item)) == UNKNOWN]:
        yield Point(f"{wording.answers(len(unknown))} unknown.", _links(unknown))
    if unconfirmed := [item for item in asked if item.code in marks and _counts(form, marks[item.code])]:
        yield Point(f"{wording.answers(len(unconfirmed))} {UNCONFIRMED}.", _links(unconfirmed))
        if stale := [item for item in unconfirmed if marks[item.code].stale]:
            months = application().terms.stale_months
            yield Point(f"{len(stale)} of these last rated more than {months} months ago.", _links(stale))


def _missing(form: Form) -> dict[str, str]:
    """What a form may leave out, and this one does: field → label."""
    typed = {**form.typed, **form.start.fixed}
    left_out = _links(item for item in form.instrument.asked if not is_answered(form.typed, item))
    has_release = date_typed(typed, "release_date") is not None or form.start.what_if
    return left_out if has_release else {"release_date": LABELS["release_date"], **left_out}


def _counts(form: Form, mark: Mark) -> bool:
    return form.start.mode is Mode.ASSESSMENT and mark.unconfirmed


def _links(items: Iterable[Item]) -> dict[str, str]:
    return {answer_field(item): item.label for item in items}
