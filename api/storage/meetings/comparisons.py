"""Comparisons of people on a list with people who are not. They are of the whole agency, and name nobody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from api.storage.audit import Audit
from api.storage.tables import (
    comparison_people,
    comparisons,
    harm_scores,
    offices,
    person_records,
    recommendation_decisions,
    recommendations,
)
from rms.harm.settings import COMPONENTS


@dataclass(frozen=True)
class Comparison:
    """`treatment`: who is on the list, in words. `unmatched`: how many of them have no match."""

    id: int
    title: str
    treatment: str
    day: date
    rules: str
    unmatched: int
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class ComparedPerson:
    """A person as known on the day. `pair`: the number of the pair; None without a match."""

    id: int
    person: int
    listed: bool
    pair: int | None
    age: int | None
    sex: str | None
    area_kind: str | None
    score: float
    recency: float
    frequency: float
    severity: float
    drugs: float
    intelligence: float
    band: int | None
    managed: bool | None


_select = select(*(comparisons.c[name] for name in Comparison.__dataclass_fields__))


class Comparisons:
    """The comparisons in one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def population(self) -> Iterator[Any]:
        """Everybody with a harm score who is not known to have died, with a source record of theirs."""
        c, columns = harm_scores.c, [harm_scores.c[name] for name in COMPONENTS]
        newest = select(person_records.c.person, func.max(person_records.c.id).label("record"))
        of_person = newest.group_by(person_records.c.person).subquery()
        chosen = (
            select(
                *(c.person, of_person.c.record, c.score, *columns, c.band, c.managed, c.born),
                *(person_records.c.sex, offices.c.kind.label("area_kind")),
            )
            .join(of_person, of_person.c.person == c.person)
            .join(person_records, person_records.c.id == of_person.c.record)
            .outerjoin(offices, offices.c.id == c.home_area)
            .where(c.deceased.is_(False))
            .order_by(c.person)
        )
        rows: Iterable[Any] = self._connection.execute(chosen)
        yield from rows

    def accepted(self) -> Mapping[int, str]:
        """Person → the kind of the recommendation about them that was accepted last."""
        c, decided = recommendations.c, recommendation_decisions.c
        chosen = (
            select(c.person, c.kind)
            .join(recommendation_decisions, decided.recommendation == c.id)
            .where(decided.state == "accepted")
            .order_by(decided.decided_at, c.id)
        )
        return {row.person: row.kind for row in self._connection.execute(chosen)}

    def add(
        self,
        people: Sequence[Mapping[str, Any]],
        *,
        title: str,
        treatment: str,
        day: date,
        rules: str,
        unmatched: int,
        by: str,
        at: datetime,
    ) -> int:
        """Keep a comparison. Returns its key."""
        values = {
            **{"title": title, "treatment": treatment, "day": day, "rules": rules},
            **{"unmatched": unmatched, "made_by": by, "made_at": at},
        }
        adding = insert(comparisons).returning(comparisons.c.id)
        key: int = self._connection.execute(adding, values).scalar_one()
        if people:
            rows = [{**one, "comparison": key} for one in people]
            self._connection.execute(insert(comparison_people), rows)
        self._audit.append(
            "comparison.made",
            actor=by,
            at=at,
            object_kind="comparison",
            object_key=str(key),
            detail={"people": len(people), "day": day.isoformat()},
            people=sorted(one["person"] for one in people),
        )
        return key

    def are_on_record(self, records: Mapping[int, int]) -> bool:
        """Whether each source record is still of this person: record → person.

        They stay so until the transaction ends.
        """
        c = person_records.c
        chosen = select(c.id, c.person).where(c.id.in_(records)).with_for_update(read=True, key_share=True)
        return {row.id: row.person for row in self._connection.execute(chosen)} == records

    def number(self, *, of: str | None = None) -> int:
        """How many comparisons there are; `of`: that this user has set up."""
        counted = select(func.count()).select_from(comparisons)
        if of is not None:
            counted = counted.where(comparisons.c.made_by == of)
        return self._connection.scalar(counted) or 0

    def get(self, key: int) -> Comparison | None:
        row = self._connection.execute(_select.where(comparisons.c.id == key)).one_or_none()
        return None if row is None else Comparison(*row)

    def latest(self, *, limit: int, before: int | None = None) -> tuple[Comparison, ...]:
        """Up to `limit`, the last one first; with `before` those set up before that key."""
        chosen = _select if before is None else _select.where(comparisons.c.id < before)
        rows = self._connection.execute(chosen.order_by(comparisons.c.id.desc()).limit(limit))
        return tuple(Comparison(*row) for row in rows)

    def delete(self, key: int, *, by: str, at: datetime) -> None:
        """Delete a comparison with its people."""
        of_key = comparison_people.c.comparison == key
        of_whom = select(comparison_people.c.person).where(of_key).distinct()
        people = sorted(self._connection.scalars(of_whom))
        self._connection.execute(delete(comparison_people).where(of_key))
        self._connection.execute(delete(comparisons).where(comparisons.c.id == key))
        self._audit.append(
            "comparison.deleted",
            actor=by,
            at=at,
            object_kind="comparison",
            object_key=str(key),
            detail={"people": len(people)},
            people=people,
        )

    def people(self, comparison: int) -> tuple[ComparedPerson, ...]:
        """The people of a comparison, in the order of their IDs. Those who were erased are gone."""
        columns = [comparison_people.c[name] for name in ComparedPerson.__dataclass_fields__]
        chosen = select(*columns).where(comparison_people.c.comparison == comparison)
        rows = self._connection.execute(chosen.order_by(comparison_people.c.id))
        return tuple(ComparedPerson(*row) for row in rows)
