"""Imports of case records: a folder of a source system as a ZIP file. A job imports it."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from api.auth import requires_scope
from api.auth.roles import RECORDS
from api.context import application, end_reading, request_context
from api.resources.assessments.submitting import idempotency_key
from api.resources.routing import IDEMPOTENCY_KEY, Routes, Success, file_body
from api.resources.transfer.jobs import job_answer
from api.schemas.transfer.jobs import JobSchema
from api.services.access.scopes import Scope
from api.services.records.folders import ZippedFolder
from api.services.records.importing import PEOPLE_IMPORT, UNPACKED_BYTES, refuse_below_agency
from api.services.transfer.jobs import enqueue_with_file, mark_of, new_id, refuse_file
from rms.records.folder import files_to_import

CHUNK = 65_536
ZIP = "application/zip"

routes = Routes(
    "people imports", about="Case records of a source system: people, offences and what else is known."
)


@routes.post(
    "/people/imports", Success(JobSchema, status=202), allow_roles=RECORDS, headers=(IDEMPOTENCY_KEY,)
)
@requires_scope(Scope.PEOPLE_WRITE)
@file_body(ZIP)
def start() -> Response:
    """Send a folder of case records as a ZIP file. The result of the job lists every problem."""
    if request.mimetype != ZIP:
        raise UnsupportedMediaType(f"Send the folder as {ZIP}.")
    context, id, key = request_context(), new_id(), idempotency_key()
    refuse_below_agency(context)
    refuse_file(context, key, settings=application().jobs)
    end_reading()  # the file may take a long time to arrive
    with application().jobs.files.writing_input(id) as file:
        sha256 = _received(file, most=application().imports.largest_file)
        files_to_import(ZippedFolder(Path(file.name), most=UNPACKED_BYTES).names())
    mark = mark_of(sha256, secret=application().jobs.secret)
    job = enqueue_with_file(
        context,
        PEOPLE_IMPORT,
        {"mark": mark},
        sent=id,
        key=key,
        settings=application().jobs,
        detail={"mark": mark},
    )
    return job_answer(job, accepted=True)


def _received(file: BinaryIO, *, most: int) -> str:
    """Write the body to the file as it arrives, and return its hash.

    Raises
    ------
    RequestEntityTooLarge
        If it has more than `most` bytes.
    """
    sha256, received = hashlib.sha256(), 0
    while chunk := request.stream.read(CHUNK):
        received += len(chunk)
        if received > most:
            raise RequestEntityTooLarge(f"The file can have up to {most:,} bytes.")
        sha256.update(chunk)
        file.write(chunk)
    file.flush()
    return sha256.hexdigest()
