"""All data held about one person, to read with them or to hand out as a file."""

from flask import Response, render_template, url_for

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import SUPERVISION
from api.context import request_context, stream_context
from api.schemas.access.accounts import number_from
from api.schemas.governance.subject_access import pieces
from api.schemas.json_body import JSON
from api.services.assessments.judgements import awaits_judgement
from api.services.governance.subject_access import record_of
from api.services.long_reads import LongStream, long_read
from api.services.people.naming import PersonNamed
from api.web.blueprint import blueprint
from api.web.governance.record_in_words import in_words
from api.web.people.address import person_with
from rms.reports.content import ratings, report


@blueprint.get("/people/<number>/record")
@allow_roles(SUPERVISION)
def personal_record(number: str) -> str:
    known = number_from(number)
    return _page(
        known,
        file=url_for("web.personal_record_file", number=known),
        back=url_for("web.office_person", number=known),
    )


@blueprint.get("/people/by-key/<id>/record")
@allow_roles(SUPERVISION)
def personal_record_by_key(id: str) -> str:
    """The same of a person who may have no offender number."""
    return _page(
        person_with(id),
        file=url_for("web.personal_record_file_by_key", id=id),
        back=url_for("web.person_overview_page", id=id),
    )


@blueprint.get("/people/<number>/record.json")
@allow_roles(SUPERVISION)
def personal_record_file(number: str) -> Response:
    known = number_from(number)
    return _file(known, name=known)


@blueprint.get("/people/by-key/<id>/record.json")
@allow_roles(SUPERVISION)
def personal_record_file_by_key(id: str) -> Response:
    return _file(person_with(id), name=id)


def _page(named: PersonNamed, *, file: str, back: str) -> str:
    context = request_context()
    with long_read(context.by):
        record = record_of(context, named)
        submissions = list(record.submissions)
    return render_template(
        "governance/subject_access.html",
        record=record,
        file=file,
        back=back,
        submissions=submissions,
        report=report,
        ratings=ratings,
        awaits_judgement=awaits_judgement,
        also_held=list(in_words(record.also_held)),
    )


def _file(named: PersonNamed, *, name: str) -> Response:
    context = stream_context()
    stream = LongStream(context.by, lambda: pieces(record_of(context, named)))
    return attachment(stream, JSON, f"record-{name}.json")
