"""Likely duplicates: pairs of records that may be of one person, and those that were joined."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import randbits
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.audit import Audit
from api.storage.database import hold_records
from api.storage.people.caseload import Caseload
from api.storage.tables import (
    duplicates,
    duplicates_due,
    joins,
    offices,
    people,
    person_records,
    separations,
    sources,
    users,
)
from rms.errors import ListChanged

AT_ONCE = 10_000  # rows of a statement
_first, _second = person_records.alias("of_first"), person_records.alias("of_second")


class DuplicateSearch(NamedTuple):
    """A search for duplicates: its number, and how many records are new or have changed."""

    number: int
    changed: int


class RecordToCompare(NamedTuple):
    """A record, its person, their offender number, and what records are compared by, as the source wrote it.

    `changed`: its duplicates have not been looked for since it changed.
    """

    record: int
    person: int
    number: str | None
    changed: bool
    forename: str | None
    surname: str | None
    date_of_birth: date | None
    sex: str | None
    pnc: str | None
    cro: str | None


@dataclass(frozen=True)
class Proposed:
    """A pair to propose: `first` < `second`, and `evidence` by field."""

    first: int
    second: int
    weight: float
    evidence: Mapping[str, str]


@dataclass(frozen=True)
class RecordShown:
    """A record as people see it beside another. `home_area` is the name of the area."""

    record: int
    person: int
    source: str
    source_id: str
    forename: str | None
    surname: str | None
    date_of_birth: date | None
    sex: str | None
    home_area: str | None
    pnc: str | None
    cro: str | None
    offender_number: str | None  # the person's


@dataclass(frozen=True)
class DuplicatePair:
    """A proposed pair."""

    id: int
    weight: float
    evidence: Mapping[str, str]
    proposed_at: datetime
    first: RecordShown
    second: RecordShown


@dataclass(frozen=True)
class JoinedPair:
    """A decision in force that two records are of one person."""

    id: int
    joined_by: str
    joined_at: datetime
    reason: str
    first: RecordShown
    second: RecordShown


@dataclass(frozen=True)
class DuplicatesPart:
    """A page of the `total` pairs that the viewer may see, the most probable first."""

    pairs: tuple[DuplicatePair, ...]
    total: int
    is_last: bool


class Duplicates:
    """Likely duplicates in one transaction. A viewer finds the pairs of which they may see both people."""

    def __init__(self, connection: Connection, audit: Audit, caseload: Caseload) -> None:
        self._connection = connection
        self._audit = audit
        self._caseload = caseload

    def begin_search(self) -> DuplicateSearch:
        """Take over all records that are due. One that changes while the search is under way is due again."""
        number = randbits(62)
        taken = self._connection.execute(update(duplicates_due).values(search=number))
        return DuplicateSearch(number, taken.rowcount)

    def to_compare(self, search: DuplicateSearch) -> Iterator[RecordToCompare]:
        """Every record of every person."""
        told = (person_records.c[name] for name in RecordToCompare._fields[4:])
        chosen = (
            select(
                person_records.c.id,
                person_records.c.person,
                people.c.offender_number,
                duplicates_due.c.record.is_not(None),
                *told,
            )
            .join(people, people.c.id == person_records.c.person)
            .outerjoin(
                duplicates_due,
                and_(
                    duplicates_due.c.record == person_records.c.id, duplicates_due.c.search == search.number
                ),
            )
            .order_by(person_records.c.id)
        )
        for row in self._connection.execute(chosen, execution_options={"yield_per": AT_ONCE}):
            yield RecordToCompare(*row)

    def outdated(
        self, search: DuplicateSearch, found: Sequence[Proposed], *, everybody: bool
    ) -> tuple[int, ...]:
        """The keys of the proposals that this search has not found again.

        Without `everybody`, only proposals of the records of this search.
        """
        searched = select(duplicates_due.c.record).where(duplicates_due.c.search == search.number)
        earlier = select(duplicates.c.id, duplicates.c.first, duplicates.c.second)
        if not everybody:
            earlier = earlier.where(or_(duplicates.c.first.in_(searched), duplicates.c.second.in_(searched)))
        kept = {(pair.first, pair.second) for pair in found}
        rows = self._connection.execute(earlier, execution_options={"yield_per": AT_ONCE})
        return tuple(row.id for row in rows if (row.first, row.second) not in kept)

    def withdraw(self, keys: Sequence[int]) -> None:
        """Remove these proposals."""
        if not keys:
            return
        gone = delete(duplicates).where(duplicates.c.id == bindparam("key"))
        self._connection.execute(gone, [{"key": key} for key in keys])

    def propose(self, found: Sequence[Proposed], *, at: datetime) -> None:
        """Propose these pairs, but for those that are decided already."""
        if not found:
            return
        hold_records(self._connection)
        newest = self._connection.scalar(select(func.max(duplicates.c.id))) or 0
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        adding = dialect.insert(duplicates)
        adding = adding.on_conflict_do_update(
            index_elements=["first", "second"],
            set_={"weight": adding.excluded.weight, "evidence": adding.excluded.evidence},
        )
        self._connection.execute(adding, [{**vars(pair), "proposed_at": at} for pair in found])
        self.remove_decided(after=newest)

    def end_search(
        self, search: DuplicateSearch, *, found: int, too_alike: int, everybody: bool, by: str, at: datetime
    ) -> int:
        """End a search whose `found` pairs are proposed; returns how many pairs wait for a decision."""
        hold_records(self._connection)
        self.remove_decided()
        self._connection.execute(delete(duplicates_due).where(duplicates_due.c.search == search.number))
        waiting = self._connection.execute(select(func.count()).select_from(duplicates)).scalar_one()
        self._audit.append(
            "duplicates.proposed",
            actor=by,
            at=at,
            object_kind="duplicates",
            object_key="",
            detail={"found": found, "waiting": waiting, "everybody": everybody, "too_alike": too_alike},
        )
        return waiting

    def page(self, *, after: int | None, most: int) -> DuplicatesPart:
        """Up to `most` pairs after the pair `after`.

        Raises
        ------
        ListChanged
            If that pair is no longer proposed.
        """
        beyond = self._pairs().order_by(duplicates.c.weight.desc(), duplicates.c.id.desc())
        if after is not None:
            weight = self._connection.scalar(select(duplicates.c.weight).where(duplicates.c.id == after))
            if weight is None:
                raise ListChanged
            beyond = beyond.where(
                or_(
                    duplicates.c.weight < weight,
                    and_(duplicates.c.weight == weight, duplicates.c.id < after),
                )
            )
        rows = self._connection.execute(beyond.limit(most + 1)).all()
        total = self._connection.execute(
            select(func.count()).select_from(self._pairs().subquery())
        ).scalar_one()
        shown = self._shown(rows[:most])
        pairs = tuple(
            DuplicatePair(
                row.id, row.weight, row.evidence, row.proposed_at, shown[row.first], shown[row.second]
            )
            for row in rows[:most]
        )
        self._note_look(shown)
        return DuplicatesPart(pairs, total, len(rows) <= most)

    def pair(self, first: int, second: int) -> DuplicatePair | None:
        """The proposed pair of these records, if the viewer may see both people."""
        row = self._connection.execute(self._pairs().where(*_is_pair(duplicates, first, second))).first()
        if row is None:
            return None
        shown = self._shown([row])
        self._note_look(shown)
        return DuplicatePair(
            row.id, row.weight, row.evidence, row.proposed_at, shown[row.first], shown[row.second]
        )

    def joined(self, *, most: int) -> tuple[JoinedPair, ...]:
        """The latest decisions in force that two records are of one person, if the viewer may see them."""
        return self._joined(self._joins().order_by(joins.c.id.desc()).limit(most))

    def joined_pair(self, first: int, second: int) -> JoinedPair | None:
        """The decision in force that these two records are of one person."""
        found = self._joined(self._joins().where(*_is_pair(joins, first, second)))
        return found[0] if found else None

    def _joined(self, chosen: Select[Any]) -> tuple[JoinedPair, ...]:
        rows = self._connection.execute(chosen).all()
        shown = self._shown(rows)
        self._note_look(shown)
        return tuple(
            JoinedPair(row.id, row.username, row.joined_at, row.reason, shown[row.first], shown[row.second])
            for row in rows
        )

    def persons(self, first: int, second: int) -> tuple[int, int] | None:
        """The people of two records, if there are such records and the viewer may see both people."""
        chosen = select(person_records.c.id, person_records.c.person).where(
            person_records.c.id.in_((first, second)), self._caseload.theirs(person_records.c.person)
        )
        found = {row.id: row.person for row in self._connection.execute(chosen)}
        return (found[first], found[second]) if len(found) == 2 else None

    def remove_decided(self, *, of: Collection[int] | None = None, after: int = 0) -> None:
        """Remove pairs, of these people or of all, on which there is nothing to decide.

        Only pairs with keys above `after`.
        """
        one, other = people.alias("one"), people.alias("other")
        pairs = (
            select(duplicates.c.id)
            .join(_first, _first.c.id == duplicates.c.first)
            .join(_second, _second.c.id == duplicates.c.second)
            .join(one, one.c.id == _first.c.person)
            .join(other, other.c.id == _second.c.person)
            .where(
                duplicates.c.id > after,
                or_(
                    _first.c.person == _second.c.person,
                    one.c.offender_number != other.c.offender_number,
                    apart(_first.c.person, _second.c.person),
                    apart(_second.c.person, _first.c.person),
                ),
            )
        )
        if of is not None:
            pairs = pairs.where(or_(_first.c.person.in_(of), _second.c.person.in_(of)))
        self._connection.execute(delete(duplicates).where(duplicates.c.id.in_(pairs)))

    def _pairs(self) -> Select[Any]:
        return self._visible(select(duplicates), duplicates)

    def _joins(self) -> Select[Any]:
        chosen = select(joins, users.c.username).join(users, users.c.id == joins.c.joined_by)
        return self._visible(chosen.where(joins.c.undone_at.is_(None)), joins)

    def _visible(self, chosen: Select[Any], table: Any) -> Select[Any]:
        return (
            chosen.join(_first, _first.c.id == table.c.first)
            .join(_second, _second.c.id == table.c.second)
            .where(self._caseload.theirs(_first.c.person), self._caseload.theirs(_second.c.person))
        )

    def _shown(self, rows: Sequence[Row[Any]]) -> Mapping[int, RecordShown]:
        """The records of these pairs, by key."""
        keys = {key for row in rows for key in (row.first, row.second)}
        own = ("source_id", "forename", "surname", "date_of_birth", "sex", "pnc", "cro")
        chosen = (
            select(
                person_records.c.id.label("record"),
                person_records.c.person,
                sources.c.name.label("source"),
                *(person_records.c[name] for name in own),
                offices.c.name.label("home_area"),
                people.c.offender_number,
            )
            .join(sources, sources.c.id == person_records.c.source)
            .join(people, people.c.id == person_records.c.person)
            .outerjoin(offices, offices.c.id == person_records.c.home_area)
            .where(person_records.c.id.in_(keys))
        )
        return {row.record: RecordShown(**row._mapping) for row in self._connection.execute(chosen)}

    def _note_look(self, shown: Mapping[int, RecordShown]) -> None:
        self._audit.listed("duplicates.listed", people={one.person for one in shown.values()})


def _is_pair(table: Any, first: int, second: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.first == min(first, second), table.c.second == max(first, second)


def apart(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a record of one person and a later one of the other are kept apart."""
    lower, upper = person_records.alias(), person_records.alias()
    return exists().where(
        lower.c.person == one,
        upper.c.person == other,
        separations.c.first == lower.c.id,
        separations.c.second == upper.c.id,
    )
