"""Records erased for good, by two administrators together."""

from flask import Response

from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.resources.routing import Gives, Routes, json_answer
from api.schemas.governance.erasures import (
    ErasedSchema,
    ErasureBodySchema,
    ErasureSchema,
    ErasuresSchema,
    erased,
    erasure,
    key_of,
    number_of,
)
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.services.governance.erasures import approve_erasure, open_erasures, request_erasure, withdraw_erasure

routes = Routes("erasures", about="Everything about a person erased, once a second person has approved it.")


@routes.post(
    "/erasures", Gives(ErasureSchema, status=201), body=ErasureBodySchema, allow_roles=ADMINISTRATION
)
def ask() -> Response:
    """Ask for everything about a person to be erased; for 30 days another can approve it."""
    given = loaded(ErasureBodySchema(), json_body())
    asked = request_erasure(
        request_context(),
        number_of(given["offender_number"]),
        reason=given["reason_code"],
        text=given["text"],
    )
    return json_answer(erasure(asked), status=201)


@routes.get("/erasures", Gives(ErasuresSchema), allow_roles=ADMINISTRATION)
def listing() -> Response:
    """What waits for a second person, the oldest first."""
    found = open_erasures(request_context())
    return json_answer({"erasures": [erasure(one) for one in found]})


@routes.delete(
    "/erasures/<string:id>",
    Gives(status=204, description="Nothing will be erased."),
    allow_roles=ADMINISTRATION,
)
def withdraw(id: str) -> Response:
    """Take a request back, one's own or another's."""
    withdraw_erasure(request_context(), key_of(id))
    return Response(status=204)


@routes.post("/erasures/<string:id>/approval", Gives(ErasedSchema), allow_roles=ADMINISTRATION)
def approve(id: str) -> Response:
    """Erase, as another asked. It cannot be taken back."""
    gone = approve_erasure(request_context(), key_of(id))
    return json_answer(erased(gone))
