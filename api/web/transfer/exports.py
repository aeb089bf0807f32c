"""Files of what meets the filter, and the jobs that make them (2005 manual, A60 to A66)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, g, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import SEARCHING
from api.context import application, request_context
from api.errors import refusal_of
from api.resources.search.criteria import resolve_export
from api.schemas.problems import loaded
from api.schemas.search.saved_filters import filter_name
from api.schemas.search.search import SORTS
from api.schemas.transfer.exports import LONGEST_NOTE, ExportSchema, options_to_save
from api.services.people.pseudonyms import PSEUDONYMOUS
from api.services.search.saved import EXPORT_OPTIONS, delete_saved_item, save_item, saved_items
from api.services.search.search import total
from api.services.transfer.export_fields import DEFAULT, FIELDS, NEEDS, READINGS, Field
from api.services.transfer.exports import (
    AT_ONCE,
    EXPORT,
    PURPOSES,
    export_at_once,
    export_of,
    in_words,
    read_this_of,
)
from api.services.transfer.imports import IMPORT
from api.services.transfer.jobs import MADE_AS_ANOTHER, end_job, fetch, find_job, jobs_of
from api.services.users import Role
from api.storage import Job, State
from api.web.blueprint import blueprint
from api.web.search.criteria import Criteria, address, criteria, criteria_of_address
from rms.engine.filter import Key
from rms.errors import InvalidInput, LimitReached, TooManyJobs

FORMATS = {
    "csv": "CSV, for any program",
    "xlsx": "Spreadsheet (.xlsx), with a sheet that says how to read it",
}
GROUPS = {
    "Assessment": (
        *("id", "offender_number", "kind", "baseline_id", "assessed_at", "submitted_by"),
        *("latest", "corrected"),
    ),
    "Person": ("sex", "date_of_birth", "release_date"),
    "Modelled risk": (
        *("process", "score", "status", "interval_low", "interval_high"),
        *("typicality", "effective_size", "comparables"),
    ),
    "Versions": (
        *("instrument_name", "instrument_version", "library_name", "library_version"),
        *("library_sha256", "engine_version", "notice_version"),
    ),
}
SORTED_BY = {
    Key.SUBMITTED_AT: ("Submitted, oldest first", "Submitted, newest first"),
    Key.OFFENDER_NUMBER: ("Offender number, low to high", "Offender number, high to low"),
    Key.RELEASE_DATE: ("Release date, earliest first", "Release date, latest first"),
    Key.SCORE: ("Score, low to high", "Score, high to low"),
}
BY_PSEUDONYM = ("Pseudonym, low to high", "Pseudonym, high to low")
STATES = {
    State.QUEUED: "Waiting",
    State.RUNNING: "Being made",
    State.DONE: "Ready",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
}
DONE = {
    "saved": "The options are saved.",
    "removed": "The saved options are deleted.",
    "deleted": "The file is deleted.",
    "asked": "Your file is being made. You can leave this page: it is kept for you here.",
}
TOO_MANY = (
    "{} of your files are waiting or being made, as many as one person may have at a time. Wait until one is "
    "ready, or cancel one in the list below."
)
NO_NAME = "Enter a name to save the options under."
PLAIN = {
    "purpose": "Choose what the file is for.",
    "fields": "Choose one field or more.",
    "criteria": "Choose a criterion in the results filter, “All offenders” if you want everybody.",
    "purpose_note": f"Say in words, up to {LONGEST_NOTE} characters, what the file is for.",
}


@dataclass(frozen=True)
class ShownJob:
    """A job as its owner sees it now."""

    job: Job
    what: str
    criteria: str
    state: str
    has_file: bool
    message: str

    @property
    def is_open(self) -> bool:
        return self.job.state.is_open


@blueprint.get("/exports")
@allow_roles(SEARCHING)
def exports() -> ResponseReturnValue:
    found = criteria_of_address(request.args)
    if found.errors:
        return redirect(address("web.results_filter", request.args.items(multi=True)))
    return _page(found, _options_asked_for())


@blueprint.post("/exports")
@allow_roles(SEARCHING)
def ask_export() -> ResponseReturnValue:
    """A small file is made at once; a larger one is told of here when it is ready."""
    found = criteria(request.form)
    typed = _typed()
    body = {**_options(typed), "criteria": dict(found.body), "purpose": typed.get("purpose")}
    if note := typed.get("purpose_note", "").strip():
        body["purpose_note"] = note
    try:
        export = resolve_export(loaded(ExportSchema(), body))
    except InvalidInput as refused:
        return _page(found, typed, errors=_errors(refused)), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        job = export_at_once(
            request_context(),
            export,
            library=application().library,
            terms=application().jobs,
            clock=application().clock,
        )
    except (TooManyJobs, LimitReached) as refused:
        told_why = TOO_MANY.format(refused.most) if isinstance(refused, TooManyJobs) else refused.detail
        return _page(found, typed, errors={"files": told_why}), refusal_of(refused).status
    told = {"made": job.id} if job.state is State.DONE else {"done": "asked"}
    return redirect(_without_person(found, **told), HTTPStatus.SEE_OTHER)


@blueprint.post("/exports/options")
@allow_roles(SEARCHING)
def save_export_options() -> ResponseReturnValue:
    found, typed = criteria(request.form), _typed()
    name = typed.get("name", "").strip()
    try:
        if not name:
            return _page(found, typed, errors={"name": NO_NAME}), HTTPStatus.UNPROCESSABLE_ENTITY
        options = options_to_save(_options(typed))
        save_item(request_context(), filter_name(name), options, EXPORT_OPTIONS)
    except InvalidInput as refused:
        return _page(found, typed, errors=_errors(refused)), HTTPStatus.UNPROCESSABLE_ENTITY
    except LimitReached as refused:
        return _page(found, typed, errors={"name": refused.detail}), HTTPStatus.CONFLICT
    return redirect(_without_person(found, options=name, done="saved"), HTTPStatus.SEE_OTHER)


@blueprint.post("/exports/options/<name>/delete")
@allow_roles(SEARCHING)
def remove_export_options(name: str) -> ResponseReturnValue:
    delete_saved_item(request_context(), name, EXPORT_OPTIONS)
    return redirect(_without_person(criteria(request.form), done="removed"), HTTPStatus.SEE_OTHER)


@blueprint.get("/exports/jobs/<id>/file")
@allow_roles(SEARCHING)
def export_file(id: str) -> Response:
    job = fetch(request_context(), id)
    return send_file(
        application().jobs.files.result(job),
        mimetype=job.result_type,
        as_attachment=True,
        download_name=job.result_name,
    )


@blueprint.get("/exports/jobs/<id>/notice")
@allow_roles(SEARCHING)
def export_notice(id: str) -> str:
    """What a file must be read with."""
    job = find_job(request_context(), id)
    return render_template("transfer/export_notice.html", job=job, lines=read_this_of(job, by=g.user))


@blueprint.post("/exports/jobs/<id>/delete")
@allow_roles(SEARCHING)
def remove_export(id: str) -> ResponseReturnValue:
    end_job(request_context(), id, terms=application().jobs)
    return redirect(_without_person(criteria(request.form), done="deleted"), HTTPStatus.SEE_OTHER)


def _page(found: Criteria, typed: Mapping[str, Any], *, errors: Mapping[str, str] | None = None) -> str:
    context = request_context()
    now = context.at
    jobs = [_shown_job(one, now) for one in jobs_of(context)]
    without = found.filter.is_empty
    return render_template(
        "transfer/exports.html",
        criteria=found,
        pseudonymous=PSEUDONYMOUS if g.user.role is Role.ANALYST else None,
        typed=typed,
        errors=errors or {},
        no_criterion=without,
        matching=None if without else total(context, found.filter),
        at_once=AT_ONCE,
        groups={heading: _fields_of(heading) for heading in GROUPS},
        needs=NEEDS,
        readings=READINGS,
        chosen=typed["fields"],
        needs_chosen=any(name.startswith("need.") for name in typed["fields"]),
        sorts=dict(_sorts(found)),
        formats=FORMATS,
        purposes=PURPOSES,
        longest_note=LONGEST_NOTE,
        saved=saved_items(context, EXPORT_OPTIONS),
        files=[one for one in jobs if one.job.kind == EXPORT],
        imports=[one for one in jobs if one.job.kind == IMPORT],
        working=any(one.is_open for one in jobs),
        made=next((one for one in jobs if one.job.id == request.args.get("made") and one.has_file), None),
        done=DONE.get(request.args.get("done", ""), "") if not errors else "",
        address=address,
    )


# What is asked for ------------------------------------------------------------


def _options_asked_for() -> Mapping[str, Any]:
    """The options that the address names, or the usual ones."""
    usual = {"fields": DEFAULT, "sort": "", "format": "csv", "name": ""}
    wanted = request.args.get("options")
    for one in saved_items(request_context(), EXPORT_OPTIONS):
        if one.name == wanted:
            return {**usual, **one.content, "name": wanted}
    return usual


def _typed() -> dict[str, Any]:
    return {**request.form.to_dict(), "fields": request.form.getlist("fields")}


def _options(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Fields, order and format as a request spells them; what was left empty is not asked for."""
    given = {name: typed.get(name) for name in ("sort", "format") if typed.get(name)}
    return {"fields": list(typed["fields"]), **given}


