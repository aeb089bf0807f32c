"""Exports of the assessments that meet the filter, and the user's jobs (2005 manual, A60 to A66)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import FILES, SEARCHING
from api.context import application, library_of, needs_accepted, needs_offered, request_context
from api.errors import refusal_of
from api.resources.search.criteria import resolve_export
from api.resources.transfer.jobs import file_of
from api.schemas.problems import loaded
from api.schemas.search.saved_filters import filter_name
from api.schemas.search.search import SORTS
from api.schemas.transfer.exports import LONGEST_NOTE, ExportSchema, options_to_save
from api.services.people.pseudonyms import PSEUDONYMOUS
from api.services.search.saved import EXPORT_OPTIONS, delete_saved_item, is_saved, save_item, saved_items
from api.services.search.search import total
from api.services.transfer.export_fields import COMMON, DEFAULT, READINGS, Field
from api.services.transfer.exports import (
    AT_ONCE,
    EVERYTHING,
    EXPORT,
    LIST_EXPORT,
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
from api.web.search.criteria import (
    PROCESS_LABELS,
    Criteria,
    address,
    criteria,
    criteria_of_address,
    with_latest,
)
from rms.engine.filter import Key
from rms.errors import InvalidInput, LimitReached, TooManyJobs

FORMATS = {
    "xlsx": "Spreadsheet (.xlsx), with the notice on a second sheet",
    "csv": "CSV, for other programs",
}
FORMAT_HINTS = {
    "csv": "A spreadsheet program changes offender numbers and IDs when it opens a CSV file: 00123 becomes "
    "123, and 12E5 becomes 1200000.",
}
GROUPS = {
    "Assessment": (
        *("id", "offender_number", "kind", "baseline_id", "assessed_at", "submitted_by"),
        *("latest", "corrected"),
    ),
    "Person": ("sex", "date_of_birth", "release_date"),
    "Score": (
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
    Key.RELEASE_DATE: ("Estimated release, earliest first", "Estimated release, latest first"),
    Key.SCORE: ("Score, low to high", "Score, high to low"),
}
BY_PSEUDONYM = ("Pseudonym, low to high", "Pseudonym, high to low")
SHOWN_AT_ONCE = 3  # files of the list; the page shows the others when asked
USUAL_SORT = "-submitted_at"
FAILURES = {
    "instrument_not_in_use": "The form of this import is no longer in use, so no assessments were made.",
    "given_up": "RMS stopped several times while it worked on this. Try again with fewer people.",
    "storage_full": "The disk is full. Tell your RMS administrator.",
    "forbidden": "The account that requested it may no longer see these people.",
}
FAILED = "Something went wrong. Try again. If it fails again, tell your RMS administrator this code: {}."
STATES = {
    State.QUEUED: "Waiting",
    State.RUNNING: "In progress",
    State.DONE: "Ready",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
}
DONE = {
    "saved": "Options saved.",
    "replaced": "Options replaced.",
    "removed": "Saved options deleted.",
    "deleted": "File deleted.",
}
TOO_MANY = (
    "You have {} files waiting or in progress, which is the limit. Wait until one is ready, or cancel one in "
    "the list of your files."
)
NO_NAME = "Enter a name to save the options under."
FIELD_ERRORS = {
    "purpose": "Choose what the file is for.",
    "fields": "Choose at least one column.",
    "criteria": "Choose a filter, or “All people”, before you create the file.",
    "purpose_note": f"Describe what the file is for, in up to {LONGEST_NOTE} characters.",
}


@dataclass(frozen=True)
class ShownJob:
    """A job as its owner sees it now."""

    job: Job
    label: str
    criteria: str
    state: str
    has_file: bool
    message: str

    @property
    def is_open(self) -> bool:
        return self.job.state.is_open


@blueprint.get("/exports")
@allow_roles(FILES)
def exports() -> ResponseReturnValue:
    chosen = criteria_of_address(request.args)
    if chosen.errors:
        return redirect(address("web.results", request.args.items(multi=True)))
    if chosen.pairs and with_latest(chosen.pairs) != chosen.pairs:
        others = {name: request.args[name] for name in ("options", "done", "made") if name in request.args}
        return redirect(address("web.exports", (*with_latest(chosen.pairs), *others.items())))
    return _page(chosen, _options_of_address())


@blueprint.post("/exports")
@allow_roles(SEARCHING)
def request_export() -> ResponseReturnValue:
    """A small file is made at once, a larger one in the background."""
    chosen = criteria(request.form)
    typed = _typed()
    body = {**_options(typed), "criteria": dict(chosen.body), "purpose": typed.get("purpose")}
    if note := typed.get("purpose_note", "").strip():
        body["purpose_note"] = note
    try:
        export = resolve_export(loaded(ExportSchema(), body))
    except InvalidInput as refused:
        return _page(chosen, typed, errors=_errors(refused)), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        job = export_at_once(
            request_context(),
            export,
            library=library_of(),
            settings=application().jobs,
            clock=application().clock,
        )
    except (TooManyJobs, LimitReached) as refused:
        reason = TOO_MANY.format(refused.most) if isinstance(refused, TooManyJobs) else refused.detail
        return _page(chosen, typed, errors={"files": reason}), refusal_of(refused).status
    return redirect(_without_person(chosen, made=job.id), HTTPStatus.SEE_OTHER)


@blueprint.post("/exports/options")
@allow_roles(SEARCHING)
def save_export_options() -> ResponseReturnValue:
    chosen, typed = criteria(request.form), _typed()
    name = typed.get("name", "").strip()
    try:
        if not name:
            return _page(chosen, typed, errors={"name": NO_NAME}), HTTPStatus.UNPROCESSABLE_ENTITY
        options = options_to_save(_options(typed), needs=needs_accepted())
        name = filter_name(name)
        done = "replaced" if is_saved(request_context(), name, EXPORT_OPTIONS) else "saved"
        save_item(request_context(), name, options, EXPORT_OPTIONS)
    except InvalidInput as refused:
        return _page(chosen, typed, errors=_errors(refused)), HTTPStatus.UNPROCESSABLE_ENTITY
    except LimitReached as refused:
        return _page(chosen, typed, errors={"name": refused.detail}), HTTPStatus.CONFLICT
    return redirect(_without_person(chosen, options=name, done=done), HTTPStatus.SEE_OTHER)


@blueprint.post("/exports/options/<name>/delete")
@allow_roles(SEARCHING)
def remove_export_options(name: str) -> ResponseReturnValue:
    delete_saved_item(request_context(), name, EXPORT_OPTIONS)
    return redirect(_without_person(criteria(request.form), done="removed"), HTTPStatus.SEE_OTHER)


@blueprint.get("/exports/jobs/<id>/file")
@allow_roles(FILES)
def export_file(id: str) -> Response:
    return file_of(fetch(request_context(), id))


@blueprint.get("/exports/jobs/<id>/notice")
@allow_roles(SEARCHING)
def export_notice(id: str) -> str:
    """The notice to read with a file."""
    context = request_context()
    job = find_job(context, id)
    return render_template("transfer/export_notice.html", job=job, lines=read_this_of(context, job))


@blueprint.post("/exports/jobs/<id>/delete")
@allow_roles(FILES)
def remove_export(id: str) -> ResponseReturnValue:
    end_job(request_context(), id, settings=application().jobs)
    return redirect(_without_person(criteria(request.form), done="deleted"), HTTPStatus.SEE_OTHER)


def _page(chosen: Criteria, typed: Mapping[str, Any], *, errors: Mapping[str, str] | None = None) -> str:
    context = request_context()
    now = context.at
    jobs = [_shown_job(job, now) for job in jobs_of(context)]
    without = chosen.filter.is_empty
    return render_template(
        "transfer/exports.html",
        criteria=chosen,
        pseudonymous=PSEUDONYMOUS if g.user.role is Role.ANALYST else None,
        typed=typed,
        errors=errors or {},
        no_criterion=without,
        matching=None if without else total(context, chosen.filter),
        at_once=AT_ONCE,
        groups={heading: _fields_of(heading) for heading in GROUPS},
        needs=needs_offered(),
        readings=READINGS,
        chosen=typed["fields"],
        needs_chosen=any(name.startswith("need.") for name in typed["fields"]),
        sorts=dict(_sorts(chosen)),
        processes=PROCESS_LABELS,
        usual_sort=USUAL_SORT,
        formats=FORMATS,
        format_hints=FORMAT_HINTS,
        purposes=PURPOSES,
        longest_note=LONGEST_NOTE,
        kept_days=application().jobs.kept_days,
        saved=saved_items(context, EXPORT_OPTIONS),
        files=[shown for shown in jobs if shown.job.kind in (EXPORT, LIST_EXPORT)],
        may_create=g.user.role in SEARCHING,
        imports=[shown for shown in jobs if shown.job.kind == IMPORT],
        working=any(shown.is_open for shown in jobs),
        shown_at_once=SHOWN_AT_ONCE,
        made=next((shown for shown in jobs if shown.job.id == request.args.get("made")), None),
        done=DONE.get(request.args.get("done", ""), "") if not errors else "",
        address=address,
    )


# The form ------------------------------------------------------------


def _options_of_address() -> Mapping[str, Any]:
    """The options that the address names, or the default ones."""
    default = {"fields": DEFAULT, "sort": "", "format": "xlsx", "name": ""}
    wanted = request.args.get("options")
    for saved in saved_items(request_context(), EXPORT_OPTIONS):
        if saved.name == wanted:
            return {**default, **saved.content, "name": wanted}
    return default


def _typed() -> dict[str, Any]:
    return {**request.form.to_dict(), "fields": request.form.getlist("fields")}


def _options(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Fields, order and format as in the body of a request, without those that were left empty."""
    filled = {name: typed.get(name) for name in ("sort", "format") if typed.get(name)}
    return {"fields": list(typed["fields"]), **filled}


