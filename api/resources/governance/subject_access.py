"""All data held about one person, for supervisors to hand out."""

from flask import Response

from api.auth.roles import SUPERVISION
from api.context import stream_context
from api.resources.routing import Routes, Success
from api.schemas.governance.erasures import number_of
from api.schemas.governance.subject_access import PersonalRecordSchema, pieces
from api.schemas.json_body import JSON
from api.services.governance.subject_access import record_of
from api.services.long_reads import LongStream

routes = Routes("subject access", about="All data held about one person, as one document.")


@routes.get("/offenders/<string:number>/record", Success(PersonalRecordSchema), allow_roles=SUPERVISION)
def record(number: str) -> Response:
    """Assessments with answers and results, drafts, legal holds, and who looked when."""
    context, person = stream_context(), number_of(number)
    return Response(LongStream(lambda: pieces(record_of(context, person))), mimetype=JSON)
