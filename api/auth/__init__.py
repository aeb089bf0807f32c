"""Who is calling. Deny by default: a view that is not marked `open_to_all` needs a key or a session."""

from api.auth.door import asks_for_a_page, open_to_all, register
from api.auth.sessions import session_token, sign_in, sign_out, with_token

__all__ = ["asks_for_a_page", "open_to_all", "register", "session_token", "sign_in", "sign_out", "with_token"]
