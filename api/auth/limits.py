"""How many requests an account may send, and how many a stranger at one address."""

from datetime import datetime

from flask import Flask, Response, g, request

from api.context import application, request_context
from api.services.access.origins import origin
from api.services.access.rate_limits import Allowance, Limits, TooManyRequests
from api.services.users import User

# Monitoring must always get an answer. Styles and scripts are not counted: the door lets them through before.
NEVER_LIMITED = frozenset({"state.health", "state.ready"})
READS = frozenset({"GET", "HEAD", "OPTIONS"})
STORES = frozenset({"web.to_agency", "web.from_agency"})  # with a GET


def register(app: Flask) -> None:
    app.after_request(_tell)


def count(user: User | None) -> None:
    """Count this request.

    Raises
    ------
    TooManyRequests
        If there were too many.
    """
    if request.endpoint in NEVER_LIMITED:
        return
    at, limits = request_context().at, application().limits
    try:
        if user is not None:
            g.allowance = limits.accounts.take(str(user.id), at=at)
        else:
            g.allowance = _of_stranger(limits, at=at)
    except TooManyRequests as refused:
        g.allowance = refused.allowance
        raise


def _of_stranger(limits: Limits, *, at: datetime) -> Allowance | None:
    """What is left after this request; of several allowances, the one that ends first."""
    here = origin(request.remote_addr or "")
    taken = [limits.strangers.take(here, at=at)]
    if request.method not in READS or request.endpoint in STORES:
        taken.append(limits.stranger_posts.take(here, at=at))
    return min((one for one in taken if one is not None), key=lambda one: one.remaining, default=None)


def _tell(response: Response) -> Response:
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["RateLimit-Reset"] = str(allowance.reset)
    return response
