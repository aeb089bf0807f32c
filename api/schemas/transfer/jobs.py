"""Jobs as JSON."""

from datetime import datetime

from marshmallow import Schema, fields

from api.schemas.json_body import Json
from api.services.transfer.jobs import MADE_AS_ANOTHER
from api.storage import Job, State


class JobLinksSchema(Schema):
    self = fields.String(required=True)
    result = fields.String(metadata={"description": "Where the result is, while there is one."})


class JobSchema(Schema):
    """Something that takes longer than a request may."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "What is made."})
    state = fields.String(required=True, metadata={"enum": [str(state) for state in State]})
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When the result is deleted."}
    )
    done = fields.Integer(required=True, metadata={"minimum": 0, "description": "Parts that are done."})
    total = fields.Integer(
        required=True, allow_none=True, metadata={"minimum": 0, "description": "Of how many, once known."}
    )
    failure = fields.String(
        required=True, allow_none=True, metadata={"description": "The code of what it failed for."}
    )
    outcome = fields.Dict(required=True, metadata={"description": "What came of it, in figures."})
    message = fields.String(
        required=True, allow_none=True, metadata={"description": "What came of it, in a sentence."}
    )
    links = fields.Nested(JobLinksSchema, required=True)


class JobsSchema(Schema):
    jobs = fields.List(fields.Nested(JobSchema), required=True)


def shown_job(job: Job, *, at: datetime, prefix: str) -> Json:
    """The job as its owner sees it at that moment."""
    place = f"{prefix}/jobs/{job.id}"
    there = job.has_result and job.expires_at is not None and at < job.expires_at
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
        "outcome": {name: value for name, value in job.outcome.items() if name != "message"},
        "message": MADE_AS_ANOTHER if job.is_withheld else job.outcome.get("message"),
        "links": {"self": place, **({"result": f"{place}/result"} if there else {})},
    }
