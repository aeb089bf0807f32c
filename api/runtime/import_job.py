"""The job of an import: its lines are imported group by group, and the result reports on each of them."""

import csv
import json
from collections.abc import Generator, Iterator
from typing import Any, BinaryIO

from api.schemas.transfer.import_lines import (
    CSV,
    NDJSON,
    Document,
    IsBlank,
    csv_document,
    header,
    is_blank_row,
    json_document,
    read_lines,
    understanding_of,
)
from api.services.transfer.export_fields import safe
from api.services.transfer.imports import (
    MOST_REFUSED_LISTED,
    LineReport,
    figures,
    import_lines,
    not_listed,
    resumed_after,
)
from api.services.transfer.jobs import JobResult, Progress, Steps, Work
from api.storage import Group

COLUMNS = ("line", "key", "status", "id", "repeats_line", "problems")
COUNTED_AT_ONCE = 10_000  # lines
# The code of each note of an outcome, and its sentence.
LINES_NOT_LISTED = "lines_not_listed"
NOTES = {
    LINES_NOT_LISTED: f"The result lists only the first {MOST_REFUSED_LISTED:,} refused lines.",
}


def import_file(work: Work) -> Steps:
    """Import the lines that are not stored yet, and write the report of every line."""
    instrument = work.library.instrument
    with work.input.open("rb") as file:
        document, begun = _reading(file, work)
        is_blank = bytes.isspace if document is json_document else is_blank_row
        longest = work.job.request["longest_line"]
        total = yield from _count(file, work, longest=longest, begun=begun, is_blank=is_blank)
        after = resumed_after(work)
        if after.number:
            begun = {"number": after.lines, "end": after.end}
        last = yield from import_lines(
            read_lines(file, document, longest=longest, is_blank=is_blank, **begun),
            work,
            after=after,
            total=total,
            understanding=understanding_of(instrument, on=work.job.created_at.date()),
        )
    notes = [LINES_NOT_LISTED] if not_listed(last) else []
    return (yield from _write_result(work, last, notes=notes))


def _reading(file: BinaryIO, work: Work) -> tuple[Document, dict[str, int]]:
    """How the file's lines are read, and the line before the first assessment."""
    file.seek(0)
    if work.job.request["media_type"] == NDJSON:
        return json_document, {}
    first = file.readline(work.job.request["longest_line"])
    instrument = work.library.instrument
    names = header(first, instrument=instrument)
    return csv_document(names, instrument=instrument), {"number": 1, "end": len(first)}


def _count(
    file: BinaryIO, work: Work, *, longest: int, begun: dict[str, int], is_blank: IsBlank
) -> Generator[Progress, None, int]:
    """How many lines the file has that are not blank."""
    if work.job.total is not None:  # it was counted in an earlier attempt
        return work.job.total
    total = 0
    lines = read_lines(file, lambda _: None, longest=longest, is_blank=is_blank, **begun)
    for total, _ in enumerate(lines, start=1):
        if total % COUNTED_AT_ONCE == 0:
            yield Progress(0)
    return total


def _write_result(work: Work, last: Group, *, notes: list[str]) -> Steps:
    """All reports, in the format of the file."""
    as_json = work.job.request["media_type"] == NDJSON
    with work.result.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        if not as_json:
            sheet.writerow(COLUMNS)
        for text in _reports(work, last):
            if as_json:
                file.write(text)
            else:
                sheet.writerows(_row(json.loads(line)) for line in text.splitlines())
            yield Progress(last.reported, last.reported, figures(last))
    outcome: dict[str, Any] = figures(last)
    if notes:
        outcome |= {"notes": notes, "message": " ".join(NOTES[note] for note in notes)}
    return JobResult("import.ndjson", NDJSON, outcome) if as_json else JobResult("import.csv", CSV, outcome)


def _reports(work: Work, last: Group) -> Iterator[str]:
    """The reports group by group, and how many are left out."""
    for number in range(1, last.number + 1):
        with work.store.reading() as tx:
            text = tx.bulk.results(work.job.id, number)
        yield text
    if left_out := not_listed(last):
        detail = f"{left_out:,} more lines were refused. All lines that are not listed here were refused."
        problem = {"pointer": "", "code": LINES_NOT_LISTED, "detail": detail}
        report = {"line": None, "key": None, "status": "not_listed", "problems": [problem]}
        yield f"{json.dumps(report)}\n"


def _row(report: LineReport) -> list[str]:
    problems = (
        f"{one['pointer']} {one['code']}: {one['detail']}".strip() for one in report.get("problems", ())
    )
    cells = {**report, "problems": " | ".join(problems)}
    return [safe(str(cells.get(name) or "")) for name in COLUMNS]
