"""The record of who did what: searched, taken out, verified. Looking at it is on record too."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from api.services.context import Context
from api.storage import Entry, Head, Sought, Store

MOST_PROBLEMS = 100
AT_ONCE = 500
MORE = f"There is more: only the first {MOST_PROBLEMS} problems are told."


@dataclass(frozen=True)
class AuditPage:
    """Entries, newest first, and the number of the one that the next page follows; None: there is none."""

    entries: tuple[Entry, ...]
    next: int | None


@dataclass(frozen=True)
class Verdict:
    """What was found wrong with the chain of `entries` entries that ends with `head`."""

    entries: int
    head: Head
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class OnRecord:
    """The actions, and the kinds of things they were done to, of which there are entries."""

    actions: tuple[str, ...]
    object_kinds: tuple[str, ...]


def page_of_audit(context: Context, sought: Sought, *, limit: int, before: int | None = None) -> AuditPage:
    """Up to `limit` of the entries sought, those before the one of that number."""
    with context.store.reading() as tx:
        found = tx.audit.page(sought, limit=limit + 1, before=before)
    shown = found[:limit]
    _note(context, "audit.read", criteria=",".join(sought.names), entries=len(shown))
    return AuditPage(shown, shown[-1].sequence if len(found) > limit else None)


def on_record(context: Context) -> OnRecord:
    """What a search of the record can name."""
    with context.store.reading() as tx:
        return OnRecord(tuple(tx.audit.actions()), tuple(filter(None, tx.audit.object_kinds())))


def all_of_audit(context: Context, sought: Sought) -> Iterator[Entry]:
    """Every entry sought, newest first, page by page: nothing is held between two pages."""
    _note(context, "audit.exported", criteria=",".join(sought.names))
    return _entries(context, sought)


def audit_head(context: Context) -> Head:
    """The end of the chain, to be kept where whoever has the database cannot reach."""
    with context.store.reading() as tx:
        head = tx.audit.head()
    _note(context, "audit.head_read")
    return head


def verify(context: Context, *, known_head: Head | None = None) -> Verdict:
    """As `verdict_on`, which is itself on record."""
    verdict = verdict_on(context.store, known_head=known_head)
    told = len(verdict.problems)
    _note(context, "audit.verified", entries=verdict.entries, problems=told)
    return verdict


def verdict_on(store: Store, *, known_head: Head | None = None) -> Verdict:
    """Go through the whole chain, entry by entry, and write nothing: it may be a copy, or evidence."""
    with store.reading() as tx:
        found = tuple(islice(tx.audit.problems(known_head=known_head), MOST_PROBLEMS + 1))
        entries, head = tx.audit.count(), tx.audit.head()
    if len(found) > MOST_PROBLEMS:
        found = (*found[:MOST_PROBLEMS], MORE)
    return Verdict(entries, head, found)


def _entries(context: Context, sought: Sought) -> Iterator[Entry]:
    before = None
    while True:
        with context.store.reading() as tx:
            found = tx.audit.page(sought, limit=AT_ONCE, before=before)
        yield from found
        if len(found) < AT_ONCE:
            return
        before = found[-1].sequence


def _note(context: Context, action: str, **detail: str | int) -> None:
    with context.store.transaction() as tx:
        tx.audit.append(
            action, actor=context.by, at=context.at, object_kind="audit", object_key="", detail=detail
        )
