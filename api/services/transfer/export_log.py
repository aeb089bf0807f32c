"""Who exported what, when and for what purpose, from the audit log. It does not name the person."""

from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.services.transfer.exports import EXPORT, PURPOSES
from api.storage import AuditCriteria, Entry

BEFORE_WORDS = "Not available: logged by an earlier version"


@dataclass(frozen=True)
class ExportMade:
    """A requested file. `criteria` names the criteria; of a person it only says that there was one."""

    at: datetime
    by: str
    purpose: str
    format: str
    criteria: str


@dataclass(frozen=True)
class ExportsPage:
    """Exports, newest first. The next page follows the entry with the number `next`."""

    exports: tuple[ExportMade, ...]
    next: int | None


def exports_made(context: Context, *, limit: int, before: int | None = None) -> ExportsPage:
    """Up to `limit` requested exports. The audit log notes the look."""
    criteria = AuditCriteria(action=f"{EXPORT}.requested")
    with context.store.reading() as tx:
        entries = tx.audit.page(criteria, limit=limit + 1, before=before)
    with context.store.transaction() as tx:
        tx.audit.append("exports.listed", actor=context.by, at=context.at, object_kind="audit", object_key="")
    shown = entries[:limit]
    return ExportsPage(tuple(map(_export, shown)), shown[-1].sequence if len(entries) > limit else None)


def _export(entry: Entry) -> ExportMade:
    detail = entry.detail
    purpose = PURPOSES.get(str(detail.get("purpose")), "")
    criteria = str(detail.get("criteria", BEFORE_WORDS))
    return ExportMade(entry.at, entry.actor, purpose, str(detail.get("format")), criteria)
