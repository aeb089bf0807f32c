"""The audit log: search, export and verification. Each use of it is logged too."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from api.services.context import Context
from api.services.long_reads import long_read
from api.storage import AuditCriteria, Entry, Head, Store

MOST_PROBLEMS = 100
AT_ONCE = 500
MORE = f"Only the first {MOST_PROBLEMS} problems are listed."


@dataclass(frozen=True)
class AuditPage:
    """Entries, newest first. `next` is the number of the entry that the next page follows; None: no more."""

    entries: tuple[Entry, ...]
    next: int | None


@dataclass(frozen=True)
class Verdict:
    """The problems found in a chain of `entries` entries that ends with `head`."""

    entries: int
    head: Head
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class SearchOptions:
    """The actions and the object types that occur in the log."""

    actions: tuple[str, ...]
    object_kinds: tuple[str, ...]


def page_of_audit(
    context: Context, criteria: AuditCriteria, *, limit: int, before: int | None = None
) -> AuditPage:
    """Up to `limit` matching entries from before the entry with the number `before`."""
    with context.store.reading() as tx:
        entries = tx.audit.page(criteria, limit=limit + 1, before=before)
    shown = entries[:limit]
    _note(context, "audit.read", criteria=",".join(criteria.names), entries=len(shown))
    return AuditPage(shown, shown[-1].sequence if len(entries) > limit else None)


def search_options(context: Context) -> SearchOptions:
    """What a search can name."""
    with context.store.reading() as tx:
        return SearchOptions(tuple(tx.audit.actions()), tuple(filter(None, tx.audit.object_kinds())))


def all_of_audit(context: Context, criteria: AuditCriteria) -> Iterator[Entry]:
    """Every matching entry, newest first, read page by page. No transaction is open between two pages."""
    _note(context, "audit.exported", criteria=",".join(criteria.names))
    return _entries(context, criteria)


def audit_head(context: Context) -> Head:
    """The last entry of the chain, to be noted where no one with access to the database can change it."""
    with context.store.reading() as tx:
        head = tx.audit.head()
    _note(context, "audit.head_read")
    return head


def verify(context: Context, *, known_head: Head | None = None) -> Verdict:
    """As `verdict_on`, and log it.

    Raises
    ------
    AlreadyRunning, LongReadBusy
        If the account has another long read, or too many others are running.
    """
    with long_read(context.by):
        verdict = verdict_on(context.store, known_head=known_head)
    _note(context, "audit.verified", entries=verdict.entries, problems=len(verdict.problems))
    return verdict


def verdict_on(store: Store, *, known_head: Head | None = None) -> Verdict:
    """Check the chain entry by entry. Writes nothing, because the database can be a copy or evidence."""
    with store.reading() as tx:
        problems = tuple(islice(tx.audit.problems(known_head=known_head), MOST_PROBLEMS + 1))
        entries, head = tx.audit.count(), tx.audit.head()
    if len(problems) > MOST_PROBLEMS:
        problems = (*problems[:MOST_PROBLEMS], MORE)
    return Verdict(entries, head, problems)


def _entries(context: Context, criteria: AuditCriteria) -> Iterator[Entry]:
    before = None
    while True:
        with context.store.reading() as tx:
            entries = tx.audit.page(criteria, limit=AT_ONCE, before=before)
        yield from entries
        if len(entries) < AT_ONCE:
            return
        before = entries[-1].sequence


def _note(context: Context, action: str, **detail: str | int) -> None:
    with context.store.transaction() as tx:
        tx.audit.append(
            action, actor=context.by, at=context.at, object_kind="audit", object_key="", detail=detail
        )
