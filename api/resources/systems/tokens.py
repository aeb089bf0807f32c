"""Access tokens for client credentials, with the form and the errors of RFC 6749."""

from urllib.parse import unquote_plus

from flask import Response, request

from api.auth import cookieless, open_to_all
from api.context import request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.systems.service_accounts import (
    TokenRefusedSchema,
    TokenRequestSchema,
    TokenSchema,
    token_answer,
)
from api.services.systems.tokens import GRANT, TokenRefused, issue_token

routes = Routes("tokens", about="Short-lived access tokens for systems with a client secret.")

FORM = "application/x-www-form-urlencoded"


@routes.post(
    "/oauth/token",
    Success(TokenSchema),
    Success(TokenRefusedSchema, status=400, description="Refused (RFC 6749)."),
    Success(TokenRefusedSchema, status=401, description="The client is unknown, or this is not its secret."),
)
@routes.blueprint.doc(  # type: ignore[untyped-decorator]  # flask-smorest has no types
    security=[], requestBody={"required": True, "content": {FORM: {"schema": TokenRequestSchema}}}
)
@open_to_all
@cookieless
def issue() -> Response:
    """Exchange a client secret for a token, which is valid for 15 minutes and is sent like a key."""
    try:
        scopes = _field("scope").split()
        client, secret = _client()
        issued = issue_token(request_context(), client, secret, scopes=scopes)
    except TokenRefused as refused:
        return _refused(refused)
    return json_answer(token_answer(issued), Pragma="no-cache")


def _client() -> tuple[str, str]:
    """The id and secret of the client, in the header or in the form, but not in both."""
    if request.mimetype != FORM:
        raise TokenRefused("invalid_request", f"Send a form as {FORM}.")
    if not (grant := _field("grant_type")):
        raise TokenRefused("invalid_request", "Send a grant_type.")
    if grant != GRANT:
        raise TokenRefused("unsupported_grant_type", f"The grant_type must be {GRANT}.")
    sent = _field("client_id"), _field("client_secret")
    basic = request.authorization
    if basic is None or basic.type != "basic":
        return sent
    if sent[1]:
        raise TokenRefused(
            "invalid_request", "Send the client secret in the header or in the form, not in both."
        )
    return unquote_plus(basic.username or ""), unquote_plus(basic.password or "")


def _field(name: str) -> str:
    values = request.form.getlist(name)
    if len(values) > 1:
        raise TokenRefused("invalid_request", f"Send {name} only once.")
    return values[0] if values else ""


def _refused(refused: TokenRefused) -> Response:
    unknown = refused.error == "invalid_client"
    answer = json_answer(
        {"error": refused.error, "error_description": refused.description}, status=401 if unknown else 400
    )
    if unknown:
        answer.headers["WWW-Authenticate"] = 'Basic realm="RMS"'
    return answer
