"""The job of an import: its file is read, its lines are taken in, and a result accounts for each of them."""

import csv
import json
from typing import BinaryIO

from api.schemas.transfer.import_lines import (
    CSV,
    NDJSON,
    Document,
    csv_document,
    header,
    json_document,
    read_lines,
    validator,
)
from api.services.transfer.export_fields import safe
from api.services.transfer.imports import LineReport, figures, resumed_after, take_in
from api.services.transfer.jobs import JobResult, Work

COLUMNS = ("line", "key", "status", "id", "repeats_line", "problems")


def import_file(work: Work) -> JobResult:
    """Take in the lines that are not on disk yet, and write what came of every line."""
    instrument = work.library.instrument
    with work.input.open("rb") as file:
        document, begun = _reading(file, work)
        longest = work.job.request["longest_line"]
        total = sum(1 for _ in read_lines(file, lambda _: None, longest=longest, **begun))
        after = resumed_after(work)
        if after.number:
            begun = {"number": after.lines, "end": after.end}
        done = take_in(
            read_lines(file, document, longest=longest, **begun),
            work,
            after=after,
            total=total,
            validate=validator(instrument, on=work.job.created_at.date()),
        )
    return _results(work, figures(done))


def _reading(file: BinaryIO, work: Work) -> tuple[Document, dict[str, int]]:
    """How the file's lines are read, and after which of them the first assessment comes."""
    if work.job.request["media_type"] == NDJSON:
        return json_document, {}
    first = file.readline(work.job.request["longest_line"])
    instrument = work.library.instrument
    names = header(first, instrument=instrument)
    return csv_document(names, instrument=instrument), {"number": 1, "end": len(first)}


def _results(work: Work, outcome: dict[str, int]) -> JobResult:
    """Everything that was told, in the form that the file had."""
    with work.store.reading() as tx, work.result.open("w", encoding="utf-8", newline="") as file:
        told = tx.bulk.results(work.job.id)
        if work.job.request["media_type"] == NDJSON:
            file.writelines(told)
            return JobResult("import.ndjson", NDJSON, outcome)
        sheet = csv.writer(file)
        sheet.writerow(COLUMNS)
        for lines in told:
            sheet.writerows(_row(json.loads(line)) for line in lines.splitlines())
    return JobResult("import.csv", CSV, outcome)


def _row(told: LineReport) -> list[str]:
    problems = (
        f"{one['pointer']} {one['code']}: {one['detail']}".strip() for one in told.get("problems", ())
    )
    cells = {**told, "problems": " | ".join(problems)}
    return [safe(str(cells.get(name) or "")) for name in COLUMNS]
