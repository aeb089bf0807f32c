"""Jobs: their progress and results. Users see their own jobs only."""

from flask import Response, g, send_file

from api.auth import has, refuse_without, requires_scope
from api.auth.roles import EVERYBODY
from api.context import application, request_context
from api.resources.routing import PREFIX, Routes, Success, json_answer
from api.schemas.json_body import Json
from api.schemas.transfer.jobs import JobSchema, JobsSchema, shown_job
from api.services.access.scopes import Scope
from api.services.context import Context
from api.services.records.importing import PEOPLE_IMPORT
from api.services.transfer.exports import EXPORT
from api.services.transfer.imports import IMPORT
from api.services.transfer.jobs import checksum_of, end_job, fetch, find_job, jobs_of
from api.storage import Job

SCOPES = {
    EXPORT: Scope.EXPORTS_READ,
    IMPORT: Scope.IMPORTS_WRITE,
    PEOPLE_IMPORT: Scope.PEOPLE_WRITE,
}

routes = Routes("jobs", about="Exports and imports in the background: their progress and results.")


@routes.get("/jobs", Success(JobsSchema), allow_roles=EVERYBODY)
@requires_scope(*SCOPES.values())
def listing() -> Response:
    """Your jobs, newest first."""
    context = request_context()
    listed = [job for job in jobs_of(context) if has(_scope_of(job), user=g.user)]
    return json_answer({"jobs": [_document(job, context) for job in listed]})


@routes.get("/jobs/<string:id>", Success(JobSchema), allow_roles=EVERYBODY)
@requires_scope(*SCOPES.values())
def one(id: str) -> Response:
    """The progress and outcome of a job."""
    return job_answer(_job(id))


@routes.delete(
    "/jobs/<string:id>",
    Success(status=204, description="The job was ended."),
    allow_roles=EVERYBODY,
)
@requires_scope(*SCOPES.values())
def end(id: str) -> Response:
    """Cancel a job that has not finished, or delete one that has, with its result."""
    _job(id)
    end_job(request_context(), id, settings=application().jobs)
    return Response(status=204)


@routes.get(
    "/jobs/<string:id>/result",
    Success(media_type="*/*", description="The file that was made."),
    allow_roles=EVERYBODY,
)
@requires_scope(*SCOPES.values())
def result(id: str) -> Response:
    """The file that a job has made. It is deleted when it expires."""
    _job(id)
    job = fetch(request_context(), id)
    response = file_of(job)
    if job.kind == EXPORT:
        response.headers["Link"] = f'<{PREFIX}/jobs/{job.id}/result/notice>; rel="terms-of-service"'
    return response


def file_of(job: Job) -> Response:
    """The file that the job has made. No browser may keep it: it can be about people."""
    response = send_file(
        application().jobs.files.result(job),
        mimetype=job.result_type,
        as_attachment=True,
        download_name=job.result_name,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _job(id: str) -> Job:
    """The job with this ID, if the key has the scope for jobs of its kind."""
    job = find_job(request_context(), id)
    refuse_without(_scope_of(job), user=g.user)
    return job


def _document(job: Job, context: Context) -> Json:
    sha256 = checksum_of(context, job, settings=application().jobs)
    return shown_job(job, at=context.at, prefix=PREFIX, sha256=sha256)


def _scope_of(job: Job) -> Scope:
    return SCOPES.get(job.kind, Scope.EXPORTS_READ)


def job_answer(job: Job, *, accepted: bool = False) -> Response:
    """The job; with its address if the request has just created it."""
    document = _document(job, request_context())
    if not accepted:
        return json_answer(document)
    return json_answer(document, status=202, Location=document["links"]["self"])
