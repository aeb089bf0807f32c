"""Whether the database is the one RMS last used. The head of the audit log, saved outside it, shows that."""

from contextlib import closing
from datetime import datetime

from api.services.governance.audit import verdict_on
from api.storage import KeptHead, Noted, Store, damage, is_missing, upgrade
from rms.errors import Conflict, RecordDamaged, StorageLost, StorageOverwritten

STARTED_AGAIN, RESTORED = "database.begun_anew", "database.restored"


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
        raise StorageLost(
            f"The database is missing. {kept.file} shows that one was in use, with {entries} entries in its "
            "audit log. Restore a backup. To start with an empty database on purpose, run `rms db upgrade "
            "--start-again`."
        )
    if noted.overwritten:
        raise StorageLost(
            "The database file was replaced or overwritten while RMS was running. Stop RMS, delete the file "
            "and its log (-wal, -shm) and restore a backup. Then run `rms db accept-restored`, which checks "
            "the database first."
        )
    with closing(Store(url)) as store, store.reading() as tx:
        if not tx.audit.holds(noted.head):
            raise StorageLost(
                f"This is not the database that was last in use. {kept.file} shows that its audit log had "
                f"{entries} entries, and this one does not contain the last of them. Restore a newer backup. "
                "If you have none, run `rms db accept-restored`."
            )


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


def keep_head(kept: KeptHead, *, store: Store) -> bool:
    """Save the head of the audit log if the database still contains the saved one.

    Otherwise leave the saved one and return False.
    """
    noted = kept.read()
    try:
        store.check()
    except StorageOverwritten:
        if noted is not None:
            kept.write(Noted(noted.head, overwritten=True))
        raise
    with store.reading() as tx:
        head = tx.audit.head()
        known = noted is None or (not noted.overwritten and tx.audit.holds(noted.head))
    if known and (noted is None or head.sequence > noted.head.sequence):
        kept.write(Noted(head))
    return known
