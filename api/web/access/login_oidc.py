"""Signing in with the agency's OpenID provider."""

import hmac
from http import HTTPStatus

from flask import Response, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from api.auth import open_to_all, with_token
from api.context import application, request_context, throttle
from api.services.access.oidc_login import arrive, leave
from api.services.access.oidc_provider import OidcProvider
from api.web.blueprint import blueprint
from rms.errors import NotAuthenticated, NotFound

STATE = "agency_state"  # in the browser that started: a link from elsewhere cannot finish the sign-in


@blueprint.get("/login/agency")
@open_to_all
def to_agency() -> ResponseReturnValue:
    leaving = leave(request_context(), _oidc_provider(), wanted=request.args.get("next", ""))
    session[STATE] = leaving.state
    return redirect(leaving.address)


@blueprint.get("/login/agency/back")
@open_to_all
def from_agency() -> Response:
    provider = _oidc_provider()
    started, state = session.get(STATE, ""), request.args.get("state", "")
    if not hmac.compare_digest(started.encode(), state.encode()):
        raise NotAuthenticated("This sign-in was not started in this browser. Start again.")
    if request.args.get("iss", provider.issuer) != provider.issuer or "code" not in request.args:
        raise NotAuthenticated("Your agency’s sign-in refused you.")
    arrived = arrive(request_context(), provider, request.args["code"], state=state, throttle=throttle())
    session.pop(STATE, None)
    back = make_response(redirect(url_for("web.login", next=arrived.wanted), HTTPStatus.SEE_OTHER))
    return with_token(arrived.token, then=back)


def _oidc_provider() -> OidcProvider:
    provider = application().oidc_provider
    if provider is None:
        raise NotFound("Signing in with your agency is not set up.")
    return provider
