"""To the agency's own login, and back from it."""

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

STATE = "agency_state"  # in the browser that began: a link from elsewhere finishes nothing


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
    begun, state = session.pop(STATE, ""), request.args.get("state", "")
    if not hmac.compare_digest(begun.encode(), state.encode()):
        raise NotAuthenticated("This login was not begun in this browser: begin again.")
    if request.args.get("iss", provider.issuer) != provider.issuer or "code" not in request.args:
        raise NotAuthenticated("The login of your agency did not let you in.")
    arrived = arrive(request_context(), provider, request.args["code"], state=state, throttle=throttle())
    back = make_response(redirect(url_for("web.login", next=arrived.wanted), HTTPStatus.SEE_OTHER))
    return with_token(arrived.token, then=back)


def _oidc_provider() -> OidcProvider:
    provider = application().oidc_provider
    if provider is None:
        raise NotFound("No login of an agency is set up here.")
    return provider
