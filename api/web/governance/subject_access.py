"""All data held about one person, to read with them or to hand out as a file."""

from flask import Response, render_template

from api.auth import allow_roles
from api.auth.roles import SUPERVISION
from api.context import request_context, stream_context
from api.schemas.access.accounts import number_from
from api.schemas.governance.subject_access import pieces
from api.schemas.json_body import JSON
from api.services.assessments.judgements import awaits_judgement
from api.services.governance.subject_access import record_of
from api.services.long_reads import LongStream, long_read
from api.web.blueprint import blueprint
from api.web.governance.record_in_words import in_words
from rms.reports.content import ratings, report


@blueprint.get("/people/<number>/record")
@allow_roles(SUPERVISION)
def personal_record(number: str) -> str:
    with long_read():
        record = record_of(request_context(), number_from(number))
        submissions = list(record.submissions)
    return render_template(
        "governance/subject_access.html",
        record=record,
        submissions=submissions,
        report=report,
        ratings=ratings,
        awaits_judgement=awaits_judgement,
        also_held=list(in_words(record.also_held)),
    )


@blueprint.get("/people/<number>/record.json")
@allow_roles(SUPERVISION)
def personal_record_file(number: str) -> Response:
    context, person = stream_context(), number_from(number)
    response = Response(LongStream(lambda: pieces(record_of(context, person))), mimetype=JSON)
    name = f"record-{person}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
