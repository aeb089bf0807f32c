"""Service accounts, their credentials, and access tokens as JSON."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.schemas.json_body import Json
from api.schemas.strict_fields import OneOf, SafeText, ShortList, WholeNumber
from api.services.access.accounts import USERNAME
from api.services.access.scopes import Scope
from api.services.systems.service_accounts import LONGEST_DAYS, ServiceAccount
from api.services.systems.tokens import GRANT, LASTS, AccessToken
from api.storage import Credential, CredentialKind

LONGEST_NAME = 64
ONE_OR_MORE = "Choose one scope or more, each once."


class ServiceAccountSchema(Schema):
    name = SafeText(longest=LONGEST_NAME, required=True, metadata={"pattern": f"^{USERNAME.pattern}$"})


class CredentialSchema(Schema):
    """A key or client secret to add."""

    name = SafeText(longest=LONGEST_NAME, required=True, metadata={"description": "What it is for."})
    scopes = ShortList(
        OneOf(*Scope), most=len(Scope), required=True, validate=validate.Length(min=1, error=ONE_OR_MORE)
    )
    days = WholeNumber(
        least=1, most=LONGEST_DAYS, load_default=90, metadata={"description": "How many days it is valid."}
    )


class ShownCredentialSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    prefix = fields.String(
        required=True, allow_none=True, metadata={"description": "The first characters, to recognise it."}
    )
    scopes = fields.List(
        fields.String(), required=True, allow_none=True, metadata={"description": "Null: all."}
    )
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)


class KeySchema(ShownCredentialSchema):
    key = fields.String(required=True, metadata={"description": "Shown only once."})


class SecretSchema(ShownCredentialSchema):
    secret = fields.String(required=True, metadata={"description": "Shown only once."})


class ShownServiceAccountSchema(Schema):
    name = fields.String(required=True)
    active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    keys = fields.List(fields.Nested(ShownCredentialSchema), required=True)
    secrets = fields.List(fields.Nested(ShownCredentialSchema), required=True)


class ServiceAccountsSchema(Schema):
    service_accounts = fields.List(fields.Nested(ShownServiceAccountSchema), required=True)


class TokenRequestSchema(Schema):
    """The form of RFC 6749; client id and secret may be in the Authorization header instead."""

    grant_type = fields.String(required=True, metadata={"enum": [GRANT]})
    scope = fields.String(metadata={"description": "Separated by spaces. Without: all scopes of the secret."})
    client_id = fields.String()
    client_secret = fields.String()


class TokenSchema(Schema):
    access_token = fields.String(required=True)
    token_type = fields.String(required=True, metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
    scope = fields.String(required=True)


class TokenRefusedSchema(Schema):
    """An error of RFC 6749, section 5.2."""

    error = fields.String(required=True)
    error_description = fields.String(required=True)


def shown_account(account: ServiceAccount) -> Json:
    def of(kind: CredentialKind) -> list[Json]:
        return [shown_credential(one) for one in account.credentials if one.kind is kind]

    return {
        "name": account.name,
        "active": account.active,
        "created_at": account.created_at.isoformat(),
        "keys": of(CredentialKind.KEY),
        "secrets": of(CredentialKind.SECRET),
    }


def shown_credential(one: Credential, **once: str) -> Json:
    """`once` is the text of a new credential under the name of its kind."""
    times: dict[str, Any] = {
        name: None if (moment := getattr(one, name)) is None else moment.isoformat()
        for name in ("created_at", "expires_at", "revoked_at")
    }
    scopes = None if one.scopes is None else list(one.scopes)
    return {"id": one.id, "name": one.name, "prefix": one.prefix, "scopes": scopes, **times, **once}


def token_answer(issued: AccessToken) -> Json:
    return {
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": int(LASTS.total_seconds()),
        "scope": " ".join(issued.scopes),
    }
