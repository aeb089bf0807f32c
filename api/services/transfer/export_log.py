"""Who took out what, when and for what purpose, as the record has it: without the person."""

from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.services.transfer.exports import EXPORT, PURPOSES
from api.storage import AuditCriteria, Entry

BEFORE_WORDS = "Not in words: recorded by an earlier version"


@dataclass(frozen=True)
class ExportMade:
    """A file asked for. `criteria` says by what it was narrowed; of a person only that one was asked for."""

    at: datetime
    by: str
    purpose: str
    format: str
    criteria: str


@dataclass(frozen=True)
class ExportsPage:
    """Exports, newest first, and the number of the entry that the next page follows; None: there is none."""

    exports: tuple[ExportMade, ...]
    next: int | None


def exports_made(context: Context, *, limit: int, before: int | None = None) -> ExportsPage:
    """Up to `limit` exports asked for; that somebody looks is on record."""
    sought = AuditCriteria(action=f"{EXPORT}.requested")
    with context.store.reading() as tx:
        found = tx.audit.page(sought, limit=limit + 1, before=before)
    with context.store.transaction() as tx:
        tx.audit.append("exports.listed", actor=context.by, at=context.at, object_kind="audit", object_key="")
    shown = found[:limit]
    return ExportsPage(tuple(map(_export, shown)), shown[-1].sequence if len(found) > limit else None)


def _export(entry: Entry) -> ExportMade:
    told = entry.detail
    purpose = PURPOSES.get(str(told.get("purpose")), "")
    criteria = str(told.get("criteria", BEFORE_WORDS))
    return ExportMade(entry.at, entry.actor, purpose, str(told.get("format")), criteria)
