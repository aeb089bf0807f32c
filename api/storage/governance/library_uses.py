"""Which libraries are in use, as decided: the last decision about each instrument counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from api.storage.audit import Audit
from api.storage.tables import library_uses


@dataclass(frozen=True)
class LibraryUse:
    """The use of a library for its instrument, from the time `at`.

    `by_setting`: RMS_LIBRARY named it when RMS started. Without `sha256`, the use of the instrument ended.
    """

    instrument: str
    name: str
    version: str
    sha256: str
    by_setting: bool
    by: str
    at: datetime

    @property
    def is_end(self) -> bool:
        return not self.sha256


SAME = ("instrument", "name", "version", "sha256", "by_setting")  # fields that are called as their columns
_columns = (
    *(library_uses.c[name] for name in SAME),
    library_uses.c.used_by.label("by"),
    library_uses.c.used_at.label("at"),
)


class LibraryUses:
    """What was decided, as one transaction sees it."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(self, use: LibraryUse) -> None:
        values: dict[str, object] = {"used_by": use.by, "used_at": use.at}
        values |= {name: getattr(use, name) for name in SAME}
        self._connection.execute(insert(library_uses), values)
        named = {"name": use.name, "version": use.version, "sha256": use.sha256}
        self._audit.append(
            "library.ended" if use.is_end else "library.used",
            actor=use.by,
            at=use.at,
            object_kind="instrument",
            object_key=use.instrument,
            detail={} if use.is_end else {**named, "by_setting": int(use.by_setting)},
        )

    def count(self) -> int:
        """How many decisions there are: if it is the same as before, so are all of them."""
        return self._connection.execute(select(func.count()).select_from(library_uses)).scalar_one()

    def all(self) -> Sequence[LibraryUse]:
        """Every decision, oldest first."""
        rows = self._connection.execute(select(*_columns).order_by(library_uses.c.id))
        return tuple(LibraryUse(**row._mapping) for row in rows)
