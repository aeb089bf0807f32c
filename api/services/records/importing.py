"""Imports of folders of case records: each file in turn, a batch of its lines in one transaction.

How far a file is stands in the transaction of its rows. So an import that was killed goes on after the last
batch that is stored, exactly once. A folder that was imported before changes nothing.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from api.services.context import Context
from api.services.records.folders import Folder, opened_as_text
from api.storage import (
    AGENCY,
    ERASED,
    AreaRow,
    FileImport,
    Loaded,
    PersonRow,
    RecordMarks,
    RecordRow,
    Transaction,
)
from rms.encodings import not_utf8
from rms.errors import Conflict, Forbidden, InvalidInput, Problem
from rms.people.names import name_key
from rms.records.areas import parents_first
from rms.records.checks import (
    AREA_IN_ITSELF,
    AREA_TOO_DEEP,
    OFFENCE_BEFORE_BIRTH,
    TOO_MANY_AREAS,
    at_line,
    unknown_reference,
)
from rms.records.declaration import FILE as DECLARATION
from rms.records.declaration import Declaration, read_declaration
from rms.records.folder import FolderFile, files_to_import
from rms.records.layout import LAYOUT, Column, FileLayout
from rms.records.reading import Batch, line_of

HASHED_AT_ONCE = 16 * 1024**2  # bytes of a file in one step
MOST_DECLARED = 65_536  # bytes of import.toml
AT_ONCE = 5_000  # rows that go to the storage in one step
MOST_LISTED = 10_000  # problems of a file; the others are counted
PEOPLE_IMPORT = "people_import"  # the kind of its jobs
UNPACKED_BYTES = 8 * 1024**3  # of the files of a ZIP file together
COUNTS = ("added", "changed", "unchanged", "refused")
ALLOW_AGAIN = "The row is not taken until an administrator allows this record again."
# Problems that only show when a row is stored, beside references to unknown rows.
WHEN_STORED: Mapping[str, Problem] = {
    "area_in_itself": AREA_IN_ITSELF,
    "before_birth": OFFENCE_BEFORE_BIRTH,
    "too_deep": AREA_TOO_DEEP,
    "too_many_areas": TOO_MANY_AREAS,
    "name_taken": Problem("/name", "name_taken", "Another area or office has this name. Choose another."),
    "number_of_another": Problem(
        "/offender_number",
        "number_of_another",
        "Another person of this source has this offender number. One of the two rows is wrong.",
    ),
}


@dataclass
class FileReport:
    """What became of the rows of a file.

    `problems` are the first MOST_LISTED of them in the order of lines. `is_stopped` says that the file was
    not read to its end.
    """

    name: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    repeated: int = 0
    is_stopped: bool = False
    problems: list[Problem] = field(default_factory=list)


@dataclass
class FolderReport:
    """What became of the files of a folder, in the order of the import."""

    declaration: Declaration
    files: list[FileReport] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {name: sum(getattr(file, name) for file in self.files) for name in COUNTS}


class FileRefused(InvalidInput):
    """A file cannot be read, or not to its end. `report` has what became of the files before, and of it."""

    def __init__(self, problems: Iterable[Problem], report: FolderReport) -> None:
        super().__init__(problems)
        self.report = report


def refuse_below_agency(context: Context) -> None:
    """
    Raises
    ------
    Forbidden
        If the caller belongs to an office below the agency: a source tells of people everywhere.
    """
    if context.user.office != AGENCY:
        raise Forbidden("Only a service account of the agency itself can import case records.")


def import_folder(
    context: Context,
    folder: Folder,
    *,
    marks: RecordMarks | None = None,
    on_batch: Callable[[str, int], None] = lambda _name, _line: None,
) -> FolderReport:
    """Import all files of a folder. `on_batch` gets the file and the last line of it that is stored.

    `marks` tell the rows of erased people, which are refused.

    Raises
    ------
    InvalidInput
        If import.toml or the names of the files are wrong.
    FileRefused
        If the header of a file is wrong, or it is no text that can be read. Files before that one are
        imported.
    Conflict
        If the source has newer records, if another import of it is under way, or if people of it have been
        erased whom `marks` cannot tell.
    """
    steps = import_steps(context, folder, marks=marks)
    while True:
        try:
            on_batch(*next(steps))
        except StopIteration as end:
            report: FolderReport = end.value
            return report


def import_steps(
    context: Context, folder: Folder, *, marks: RecordMarks | None = None
) -> Generator[tuple[str, int], None, FolderReport]:
    """The same, a batch each step: yields the file and the line up to which it is stored."""
    files = files_to_import(folder.names())
    declaration = _declaration(folder)
    _refuse_future(context, declaration)
    report = FolderReport(declaration)
    source = _source(context, declaration)
    for file in files:
        report.files.append(FileReport(file.name))
        try:
            yield from _import_file(context, folder, file, report.files[-1], source, declaration, marks)
        except InvalidInput as error:
            report.files[-1].is_stopped = True
            raise FileRefused(error.problems, report) from error
    with context.store.transaction() as tx:
        tx.records.end(source, as_at=declaration.as_at, by=context.by, at=context.at, counts=report.counts)
    return report


def _declaration(folder: Folder) -> Declaration:
    with folder.opened(DECLARATION) as file:
        content = file.read(MOST_DECLARED)
    try:
        return read_declaration(content.decode())
    except UnicodeDecodeError as error:
        detail = not_utf8(DECLARATION, error.object)
        raise InvalidInput([Problem(f"/{DECLARATION}", "not_utf8", detail)]) from error


def _refuse_future(context: Context, declaration: Declaration) -> None:
    """Nothing could be imported after it until that day."""
    if declaration.as_at > context.today:
        detail = f"as_at, {declaration.as_at}, is after today. It is the last day that the data cover."
        raise InvalidInput([Problem(f"/{DECLARATION}/as_at", "after_today", detail)])


def _sha256(folder: Folder, name: str) -> Generator[tuple[str, int], None, str]:
    """The hash of a file. A large one takes several steps."""
    digest = hashlib.sha256()
    with folder.opened(name) as file:
        while chunk := file.read(HASHED_AT_ONCE):
            digest.update(chunk)
            if len(chunk) == HASHED_AT_ONCE:
                yield name, 0
    return digest.hexdigest()


def _source(context: Context, declaration: Declaration) -> int:
    with context.store.transaction() as tx:
        for source in tx.records.sources():
            # A day to come is a mistake of an import from before such days were refused.
            is_newer = declaration.as_at < source.as_at <= context.today
            if source.name == declaration.source and is_newer:
                raise Conflict(
                    f"RMS has newer records of this source: as at {source.as_at}. This folder is as at "
                    f"{declaration.as_at}. Nothing was imported."
                )
        return tx.records.source(declaration.source, as_at=declaration.as_at, at=context.at)


def _import_file(
    context: Context,
    folder: Folder,
    file: FolderFile,
    report: FileReport,
    source: int,
    declaration: Declaration,
    marks: RecordMarks | None,
) -> Generator[tuple[str, int], None, None]:
    sha256 = yield from _sha256(folder, file.name)
    with context.store.transaction() as tx:
        state = tx.records.begin_file(
            source, kind=file.layout.name, sha256=sha256, as_at=declaration.as_at, at=context.at
        )
    with opened_as_text(folder, file.name) as stream:
        batches = file.read(stream, file.layout, declaration=declaration)
        if file.layout.name == "areas":
            batches = parents_first(batches, file=file.name)
        for batch in batches:
            report.repeated += batch.repeated
            _add_problems(report, batch.problems)
            if batch.last_line > state.line:
                state = _store(context, batch, file, report, state, source, marks)
            _count(report, state)
            yield report.name, batch.last_line
    _count(report, state)
    with context.store.transaction() as tx:
        tx.records.keep_progress(replace(state, ended_at=context.at))


def _store(
    context: Context,
    batch: Batch,
    file: FolderFile,
    report: FileReport,
    state: FileImport,
    source: int,
    marks: RecordMarks | None,
) -> FileImport:
    """Store a batch and how far the file is; returns that."""
    with context.store.transaction() as tx:
        parts = list(_loaded(tx, batch, file.layout, source, context, marks))
        state = replace(
            state,
            line=batch.last_line,
            added=state.added + sum(part.added for part in parts),
            changed=state.changed + sum(part.changed for part in parts),
            unchanged=state.unchanged + sum(part.unchanged for part in parts),
            refused=state.refused + batch.refused + sum(len(part.refused) for part in parts),
        )
        tx.records.keep_progress(state)
    _add_problems(
        report,
        [
            at_line(_problem(refused.code, refused.column, file.layout), file=report.name, line=refused.line)
            for part in parts
            for refused in part.refused
        ],
    )
    return state


def _loaded(
    tx: Transaction,
    batch: Batch,
    layout: FileLayout,
    source: int,
    context: Context,
    marks: RecordMarks | None,
) -> Iterator[Loaded]:
    loading = tx.records.loading(source, by=context.by, at=context.at, marks=marks)
    for start in range(0, len(batch.rows), AT_ONCE):
        lines, rows = batch.lines[start : start + AT_ONCE], batch.rows[start : start + AT_ONCE]
        if layout.name == "areas":
            areas = [AreaRow(line, *_fields(row, layout)) for line, row in zip(lines, rows, strict=True)]
            yield tx.records.load_areas(areas, by=context.by, at=context.at)
        elif layout.name == "people":
            yield loading.people([_person(line, row) for line, row in zip(lines, rows, strict=True)])
        else:
            yield loading.rows(layout.name, list(_rows(lines, rows, layout)))


def _fields(row: object, layout: FileLayout) -> tuple[Any, ...]:
    values: tuple[Any, ...] = attrgetter(*(column.attribute for column in layout.columns))(row)
    return values


def _rows(lines: Sequence[int], rows: Sequence[object], layout: FileLayout) -> Iterator[RecordRow]:
    own = attrgetter(*(column.attribute for column in layout.columns))
    for line, row in zip(lines, rows, strict=True):
        id, person, *values = own(row)
        yield RecordRow(line, id, person, tuple(values))


def _person(line: int, row: Any) -> PersonRow:
    details = {column.attribute: getattr(row, column.attribute) for column in LAYOUT["people"].columns}
    id, nationality = details.pop("person"), details.pop("nationality")
    keys = {name: name_key(details[name] or "") for name in ("forename", "surname")}
    return PersonRow(
        line, id, {**details, "forename_key": keys["forename"], "surname_key": keys["surname"]}, nationality
    )


def _problem(code: str, column: str, layout: FileLayout) -> Problem:
    if code in WHEN_STORED:
        return WHEN_STORED[code]
    if code == ERASED:
        return Problem(f"/{column}", ERASED, f"{column} was erased from RMS. {ALLOW_AGAIN}")
    found = layout.column(column)
    assert isinstance(found, Column)
    return unknown_reference(found)


def _count(report: FileReport, state: FileImport) -> None:
    for name in COUNTS:
        setattr(report, name, getattr(state, name))


def _add_problems(report: FileReport, problems: Sequence[Problem]) -> None:
    """Keep the first in the order of lines. Rows of areas are stored in another order than they are read."""
    if problems:
        report.problems = sorted([*report.problems, *problems], key=line_of)[:MOST_LISTED]
