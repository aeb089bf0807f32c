"""The rows of a file of an import folder, in batches: what can be taken, and what is wrong with the others.

The caller opens the file with `OPENING` and passes it on as a stream of text:

    with path.open(**OPENING) as stream:
        for batch in read_csv(stream, LAYOUT["offences"], declaration=declaration):
            ...

A row is one line: a cell cannot contain a line break. So a broken line never affects the next one, and of a
file that was cut off only the last line is lost. Nothing is guessed and no row is dropped silently.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, islice
from typing import TextIO, TypedDict

from rms.errors import InvalidInput, Problem
from rms.records.cells import Refused, Value
from rms.records.checks import at_line, check_custody
from rms.records.declaration import Declaration
from rms.records.layout import FileLayout
from rms.records.lines import CsvLines, JsonLines, Malformed, Source, first_line, lines_of, pointer
from rms.records.rows import IMPOSSIBLE_CUSTODY, PersonRow, Row
from rms.records.seen_rows import NEW, REPEATED, SeenRows
from rms.safe_text import has_undecoded_bytes


class Opening(TypedDict):
    encoding: str
    errors: str
    newline: str


# Bytes that are not UTF-8 become lone surrogates, so that the reader can name their line.
OPENING: Opening = {"encoding": "utf-8-sig", "errors": "surrogateescape", "newline": ""}

BATCH_LINES = 10_000
MOST_LINES = 20_000_000  # of a file
MOST_BLANK = 1_048_576  # lines of a file: as many rows as a spreadsheet has
NUL = "This line has a NUL character. The file is damaged."
NOT_UTF8 = "This is not UTF-8. It may be Windows-1252 (ANSI). Save the file as UTF-8 and import it again."
# A row with one of these problems is taken without these fields.
TAKEN_WITHOUT = {IMPOSSIBLE_CUSTODY: ("custody_from", "release_date")}


@dataclass
class Batch:
    """What up to `BATCH_LINES` lines of a file contain.

    `lines` has the line of each of `rows`. The pointer of a problem names file, line and column:
    `/offences.csv/12/date`. A row whose problems are all in `TAKEN_WITHOUT`, or that is only doubtful, is
    among `rows` too. `repeated` counts rows that equal an earlier one of the file, `refused` those not taken
    because of a problem, `blank` lines without content.
    """

    rows: list[Row] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    repeated: int = 0
    refused: int = 0
    blank: int = 0
    last_line: int = 0


def read_csv(
    stream: TextIO, layout: FileLayout, *, declaration: Declaration, size: int = BATCH_LINES
) -> Iterator[Batch]:
    """The rows of a CSV file, in batches of `size` lines.

    Raises
    ------
    InvalidInput
        At once, if the header has problems or the file is no text that can be read. After the batches before
        it, if the file has more than MOST_LINES, MOST_BLANK blank ones, or a line without an end.
    """
    file = f"{layout.name}.csv"
    source = CsvLines(first_line(stream, file), layout, declaration, file)
    return _batches(lines_of(stream, file), source, declaration, size, first=2)


def read_ndjson(
    stream: TextIO, layout: FileLayout, *, declaration: Declaration, size: int = BATCH_LINES
) -> Iterator[Batch]:
    """The rows of a file of JSON lines, in batches of `size` lines.

    Each line is an object with the names of the columns. A missing field and null mean blank. Numbers may be
    written as such, and true and false for yes and no.

    Raises
    ------
    InvalidInput
        At once, if the file is no text that can be read. Later, as `read_csv`.
    """
    file = f"{layout.name}.ndjson"
    lines = chain([first_line(stream, file)], lines_of(stream, file))
    return _batches(lines, JsonLines(layout, declaration, file), declaration, size, first=1)


def place(problem: Problem) -> str:
    """Where a problem is, in words.

    >>> place(Problem("/offences.csv/12/date", "", ""))
    'offences.csv, line 12, date'
    """
    parts = problem.pointer[1:].split("/")
    return ", ".join(f"line {part}" if part.isdecimal() else part for part in parts)


def line_of(problem: Problem) -> int:
    """The line of a problem of a file; 0 if it is about the whole file.

    >>> line_of(Problem("/offences.csv/12/date", "", "")), line_of(Problem("/offences.csv", "", ""))
    (12, 0)
    """
    _, _, line, *_ = f"{problem.pointer}//".split("/", 3)
    return int(line) if line.isdecimal() else 0


def _batches(
    lines: Iterator[str], source: Source, declaration: Declaration, size: int, *, first: int
) -> Iterator[Batch]:
    """Batches of `size` lines each, so that they end at the same lines whenever the file is read."""
    numbered = enumerate(lines, first)
    seen, blank = SeenRows(), 0
    while chunk := list(islice(numbered, size)):
        batch = _batch(chunk, source, seen)
        blank += batch.blank
        _check_size(batch, blank, source.file)
        if source.layout.row is PersonRow:
            batch.problems += _doubts(batch, source.file, declaration)
        yield batch


def _batch(chunk: Sequence[tuple[int, str]], source: Source, seen: SeenRows) -> Batch:
    batch = Batch(last_line=chunk[-1][0])
    make = source.layout.row
    ids: list[int] = []
    contents: list[int] = []
    for number, line in chunk:
        try:
            if line[-1] not in "\r\n":
                source.check_end(line)
            plan, cells = source.cells(line)
            values = plan.values(cells)
            row = make(*values)
        except (Malformed, Refused, InvalidInput) as error:
            values = _explain(error, line, source, number, batch)
            if not values:
                continue
            row = make(*values)
        batch.rows.append(row)
        batch.lines.append(number)
        ids.append(hash(values[0]))
        contents.append(_hash(values))
    verdicts = seen.look_up(ids, contents, batch.lines)
    if (verdicts != NEW).any():
        _leave_out_seen(batch, verdicts.tolist(), source)
    return batch


def _hash(values: tuple[Value, ...]) -> int:
    """A hash of the values of a row. Python gives -1 and -2 the same hash, so the places of -1 are added."""
    if -1 not in values:
        return hash(values)
    return hash((values, tuple(value == -1 for value in values)))


def _check_size(batch: Batch, blank: int, file: str) -> None:
    if batch.last_line > MOST_LINES:
        code = "too_many_lines"
        detail = f"A file can have up to {MOST_LINES:,} lines, with its header and blank lines. Split it."
    elif blank > MOST_BLANK:
        code = "too_many_blank_lines"
        detail = f"A file can have up to {MOST_BLANK:,} blank lines. Delete them."
    else:
        return
    raise InvalidInput([Problem(f"/{file}", code, detail)])


def _doubts(batch: Batch, file: str, declaration: Declaration) -> Iterator[Problem]:
    """What is doubtful about the people of a batch, who are taken as they are."""
    for row, line in zip(batch.rows, batch.lines, strict=True):
        if isinstance(row, PersonRow) and (problem := check_custody(row, as_at=declaration.as_at)):
            yield at_line(problem, file=file, line=line)


def _explain(error: Exception, line: str, source: Source, number: int, batch: Batch) -> tuple[Value, ...]:
    """Add what is wrong with a line to the batch, and return the values that can still be taken, if any."""
    if not line.strip(source.blank):
        batch.blank += 1
        return ()
    problems = list(_problems(error, line, source))
    batch.problems += [
        Problem(pointer(source.file, number, column), code, detail) for column, code, detail in problems
    ]
    if isinstance(error, InvalidInput) and all(code in TAKEN_WITHOUT for _, code, _ in problems):
        plan, cells = source.cells(line)
        left_out = {name for _, code, _ in problems for name in TAKEN_WITHOUT[code]}
        named = zip(source.layout.columns, plan.values(cells), strict=True)
        return tuple(None if column.name in left_out else value for column, value in named)
    batch.refused += 1
    return ()


def _problems(error: Exception, line: str, source: Source) -> Iterator[tuple[str, str, str]]:
    """Column, code and sentence of each problem of a line."""
    if "\0" in line:
        yield "", "nul", NUL
    elif has_undecoded_bytes(line):
        yield _undecoded(line, source), "not_utf8", NOT_UTF8
    elif isinstance(error, Malformed):
        yield error.column, error.code, error.detail
    elif isinstance(error, InvalidInput):
        for problem in error.problems:
            yield problem.pointer[1:], problem.code, problem.detail
    else:
        plan, cells = source.cells(line)
        for name, convert, cell in zip(plan.names, plan.converts, cells, strict=True):
            try:
                convert(cell)
            except Refused as refused:
                yield name, refused.code, refused.detail


def _undecoded(line: str, source: Source) -> str:
    """The first column of a line with bytes that are not UTF-8; blank if the line has no cells to read."""
    try:
        plan, cells = source.cells(line)
    except Malformed:
        return ""
    return next((name for name, cell in zip(plan.names, cells, strict=True) if has_undecoded_bytes(cell)), "")


def _leave_out_seen(batch: Batch, verdicts: Sequence[int], source: Source) -> None:
    """Leave out rows that were in the file before. The same ID with other content is a problem."""
    column = source.layout.id_column.name
    for verdict, number in zip(verdicts, batch.lines, strict=True):
        if verdict == REPEATED:
            batch.repeated += 1
        elif verdict != NEW:
            batch.refused += 1
            detail = f"Line {verdict} has the same {column} with other content. An ID stands for one row."
            batch.problems.append(Problem(pointer(source.file, number, column), "doubled_id", detail))
    kept = [verdict == NEW for verdict in verdicts]
    batch.rows = list(compress(batch.rows, kept))
    batch.lines = list(compress(batch.lines, kept))
