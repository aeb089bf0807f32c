"""Jobs: how far they are, and what came of them. Only who asked for one finds it."""

from flask import Response, g, send_file

from api.auth import has, refuse_without, requires_scope
from api.auth.roles import EVERYBODY
from api.context import application, request_context
from api.resources.routing import PREFIX, Gives, Routes, json_answer
from api.schemas.transfer.jobs import JobSchema, JobsSchema, shown_job
from api.services.access.scopes import Scope
from api.services.transfer.exports import EXPORT
from api.services.transfer.imports import IMPORT
from api.services.transfer.jobs import end_job, fetch, find_job, jobs_of
from api.storage import Job

routes = Routes("jobs", about="What takes longer than a request may: asked for, worked on, fetched.")


@routes.get("/jobs", Gives(JobsSchema), allow_roles=EVERYBODY)
@requires_scope(Scope.EXPORTS_READ, Scope.IMPORTS_WRITE)
def listing() -> Response:
    """What you asked for, the newest first."""
    context = request_context()
    found = [one for one in jobs_of(context) if has(_scope_of(one), user=g.user)]
    return json_answer({"jobs": [shown_job(one, at=context.at, prefix=PREFIX) for one in found]})


@routes.get("/jobs/<string:id>", Gives(JobSchema), allow_roles=EVERYBODY)
@requires_scope(Scope.EXPORTS_READ, Scope.IMPORTS_WRITE)
def one(id: str) -> Response:
    """How far a job is, and what came of it."""
    return job_answer(_theirs(id))


@routes.delete(
    "/jobs/<string:id>", Gives(status=204, description="It is cancelled, or gone."), allow_roles=EVERYBODY
)
@requires_scope(Scope.EXPORTS_READ, Scope.IMPORTS_WRITE)
def end(id: str) -> Response:
    """Cancel a job that is not finished; delete one that is, with its result."""
    _theirs(id)
    end_job(request_context(), id, settings=application().jobs)
    return Response(status=204)


@routes.get(
    "/jobs/<string:id>/result",
    Gives(media_type="*/*", description="The file that was made."),
    allow_roles=EVERYBODY,
)
@requires_scope(Scope.EXPORTS_READ, Scope.IMPORTS_WRITE)
def result(id: str) -> Response:
    """The file that a job has made, until it expires."""
    _theirs(id)
    job = fetch(request_context(), id)
    response = send_file(
        application().jobs.files.result(job),
        mimetype=job.result_type,
        as_attachment=True,
        download_name=job.result_name,
    )
    if job.kind == EXPORT:
        response.headers["Link"] = f'<{PREFIX}/jobs/{job.id}/result/notice>; rel="terms-of-service"'
    return response


def _theirs(id: str) -> Job:
    """The job of that id, if the key is good for jobs of its kind."""
    job = find_job(request_context(), id)
    refuse_without(_scope_of(job), user=g.user)
    return job


def _scope_of(job: Job) -> Scope:
    return Scope.IMPORTS_WRITE if job.kind == IMPORT else Scope.EXPORTS_READ


def job_answer(job: Job, *, accepted: bool = False) -> Response:
    """The job; as the answer to who has just asked for it, with its address."""
    document = shown_job(job, at=request_context().at, prefix=PREFIX)
    if not accepted:
        return json_answer(document)
    return json_answer(document, status=202, Location=document["links"]["self"])