def _errors(refused: InvalidInput) -> dict[str, str]:
    errors: dict[str, str] = {}
    for problem in refused.problems:
        name = problem.pointer.removeprefix("/").partition("/")[0]
        errors.setdefault(name, FIELD_ERRORS.get(name, problem.detail))
    return errors


def _without_person(chosen: Criteria, **more: str) -> str:
    """The address of this page with the criteria, except an offender number."""
    return address(
        "web.exports", [*(pair for pair in chosen.pairs if pair[0] != "offender_number"), *more.items()]
    )


def _fields_of(heading: str) -> list[Field]:
    return [field for field in COMMON if field.name in GROUPS[heading]]


def _sorts(chosen: Criteria) -> Iterator[tuple[str, str]]:
    """The orders to choose from. By score only if the criteria name one process."""
    single = len(chosen.filter.processes) == 1
    for word in SORTS:
        key = Key(word.removeprefix("-"))
        if key is not Key.SCORE or single:
            yield word, _sorted_by(key)[word.startswith("-")]


def _sorted_by(key: Key) -> tuple[str, str]:
    """Ascending and descending. For analysts, people are in the order of their pseudonyms."""
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
        state = "Expired and deleted"
    return ShownJob(
        job,
        *_label(job),
        state=state,
        has_file=has_file,
        message=MADE_AS_ANOTHER if job.is_withheld else _message(job),
    )


def _message(job: Job) -> str:
    """Why it failed, or what else there is to know."""
    if message := str(job.outcome.get("message", "")):
        return message
    return FAILURES.get(job.failure, FAILED.format(job.failure)) if job.failure else ""


def _label(job: Job) -> tuple[str, str]:
    """The file and its criteria. A job that was cancelled or is withheld has no criteria."""
    if job.kind == LIST_EXPORT and job.request:
        return f"XLSX: {job.request['title']}", "Made on a schedule"
    if job.kind != EXPORT or not job.request:
        return ("Import" if job.kind == IMPORT else "Export"), ""
    export = export_of(job)
    criteria_in_words = "; ".join(in_words(export.filter, needs=export.needs)) or EVERYTHING
    return f"{export.format.upper()}: {PURPOSES[export.purpose]}", criteria_in_words
