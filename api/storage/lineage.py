"""Where an assessment came from: what it changed of the one it started from."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from api.storage.tables import changes
from rms.assessment import Change, Said, Subject

_keep_changes = insert(changes)


class Lineage:
    """The origins of assessments as one transaction sees them; `assessment` is always the key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep_changes(self, assessment: int, found: tuple[Change, ...]) -> None:
        listed = [
            {"of": str(one.of), "code": one.code, "before": vars(one.before), "after": vars(one.after)}
            for one in found
        ]
        self._connection.execute(_keep_changes, {"assessment": assessment, "changes": listed})

    def changes(self, assessment: int) -> tuple[Change, ...] | None:
        """What it changed; None if it started from no other."""
        listed = self._connection.scalar(select(changes.c.changes).where(changes.c.assessment == assessment))
        return None if listed is None else tuple(map(_change, listed))


def _change(entry: Mapping[str, Any]) -> Change:
    return Change(Subject(entry["of"]), entry["code"], Said(**entry["before"]), Said(**entry["after"]))
