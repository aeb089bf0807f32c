"""All that is held about one person: to be read with them, or handed out as a file."""

from flask import Response, g, render_template

from api.auth import to
from api.auth.roles import SUPERVISION
from api.context import Services, services, streaming
from api.schemas.access.accounts import number_from
from api.schemas.governance.subject_access import pieces
from api.schemas.json_body import JSON
from api.services.assessments.judgements import awaits_judgement
from api.services.governance.subject_access import PersonalRecord, record_of
from api.web.blueprint import blueprint
from rms.reports.content import ratings, report


@blueprint.get("/people/<number>/record")
@to(SUPERVISION)
def personal_record(number: str) -> str:
    found = _record(number, services())
    return render_template(
        "governance/subject_access.html",
        record=found,
        submissions=list(found.submissions),
        report=report,
        ratings=ratings,
        awaits_judgement=awaits_judgement,
    )


@blueprint.get("/people/<number>/record.json")
@to(SUPERVISION)
def personal_record_file(number: str) -> Response:
    found = _record(number, streaming())
    response = Response(pieces(found), mimetype=JSON)
    name = f"record-{found.offender_number}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _record(number: str, at_hand: Services) -> PersonalRecord:
    return record_of(number_from(number), by=g.user.username, store=at_hand.store, at=at_hand.clock())
