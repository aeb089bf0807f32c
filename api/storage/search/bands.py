"""Score bands that agencies define. They are never changed or deleted; each expires on its own date."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from api.storage.audit import Audit
from api.storage.tables import bands
from rms.engine.bands import Band, Outcome

OUTCOME = ("rate", "n", "period", "library")
BAND = ("name", "process", "low", "high", "owner", "expires_on")


class Bands:
    """The bands within one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(self, band: Band, *, by: str, at: datetime) -> None:
        values = {name: getattr(band, name) for name in BAND}
        values |= {f"outcome_{name}": getattr(band.outcome, name) for name in OUTCOME}
        inserted = insert(bands).returning(bands.c.id)
        key = self._connection.execute(inserted, {**values, "added_by": by, "added_at": at}).scalar_one()
        self._audit.append("band.added", actor=by, at=at, object_kind="band", object_key=str(key))

    def all(self) -> tuple[Band, ...]:
        """All bands, including expired ones, by owner, process and range."""
        order = (bands.c.owner, bands.c.process, bands.c.low, bands.c.expires_on)
        return tuple(
            Band(
                **{name: getattr(row, name) for name in BAND},
                outcome=Outcome(**{name: getattr(row, f"outcome_{name}") for name in OUTCOME}),
            )
            for row in self._connection.execute(select(bands).order_by(*order))
        )
