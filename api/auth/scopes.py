"""What a key must be good for, route by route."""

from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request

from api.current import services
from api.services.accounts import User, note_refusal
from api.services.scopes import InsufficientScope, Scope

View = TypeVar("View", bound=Callable[..., object])
SCOPE = "scope"


def needs(scope: Scope) -> Callable[[View], View]:
    """Mark a view with the scope that a key needs for it; a view without reads with GET, else writes."""

    def mark(view: View) -> View:
        setattr(view, SCOPE, scope)
        return view

    return mark


def refuse_without_scope(user: User) -> None:
    """
    Raises
    ------
    InsufficientScope
        If the key has not the scope that the requested view needs.
    """
    needed = _needed()
    if user.scopes is not None and needed not in user.scopes:
        works_with = services()
        note_refusal(user, request.endpoint or "", store=works_with.store, at=works_with.clock())
        raise InsufficientScope(needed)


def _needed() -> Scope:
    view = current_app.view_functions.get(request.endpoint or "")
    reads = request.method in ("GET", "HEAD", "OPTIONS")
    scope: Scope = getattr(view, SCOPE, Scope.ASSESSMENTS_READ if reads else Scope.ASSESSMENTS_WRITE)
    return scope
