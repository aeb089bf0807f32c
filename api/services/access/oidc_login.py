"""Signing in with the agency's OpenID provider, for users who already have an account in RMS."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from api.services.access.accounts import start_session
from api.services.access.credentials import sha256
from api.services.access.oidc_provider import OidcProvider
from api.services.access.sign_in_throttle import Throttle
from api.services.context import Context
from api.services.users import Role
from api.storage import OidcLogin
from api.storage import User as StoredUser
from rms.errors import NotAuthenticated

AWAY = timedelta(minutes=10)
LONGEST_WANTED = 2000
MOST = 10_000  # unfinished logins; of more, the oldest have to start again


@dataclass(frozen=True)
class Leaving:
    """Where to send the browser, and the state it must return with."""

    address: str
    state: str


@dataclass(frozen=True)
class Arrived:
    """The token of a new session, and the page that the user wanted."""

    token: str
    wanted: str


def leave(context: Context, provider: OidcProvider, *, wanted: str) -> Leaving:
    """Start a login at the provider.

    Raises
    ------
    OidcProviderUnavailable
        If the provider does not answer as it should.
    AlreadyRunning, SignInBusy
        If a signed-in user has such a request already, or too many are waiting for the provider.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    with provider.turns.turn(context.by or state):
        address = provider.login_address(state=state, nonce=nonce, challenge=challenge, at=context.at)
    with context.store.transaction() as tx:
        tx.oidc_logins.end_expired(at=context.at)
        tx.oidc_logins.add(
            OidcLogin(sha256(state), nonce, verifier, wanted[:LONGEST_WANTED], context.at + AWAY)
        )
        tx.oidc_logins.end_but_latest(MOST)
    return Leaving(address, state)


def arrive(context: Context, provider: OidcProvider, code: str, *, state: str, throttle: Throttle) -> Arrived:
    """A session for a user who returns from the provider. A state can be used once.

    Raises
    ------
    NotAuthenticated
        If there is no unfinished login with this state, the provider's token is not valid, or RMS does not
        know the user it names.
    OidcProviderUnavailable
        If the provider does not answer as it should.
    AlreadyRunning, SignInBusy
        As when leaving; the state can still be used.
    """
    with provider.turns.turn(context.by or state):
        with context.store.transaction() as tx:
            login = tx.oidc_logins.take(sha256(state), at=context.at)
        if login is None:
            raise NotAuthenticated("Your sign-in took too long. Start again.")
        token = provider.token_of(code, verifier=login.verifier, at=context.at)
        claims = provider.claims_of(token, nonce=login.nonce, at=context.at)
    user = _user_named(context, _username(claims, provider.claim))
    return Arrived(start_session(context, user.id, throttle=throttle), login.wanted)


def _username(claims: Mapping[str, Any], claim: str) -> str:
    """The username in the claims. An email address that the provider has not verified does not count."""
    username = claims.get(claim)
    verified = claim != "email" or claims.get("email_verified") is True
    return username if isinstance(username, str) and verified else ""


def _user_named(context: Context, username: str) -> StoredUser:
    with context.store.transaction() as tx:
        user = tx.accounts.user(username)
        known = user is not None and user.active and user.role != Role.SERVICE_ACCOUNT
        tx.audit.append(
            "login.by_agency" if known else "login.refused",
            actor=username if known else "",
            at=context.at,
            object_kind="user",
            object_key=str(user.id) if user else "",
        )
    if user is None or not known:
        raise NotAuthenticated("You do not have an RMS account. Ask your RMS administrator for one.")
    return user
