"""Service accounts for administrators, with their keys and client secrets."""

import re
from collections.abc import Callable

from flask import Response
from marshmallow import Schema

from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.resources.routing import PREFIX, P, Routes, Success, View, json_answer
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.schemas.systems.service_accounts import (
    CredentialSchema,
    KeySchema,
    SecretSchema,
    ServiceAccountSchema,
    ServiceAccountsSchema,
    ShownServiceAccountSchema,
    shown_account,
    shown_credential,
)
from api.services.systems.service_accounts import (
    add_credential,
    create_service_account,
    deactivate_service_account,
    find_service_account,
    revoke_credential,
    service_accounts,
)
from api.storage import CredentialKind
from rms.errors import NotFound

routes = Routes("service accounts", about="Accounts of other systems, for administrators.")

ID = re.compile(r"[0-9]{1,9}", re.ASCII)
REVOKED = Success(status=204, description="The credential no longer works.")


@routes.get("/service-accounts", Success(ServiceAccountsSchema), allow_roles=ADMINISTRATION)
def listing() -> Response:
    """List service accounts by name, with the first characters of their keys and secrets."""
    return json_answer(
        {"service_accounts": [shown_account(one) for one in service_accounts(request_context())]}
    )


@routes.post(
    "/service-accounts",
    Success(ShownServiceAccountSchema, status=201),
    body=ServiceAccountSchema,
    allow_roles=ADMINISTRATION,
)
def add() -> Response:
    """Add a service account. Its name appears on what it submits. It has keys and no password."""
    body = loaded(ServiceAccountSchema(), json_body())
    made = create_service_account(request_context(), body["name"])
    return json_answer(shown_account(made), status=201, Location=f"{PREFIX}/service-accounts/{made.name}")


@routes.get("/service-accounts/<string:name>", Success(ShownServiceAccountSchema), allow_roles=ADMINISTRATION)
def one(name: str) -> Response:
    """One service account, with its keys and secrets."""
    return json_answer(shown_account(find_service_account(request_context(), name)))


@routes.delete(
    "/service-accounts/<string:name>",
    Success(status=204, description="It is deactivated."),
    allow_roles=ADMINISTRATION,
)
def deactivate(name: str) -> Response:
    """Deactivate the account at once. What it submitted stays, and the name cannot be used again."""
    deactivate_service_account(request_context(), name)
    return Response(status=204)


def adds(collection: str, schema: type[Schema]) -> Callable[[View[P]], View[P]]:
    return routes.post(
        f"/service-accounts/<string:name>/{collection}",
        Success(schema, status=201),
        body=CredentialSchema,
        allow_roles=ADMINISTRATION,
    )


def revokes(collection: str) -> Callable[[View[P]], View[P]]:
    path = f"/service-accounts/<string:name>/{collection}/<string:id>"
    return routes.delete(path, REVOKED, allow_roles=ADMINISTRATION)


@adds("keys", KeySchema)
def add_key(name: str) -> Response:
    """Add a key. It is shown once. The system sends it as `Authorization: Bearer …`."""
    return _added(name, CredentialKind.KEY)


@revokes("keys")
def revoke_key(name: str, id: str) -> Response:
    """Revoke a key."""
    return _revoked(name, id, CredentialKind.KEY)


@adds("secrets", SecretSchema)
def add_secret(name: str) -> Response:
    """Add a client secret. It is shown once. The system exchanges it for access tokens."""
    return _added(name, CredentialKind.SECRET)


@revokes("secrets")
def revoke_secret(name: str, id: str) -> Response:
    """Revoke a client secret, with the access tokens issued for it."""
    return _revoked(name, id, CredentialKind.SECRET)


def _added(account: str, kind: CredentialKind) -> Response:
    """The new credential, with its text under the name of its kind."""
    fields = loaded(CredentialSchema(), json_body())
    stored, text = add_credential(
        request_context(),
        account,
        kind=kind,
        name=fields["name"],
        scopes=set(fields["scopes"]),
        days=fields["days"],
    )
    return json_answer(shown_credential(stored, **{str(kind): text}), status=201)


def _revoked(account: str, id: str, kind: CredentialKind) -> Response:
    if not ID.fullmatch(id):
        raise NotFound(f"This service account has no {kind} with this ID.")
    revoke_credential(request_context(), account, int(id), kind=kind)
    return Response(status=204)
