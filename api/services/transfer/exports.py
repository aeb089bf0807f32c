"""Exports: a file of all assessments that meet some criteria, and the notice to read with it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from itertools import chain, islice
from typing import Any

from api.services.context import Context
from api.services.library_in_use import LibraryInUse
from api.services.people.pseudonyms import PSEUDONYMOUS, columns_as_shown_to, hidden_by
from api.services.search.needs import PACKAGED, Labels, labels_of
from api.services.search.search import audited_criteria
from api.services.transfer.export_fields import Cells, Field, cells_of, fields_named, safe_cells
from api.services.transfer.export_files import CSV, XLSX, ReadThis, Spreadsheet, csv_parts
from api.services.transfer.jobs import (
    MADE_AS_ANOTHER,
    JobResult,
    JobSettings,
    Progress,
    ResultExpired,
    Steps,
    Work,
    enqueue,
    enqueue_claimed,
    find_job,
    run_to_the_end,
    succeed,
)
from api.services.users import Role, User
from api.storage import Columns, Job, PeopleSet, Place, State
from rms.engine.filter import Bounds, Filter, Key, Sort
from rms.engine.scale import score_text
from rms.errors import Forbidden, NotFound
from rms.reports import wording
from rms.submission import Submission

EXPORT = "export"
LIST_EXPORT = "list_export"  # of the offender list, on a schedule
BATCH = 8000  # assessments
AT_ONCE = 500  # assessments: up to this many, the file is made in the request
MEDIA_TYPES = {"csv": CSV, "xlsx": XLSX}
PURPOSES = {
    "case_review": "Case review",
    "programme_planning": "Programme planning",
    "release_planning": "Release planning",
    "workload": "Workload",
    "statistics": "Statistics",
    "validation": "Validation of the instrument or the library",
    "inspection": "Inspection or audit",
    "other": "Other",
}
UNTIL_JUDGED = "The file has no rows. Record your own judgement of the assessments to see them."
NOTHING_FOUND = "The file has no rows, because no assessment meets the filters."
EVERYTHING = "All assessments except what-ifs"
ORDERS = {  # ascending and descending, in words
    Key.SUBMITTED_AT: ("Oldest first", "Newest first"),
    Key.OFFENDER_NUMBER: ("Offender number, low to high", "Offender number, high to low"),
    Key.RELEASE_DATE: ("Estimated release, earliest first", "Estimated release, latest first"),
    Key.SCORE: ("Score for {}, low to high", "Score for {}, high to low"),
}
VERSIONS = ("library_name", "library_version", "library_sha256", "library_synthetic", "engine_version")
SYNTHETIC = (
    "The scores come from a synthetic library: its past cases are made up. Do not use them in a decision "
    "about a real person."
)


@dataclass(frozen=True)
class Export:
    """A request for a file. `fields` are names in the order of the columns; `note` describes the purpose.

    `needs` are the needs that it may name, as they were when it was requested.
    """

    filter: Filter
    sort: Sort
    fields: tuple[str, ...]
    format: str
    purpose: str
    note: str = ""
    needs: Labels = field(default_factory=lambda: PACKAGED)

    @property
    def chosen(self) -> tuple[Field, ...]:
        """The columns of the file."""
        return fields_named(self.fields, needs=self.needs)

    @property
    def columns(self) -> set[str]:
        """The stored columns of the file and its notice."""
        return {chosen.column for chosen in self.chosen} | set(VERSIONS)


@dataclass
class Tally:
    """What a file has so far."""

    assessments: int = 0
    rows: int = 0
    libraries: set[str] = field(default_factory=set)
    is_synthetic: bool = False  # whether one of the libraries is
    engines: set[str] = field(default_factory=set)

    def add(self, columns: Columns) -> None:
        values = columns.assessments
        self.assessments += len(values["engine_version"])
        self.rows += len(columns.places)
        of_library = (values[name] for name in ("library_name", "library_version", "library_sha256"))
        self.libraries |= {" ".join(words) for words in set(zip(*of_library, strict=True))}
        self.is_synthetic = self.is_synthetic or str(True) in values["library_synthetic"]
        self.engines |= set(values["engine_version"])


def request_export(context: Context, export: Export, *, settings: JobSettings) -> Job:
    """Add an export to the queue. The audit log has the code of the purpose, but not the note.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may have.
    """
    request, detail = _request(export), _audit_detail(export)
    return enqueue(context, EXPORT, request, settings=settings, detail=detail)


def export_at_once(
    context: Context,
    export: Export,
    *,
    library: LibraryInUse,
    settings: JobSettings,
    clock: Callable[[], datetime],
) -> Job:
    """Make the file of a small export now, as a finished job. Add a larger export to the queue.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may have.
    """
    with context.store.reading() as tx:
        total = tx.search.total(export.filter)
    if total > AT_ONCE:
        return request_export(context, export, settings=settings)
    request, detail = _request(export), _audit_detail(export)
    job = enqueue_claimed(context, EXPORT, request, settings=settings, detail=detail)
    with settings.files.writing_result(job) as path:
        work = Work(
            job=job,
            owner=context.user,
            store=context.store,
            library=library,
            clock=clock,
            zone=context.zone,
            input=settings.files.input(job.id),
            result=path,
            secret=settings.secret,
        )
        result = run_to_the_end(make_export(work))
    succeed(replace(context, at=clock()), job, result, settings=settings)
    return find_job(context, job.id)


def _audit_detail(export: Export) -> dict[str, str]:
    return {"purpose": export.purpose, "format": export.format, "criteria": audited_criteria(export.filter)}


def make_export(work: Work) -> Steps:
    """The file of an export, a batch each step. It starts again whenever the job is claimed."""
    export, made_at, tally = export_of(work.job), work.clock(), Tally()
    with work.store.reading() as tx:
        total = tx.search.total(export.filter)
    yield Progress(0, total)
    if export.format == "csv":
        yield from _write_csv(export, work, tally, total=total)
    else:
        yield from _write_spreadsheet(export, work, tally, total=total, made_at=made_at)
    name = f"assessments-{made_at.astimezone(work.zone):%Y-%m-%d}.{export.format}"
    outcome = _outcome(tally, total=total, made_at=made_at)
    return JobResult(name, MEDIA_TYPES[export.format], outcome, sha256=_sha256(work))


def _write_csv(export: Export, work: Work, tally: Tally, *, total: int) -> Iterator[Progress]:
    with work.result.open("w", encoding="utf-8", newline="") as file:
        fields = export.chosen
        batches = (safe_cells(cells, fields) for cells in _batches(export, work, tally))
        for part in csv_parts(export.fields, batches):
            file.write(part)
            yield Progress(tally.assessments, total)


def _write_spreadsheet(
    export: Export, work: Work, tally: Tally, *, total: int, made_at: datetime
) -> Iterator[Progress]:
    zone = zone_of_times(export, by=work.owner, zone=work.context.zone)
    with Spreadsheet(work.result, export.chosen, zone=zone) as sheet:
        for cells in _batches(export, work, tally):
            sheet.add(cells)
            yield Progress(tally.assessments, total)
        outcome = _outcome(tally, total=total, made_at=made_at)
        sheet.finish(read_this(export, outcome, by=work.owner, zone=work.context.zone))


def _batches(export: Export, work: Work, tally: Tally) -> Iterator[Cells]:
    fields = export.chosen
    for columns in columns_of(work.context, export.filter, export.columns, sort=export.sort):
        tally.add(columns)
        yield cells_of(columns, fields)


def _outcome(tally: Tally, *, total: int, made_at: datetime) -> dict[str, Any]:
    left_out = max(total - tally.assessments, 0)
    return {
        "assessments": tally.assessments,
        "rows": tally.rows,
        "libraries": sorted(tally.libraries),
        "synthetic": tally.is_synthetic,
        "engine_versions": sorted(tally.engines),
        "made_at": made_at.isoformat(timespec="seconds"),
        "until_judged": left_out,
        **({} if tally.rows else {"message": UNTIL_JUDGED if left_out else NOTHING_FOUND}),
    }


def csv_of(
    context: Context, filter: Filter, *, sort: Sort, names: Sequence[str], needs: Labels = PACKAGED
) -> Iterator[str]:
    """The CSV of all matching assessments, in parts, read as it is consumed.

    The first rows are read at once, so that a failure becomes an error response and not half a file.
    """
    fields = fields_named(names, needs=needs)
    columns = {field.column for field in fields}
    batches = columns_of(context, filter, columns, sort=sort)
    parts = csv_parts(names, (safe_cells(cells_of(batch, fields), fields) for batch in batches))
    return chain(list(islice(parts, 2)), parts)


def csv_of_one(context: Context, submission: Submission, *, names: Sequence[str]) -> str:
    """The CSV of the modelled rows of one assessment."""
    fields = fields_named(names, needs=labels_of(submission.assessment.instrument))
    either = Filter(everything=True, what_ifs=True)
    with context.store.reading() as tx:
        history = tx.submissions.history(submission.assessment.offender_number)
        [key] = (earlier.key for earlier in history if earlier.id == submission.id)
        tx.audit.looked("assessment.exported", keys=(key,))
        columns = tx.exports.columns(
            [key], {*(field.column for field in fields), *hidden_by(context.user)}, filter=either
        )
    shown = columns_as_shown_to(context.user, columns)
    return "".join(csv_parts(names, [safe_cells(cells_of(shown, fields), fields)]))


def columns_of(context: Context, filter: Filter, names: set[str], *, sort: Sort) -> Iterator[Columns]:
    """Columns of all matching assessments. The audit log names the people in the file before any is read."""
    with context.store.reading() as tx:
        people = tx.search.people(filter)
        tx.audit.looked("assessments.exported", people=people, criteria=audited_criteria(filter))
    return _read(context, filter, names, sort=sort, people=people)


def _read(
    context: Context, filter: Filter, names: set[str], *, sort: Sort, people: PeopleSet
) -> Iterator[Columns]:
    """Columns batch by batch. No transaction is open between two batches.

    The audit log gets another entry if people are assessed meanwhile and come into the file. Where the
    last assessment of a batch is erased meanwhile, the next batch begins where it was.
    """
    after: Place | None = None
    while True:
        with context.store.reading() as tx:
            keys = tx.search.page(filter, sort=sort, limit=BATCH, after=after)
            columns = (
                tx.exports.columns(keys, {*names, *hidden_by(context.user)}, filter=filter) if keys else None
            )
            if len(keys) == BATCH:
                after = tx.search.place_of(keys[-1], filter=filter, sort=sort)
            if others := tx.exports.others(keys, people):
                tx.audit.looked("assessments.exported", people=others, criteria=audited_criteria(filter))
        if columns is not None:
            yield columns_as_shown_to(context.user, columns)
        if len(keys) < BATCH:
            return


def export_of(job: Job) -> Export:
    """The export that the job was requested for."""
    request = job.request
    sort = request["sort"]
    return Export(
        filter=_filter(request["filter"]),
        sort=Sort(Key(sort["key"]), sort["descending"], sort["process"]),
        fields=tuple(request["fields"]),
        format=request["format"],
        purpose=request["purpose"],
        note=request["note"],
        needs=request.get("needs", PACKAGED),  # earlier versions knew only these
    )


def read_this_of(context: Context, job: Job) -> ReadThis:
    """The notice that belongs to the file of this job.

    Raises
    ------
    NotFound
        If the job has not made the file of an export.
    Forbidden
        If it was made for another role or office than its owner has now.
    ResultExpired
        If the file was deleted.
    """
    if job.kind != EXPORT or job.state is not State.DONE:
        raise NotFound("This job has no file of assessments.")
    if job.is_withheld:
        raise Forbidden(MADE_AS_ANOTHER)
    if not job.has_file(at=context.at):
        raise ResultExpired
    return read_this(export_of(job), job.outcome, by=context.user, zone=context.zone)


def zone_of_times(export: Export, *, by: User, zone: tzinfo) -> tzinfo:
    """The zone of the times in a file. A spreadsheet is for people, and has that of the agency.

    A CSV file is for systems. Analysts get days of UTC.
    """
    return UTC if export.format == "csv" or by.role is Role.ANALYST else zone


def read_this(export: Export, outcome: Mapping[str, Any], *, by: User, zone: tzinfo) -> ReadThis:
    """The notice that belongs to a file: the label and the text of each line."""
    order = ORDERS[Key(export.sort.key)][export.sort.descending].format(export.sort.process)
    created = wording.moment(datetime.fromisoformat(outcome["made_at"]).astimezone(zone))
    return (
        ("Notice", wording.NOTICE),
        ("Notice version", wording.NOTICE_VERSION),
        *((("Synthetic", SYNTHETIC),) if outcome.get("synthetic") else ()),
        ("Purpose", PURPOSES[export.purpose]),
        ("Purpose in your words", export.note),
        ("Filters", "; ".join(in_words(export.filter, needs=export.needs)) or EVERYTHING),
        ("Order", order),
        ("Assessments", str(outcome["assessments"])),
        ("Left out until you record your judgement", str(outcome.get("until_judged", 0))),
        ("Rows", str(outcome["rows"])),
        ("Reference libraries", "; ".join(outcome["libraries"])),
        ("Engine versions", "; ".join(outcome["engine_versions"])),
        ("Time zone", str(zone_of_times(export, by=by, zone=zone))),
        ("Created", created),
        ("Created for", by.username),
        *((("People", PSEUDONYMOUS),) if by.role is Role.ANALYST else ()),
    )


def _sha256(work: Work) -> str:
    with work.result.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _request(export: Export) -> dict[str, Any]:
    """The export as a job stores it; `export_of` reads it."""
    filter = export.filter
    return {
        "filter": {
            "submitted": _days(filter.submitted),
            "release": _days(filter.release),
            "score": [filter.score.low, filter.score.high],
            "processes": list(filter.processes),
            "needs": {code: [bounds.low, bounds.high] for code, bounds in filter.needs.items()},
            "offender": filter.offender,
            "office": filter.office,
            "latest": filter.latest,
            "what_ifs": filter.what_ifs,
            "everything": filter.everything,
        },
        "sort": vars(export.sort),
        "fields": list(export.fields),
        "format": export.format,
        "purpose": export.purpose,
        "note": export.note,
        "needs": dict(export.needs),
    }


def _days(bounds: Bounds[date]) -> list[str | None]:
    return [None if day is None else day.isoformat() for day in (bounds.low, bounds.high)]


def _filter(criteria: Mapping[str, Any]) -> Filter:
    def days(name: str) -> Bounds[date]:
        return Bounds(*(day and date.fromisoformat(day) for day in criteria[name]))

    return Filter(
        submitted=days("submitted"),
        release=days("release"),
        score=Bounds(*criteria["score"]),
        processes=tuple(criteria["processes"]),
        needs={code: Bounds(*bounds) for code, bounds in criteria["needs"].items()},
        **{name: criteria[name] for name in ("offender", "office", "latest", "what_ifs", "everything")},
    )


def in_words(filter: Filter, *, needs: Labels) -> Iterator[str]:
    """The filters in words."""
    criteria = filter.in_force()
    for name, days in (("Submitted", criteria.submitted), ("Estimated release", criteria.release)):
        if days:
            yield f"{name} {wording.range_in_words(*_ends(days, wording.day), days=True)}"
    if criteria.score:
        yield f"Score {wording.range_in_words(*_ends(criteria.score, score_text))}"
    for code, percents in criteria.needs.items():
        if percents:
            yield f"{needs.get(code, code)} {wording.range_in_words(*_ends(percents, '{}%'.format))}"
    if criteria.chooses_rows:
        yield f"{' and '.join(criteria.processes).capitalize()} only"
    if criteria.offender:
        yield f"Offender number {criteria.offender}"
    if criteria.office:
        yield f"Office {criteria.office} and offices below it"
    if criteria.latest:
        yield "The latest assessment of each person"
    if criteria.what_ifs:
        yield "Includes what-ifs"


def _ends(bounds: Bounds[Any], text: Callable[[Any], str]) -> tuple[str | None, str | None]:
    low, high = (None if bound is None else text(bound) for bound in (bounds.low, bounds.high))
    return low, high
