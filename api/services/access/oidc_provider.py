"""The agency's OpenID provider: its metadata, keys and tokens.

RMS accepts only signatures by the provider's published keys, with one of three algorithms, whatever the
header of a token says (RFC 8725).
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.error import URLError
from urllib.parse import quote_plus, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from api.config import is_private
from api.services.access.password_hashing import SignInBusy
from api.services.turns import Turns
from rms.errors import NotAuthenticated, RMSError

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
ALGORITHMS = ("RS256", "PS256", "ES256")
KEPT = timedelta(hours=1)
RENEWED_AT_MOST_EVERY = timedelta(minutes=1)
ASKED_AGAIN_AFTER = timedelta(seconds=10)  # after a failure
LEEWAY = 60  # seconds that two clocks may differ
PATIENCE = 10  # seconds for an answer
WAIT = 2  # seconds that a request waits for another that is asking
LARGEST = 1_000_000  # bytes of an answer
INVALID_TOKEN = "Your agency’s sign-in returned a token that is not valid for RMS. Start again."


class OidcProviderUnavailable(RMSError):
    """The provider does not answer, or not as an OpenID provider should."""

    code = "agency_unavailable"

    def __init__(self) -> None:
        super().__init__("Your agency’s sign-in does not work at the moment. Try again later.")


@dataclass(frozen=True)
class Known:
    """The provider's metadata and keys at a moment."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: datetime


class NoRedirects(HTTPRedirectHandler):
    """Requests go to the provider's own addresses and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class OidcProvider:
    """The provider `issuer`, which knows RMS as `client_id` and redirects browsers to our address `back`.

    `claim` is the claim that holds the username.
    """

    def __init__(self, issuer: str, *, client_id: str, client_secret: str, claim: str, back: str) -> None:
        self.issuer, self.client_id, self.claim, self.back = issuer, client_id, claim, back
        # The provider may take `PATIENCE` to answer.
        self.turns = Turns(running=2, waiting=1, patience=2.0, busy=SignInBusy)
        self._client_secret = client_secret
        self._open = build_opener(NoRedirects).open
        self._known: Known | None = None
        self._failed_at: datetime | None = None
        self._lock = Lock()

    def login_address(self, *, state: str, nonce: str, challenge: str, at: datetime) -> str:
        """Where to send a browser to sign in.

        Raises
        ------
        OidcProviderUnavailable
            If the provider's metadata cannot be fetched.
        """
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.back,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = self._now_known(at).metadata["authorization_endpoint"]
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def token_of(self, code: str, *, verifier: str, at: datetime) -> str:
        """Exchange a code for an ID token.

        Raises
        ------
        OidcProviderUnavailable
            If the provider refuses the code or does not answer.
        """
        credentials = f"{quote_plus(self.client_id)}:{quote_plus(self._client_secret)}"
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": verifier,
        }
        request = Request(
            self._now_known(at).metadata["token_endpoint"],
            data=urlencode(form).encode(),
            headers={"Authorization": f"Basic {b64encode(credentials.encode()).decode()}"},
        )
        token = self._answer_to(request).get("id_token")
        if not isinstance(token, str):
            raise OidcProviderUnavailable
        return token

    def claims_of(self, token: str, *, nonce: str, at: datetime) -> Mapping[str, Any]:
        """The claims of a valid ID token (OpenID Connect Core 1.0, section 3.1.3.7).

        Raises
        ------
        NotAuthenticated
            If the token has expired, or is not from this provider, for RMS and for this login.
        """
        try:
            claims = jwt.decode(token, self._keys_for(token, at), algorithms=ALGORITHMS).claims
            JWTClaimsRegistry(
                now=int(at.timestamp()),
                leeway=LEEWAY,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise NotAuthenticated(INVALID_TOKEN) from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.client_id:
            raise NotAuthenticated(INVALID_TOKEN)
        return claims

    def _keys_for(self, token: str, at: datetime) -> KeySet:
        """The provider's keys, fetched again if the token names one that is not among them."""
        known = self._now_known(at)
        key_id = _key_id(token)
        if key_id is not None and key_id not in {key.kid for key in known.keys.keys}:
            known = self._now_known(at, newer_than=RENEWED_AT_MOST_EVERY)
        return known.keys

    def _now_known(self, at: datetime, *, newer_than: timedelta = KEPT) -> Known:
        """What is known of the provider, at most `newer_than` old. After a failure, fail fast for a while."""
        if not self._lock.acquire(timeout=WAIT):
            raise OidcProviderUnavailable
        try:
            if self._known is None or at - self._known.at >= newer_than:
                if self._failed_at is not None and abs(at - self._failed_at) < ASKED_AGAIN_AFTER:
                    raise OidcProviderUnavailable
                self._known = self._fetched_or_noted(at)
            return self._known
        finally:
            self._lock.release()

    def _fetched_or_noted(self, at: datetime) -> Known:
        try:
            return self._fetched(at)
        except OidcProviderUnavailable:
            self._failed_at = at
            raise

    def _fetched(self, at: datetime) -> Known:
        metadata = self._answer_to(Request(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
        if metadata.get("issuer") != self.issuer:
            raise OidcProviderUnavailable
        addresses: dict[str, Any] = {name: metadata.get(name) for name in ENDPOINTS}
        if not all(isinstance(address, str) and is_private(address) for address in addresses.values()):
            raise OidcProviderUnavailable
        published: Any = self._answer_to(Request(addresses["jwks_uri"]))
        try:
            return Known(addresses, KeySet.import_key_set(published), at)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise OidcProviderUnavailable from error

    def _answer_to(self, request: Request) -> Mapping[str, Any]:
        request.add_header("Accept", "application/json")
        try:
            with self._open(request, timeout=PATIENCE) as response:
                answer = json.loads(response.read(LARGEST))
        except (URLError, OSError, ValueError, RecursionError) as error:
            raise OidcProviderUnavailable from error
        if not isinstance(answer, dict):
            raise OidcProviderUnavailable
        return answer


def _key_id(token: str) -> str | None:
    """The id of the key that an unverified token claims to be signed with."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        return None
    return header.get("kid")
