"""Who is calling, and may they? Deny by default: a view that names no roles answers nobody."""

from api.auth.access_check import asks_for_a_page, cookieless, register
from api.auth.roles import open_to_all, to
from api.auth.scopes import has, needs, refuse_without
from api.auth.sessions import own_secret, session_token, sign_in, sign_out, with_token

__all__ = [
    "asks_for_a_page",
    "cookieless",
    "has",
    "needs",
    "open_to_all",
    "own_secret",
    "refuse_without",
    "register",
    "session_token",
    "sign_in",
    "sign_out",
    "to",
    "with_token",
]
