"""RFS figures for domestic abuse, and the list of people by them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, delete, func, not_, or_, select, tuple_

from api.storage.database import insert_rows
from api.storage.harm.inputs import among
from api.storage.harm.listing import OffenderList
from api.storage.row_access import Clause
from api.storage.tables import domestic_abuse_figures

COLUMNS = tuple(column.name for column in domestic_abuse_figures.c)
NO_FIGURE = -1.0  # sorts after every figure


@dataclass(frozen=True)
class DomesticAbuseRow:
    """A person with a figure (None: no domestic abuse offence counts) and its components."""

    person: int
    day: date
    figure: float | None
    recency: float | None
    frequency: float | None
    severity: float | None
    counted: int
    last_offence: date | None
    registered: bool
    managed: bool | None


class DomesticAbuseFigures:
    """The figures in one transaction. `person` is always the key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace(self, people: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> None:
        """Store the figures of these people: a row of COLUMNS for each who is in the view."""
        self._connection.execute(
            delete(domestic_abuse_figures).where(among(domestic_abuse_figures.c.person, people))
        )
        insert_rows(self._connection, domestic_abuse_figures, COLUMNS, rows)

    def of(self, person: int) -> DomesticAbuseRow | None:
        """A person whom the caller has been found to see; None if they are not in the view."""
        row = self._connection.execute(_rows().where(domestic_abuse_figures.c.person == person)).first()
        return None if row is None else DomesticAbuseRow(*row)


class DomesticAbuseList(OffenderList):
    """People by their figure, of those whom the viewer may see. Without a figure they come last."""

    def people(
        self,
        *,
        home_area: str | None,
        show_hidden: bool,
        on: date,
        limit: int,
        after: DomesticAbuseRow | None,
    ) -> tuple[DomesticAbuseRow, ...]:
        """Up to `limit` people after another. `show_hidden`: as in the offender list."""
        person, place = domestic_abuse_figures.c.person, _place()
        chosen = _rows().where(*self._criteria(home_area=home_area, show_hidden=show_hidden, on=on))
        if after is not None:
            before = NO_FIGURE if after.figure is None else after.figure
            chosen = chosen.where(tuple_(place, person) < (before, after.person))
        rows = self._connection.execute(chosen.order_by(place.desc(), person.desc()).limit(limit))
        return tuple(DomesticAbuseRow(*row) for row in rows)

    def number(self, *, home_area: str | None, show_hidden: bool, on: date, most: int) -> int:
        """How many people that is, counted up to `most`."""
        criteria = self._criteria(home_area=home_area, show_hidden=show_hidden, on=on)
        found = select(domestic_abuse_figures.c.person).where(*criteria).limit(most).subquery()
        return self._connection.execute(select(func.count()).select_from(found)).scalar_one()

    def _criteria(self, *, home_area: str | None, show_hidden: bool, on: date) -> Iterator[Clause]:
        c = domestic_abuse_figures.c
        if not show_hidden:
            yield not_(c.deceased)
            yield or_(c.hidden_until.is_(None), c.hidden_until <= on)
        if home_area is not None:
            yield c.home_area.in_(self.areas_below(home_area))
        yield from self._scope(c.person)


def _rows() -> Select[Any]:
    return select(*(domestic_abuse_figures.c[name] for name in DomesticAbuseRow.__dataclass_fields__))


def _place() -> Any:
    return func.coalesce(domestic_abuse_figures.c.figure, NO_FIGURE)
