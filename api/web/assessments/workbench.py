"""The what-if workbench: change answers of an assessment and see what changes, without storing anything.

The URL holds the changed answers and the typed name, and nothing else, so that a state can be bookmarked and
Back is safe.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from http import HTTPStatus
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import application, library_named, request_context
from api.schemas.assessments.notes import new_note
from api.services.assessments.assessments import check_submission, submit_assessment
from api.services.assessments.judgements import awaits_judgement, with_findings
from api.services.assessments.notes import notes_of, write_note
from api.services.assessments.what_ifs import Tried, try_out, what_if_of
from api.services.library_in_use import LibraryInUse
from api.services.systems.idempotency import once
from api.web.assessments.comparing import need_differences, score_differences
from api.web.assessments.fields import answer_field, answer_typed
from api.web.assessments.judging import judging_page
from api.web.assessments.result import identity, submission_of
from api.web.blueprint import blueprint
from rms.assessment import Assessment, AssessmentKind
from rms.assessment.carrying import Carried, carried_over
from rms.errors import Conflict, InvalidInput, Problem
from rms.instrument import Answer, Instrument, Item
from rms.reports.content import NOT_ANSWERED, answer_text, changed, report
from rms.submission import Submission

UNKNOWN = "?"  # the value of a field that is unknown in the baseline; no level has this value
NAME_LENGTH = 200
CHECKED = "checked"  # the field that says that the user has seen what is saved


@dataclass(frozen=True)
class Field:
    """One item on the workbench: the field values of the baseline (`was`) and of the what-if (`now`).

    `was_text` is the baseline's answer in words; `options` are the levels, if the item has any.
    """

    name: str
    item: Item
    was: str
    now: str
    was_text: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.was != self.now


@dataclass(frozen=True)
class Bench:
    """The workbench for one baseline; `typed` is field → text as sent."""

    baseline: Submission
    instrument: Instrument
    typed: Mapping[str, str]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        carried = carried_over(self.baseline.assessment, self.instrument)
        return tuple(self._field(item, carried) for item in self.instrument.asked)

    @property
    def changes(self) -> dict[str, str]:
        """Fields that differ from the baseline: field → value."""
        return {field.name: field.now for field in self.fields if field.changed}

    @property
    def name(self) -> str:
        """The name for the what-if once it is kept."""
        return self.typed.get("name", "").strip()

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of the URL."""
        return {**self.changes, "name": self.name} if self.name else self.changes

    @property
    def answers(self) -> dict[str, Answer]:
        return {
            field.item.code: answer_typed(field.now, field.item) for field in self.fields if field.changed
        }

    def _field(self, item: Item, carried: Carried) -> Field:
        name = answer_field(item)
        was, was_text = _baseline_answer(item, carried)
        options = {str(level.value): answer_text(level.value, item) for level in item.levels}
        if options and was in (UNKNOWN, ""):
            options = {was: was_text, **options}
        return Field(name, item, was, self.typed.get(name, was).strip(), was_text, options)


@blueprint.get("/assessments/<id>/workbench")
@allow_roles(CASEWORK)
def workbench(id: str) -> ResponseReturnValue:
    submission = submission_of(id)
    if awaits_judgement(submission):
        return judging_page(submission)
    bench = _bench(submission, request.args)
    if set(request.args) != set(bench.arguments):
        return redirect(_address(bench))
    return _page(bench)


@blueprint.get("/assessments/<id>/workbench/outcome")
@allow_roles(CASEWORK)
def workbench_outcome(id: str) -> ResponseReturnValue:
    """The parts of the page that depend on the answers, for the script, with the URL of this state."""
    bench = _bench(with_findings(submission_of(id)), request.args)
    page = render_template("assessments/workbench_parts.html", bench=bench, **_outcome(bench))
    return page, {"Content-Location": _address(bench)}


@blueprint.post("/assessments/<id>/workbench")
@allow_roles(CASEWORK)
def keep_what_if(id: str) -> ResponseReturnValue:
    """Store the what-if, with its name as the first note on it, once its answers are checked."""
    bench = _bench(with_findings(submission_of(id)), request.form)
    try:
        if bench.name:
            _refuse_as_name(bench.name)
        if application().check_answers and CHECKED not in request.form:
            check_submission(request_context(), _what_if(bench))
            checking: dict[str, Any] = {"id": id, **bench.arguments}
            return redirect(url_for("web.check_what_if", **checking), HTTPStatus.SEE_OTHER)
        kept = _submit(bench)
    except InvalidInput as refused:
        return _page(bench, dict(_errors(refused, bench.instrument))), HTTPStatus.UNPROCESSABLE_ENTITY
    _name(kept, bench.name)
    return redirect(url_for("web.result", id=kept, done="kept"), HTTPStatus.SEE_OTHER)


@blueprint.get("/assessments/<id>/workbench/check")
@allow_roles(CASEWORK)
def check_what_if(id: str) -> ResponseReturnValue:
    """The changed answers, and what they change, before the what-if is saved."""
    submission = submission_of(id)
    if awaits_judgement(submission):
        return judging_page(submission)
    bench = _bench(submission, request.args)
    outcome = _outcome(bench)
    if not outcome.get("answers"):
        return redirect(_address(bench))
    return render_template(
        "assessments/workbench_check.html",
        bench=bench,
        identity=identity(submission),
        form_address=_address(bench),
        **outcome,
    )


