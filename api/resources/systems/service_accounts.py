"""Service accounts, for administrators: their keys, and the client secrets they ask for tokens with."""

import re

from flask import Response

from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.resources.routing import PREFIX, Gives, Routes, json_answer
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
from api.storage import Credential, CredentialKind
from rms.errors import NotFound

routes = Routes("service accounts", about="What other systems come in as, for administrators.")

ID = re.compile(r"[0-9]{1,9}", re.ASCII)
REVOKED = Gives(status=204, description="The credential no longer works.")


@routes.get("/service-accounts", Gives(ServiceAccountsSchema), allow_roles=ADMINISTRATION)
def listing() -> Response:
    """All of them with their keys and secrets, by name; of these only the first characters."""
    return json_answer(
        {"service_accounts": [shown_account(one) for one in service_accounts(request_context())]}
    )


@routes.post(
    "/service-accounts",
    Gives(ShownServiceAccountSchema, status=201),
    body=ServiceAccountSchema,
    allow_roles=ADMINISTRATION,
)
def add() -> Response:
    """Let another system in: what it submits stands under this name. It has no password, only keys."""
    given = loaded(ServiceAccountSchema(), json_body())
    made = create_service_account(request_context(), given["name"])
    return json_answer(shown_account(made), status=201, Location=f"{PREFIX}/service-accounts/{made.name}")


@routes.get("/service-accounts/<string:name>", Gives(ShownServiceAccountSchema), allow_roles=ADMINISTRATION)
def one(name: str) -> Response:
    """One of them with its keys and secrets."""
    return json_answer(shown_account(find_service_account(request_context(), name)))


@routes.delete(
    "/service-accounts/<string:name>",
    Gives(status=204, description="It is deactivated."),
    allow_roles=ADMINISTRATION,
)
def deactivate(name: str) -> Response:
    """Let the system in no more, at once. What it submitted stays, and the name is not given again."""
    deactivate_service_account(request_context(), name)
    return Response(status=204)


@routes.post(
    "/service-accounts/<string:name>/keys",
    Gives(KeySchema, status=201),
    body=CredentialSchema,
    allow_roles=ADMINISTRATION,
)
def add_key(name: str) -> Response:
    """A new key, shown now and never again: the system sends it as `Authorization: Bearer …`."""
    stored, key = _made(name, CredentialKind.KEY)
    return json_answer(shown_credential(stored, key=key), status=201)


@routes.delete("/service-accounts/<string:name>/keys/<string:id>", REVOKED, allow_roles=ADMINISTRATION)
def revoke_key(name: str, id: str) -> Response:
    """From now on this key opens nothing."""
    return _revoked(name, id, CredentialKind.KEY)


@routes.post(
    "/service-accounts/<string:name>/secrets",
    Gives(SecretSchema, status=201),
    body=CredentialSchema,
    allow_roles=ADMINISTRATION,
)
def add_secret(name: str) -> Response:
    """A new client secret, shown now and never again: with it the system asks for access tokens."""
    stored, secret = _made(name, CredentialKind.SECRET)
    return json_answer(shown_credential(stored, secret=secret), status=201)


@routes.delete("/service-accounts/<string:name>/secrets/<string:id>", REVOKED, allow_roles=ADMINISTRATION)
def revoke_secret(name: str, id: str) -> Response:
    """From now on no token is had for this secret, and those that were open nothing."""
    return _revoked(name, id, CredentialKind.SECRET)


def _made(account: str, kind: CredentialKind) -> tuple[Credential, str]:
    given = loaded(CredentialSchema(), json_body())
    return add_credential(
        request_context(),
        account,
        kind=kind,
        name=given["name"],
        scopes=set(given["scopes"]),
        days=given["days"],
    )


def _revoked(account: str, id: str, kind: CredentialKind) -> Response:
    if not ID.fullmatch(id):
        raise NotFound(f"This service account has no {kind} of this id.")
    revoke_credential(request_context(), account, int(id), kind=kind)
    return Response(status=204)
