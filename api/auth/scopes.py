"""Which scopes a key needs, route by route."""

from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request

from api.context import request_context
from api.services.access.accounts import note_refusal
from api.services.access.scopes import InsufficientScope, Scope
from api.services.users import User

View = TypeVar("View", bound=Callable[..., object])
SCOPES = "scopes"
PAGES = "web."  # the blueprint: its views name no scopes


def requires_scope(*scopes: Scope) -> Callable[[View], View]:
    """Mark a view with scopes; a key needs one of them.

    Other views of the API need `assessments:read` for GET, otherwise `assessments:write`.
    """

    def mark(view: View) -> View:
        setattr(view, SCOPES, scopes)
        return view

    return mark


def refuse_without_scope(user: User) -> None:
    """
    Raises
    ------
    InsufficientScope
        If the key does not have a scope that the requested view needs, or has scopes and asks for a page.
    """
    if user.scopes is not None and (request.endpoint or "").startswith(PAGES):
        note_refusal(request_context(), request.endpoint or "")
        raise InsufficientScope
    refuse_without(*_needed(), user=user)


def refuse_without(*scopes: Scope, user: User) -> None:
    """
    Raises
    ------
    InsufficientScope
        If the key has none of these scopes.
    """
    if not any(has(scope, user=user) for scope in scopes):
        note_refusal(request_context(), request.endpoint or "")
        raise InsufficientScope(scopes[0])


def has(scope: Scope, *, user: User) -> bool:
    """Whether the key has the scope. A session, and a key without scopes, have all of them."""
    return user.scopes is None or scope in user.scopes


def _needed() -> tuple[Scope, ...]:
    view = current_app.view_functions.get(request.endpoint or "")
    reads = request.method in ("GET", "HEAD", "OPTIONS")
    usual = (Scope.ASSESSMENTS_READ if reads else Scope.ASSESSMENTS_WRITE,)
    scopes: tuple[Scope, ...] = getattr(view, SCOPES, usual)
    return scopes
