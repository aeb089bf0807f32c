"""An entry of the audit, and its hash."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.storage.json_text import canonical_json


@dataclass(frozen=True)
class Entry:
    sequence: int
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_key: str
    detail: Mapping[str, Any]
    previous_hash: str
    hash: str

    def expected_hash(self) -> str:
        """sha256 (hex) over the canonical JSON of everything but the hash itself."""
        content = [
            self.sequence,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.actor,
            self.action,
            self.object_kind,
            self.object_key,
            self.detail,
            self.previous_hash,
        ]
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()