def _errors(refused: InvalidInput) -> dict[str, str]:
    told: dict[str, str] = {}
    for problem in refused.problems:
        name = problem.pointer.removeprefix("/").partition("/")[0]
        told.setdefault(name, PLAIN.get(name, problem.detail))
    return told


def _without_person(found: Criteria, **more: str) -> str:
    """Back to this place by address, in which the number that was in the form does not stand."""
    return address(
        "web.exports", [*(pair for pair in found.pairs if pair[0] != "offender_number"), *more.items()]
    )


def _fields_of(heading: str) -> list[Field]:
    return [one for one in FIELDS if one.name in GROUPS[heading]]


def _sorts(found: Criteria) -> Iterator[tuple[str, str]]:
    """By score only where one process is left to sort by."""
    single = len(found.filter.processes) == 1
    for word in SORTS:
        key = Key(word.removeprefix("-"))
        if key is not Key.SCORE or single:
            yield word, _sorted_by(key)[word.startswith("-")]


def _sorted_by(key: Key) -> tuple[str, str]:
    """Up, and down; an analyst's people are in the order of their pseudonyms."""
    if key is Key.OFFENDER_NUMBER and g.user.role is Role.ANALYST:
        return BY_PSEUDONYM
    return SORTED_BY[key]


# Jobs -------------------------------------------------------------------------


def _shown_job(job: Job, now: datetime) -> ShownJob:
    has_file = job.has_file(at=now)
    state = STATES[job.state]
    if job.is_withheld:
        state = "Not available"
    elif job.state is State.DONE and not has_file:
        state = "Deleted: its time has run out"
    return ShownJob(
        job,
        *_what(job),
        state=state,
        has_file=has_file,
        message=MADE_AS_ANOTHER if job.is_withheld else str(job.outcome.get("message", "")),
    )


def _what(job: Job) -> tuple[str, str]:
    """What the file is, and of which assessments; a job that was cancelled or is withheld does not say."""
    if job.kind != EXPORT or not job.request:
        return ("Import" if job.kind == IMPORT else "Export"), ""
    export = export_of(job)
    told = "; ".join(in_words(export.filter)) or "every assessment that is no what-if"
    return f"{export.format.upper()}: {PURPOSES[export.purpose]}", told
