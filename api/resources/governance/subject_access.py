"""All that is held about one person, for supervisors to hand out."""

from flask import Response, g

from api.auth.roles import SUPERVISION
from api.context import streaming
from api.resources.routing import Gives, Routes
from api.schemas.governance.erasures import number_of
from api.schemas.governance.subject_access import PersonalRecordSchema, pieces
from api.schemas.json_body import JSON
from api.services.governance.subject_access import record_of

routes = Routes("subject access", about="All that is held about one person, as one document.")


@routes.get("/offenders/<string:number>/record", Gives(PersonalRecordSchema), to=SUPERVISION)
def record(number: str) -> Response:
    """Assessments with answers and results, forms begun, holds, and who looked when."""
    at_hand = streaming()
    found = record_of(number_of(number), by=g.user.username, store=at_hand.store, at=at_hand.clock())
    return Response(pieces(found), mimetype=JSON)
