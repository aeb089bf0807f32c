"""Authentication and authorisation. Deny by default: a view without roles refuses everyone."""

from api.auth.access_check import asks_for_a_page, cookieless, register
from api.auth.roles import allow_roles, open_to_all
from api.auth.scopes import has, refuse_without, requires_scope
from api.auth.sessions import own_secret, session_token, sign_in, sign_out, with_token

__all__ = [
    "asks_for_a_page",
    "cookieless",
    "has",
    "requires_scope",
    "open_to_all",
    "own_secret",
    "refuse_without",
    "register",
    "session_token",
    "sign_in",
    "sign_out",
    "allow_roles",
    "with_token",
]
