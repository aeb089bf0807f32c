"""A small OpenID provider over real HTTP, with its own key, that can be made to lie."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.api.conftest import Clock

CLIENT_ID, CLIENT_SECRET = "rms-of-northshire", "a secret with: colon & more"


def unsigned(claims: dict[str, Any]) -> str:
    """A token of “alg none”, as an attacker writes it."""
    return f"{_written({'alg': 'none', 'typ': 'JWT'}, claims)}."


def signed_by_public_key(claims: dict[str, Any], key: RSAKey) -> str:
    """A token of “alg HS256” whose secret is the provider's public key, which everybody has."""
    written = _written({"alg": "HS256", "kid": key.kid}, claims)
    return f"{written}.{_base64(hmac.digest(key.as_pem(private=False), written.encode(), 'sha256'))}"


def _written(*parts: dict[str, Any]) -> str:
    return ".".join(_base64(json.dumps(part).encode()) for part in parts)


def _base64(some: bytes) -> str:
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


class Provider:
    """Honest, but for what a test puts into `said`, `lies` (claims), `make_token` (the whole token) or `raw`.

    `raw`: what it sends whatever it is asked.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        self.address, self.clock = address, clock
        self.key = RSAKey.generate_key(2048, {"kid": "first"}, auto_kid=False)
        self.username = "c.worker"
        self.lies: dict[str, Any] = {}
        self.said: dict[str, Any] = {}
        self.raw = b""
        self.signing = self.key
        self.make_token = self.signed
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}

    @property
    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            **self.said,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes after signing in here."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """What a code is good for: for the client that proves itself and its verifier, once."""
        asked = self.codes.pop(given["code"], None)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        credentials = f"{CLIENT_ID}:{urlencode({'': CLIENT_SECRET})[1:]}".encode()
        honest = authorization == f"Basic {base64.b64encode(credentials).decode()}"
        if not (asked and honest and _base64(digest) == asked["code_challenge"]):
            return None
        if given["redirect_uri"] != asked["redirect_uri"]:
            return None
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.address,
            "aud": CLIENT_ID,
            "sub": "4711",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": self.username,
            **self.lies,
        }
        return {"id_token": self.make_token({key: one for key, one in claims.items() if one is not None})}

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.signing.kid}, claims, self.signing)

    def answer(self, path: str, query: dict[str, str], authorization: str) -> dict[str, Any] | None:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return self.metadata
        if path == "/keys":
            return dict(KeySet([self.key]).as_dict(private=False))
        if path == "/token":
            return self.token(query, authorization)
        return None


@contextmanager
def providing(clock: Clock) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.end_headers()
                return
            self._tell(provider.answer(parts.path, asked, ""))

        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[0] for name, values in parse_qs(body).items()}
            self._tell(provider.answer(self.path, given, self.headers["Authorization"]))

        def _tell(self, told: dict[str, Any] | None) -> None:
            self.send_response(400 if told is None else 200)
            self.end_headers()
            self.wfile.write(provider.raw or json.dumps(told or {"error": "invalid_grant"}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}", clock)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join()