def _refuse_as_name(name: str) -> None:
    """
    Raises
    ------
    InvalidInput
        If it is too long or not printable.
    """
    new_note({"text": name})
    if len(name) > NAME_LENGTH:
        raise InvalidInput([Problem("/text", "too_long", "")])


def _bench(baseline: Submission, typed: Mapping[str, str]) -> Bench:
    if baseline.assessment.kind is AssessmentKind.WHAT_IF:
        raise Conflict(f"{baseline.id} is a what-if. Try a what-if on {baseline.assessment.baseline_id}.")
    return Bench(baseline, _library_of(baseline).instrument, typed)


def _library_of(baseline: Submission) -> LibraryInUse:
    """
    Raises
    ------
    InstrumentNotInUse
        If its form is no longer in use.
    """
    return library_named(baseline.assessment.instrument.name)


def _address(bench: Bench) -> str:
    return address_with(bench.baseline.id, bench.arguments)


def address_with(id: str, changes: Mapping[str, Any]) -> str:
    """The workbench URL of an assessment with these changes: field → value."""
    return url_for("web.workbench", id=id, **changes)


def _submit(bench: Bench) -> str:
    """Store the what-if, unless this user recently stored the same; return the ID."""
    content = json.dumps([bench.baseline.id, bench.changes, _library_of(bench.baseline).reference.sha256])
    return submit_assessment(
        request_context(),
        _what_if(bench),
        library=_library_of(bench.baseline).whole(),
        once=once(g.user.id, f"workbench {content}", content.encode()),
    ).id


def _what_if(bench: Bench) -> Assessment:
    return what_if_of(
        request_context(),
        bench.baseline.id,
        answers=bench.answers,
        unknown={},
        instrument=bench.instrument,
    )


def _name(id: str, name: str) -> None:
    """Give the what-if its name, once."""
    context = request_context()
    if name and name not in (note.text for note in notes_of(context, id)):
        write_note(context, id, name)


def _page(bench: Bench, refused: Mapping[str, str] | None = None) -> str:
    outcome = _outcome(bench)
    return render_template(
        "assessments/workbench.html",
        bench=bench,
        identity=identity(bench.baseline),
        dynamic=[field for field in bench.fields if field.item.dynamic],
        fixed=[field for field in bench.fields if not field.item.dynamic],
        **{**outcome, "errors": refused or outcome["errors"]},
    )


def _outcome(bench: Bench) -> dict[str, Any]:
    """The outcome of the what-if, or the errors in what is typed."""
    try:
        tried = try_out(
            bench.baseline,
            answers=bench.answers,
            unknown={},
            library=_library_of(bench.baseline).whole(),
            on=request_context().today,
        )
    except InvalidInput as refused:
        return {"tried": None, "errors": dict(_errors(refused, bench.instrument))}
    instrument = bench.instrument
    return {
        "tried": tried,
        "errors": {},
        "scores": list(score_differences(tried.before, tried.after, instrument)),
        "sections": _sections(bench.baseline, tried),
        "needs": need_differences(tried.before, tried.after, instrument),
        "answers": changed(tried.changes, instrument),
    }


def _sections(baseline: Submission, tried: Tried) -> dict[str, Any]:
    """The report section of each process, as for a stored result."""
    as_if = replace(baseline, assessment=tried.assessment, result=tried.after)
    sections = report(as_if).processes
    simulations = tried.after.simulations
    return {simulation.process: section for simulation, section in zip(simulations, sections, strict=True)}


def _baseline_answer(item: Item, carried: Carried) -> tuple[str, str]:
    """The baseline's answer to an item: as a field value, and in words."""
    if item.code in carried.unknown:
        return UNKNOWN if item.levels else "", f"unknown: {carried.unknown[item.code]}"
    if item.code not in carried.answers:
        return "", NOT_ANSWERED
    answer = carried.answers[item.code]
    return f"{answer:g}" if isinstance(answer, float) else str(answer), answer_text(answer, item)


def _errors(refused: InvalidInput, instrument: Instrument) -> Iterator[tuple[str, str]]:
    for problem in refused.problems:
        yield _field_of(problem), _sentence(problem, instrument)


def _field_of(problem: Problem) -> str:
    where, _, code = problem.pointer.removeprefix("/").partition("/")
    return f"answer-{code}" if code else {"text": "name"}.get(where, "bench")


def _sentence(problem: Problem, instrument: Instrument) -> str:
    if problem.code == "nothing_changed":
        return "Change at least one answer. All answers are the same as in the assessment it is based on."
    if problem.pointer == "/text":
        return f"Enter a name on one line, using up to {NAME_LENGTH} characters."
    for item in instrument.asked:
        if problem.pointer == f"/answers/{item.code}":
            return f"{item.label}: {'select a level' if item.levels else f'enter {item.allowed}'}."
    return problem.detail
