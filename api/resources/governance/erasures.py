"""Erasure of a person's records by two administrators."""

from flask import Response

from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.governance.erasures import (
    ErasedSchema,
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
from api.services.governance.erasures import approve_erasure, open_erasures, request_erasure, withdraw_erasure

routes = Routes("erasures", about="Erase all records of a person, once a second administrator approves.")


@routes.post(
    "/erasures", Success(ErasureSchema, status=201), body=ErasureBodySchema, allow_roles=ADMINISTRATION
)
def ask() -> Response:
    """Request the erasure of all records of a person. Another administrator can approve it for 30 days."""
    body = loaded(ErasureBodySchema(), json_body())
    request = request_erasure(
        request_context(),
        number_of(body["offender_number"]),
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
    counts = approve_erasure(request_context(), key_of(id))
    return json_answer(erased_document(counts))
