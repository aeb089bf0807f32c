"""How central people were in the network on the days for which it was calculated."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from api.storage.audit import Audit
from api.storage.database import insert_rows
from api.storage.tables import centrality, network_refreshes, people
from api.storage.viewer import Viewer

COLUMNS = tuple(column.name for column in centrality.c)


@dataclass(frozen=True)
class NetworkRefresh:
    """A calculation for a day, of `people` with at least one association and their `links`.

    Betweenness is exact in groups of up to `sample` people, and otherwise estimated from the paths of so many
    people of the group, drawn with `seed`. With a probability of `confidence` at least, no betweenness is
    further than `error` from its true value.
    """

    day: date
    people: int
    links: int
    groups: int
    largest_group: int
    sample: int
    seed: int
    error: float
    confidence: float

    @property
    def is_exact(self) -> bool:
        """Whether no group is larger than the sample."""
        return self.largest_group <= self.sample


@dataclass(frozen=True)
class StoredCentrality:
    """The figures of a person: `rms.network.centrality`. Rank 1 is the highest of all in the network.

    `neighbours` is how many people they are associated with, `group_size` how many people are connected with
    them, directly or through others, with themselves.
    """

    person: int
    day: date
    neighbours: int
    degree: float
    pagerank: float
    betweenness: float
    standard_error: float
    group_size: int
    neighbours_rank: int
    pagerank_rank: int
    betweenness_rank: int


class Centralities:
    """Figures of the whole agency in one transaction. `person` is always the key.

    They tell of people whom a viewer may not see. So there are none for a viewer who does not see everybody.
    """

    def __init__(self, connection: Connection, audit: Audit, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._audit = audit
        self._hidden = viewer is not None and not viewer.sees_everybody

    def refresh_on(self, day: date) -> NetworkRefresh | None:
        """The last complete calculation for this day or an earlier one."""
        if self._hidden:
            return None
        last = select(func.max(network_refreshes.c.id)).group_by(network_refreshes.c.day)
        columns = [network_refreshes.c[name] for name in NetworkRefresh.__dataclass_fields__]
        chosen = select(*columns).where(
            network_refreshes.c.id.in_(last),
            network_refreshes.c.ended_at.is_not(None),
            network_refreshes.c.day <= day,
        )
        row = self._connection.execute(chosen.order_by(network_refreshes.c.day.desc()).limit(1)).first()
        return None if row is None else NetworkRefresh(**row._mapping)

    def of(self, persons: Collection[int], *, on: date) -> Mapping[int, StoredCentrality]:
        """The figures of these people, by key, of the last complete calculation for `on` or an earlier day.

        People without an association in force on that day are left out; everybody is, if there is no
        calculation. What became known later changes nothing.
        """
        refresh = self.refresh_on(on)
        if refresh is None:
            return {}
        chosen = select(centrality).where(centrality.c.day == refresh.day, centrality.c.person.in_(persons))
        rows = self._connection.execute(chosen)
        return {row.person: StoredCentrality(**row._mapping) for row in rows}

    def begin(self, refresh: NetworkRefresh, *, at: datetime) -> int:
        """Begin to store a calculation; returns its key. Until it ends, nobody reads figures of its day."""
        values = {name: getattr(refresh, name) for name in NetworkRefresh.__dataclass_fields__}
        adding = insert(network_refreshes).returning(network_refreshes.c.id)
        key: int = self._connection.execute(adding, {**values, "begun_at": at}).scalar_one()
        return key

    def store(self, rows: Sequence[tuple[Any, ...]], *, day: date, after: int, up_to: int | None) -> None:
        """Store the figures of the people with keys above `after` up to `up_to` (None: to the end).

        `rows` have `COLUMNS`. Somebody whose records were erased meanwhile is left out.
        """
        in_block = [centrality.c.day == day, centrality.c.person > after]
        if up_to is not None:
            in_block.append(centrality.c.person <= up_to)
        self._connection.execute(delete(centrality).where(*in_block))
        known = select(people.c.id).where(people.c.id > after)
        there = set(self._connection.scalars(known if up_to is None else known.where(people.c.id <= up_to)))
        insert_rows(self._connection, centrality, COLUMNS, [row for row in rows if row[0] in there])

    def end(self, key: int, *, by: str, at: datetime) -> None:
        """Note that a calculation is stored completely."""
        ending = update(network_refreshes).where(network_refreshes.c.id == key).values(ended_at=at)
        row = self._connection.execute(ending.returning(network_refreshes)).one()
        detail = {"day": row.day.isoformat(), "people": row.people, "links": row.links, "sample": row.sample}
        self._audit.append(
            "network.refreshed", actor=by, at=at, object_kind="network", object_key=str(key), detail=detail
        )
