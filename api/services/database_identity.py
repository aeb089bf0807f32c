"""Whether the database is the one RMS last used. The head of the audit log, saved outside it, shows that."""

from contextlib import closing, suppress
from datetime import datetime

from api.services.governance.audit import verdict_on
from api.storage import Head, KeptHead, Noted, Store, damage, is_missing, upgrade
from rms.errors import Conflict, RecordDamaged, StorageEmpty, StorageLost, StorageOverwritten

STARTED_AGAIN, RESTORED = "database.begun_anew", "database.restored"
EMPTY = (
    "This is not the database that RMS wrote to: there is none, or it is empty. Restore a backup. To start "
    "with an empty database on purpose, stop RMS and run `rms db upgrade --start-again`."
)
ANOTHER = (
    "This is not the database that RMS wrote to: it does not hold the last entry that RMS noted. Restore a "
    "newer backup. If there is none, stop RMS and run `rms db accept-restored`."
)
ALTERED = (
    "The database file or its log was replaced or altered while RMS was running. Stop RMS, remove the file "
    "and its log (-wal, -shm) and restore a backup. If there is none, leave them as they are. Then run `rms "
    "db accept-restored`, which checks the database first."
)


class DatabaseInUse:
    """The database as this process has known it: by the head of the audit, as noted and as seen here last."""

    def __init__(self, kept: KeptHead) -> None:
        self._kept = kept
        self._seen: Head | None = None

    def check(self, store: Store) -> str:
        """The version of the tables, as of `Store.check`.

        Raises
        ------
        StorageUnavailable
            If the database cannot be used; `StorageLost` if it is another one.
        """
        noted = self._kept.read()
        heads = [head for head in (noted and noted.head, self._seen) if head and head.sequence]
        try:
            version = store.check()
        except StorageEmpty as error:
            if heads:
                raise StorageLost(EMPTY) from error
            raise
        if noted and noted.overwritten:
            raise StorageLost(ALTERED)
        with store.reading() as tx:
            if not all(map(tx.audit.holds, heads)):
                raise StorageLost(ANOTHER)
            self._seen = tx.audit.head()
        return version


def refuse_another(url: str, kept: KeptHead) -> None:
    """
    Raises
    ------
    StorageLost
        If the database is missing, or its audit log does not contain the last entry that RMS saved.
    """
    noted = kept.read()
    if noted is None or noted.head.sequence == 0:
        return
    entries = noted.head.sequence
    if is_missing(url):
        raise StorageLost(f"{EMPTY} {kept.file} says that its audit log had {entries} entries.")
    if noted.overwritten:
        raise StorageLost(ALTERED)
    with closing(Store(url)) as store, store.reading() as tx:
        if not tx.audit.holds(noted.head):
            raise StorageLost(f"{ANOTHER} {kept.file} says that its audit log had {entries} entries.")


def start_again(url: str, kept: KeptHead, *, by: str, at: datetime) -> None:
    """Create an empty database in place of a missing one, and write that to the audit log.

    Raises
    ------
    Conflict
        If there is a database.
    """
    if not is_missing(url):
        raise Conflict("A database exists. Use --start-again only if there is none.")
    upgrade(url)
    with closing(Store(url)) as store:
        _record(STARTED_AGAIN, store, kept, by=by, at=at)


def accept_restored(url: str, kept: KeptHead, *, by: str, at: datetime) -> int:
    """Accept the database as it is, and write that to the audit log. Returns the number of audit entries.

    Raises
    ------
    RecordDamaged
        If the file or the audit log is damaged.
    """
    if problems := damage(url):
        raise RecordDamaged(f"The database is damaged. Restore another backup. {problems[0]}")
    with closing(Store(url)) as store:
        verdict = verdict_on(store)
        if not verdict.whole:
            raise RecordDamaged(f"The audit log is damaged. Restore another backup. {verdict.problems[0]}")
        _record(RESTORED, store, kept, by=by, at=at)
    return verdict.entries


def _record(action: str, store: Store, kept: KeptHead, *, by: str, at: datetime) -> None:
    with store.transaction() as tx:
        detail = {"entries": tx.audit.head().sequence, "noted": _noted_entries(kept)}
        tx.audit.append(action, actor=by, at=at, object_kind="database", object_key="", detail=detail)
    with store.reading() as tx:
        kept.write(Noted(tx.audit.head()))


def _noted_entries(kept: KeptHead) -> int:
    try:
        noted = kept.read()
    except StorageLost:  # the file is damaged
        return 0
    return noted.head.sequence if noted else 0


def note_when_overwritten(kept: KeptHead, *, store: Store) -> None:
    """Save in the file of the head, as soon as it is noticed, that the database was overwritten."""

    def note() -> None:
        with suppress(StorageLost, OSError):  # `keep_head` tries again, and reports why it cannot
            kept.note_overwritten()

    store.when_overwritten(note)


def keep_head(kept: KeptHead, *, store: Store) -> bool:
    """Save the head of the audit log if the database still contains the saved one.

    Otherwise leave the saved one and return False.
    """
    noted = kept.read()
    try:
        store.check()
    except StorageOverwritten:
        kept.note_overwritten()
        raise
    with store.reading() as tx:
        head = tx.audit.head()
        known = noted is None or (not noted.overwritten and tx.audit.holds(noted.head))
    if known and (noted is None or head.sequence > noted.head.sequence):
        kept.advance(head, after=noted)
    return known
