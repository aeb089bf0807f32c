"""Imports: many assessments in one file, taken in by a job that accounts for every line."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from api.auth import requires_scope
from api.auth.roles import CASEWORK
from api.context import application, end_reading, request_context
from api.resources.assessments.submitting import idempotency_key
from api.resources.routing import IDEMPOTENCY_KEY, Gives, Routes, file_body, json_answer
from api.resources.transfer.jobs import job_answer
from api.schemas.transfer.import_lines import CSV, NDJSON, columns, header
from api.schemas.transfer.imports import ColumnsSchema
from api.schemas.transfer.jobs import JobSchema
from api.services.access.scopes import Scope
from api.services.transfer.imports import IMPORT, ImportLimits
from api.services.transfer.jobs import enqueue_with_file, mark_of, new_id, refuse_file
from rms.errors import InvalidInput, Problem
from rms.instrument import Instrument

CHUNK = 65_536

routes = Routes("imports", about="Many assessments in one file: each line as if it had been posted alone.")


@routes.post("/imports", Gives(JobSchema, status=202), allow_roles=CASEWORK, headers=(IDEMPOTENCY_KEY,))
@requires_scope(Scope.IMPORTS_WRITE)
@file_body(NDJSON, CSV)
def start() -> Response:
    """Send a file of assessments; what came of each line is the result of the job."""
    if request.mimetype not in (NDJSON, CSV):
        raise UnsupportedMediaType(f"Send {NDJSON} or {CSV}.")
    id, key = new_id(), idempotency_key()
    context = request_context()
    refuse_file(context, key, settings=application().jobs)
    end_reading()  # the file may take long to arrive
    with application().jobs.files.writing_input(id) as file:
        sha256 = _received(file, most=application().imports.largest_file)
        _check(Path(file.name), application().imports, application().library.instrument)
    job = enqueue_with_file(
        context,
        IMPORT,
        {
            "media_type": request.mimetype,
            "longest_line": application().imports.longest_line,
            "sha256": sha256,
        },
        sent=id,
        key=key,
        settings=application().jobs,
        detail={"mark": mark_of(sha256, secret=application().jobs.secret)},
    )
    return job_answer(job, accepted=True)


@routes.get("/imports/columns", Gives(ColumnsSchema), allow_roles=CASEWORK)
@requires_scope(Scope.IMPORTS_WRITE)
def listing() -> Response:
    """The columns of an import as CSV, in the order of the form."""
    found = columns(application().library.instrument)
    return json_answer({"columns": [vars(column) for column in found]})


def _received(file: BinaryIO, *, most: int) -> str:
    """Bring the body to the file as it comes, and return its hash."""
    sha256, received = hashlib.sha256(), 0
    while chunk := request.stream.read(CHUNK):
        received += len(chunk)
        if received > most:
            raise RequestEntityTooLarge(f"An import may have {most} bytes.")
        sha256.update(chunk)
        file.write(chunk)
    file.flush()
    return sha256.hexdigest()


def _check(path: Path, limits: ImportLimits, instrument: Instrument) -> None:
    """
    Raises
    ------
    InvalidInput
        If the columns of a sheet are not those of an import, or if there is no line to be taken in.
    """
    with path.open("rb") as file:
        if request.mimetype == CSV:
            header(file.readline(limits.longest_line), instrument=instrument)
        while chunk := file.read(CHUNK):
            if chunk.strip():
                return
    raise InvalidInput([Problem("", "no_line", "The file has no line with an assessment.")])
