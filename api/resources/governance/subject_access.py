"""All data held about one person, for supervisors to hand out."""

from flask import Response

from api.auth.roles import SUPERVISION
from api.context import stream_context
from api.resources.people.ids import person_key
from api.resources.routing import Routes, Success
from api.schemas.governance.erasures import number_of
from api.schemas.governance.subject_access import PersonalRecordSchema, pieces
from api.schemas.json_body import JSON
from api.services.governance.subject_access import record_of
from api.services.long_reads import LongStream
from api.services.people.naming import PersonNamed

routes = Routes("subject access", about="All data held about one person, as one document.")


@routes.get("/offenders/<string:number>/record", Success(PersonalRecordSchema), allow_roles=SUPERVISION)
def record(number: str) -> Response:
    """Assessments with answers and results, drafts, legal holds, and who looked when."""
    return _record(number_of(number))


@routes.get("/people/by-key/<string:id>/record", Success(PersonalRecordSchema), allow_roles=SUPERVISION)
def record_by_key(id: str) -> Response:
    """The same of a person who may have no offender number. `id` is `person` in the offender list."""
    return _record(person_key(id))


def _record(named: PersonNamed) -> Response:
    context = stream_context()
    return Response(LongStream(context.by, lambda: pieces(record_of(context, named))), mimetype=JSON)
