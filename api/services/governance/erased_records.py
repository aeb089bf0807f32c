"""Source records of erased people: which systems have some, and allowing an import to take them again."""

from api.services.context import Context
from api.storage import ErasedOfSource, RecordMarks
from rms.errors import NotFound, listed

NOT_ERASED = "No record with this ID of this source system was erased, or it has been allowed again."
NONE_ERASED = "No record of this source system was erased, or all have been allowed again."


def erased_records(context: Context) -> tuple[ErasedOfSource, ...]:
    """How many records of which source were erased, and are refused by imports."""
    with context.store.reading() as tx:
        return tx.erased_records.by_source()


def changed_key(context: Context, secret: str) -> str | None:
    """A warning, if people were erased under another secret: imports of their sources will stop."""
    with context.store.reading() as tx:
        found = tx.erased_records.under_another_key(RecordMarks(secret))
    if not found:
        return None
    return (
        f"People of these sources were erased under another RMS_SECRET_KEY: {listed(found)}. RMS cannot "
        "recognise their rows any more, so imports of these sources stop. Set the key of then. If lost, "
        "run `rms people allow-again SOURCE --all`."
    )


def allow_record(context: Context, source: str, id: str, *, reason: str, secret: str) -> None:
    """Let imports take an erased record again. The decision and its reason are on record.

    Raises
    ------
    NotFound
        If no such record was erased, or not under this `secret`.
    """
    with context.store.transaction() as tx:
        marks = RecordMarks(secret)
        if not tx.erased_records.allow(source, id, marks=marks, reason=reason, by=context.by, at=context.at):
            raise NotFound(NOT_ERASED)


def allow_all_records(context: Context, source: str, *, reason: str) -> int:
    """Let imports take all erased records of a source again: the only way if the secret is lost.

    Returns how many.

    Raises
    ------
    NotFound
        If none was erased.
    """
    with context.store.transaction() as tx:
        allowed = tx.erased_records.allow_all(source, reason=reason, by=context.by, at=context.at)
    if not allowed:
        raise NotFound(NONE_ERASED)
    return allowed
