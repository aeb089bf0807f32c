"""What a key may be used for: less than its owner may, never more."""

from enum import StrEnum

from rms.errors import RMSError


class Scope(StrEnum):
    ASSESSMENTS_WRITE = "assessments:write"
    ASSESSMENTS_READ = "assessments:read"
    IMPORTS_WRITE = "imports:write"
    EXPORTS_READ = "exports:read"
    WEBHOOKS_MANAGE = "webhooks:manage"


class InsufficientScope(RMSError):
    """`challenge` is what RFC 6750 has the answer say."""

    code = "insufficient_scope"

    def __init__(self, needed: Scope) -> None:
        super().__init__(f"This key has not the scope {needed}, which this needs.")
        self.challenge = f'Bearer realm="RMS", error="insufficient_scope", scope="{needed}"'
