"""The form of an assessment: blank, from an earlier assessment, as a what-if, or as a correction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from http import HTTPStatus

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import application, libraries, library_named, library_of, request_context
from api.errors import refusal_of
from api.services.assessments.assessments import check_submission, find_submission
from api.services.assessments.drafts import change_draft, repopulate, start_draft
from api.services.assessments.person import is_recorded_otherwise
from api.storage import Draft
from api.web.assessments.fields import (
    REASON,
    UNKNOWN,
    Mode,
    Start,
    Typed,
    answer_in_words,
    assessment_from,
    body_from,
    contradictions,
    field_of,
    field_values,
    identified,
    is_answered,
    level_in_words,
    patch_between,
    seen_field,
    sentence,
)
from api.web.assessments.idempotent_submit import (
    content_of,
    draft_of_form,
    draft_submitted_as,
    submit_once,
)
from api.web.assessments.result import identity
from api.web.blueprint import blueprint
from rms.assessment import Assessment, AssessmentKind
from rms.assessment.carrying import is_stale
from rms.assessment.consistency import RECORDED_OTHERWISE
from rms.calendar import months_between
from rms.errors import (
    ChangedMeanwhile,
    Conflict,
    CorrectedAlready,
    HeldElsewhere,
    InvalidInput,
    LibraryAltered,
    LimitReached,
    Problem,
    RMSError,
    StorageUnavailable,
)
from rms.instrument import Instrument, Item
from rms.submission import Correction

SEXES = {"female": "Female", "male": "Male", "other": "Other", "unknown": "Unknown"}
# A date has three inputs; the error summary links to the first.
FOCUS = {"date_of_birth": "date_of_birth-day", "release_date": "release_date-day", "based_on": "main"}
SAME_PERSON = "same_person"  # its value is the number it was ticked for; it does not count for another
OTHERWISE = (
    "This number is on record with a different sex or date of birth. Check the number, or confirm that it is "
    "the same person."
)
SURE = "sure"  # in the address: the same was ticked before
LATER = "later"  # the button's value
FORM_VERSION = "form_version"
FORM_CHANGED = "This form was changed after you opened it. Check all answers, then submit it again."
MAYBE_SAVED = "Your form may not have been saved. Send it again: RMS never stores it twice."


@dataclass(frozen=True)
class FormDraft:
    """A draft as the form shows it."""

    id: str
    version: int
    changed_at: datetime
    expires_at: datetime
    carried: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """One field where the form differs from its draft, which was changed elsewhere."""

    name: str
    label: str
    typed: str
    saved: str


@dataclass(frozen=True)
class Form:
    """The form as one page shows it. `errors`: field → message, in the order of the page.

    `refused` is why nothing was saved, if the reason is not about a field; `see` is the assessment it
    refers to, if any. `doubted`: the number may belong to another person. `differences`: the fields to
    choose between when the draft was changed elsewhere.
    """

    instrument: Instrument
    start: Start
    typed: Typed
    errors: Mapping[str, str] = field(default_factory=dict)
    draft: FormDraft | None = None
    refused: str = ""
    see: str = ""
    doubted: bool = False
    differences: tuple[Difference, ...] = ()

    @property
    def version(self) -> str:
        """What the page sends back, to notice that the instrument was changed while the page was open."""
        return self.instrument.sha256[:12]


@dataclass(frozen=True)
class Mark:
    """How an answer compares with the assessment the form started from, which was made on the day `rated`."""

    state: str
    same: str
    was: Mapping[str, str]
    was_text: str
    now_text: str
    rated: date
    stale: bool
    seen: bool
    changed: bool

    @property
    def unconfirmed(self) -> bool:
        """Whether there was an answer that nobody has changed or confirmed."""
        return bool(self.was) and not (self.changed or self.seen)


@blueprint.get("/assessments/new")
@allow_roles(CASEWORK)
def new_assessment() -> ResponseReturnValue:
    start = start_of_address()
    if libraries().several and start.origin is None and start.instrument not in libraries().by_instrument:
        return _instrument_page()
    instrument = instrument_of(start)
    typed = start.typed(instrument) or {"offender_number": request.args.get("number", "")}
    return form_page(Form(instrument, start, typed))


@blueprint.post("/assessments/new")
@allow_roles(CASEWORK)
def submit() -> ResponseReturnValue:
    start, typed = start_of_address(), request.form.to_dict()
    form = Form(instrument_of(start), start, typed)
    if typed.get("then") == LATER:
        return save_for_later(form)

    def finish(assessment: Assessment) -> ResponseReturnValue:
        if application().check_answers:
            return checked_first(form, assessment)
        return after_saving(submit_once(assessment, handed_out=typed.get("handed_out", "")), form)

    return submitted_form(form, finish)


def save_for_later(form: Form) -> ResponseReturnValue:
    """Save what is typed as a new draft and show the list of drafts."""
    try:
        draft = new_draft(form)
    except (InvalidInput, HeldElsewhere, LimitReached, StorageUnavailable) as refused:
        return refused_page(form, refused)
    return redirect(url_for("web.drafts", kept=draft.id), HTTPStatus.SEE_OTHER)


def new_draft(form: Form, *, checked_as: str | None = None) -> Draft:
    """A new draft of what is typed. If it starts from an assessment, it records the carried-over answers.

    `checked_as` is its ID, if its answers are about to be checked. It may be a draft already.

    Raises
    ------
    InvalidInput
        If a text cannot be stored.
    LimitReached
        If this user already has the maximum number of drafts.
    """
    start = form.start
    body = body_from(form.typed, start, form.instrument)
    context, terms = request_context(), application().terms
    if start.based_on is None or start.corrects:
        return start_draft(context, body, terms=terms, checked_as=checked_as)
    carried = repopulate(
        context, start.based_on, instrument=form.instrument, terms=terms, checked_as=checked_as
    )
    return updated_draft(carried, form)


def updated_draft(draft: Draft, form: Form) -> Draft:
    """The draft with what is typed as its next version; unchanged if nothing is new.

    Raises
    ------
    InvalidInput
        If a text cannot be stored.
    ChangedMeanwhile
        If another request changed it first.
    """
    body = body_from(form.typed, form.start, form.instrument)
    patch = patch_between(draft.body, body, looked_at=_checked(form, draft))
    if not patch:
        return draft
    return change_draft(request_context(), draft.id, patch, seen=draft.version, terms=application().terms)


def _checked(form: Form, draft: Draft) -> set[str]:
    """The items marked as still correct that were only carried over until now."""
    return {
        item.code
        for item in form.instrument.asked
        if form.typed.get(seen_field(item)) == "yes" and item.code in draft.carried
    }


def submitted_form(
    form: Form, finish: Callable[[Assessment], ResponseReturnValue], *, also: Sequence[Problem] = ()
) -> ResponseReturnValue:
    """What `finish` answers for the assessment that is typed, or the form again with its errors.

    `also` are problems with fields that are not part of an assessment; they are listed first.
    """
    try:
        return finish(_assessment(form, also))
    except (InvalidInput, Conflict, StorageUnavailable, LibraryAltered) as refused:
        return refused_page(form, refused)


def after_saving(id: str, form: Form) -> ResponseReturnValue:
    """To the page that follows a saved form: its result, or a new form."""
    return redirect(_after(id, form), HTTPStatus.SEE_OTHER)


def checked_first(
    form: Form, assessment: Assessment, correction: Correction | None = None
) -> ResponseReturnValue:
    """Keep a form that could be saved as a draft, and redirect to the page where its answers are checked.

    Raises
    ------
    InvalidInput
        If it could not be saved.
    LimitReached
        If this user already has the maximum number of drafts.
    """
    check_submission(request_context(), assessment, correction=correction)
    sure = "yes" if form.typed.get(SAME_PERSON) == assessment.offender_number else None
    if form.draft is not None:
        return redirect(url_for("web.check_answers", id=form.draft.id, sure=sure), HTTPStatus.SEE_OTHER)
    content = content_of(assessment, correction)
    id = draft_of_form(form.typed.get("handed_out", ""), content)
    if (became := draft_submitted_as(id, content)) is not None:
        return after_saving(became, form)
    try:
        new_draft(form, checked_as=id)
    except ChangedMeanwhile:  # by a second click
        return checked_first(form, assessment, correction)
    return redirect(url_for("web.check_answers", id=id, sure=sure), HTTPStatus.SEE_OTHER)


def _assessment(form: Form, also: Sequence[Problem]) -> Assessment:
    if form.typed.get(FORM_VERSION, form.version) != form.version:
        raise Conflict(FORM_CHANGED)
    today, problems = request_context().today, [*also, *_doubts(form)]
    try:
        assessment = assessment_from(form.typed, form.start, instrument=form.instrument, today=today)
    except InvalidInput as refused:
        raise InvalidInput([*problems, *refused.problems]) from None
    if problems:
        raise InvalidInput(problems)
    return assessment


def _doubts(form: Form) -> Iterator[Problem]:
    """A new form gives a known number a sex or date of birth that is not on record, unconfirmed.

    A form that starts from an assessment is not checked: it may correct the identification.
    """
    is_sure = form.typed.get(SAME_PERSON) == form.typed.get("offender_number")
    if not is_sure and is_doubtful(form):
        yield Problem("/offender_number", RECORDED_OTHERWISE.code, OTHERWISE)


def is_doubtful(form: Form) -> bool:
    """Whether the number of a new form is on record with a different sex or date of birth."""
    number, sex, born = identified(form.typed)
    if number is None or form.start.origin is not None:
        return False
    return is_recorded_otherwise(request_context(), number, sex=sex, born=born)


def refused_page(form: Form, refused: RMSError) -> ResponseReturnValue:
    """The form as it was sent, with errors at their fields; other errors are shown at the top."""
    status = refusal_of(refused).status
    if isinstance(refused, HeldElsewhere):
        errors = {"offender_number": refused.detail}
        return form_page(replace(form, errors=errors)), status
    if isinstance(refused, InvalidInput):
        errors = dict(_errors(refused.problems, form))
        doubted = any(problem.code == RECORDED_OTHERWISE.code for problem in refused.problems)
        return form_page(replace(form, errors=errors, doubted=doubted)), status
    detail = f"{refused.detail} {MAYBE_SAVED}" if isinstance(refused, StorageUnavailable) else refused.detail
    see = refused.replacement if isinstance(refused, CorrectedAlready) else ""
    return form_page(replace(form, refused=detail, see=see)), status


def form_page(form: Form, *, action: str | None = None) -> str:
    context, start = request_context(), form.start
    warnings = contradictions(form.typed, start, instrument=form.instrument, today=context.today)
    return render_template(
        "assessments/form.html",
        **{**vars(form), "doubted": form.doubted or SAME_PERSON in form.typed},
        form_version=form.version,
        several_forms=libraries().several,
        checks=application().check_answers,
        identity=identity(start.origin) if start.origin else None,
        endpoints=current_app.view_functions,
        marks=marks_of(form),
        level_in_words=level_in_words,
        answered=partial(_answered, form.typed),
        heading=_heading(start),
        action=action or _action(form),
        sections=list(sections_of(form.instrument)),
        contradictions=warnings,
        sexes=SEXES,
        focus=FOCUS,
        UNKNOWN=UNKNOWN,
        REASON=REASON,
        today=context.today,
        stale_months=application().terms.stale_months,
        kept_days=application().terms.kept_days,
        handed_out=form.typed.get("handed_out") or context.at.isoformat(),
        saved=request.args.get("saved") if not (form.errors or form.refused) else None,
    )


def start_of_address() -> Start:
    """What the form starts from, as the URL says: `?what_if=ID`, `?from=ID` or nothing."""
    for name, mode in (("what_if", Mode.WHAT_IF), ("from", Mode.ASSESSMENT)):
        if id := request.args.get(name):
            return start_from(id, mode)
    return Start(instrument=request.args.get("instrument", ""))


def instrument_of(start: Start) -> Instrument:
    """The instrument of the form: the chosen one, or that of the assessment it starts from; or the default.

    Raises
    ------
    InstrumentNotInUse
        If it is no longer in use: another form would ask for other answers.
    """
    named = start.origin.assessment.instrument.name if start.origin else start.instrument
    return library_named(named).instrument if named else library_of().instrument


def _instrument_page() -> str:
    """The question that comes first where several instruments are in use."""
    return render_template(
        "assessments/instrument.html",
        instruments=[library.instrument for library in libraries() if library.is_described],
        number=request.args.get("number", ""),
        saved=request.args.get("saved"),
        typed={},
        errors={"instrument": "Select which form you need."} if "chosen" in request.args else {},
    )


def start_from(id: str, mode: Mode) -> Start:
    """
    Raises
    ------
    NotFound
        If there is no such assessment.
    Conflict
        If it is a what-if, whose answers are hypothetical.
    """
    origin = find_submission(request_context(), id.upper())
    if origin.assessment.kind is AssessmentKind.WHAT_IF:
        baseline = origin.assessment.baseline_id
        raise Conflict(f"{origin.id} is a what-if. Start from the assessment {baseline} instead.")
    return Start(origin, mode)


def form_draft(draft: Draft) -> FormDraft:
    return FormDraft(draft.id, draft.version, draft.changed_at, draft.expires_at, draft.carried)


def _action(form: Form) -> str:
    if form.draft is not None:
        return url_for("web.draft", id=form.draft.id, **form.start.arguments)
    if form.start.corrects and form.start.origin is not None:
        return url_for("web.submit_correction", id=form.start.origin.id)
    return url_for("web.new_assessment", **form.start.arguments)


def _after(id: str, form: Form) -> str:
    if form.typed.get("then") == "next":
        again = {} if form.start.origin else form.start.arguments
        return url_for("web.new_assessment", saved=id, **again)
    return url_for("web.result", id=id, done="submitted", unconfirmed=unconfirmed_of(form) or None)


def unconfirmed_of(form: Form) -> int:
    """How many carried-over answers nobody has changed or confirmed."""
    if form.start.mode is not Mode.ASSESSMENT or form.start.corrects:
        return 0
    return sum(mark.unconfirmed for mark in marks_of(form).values())


def marks_of(form: Form) -> dict[str, Mark]:
    """Item → how it compares with the assessment the form started from; empty if there is none."""
    return dict(_marks(form, request_context().today))


def _marks(form: Form, today: date) -> Iterator[tuple[str, Mark]]:
    origin = form.start.origin
    if origin is None:
        return
    before, rated = form.start.typed(form.instrument), origin.assessment.assessed_on
    carries = form.start.mode is Mode.ASSESSMENT
    same = "carried over" if carries else f"as in {origin.id}"
    months, after = months_between(rated, today), application().terms.stale_months
    for item in form.instrument.asked:
        changed = field_values(before, item) != field_values(form.typed, item)
        seen = carries and form.typed.get(seen_field(item)) == "yes"
        yield (
            item.code,
            Mark(
                state="changed" if changed else SEEN if seen else same,
                same=same,
                was=field_values(before, item),
                was_text=answer_in_words(before, item),
                now_text=answer_in_words(form.typed, item),
                rated=rated,
                stale=carries and is_stale(item, months, after=after),
                seen=seen,
                changed=changed,
            ),
        )


SEEN = "still correct"


def _answered(typed: Typed, items: list[Item]) -> int:
    return sum(is_answered(typed, item) for item in items)


def sections_of(instrument: Instrument) -> Iterator[tuple[str, str, list[Item]]]:
    """Code, heading and items of each section that has questions."""
    for code, title in instrument.sections.items():
        items = [item for item in instrument.asked if item.section == code]
        if items:
            yield code, title, items


def _heading(start: Start) -> str:
    if start.origin is None:
        return "New assessment"
    if start.corrects:
        return f"Correct {start.origin.id}"
    number = start.origin.assessment.offender_number
    return f"What-if based on {start.origin.id}" if start.what_if else f"Assess {number} again"


def _errors(problems: tuple[Problem, ...], form: Form) -> Iterator[tuple[str, str]]:
    for problem in problems:
        message = sentence(problem, form.instrument, form.typed)
        if problem.code == "nothing_changed" and form.start.corrects:
            message = "Change at least one answer. This correction is the same as the assessment it corrects."
        yield field_of(problem.pointer), message
