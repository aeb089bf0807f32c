"""Erasure of a person's records by two administrators."""

from collections.abc import Mapping

from flask import Response

from api.auth.roles import ADMINISTRATION
from api.context import application, request_context
from api.resources.people.ids import person_named
from api.resources.routing import Routes, Success, json_answer
from api.schemas.governance.erasures import (
    AllowedRecordSchema,
    ErasedSchema,
    ErasedSourcesSchema,
    ErasureBodySchema,
    ErasureSchema,
    ErasuresSchema,
    erased_document,
    erasure_document,
    key_of,
    number_of,
)
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.services.governance.erased_records import allow_record, erased_records
from api.services.governance.erasures import approve_erasure, open_erasures, request_erasure, withdraw_erasure
from api.services.people.naming import PersonNamed
from rms.errors import InvalidInput, Problem

routes = Routes("erasures", about="Erase all records of a person, once a second administrator approves.")


@routes.post(
    "/erasures", Success(ErasureSchema, status=201), body=ErasureBodySchema, allow_roles=ADMINISTRATION
)
def ask() -> Response:
    """Request the erasure of all records of a person. Another administrator can approve it for 30 days."""
    body = loaded(ErasureBodySchema(), json_body())
    request = request_erasure(
        request_context(),
        _named(body),
        reason=body["reason_code"],
        text=body["text"],
    )
    return json_answer(erasure_document(request), status=201)


@routes.get("/erasures", Success(ErasuresSchema), allow_roles=ADMINISTRATION)
def listing() -> Response:
    """The requests that wait for approval, oldest first."""
    requests = open_erasures(request_context())
    return json_answer({"erasures": [erasure_document(request) for request in requests]})


@routes.delete(
    "/erasures/<string:id>",
    Success(status=204, description="The request is withdrawn."),
    allow_roles=ADMINISTRATION,
)
def withdraw(id: str) -> Response:
    """Withdraw a request, your own or another administrator's."""
    withdraw_erasure(request_context(), key_of(id))
    return Response(status=204)


@routes.post("/erasures/<string:id>/approval", Success(ErasedSchema), allow_roles=ADMINISTRATION)
def approve(id: str) -> Response:
    """Approve another administrator's request and erase the records. This cannot be undone."""
    counts = approve_erasure(
        request_context(), key_of(id), files=application().jobs.files, secret=application().jobs.secret
    )
    return json_answer(erased_document(counts))


@routes.get("/erasures/source-records", Success(ErasedSourcesSchema), allow_roles=ADMINISTRATION)
def erased() -> Response:
    """How many source records of erased people imports refuse, by source system."""
    found = erased_records(request_context())
    return json_answer({"sources": [vars(one) for one in found]})


@routes.post(
    "/erasures/source-records/allowed",
    Success(status=204, description="The next import takes the record."),
    body=AllowedRecordSchema,
    allow_roles=ADMINISTRATION,
)
def allow() -> Response:
    """Let imports take a source record of an erased person again."""
    body = loaded(AllowedRecordSchema(), json_body())
    allow_record(
        request_context(),
        body["source"],
        body["source_id"],
        reason=body["reason"],
        secret=application().jobs.secret,
    )
    return Response(status=204)


def _named(body: Mapping[str, str]) -> PersonNamed:
    """Whom the body names; an empty number, and so unknown, if it is not valid.

    Raises
    ------
    InvalidInput
        If it names nobody, or does so twice.
    """
    if ("person" in body) == ("offender_number" in body):
        raise InvalidInput([Problem("/person", "one_person", "Give either person or offender_number.")])
    if "person" in body:
        return person_named(body["person"]) or ""
    return number_of(body["offender_number"])
