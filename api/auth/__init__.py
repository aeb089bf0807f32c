"""Who is calling, and may they? Deny by default: a view that names no roles answers nobody."""

from api.auth.door import asks_for_a_page, register
from api.auth.roles import open_to_all, to
from api.auth.sessions import session_token, sign_in, sign_out

__all__ = ["asks_for_a_page", "open_to_all", "register", "session_token", "sign_in", "sign_out", "to"]
