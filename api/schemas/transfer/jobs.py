"""Jobs as JSON."""

from datetime import datetime

from marshmallow import Schema, fields

from api.schemas.json_body import Json
from api.services.transfer.jobs import MADE_AS_ANOTHER
from api.storage import Job, State


class JobLinksSchema(Schema):
    self = fields.String(required=True)
    result = fields.String(metadata={"description": "The address of the result, while it is kept."})


class JobSchema(Schema):
    """Work that takes longer than a request."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "What it does: export or import."})
    state = fields.String(required=True, metadata={"enum": [str(state) for state in State]})
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When the result is deleted."}
    )
    done = fields.Integer(required=True, metadata={"minimum": 0, "description": "How many parts are done."})
    total = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"minimum": 0, "description": "How many parts it has, once known."},
    )
    failure = fields.String(
        required=True, allow_none=True, metadata={"description": "The code of the error, if the job failed."}
    )
    outcome = fields.Dict(
        required=True,
        metadata={
            "description": "The outcome in figures. Also the `sha256` of an export's file, while it can be "
            "fetched, and `notes`: codes of what to check in the file of an import."
        },
    )
    message = fields.String(
        required=True, allow_none=True, metadata={"description": "What to know about the outcome, in words."}
    )
    links = fields.Nested(JobLinksSchema, required=True)


class JobsSchema(Schema):
    jobs = fields.List(fields.Nested(JobSchema), required=True)


def shown_job(job: Job, *, at: datetime, prefix: str, sha256: str = "") -> Json:
    """The job as its owner sees it then; `sha256` is the checksum of its file."""
    place = f"{prefix}/jobs/{job.id}"
    outcome = {name: value for name, value in job.outcome.items() if name != "message"}
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at and job.finished_at.isoformat(),
        "expires_at": job.expires_at and job.expires_at.isoformat(),
        "done": job.done,
        "total": job.total,
        "failure": job.failure,
        "outcome": {**outcome, **({"sha256": sha256} if sha256 else {})},
        "message": MADE_AS_ANOTHER if job.is_withheld else job.outcome.get("message"),
        "links": {"self": place, **({"result": f"{place}/result"} if job.has_file(at=at) else {})},
    }
