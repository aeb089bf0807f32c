"""Exports: every assessment that meets some criteria, as a file, with what it must be read with."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

from api.services.context import Context
from api.services.library_in_use import LibraryInUse
from api.services.people.pseudonyms import PSEUDONYMOUS, columns_as_shown_to, hidden_by
from api.services.search.search import audited_criteria
from api.services.transfer.export_fields import Cells, cells_of, fields_named
from api.services.transfer.export_files import CSV, XLSX, ReadThis, Spreadsheet, csv_parts
from api.services.transfer.jobs import MADE_AS_ANOTHER, JobTerms, Made, Work, ask, find_job, hold, succeed
from api.services.users import Role, User
from api.storage import Columns, Job, PeopleSet, State
from rms.engine.filter import Bounds, Filter, Key, Sort
from rms.engine.scale import score_text
from rms.errors import Forbidden, NotFound
from rms.reports import wording
from rms.submission import Submission

EXPORT = "export"
BATCH = 8000  # assessments
AT_ONCE = 500  # assessments: a file of so many is made while somebody waits for it
MEDIA_TYPES = {"csv": CSV, "xlsx": XLSX}
PURPOSES = {
    "case_review": "Review of cases",
    "programme_planning": "Planning of programmes",
    "release_planning": "Planning of releases",
    "workload": "Distribution of work",
    "statistics": "Statistics",
    "validation": "Validation of the instrument or the library",
    "inspection": "Inspection or audit",
    "other": "Other",
}
UNTIL_JUDGED = "What meets the criteria is shown once you have judged it: the file has its header and no row."
NOTHING_FOUND = "No assessment meets the criteria: the file has its header and no row."
READ_WITH = ("library_name", "library_version", "library_sha256", "engine_version")


@dataclass(frozen=True)
class Export:
    """What a file is asked for with: `fields` by name, in order; `note` says the purpose in words."""

    filter: Filter
    sort: Sort
    fields: tuple[str, ...]
    format: str
    purpose: str
    note: str = ""

    @property
    def columns(self) -> set[str]:
        """The stored columns that the file is made of and read with."""
        return {one.column for one in fields_named(self.fields)} | set(READ_WITH)


@dataclass
class Tally:
    """What has gone into a file."""

    assessments: int = 0
    rows: int = 0
    libraries: set[str] = field(default_factory=set)
    engines: set[str] = field(default_factory=set)

    def add(self, columns: Columns) -> None:
        told = columns.assessments
        self.assessments += len(told["engine_version"])
        self.rows += len(columns.places)
        named = (told[name] for name in ("library_name", "library_version", "library_sha256"))
        self.libraries |= {" ".join(words) for words in set(zip(*named, strict=True))}
        self.engines |= set(told["engine_version"])


def ask_for_export(context: Context, export: Export, *, terms: JobTerms) -> Job:
    """Put an export in the queue. The record has the purpose's code and none of its words.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may.
    """
    request, detail = _request(export), _on_record(export)
    return ask(context, EXPORT, request, terms=terms, detail=detail)


def export_at_once(
    context: Context, export: Export, *, library: LibraryInUse, terms: JobTerms, clock: Callable[[], datetime]
) -> Job:
    """Make the file of a small export now, as a job that is done; a larger one is put in the queue.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may.
    """
    with context.store.reading() as tx:
        total = tx.search.total(export.filter)
    if total > AT_ONCE:
        return ask_for_export(context, export, terms=terms)
    request, detail = _request(export), _on_record(export)
    job = hold(context, EXPORT, request, terms=terms, detail=detail)
    with terms.files.writing_result(job) as path:
        made = make_export(
            Work(
                job=job,
                owner=context.user,
                store=context.store,
                library=library,
                clock=clock,
                input=terms.files.input(job.id),
                result=path,
            )
        )
    succeed(replace(context, at=clock()), job, made, terms=terms)
    return find_job(context, job.id)


def _on_record(export: Export) -> dict[str, str]:
    return {"purpose": export.purpose, "format": export.format, "criteria": audited_criteria(export.filter)}


def make_export(work: Work) -> Made:
    """The file of an export, begun anew whenever the job is taken up."""
    export, made_at, tally = export_of(work.job), work.clock(), Tally()
    with work.store.reading() as tx:
        total = tx.search.total(export.filter)
    work.progress(0, total)
    fields = fields_named(export.fields)

    def batches() -> Iterator[Cells]:
        for columns in _found(export, work):
            tally.add(columns)
            yield cells_of(columns, fields)
            work.progress(tally.assessments, total)

    def outcome() -> dict[str, Any]:
        left_out = max(total - tally.assessments, 0)
        return {
            "assessments": tally.assessments,
            "rows": tally.rows,
            "libraries": sorted(tally.libraries),
            "engine_versions": sorted(tally.engines),
            "made_at": made_at.isoformat(timespec="seconds"),
            "until_judged": left_out,
            **({} if tally.rows else {"message": UNTIL_JUDGED if left_out else NOTHING_FOUND}),
        }

    if export.format == "csv":
        with work.result.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_parts(export.fields, batches()))
    else:
        with Spreadsheet(work.result, fields) as sheet:
            for cells in batches():
                sheet.add(cells)
            sheet.finish(read_this(export, outcome(), by=work.owner))
    name = f"assessments-{made_at:%Y-%m-%d}.{export.format}"
    return Made(name, MEDIA_TYPES[export.format], {**outcome(), "sha256": _sha256(work)})


def _found(export: Export, work: Work) -> Iterator[Columns]:
    return columns_of(work.context, export.filter, export.columns, sort=export.sort)


def csv_of(context: Context, filter: Filter, *, sort: Sort, names: Sequence[str]) -> Iterator[str]:
    """The CSV of every assessment that matches, in parts, read as it is consumed.

    The first rows are read at once: what fails then is answered as an error, not as half a file.
    """
    fields = fields_named(names)
    columns = {one.column for one in fields}
    found = columns_of(context, filter, columns, sort=sort)
    parts = csv_parts(names, (cells_of(one, fields) for one in found))
    return chain(list(islice(parts, 2)), parts)


def csv_of_one(context: Context, submission: Submission, *, names: Sequence[str]) -> str:
    """The CSV of the modelled rows of one assessment."""
    fields = fields_named(names)
    either = Filter(everything=True, what_ifs=True)
    with context.store.reading() as tx:
        theirs = tx.submissions.history(submission.assessment.offender_number)
        [key] = (one.key for one in theirs if one.id == submission.id)
        tx.audit.looked("assessment.exported", keys=(key,))
        found = tx.exports.columns(
            [key], {*(one.column for one in fields), *hidden_by(context.user)}, filter=either
        )
    shown = columns_as_shown_to(context.user, found)
    return "".join(csv_parts(names, [cells_of(shown, fields)]))


def columns_of(context: Context, filter: Filter, names: set[str], *, sort: Sort) -> Iterator[Columns]:
    """Columns of every assessment that matches. Before any is read, it is on record who is in the file."""
    with context.store.reading() as tx:
        people = tx.search.people(filter)
        tx.audit.looked("assessments.exported", people=people, criteria=audited_criteria(filter))
    return _read(context, filter, names, sort=sort, people=people)


def _read(
    context: Context, filter: Filter, names: set[str], *, sort: Sort, people: PeopleSet
) -> Iterator[Columns]:
    """Batch by batch; no transaction is open between two of them.

    Of people who are assessed meanwhile and come into the file, there is another entry.
    """
    after = None
    while True:
        with context.store.reading() as tx:
            keys = tx.search.page(filter, sort=sort, limit=BATCH, after=after)
            found = (
                tx.exports.columns(keys, {*names, *hidden_by(context.user)}, filter=filter) if keys else None
            )
            if others := tx.exports.others(keys, people):
                tx.audit.looked("assessments.exported", people=others, criteria=audited_criteria(filter))
        if found is not None:
            yield columns_as_shown_to(context.user, found)
        if len(keys) < BATCH:
            return
        after = keys[-1]


def export_of(job: Job) -> Export:
    """What the job was asked for with."""
    given = job.request
    sort = given["sort"]
    return Export(
        filter=_filter(given["filter"]),
        sort=Sort(Key(sort["key"]), sort["descending"], sort["process"]),
        fields=tuple(given["fields"]),
        format=given["format"],
        purpose=given["purpose"],
        note=given["note"],
    )


def read_this_of(job: Job, *, by: User) -> ReadThis:
    """What the file of this job must be read with.

    Raises
    ------
    NotFound
        If the job has made no file of an export.
    Forbidden
        If it was made for another role or office than its owner has now.
    """
    if job.kind != EXPORT or job.state is not State.DONE:
        raise NotFound("This job has made no file of assessments.")
    if job.is_withheld:
        raise Forbidden(MADE_AS_ANOTHER)
    return read_this(export_of(job), job.outcome, by=by)


def read_this(export: Export, outcome: Mapping[str, Any], *, by: User) -> ReadThis:
    """What a file must be read with, line by line: what each is, and what it says."""
    direction = "from high to low" if export.sort.descending else "from low to high"
    of_process = f" of {export.sort.process}" if export.sort.process else ""
    return (
        ("Notice", wording.NOTICE),
        ("Notice version", wording.NOTICE_VERSION),
        ("Purpose", PURPOSES[export.purpose]),
        ("Purpose in words", export.note),
        ("Criteria", "; ".join(in_words(export.filter)) or "every assessment that is no what-if"),
        ("Order", f"{export.sort.key}{of_process}, {direction}"),
        ("Assessments", str(outcome["assessments"])),
        ("Left out until judged", str(outcome.get("until_judged", 0))),
        ("Rows", str(outcome["rows"])),
        ("Reference libraries", "; ".join(outcome["libraries"])),
        ("Engine versions", "; ".join(outcome["engine_versions"])),
        ("Made at", outcome["made_at"]),
        ("Made for", by.username),
        *((("People", PSEUDONYMOUS),) if by.role is Role.ANALYST else ()),
    )


def _sha256(work: Work) -> str:
    with work.result.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _request(export: Export) -> dict[str, Any]:
    """As a job keeps it, which `export_of` reads."""
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
    }


def _days(bounds: Bounds[date]) -> list[str | None]:
    return [None if day is None else day.isoformat() for day in (bounds.low, bounds.high)]


def _filter(given: Mapping[str, Any]) -> Filter:
    def days(name: str) -> Bounds[date]:
        return Bounds(*(day and date.fromisoformat(day) for day in given[name]))

    return Filter(
        submitted=days("submitted"),
        release=days("release"),
        score=Bounds(*given["score"]),
        processes=tuple(given["processes"]),
        needs={code: Bounds(*bounds) for code, bounds in given["needs"].items()},
        **{name: given[name] for name in ("offender", "office", "latest", "what_ifs", "everything")},
    )


def in_words(filter: Filter) -> Iterator[str]:
    """The criteria in words."""
    asked = filter.in_force()
    scores = Bounds(*(bound and score_text(bound) for bound in (asked.score.low, asked.score.high)))  # type: ignore[type-var]
    ranges: dict[str, Bounds[Any]] = {
        "submitted": asked.submitted,
        "release": asked.release,
        "score": scores,
        **{f"need {code} (%)": bounds for code, bounds in asked.needs.items()},
    }
    for name, bounds in ranges.items():
        if bounds:
            ends = (("from", bounds.low), ("to", bounds.high))
            yield " ".join([name, *(f"{word} {end}" for word, end in ends if end is not None)])
    if asked.chooses_rows:
        yield f"process {' and '.join(asked.processes)}"
    if asked.offender:
        yield f"offender number {asked.offender}"
    if asked.office:
        yield f"office {asked.office} and those below it"
    if asked.latest:
        yield "the latest of each person"
    if asked.what_ifs:
        yield "what-ifs too"
