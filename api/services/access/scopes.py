"""Scopes limit what a key may be used for. A key never allows more than its owner's role."""

from enum import StrEnum

from rms.errors import RMSError


class Scope(StrEnum):
    ASSESSMENTS_WRITE = "assessments:write"
    ASSESSMENTS_READ = "assessments:read"
    IMPORTS_WRITE = "imports:write"
    EXPORTS_READ = "exports:read"
    WEBHOOKS_MANAGE = "webhooks:manage"


class InsufficientScope(RMSError):
    """`challenge` is the WWW-Authenticate header of RFC 6750."""

    code = "insufficient_scope"

    def __init__(self, needed: Scope) -> None:
        super().__init__(f"This needs a key with the scope {needed}.")
        self.challenge = f'Bearer realm="RMS", error="insufficient_scope", scope="{needed}"'
