"""Who is calling. Deny by default: a view that is not marked `open_to_all` needs a key or a session."""

from api.auth.door import asks_for_a_page, cookieless, open_to_all, register
from api.auth.scopes import needs
from api.auth.sessions import sign_in, sign_out

__all__ = ["asks_for_a_page", "cookieless", "needs", "open_to_all", "register", "sign_in", "sign_out"]
