"""Rate limits: how many requests an account may send, and an origin without a key or session."""

from collections.abc import Iterable
from datetime import datetime

from flask import Flask, Response, g, request

from api.context import application, request_context
from api.services.access.origins import origin
from api.services.access.rate_limits import Allowance, Limits, TooManyRequests
from api.services.users import User

# Monitoring must always get an answer. Styles and scripts are answered before the access check.
NEVER_LIMITED = frozenset({"state.health", "state.ready"})
READS = frozenset({"GET", "HEAD", "OPTIONS"})
STORES = frozenset({"web.to_agency", "web.from_agency"})  # with a GET
SIGN_INS = STORES | {"web.log_in"}


def register(app: Flask) -> None:
    app.after_request(_add_headers)


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
            g.allowance = _of_account(user, limits, at=at)
        else:
            g.allowance = _of_stranger(limits, at=at)
    except TooManyRequests as refused:
        g.allowance = refused.allowance
        raise


def _of_account(user: User, limits: Limits, *, at: datetime) -> Allowance | None:
    """What is left after this request. Signed in or not, signing in again and again costs the same."""
    taken = [limits.accounts.take(str(user.id), at=at)]
    if request.endpoint in SIGN_INS:
        taken.append(limits.stranger_posts.take(f"account {user.id}", at=at))
    return _smallest(taken)


def _of_stranger(limits: Limits, *, at: datetime) -> Allowance | None:
    """What is left after this request."""
    here = origin(request.remote_addr or "")
    taken = [limits.strangers.take(here, at=at)]
    if request.method not in READS or request.endpoint in STORES:
        taken.append(limits.stranger_posts.take(here, at=at))
    return _smallest(taken)


def _smallest(taken: Iterable[Allowance | None]) -> Allowance | None:
    allowances = (allowance for allowance in taken if allowance is not None)
    return min(allowances, key=lambda allowance: allowance.remaining, default=None)


def _add_headers(response: Response) -> Response:
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["RateLimit-Reset"] = str(allowance.reset)
    return response
