"""Scopes limit what a key may be used for. A key never allows more than its owner's role."""

from enum import StrEnum

from rms.errors import RMSError

ONLY_API = "A key with scopes opens only the API, not the pages."


class Scope(StrEnum):
    ASSESSMENTS_WRITE = "assessments:write"
    ASSESSMENTS_READ = "assessments:read"
    IMPORTS_WRITE = "imports:write"
    PEOPLE_WRITE = "people:write"
    EXPORTS_READ = "exports:read"
    WEBHOOKS_MANAGE = "webhooks:manage"
    HARM_READ = "harm:read"
    RULES_DECIDE = "rules:decide"


class InsufficientScope(RMSError):
    """A key lacks a scope, or has scopes and asks for a page, which is for people.

    `challenge` is the WWW-Authenticate header of RFC 6750.
    """

    code = "insufficient_scope"

    def __init__(self, needed: Scope | None = None) -> None:
        super().__init__(f"This needs a key with the scope {needed}." if needed else ONLY_API)
        self.challenge = 'Bearer realm="RMS", error="insufficient_scope"'
        if needed:
            self.challenge += f', scope="{needed}"'
