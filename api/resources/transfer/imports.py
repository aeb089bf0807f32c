"""Imports: many assessments in one file. A job imports them and reports on every line."""

import hashlib
import re
from pathlib import Path
from typing import Any, BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from api.auth import requires_scope
from api.auth.roles import CASEWORK
from api.context import application, end_reading, library_of, request_context
from api.resources.assessments.submitting import idempotency_key
from api.resources.routing import IDEMPOTENCY_KEY, Routes, Success, file_body, json_answer
from api.resources.transfer.jobs import job_answer
from api.schemas.json_body import refuse_compressed
from api.schemas.query_fields import InstrumentQuery
from api.schemas.transfer.import_lines import CSV, NDJSON, columns, header
from api.schemas.transfer.imports import ColumnsSchema
from api.schemas.transfer.jobs import JobSchema
from api.services.access.scopes import Scope
from api.services.transfer.imports import IMPORT, MOST_LINES, ImportLimits
from api.services.transfer.jobs import enqueue_with_file, mark_of, new_id, refuse_file
from rms.errors import InvalidInput, Problem
from rms.instrument import Instrument

CHUNK = 65_536
BLANK = b", \t\r\n"  # what rows without content have
OLD_LINE_ENDING = re.compile(rb"\r(?!\n|\Z)")  # \Z: what follows is in the next chunk
TOO_MANY_LINES = f"A file can have up to {MOST_LINES:,} lines, blank ones included. Split the file."

routes = Routes("imports", about="Many assessments in one file: each line as if it had been posted alone.")


@routes.post(
    "/imports",
    Success(JobSchema, status=202),
    query=InstrumentQuery,
    allow_roles=CASEWORK,
    headers=(IDEMPOTENCY_KEY,),
)
@requires_scope(Scope.IMPORTS_WRITE)
@file_body(NDJSON, CSV)
def start(query: dict[str, Any]) -> Response:
    """Send a file of assessments. The result of the job reports on each line."""
    if request.mimetype not in (NDJSON, CSV):
        raise UnsupportedMediaType(f"Send the file as {NDJSON} or {CSV}.")
    instrument, named = _requested_instrument(query), {name: query[name] for name in query}
    id, key = new_id(), idempotency_key()
    context = request_context()
    refuse_file(context, key, settings=application().jobs)
    end_reading()  # the file may take a long time to arrive
    with application().jobs.files.writing_input(id) as file:
        sha256 = _received(file, most=application().imports.largest_file)
        mark = mark_of(sha256, secret=application().jobs.secret)
        _check(Path(file.name), application().imports, instrument)
    job = enqueue_with_file(
        context,
        IMPORT,
        {
            "media_type": request.mimetype,
            "longest_line": application().imports.longest_line,
            "mark": mark,
            **named,
        },
        sent=id,
        key=key,
        settings=application().jobs,
        detail={"mark": mark},
    )
    return job_answer(job, accepted=True)


@routes.get("/imports/columns", Success(ColumnsSchema), query=InstrumentQuery, allow_roles=CASEWORK)
@requires_scope(Scope.IMPORTS_WRITE)
def listing(query: dict[str, Any]) -> Response:
    """The columns of an import as CSV, in the order of the form."""
    listed = columns(_requested_instrument(query))
    return json_answer({"columns": [vars(column) for column in listed]})


def _requested_instrument(query: dict[str, Any]) -> Instrument:
    """
    Raises
    ------
    InvalidInput
        If the requested instrument is not in use.
    """
    chosen = library_of(query.get("instrument")).instrument
    if query.get("instrument", chosen.name) != chosen.name:
        detail = f"This instrument is not in use. The default is {chosen.name}."
        raise InvalidInput([Problem("/query/instrument", "unknown_instrument", detail)])
    return chosen


def _received(file: BinaryIO, *, most: int) -> str:
    """Write the body to the file as it arrives, with line feeds for old line endings, and return its hash.

    Raises
    ------
    RequestEntityTooLarge
        If it has more than `most` bytes.
    InvalidInput
        If it has too many lines.
    """
    sha256, received, lines, ended = hashlib.sha256(), 0, 0, True
    chunk = request.stream.read(CHUNK)
    refuse_compressed(chunk)
    after_return = False  # whether the chunk before ends with a carriage return, not written yet
    while chunk:
        received += len(chunk)
        if received > most:
            raise RequestEntityTooLarge(f"The file can have up to {most:,} bytes.")
        sha256.update(chunk)
        text = OLD_LINE_ENDING.sub(b"\n", b"\r" * after_return + chunk)
        after_return = chunk.endswith(b"\r")
        lines, ended = lines + text.count(b"\n"), text.endswith((b"\n", b"\r"))
        if lines + (after_return or not ended) > MOST_LINES:
            raise InvalidInput([Problem("", "too_many", TOO_MANY_LINES)])
        file.write(text[: len(text) - after_return])
        chunk = request.stream.read(CHUNK)
    file.write(b"\n" * after_return)
    file.flush()
    return sha256.hexdigest()


def _check(path: Path, limits: ImportLimits, instrument: Instrument) -> None:
    """
    Raises
    ------
    InvalidInput
        If the columns of a CSV file are not those of an import, or if there is no line to import.
    """
    with path.open("rb") as file:
        if request.mimetype == CSV:
            header(file.readline(limits.longest_line), instrument=instrument)
        while chunk := file.read(CHUNK):
            if chunk.strip(BLANK if request.mimetype == CSV else None):
                return
    raise InvalidInput([Problem("", "no_line", "The file has no assessments. Send at least one line.")])
