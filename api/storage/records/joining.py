"""Decisions on likely duplicates: records of two people become those of one, or are kept apart for ever.

A join moves all records of one person to the other. The person who has lost them keeps their key, so that a
separation can move them back there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.audit import Audit
from api.storage.database import hold_records
from api.storage.people.belonging import Belonging
from api.storage.people.people import People, new_pseudonym
from api.storage.records.due import note_duplicates_due, note_scores_due
from api.storage.records.duplicates import DuplicatePair, Duplicates, apart
from api.storage.tables import (
    associations,
    comparison_people,
    holds,
    joined_records,
    joins,
    meeting_people,
    people,
    person_records,
    recommendations,
    record_versions,
    separations,
    service_notes,
)
from api.storage.tables.records import OF_A_PERSON
from api.storage.viewer import AGENCY
from rms.errors import Conflict
from rms.people.matching import may_be_one_person

ALREADY_ONE = "These records are of one person already."
TWO_NUMBERS = (
    "These people have different offender numbers. RMS does not join them: correct the number first."
)
KEPT_APART = "Somebody has decided that these are two people. They stay apart."
# What belongs to a record, and goes with it to another person.
MOVED_WITH_RECORD = (
    *(*OF_A_PERSON, record_versions, recommendations),
    *(meeting_people, comparison_people, service_notes),
)


class Joining:
    """Joins and separations in one transaction."""

    def __init__(
        self,
        connection: Connection,
        audit: Audit,
        *,
        duplicates: Duplicates,
        belonging: Belonging,
        people: People,
    ) -> None:
        self._connection = connection
        self._audit = audit
        self._duplicates = duplicates
        self._belonging = belonging
        self._people = people

    def join(self, pair: DuplicatePair, *, reason: str, user: int, by: str, at: datetime) -> int:
        """Move the records of one person to the other, who is returned: the one with an offender number.

        If neither has one, the person who was known first stays.

        Raises
        ------
        Conflict
            If the records are of one person already, if the people have different offender numbers, or if
            somebody has decided that they are two people.
        """
        hold_records(self._connection)
        first, second = pair.first.record, pair.second.record
        persons = self._duplicates.persons(first, second)
        if persons is None or persons[0] == persons[1]:
            raise Conflict(ALREADY_ONE)
        numbers = self._people.numbers(persons)
        if not may_be_one_person(*(numbers[person] for person in persons)):
            raise Conflict(TWO_NUMBERS)
        if self._are_apart(persons):
            raise Conflict(KEPT_APART)
        stays, goes = sorted(persons, key=lambda person: (numbers[person] is None, person))
        moving = self._records_of(goes)
        values = {
            **{"first": first, "second": second, "moved_from": goes, "moved_to": stays},
            **{"weight": pair.weight, "evidence": pair.evidence},
            **{"joined_by": user, "joined_at": at, "reason": reason},
        }
        decision = self._connection.execute(insert(joins).returning(joins.c.id), values).scalar_one()
        self._connection.execute(
            insert(joined_records), [{"decision": decision, "record": record} for record in moving]
        )
        self._move(moving, to=stays)
        self._hold_too(goes, stays, by=by, at=at)
        self._settle(persons, by=by, at=at)
        self._note("records.joined", stays, goes, by=by, at=at, decision=decision)
        return stays

    def separate(self, first: int, second: int, *, reason: str, user: int, by: str, at: datetime) -> None:
        """Decide that two records are of two people. It cannot be undone.

        If they were joined, the records that the join moved go back. If the offender number alone has made
        them one, the second record goes to a new person without a number.
        """
        hold_records(self._connection)
        persons = self._duplicates.persons(first, second)
        if persons is None:
            return
        one, other = persons
        action = "records.kept_apart"
        if one == other:
            action = "records.separated"
            other = self._undo(first, second, at=at)
            self._hold_too(one, other, by=by, at=at)
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        values: dict[str, Any] = {"first": min(first, second), "second": max(first, second)}
        values |= {"separated_by": user, "separated_at": at, "reason": reason}
        self._connection.execute(dialect.insert(separations).values(values).on_conflict_do_nothing())
        self._settle((one, other), by=by, at=at)
        self._note(action, one, other, by=by, at=at)

    def _hold_too(self, held: int, other: int, *, by: str, at: datetime) -> None:
        """Put the legal hold on one person, if any, on the other too: it is on the records that moved.

        If both have one, the other's reason says both.
        """
        of = {
            row.person: row
            for row in self._connection.execute(select(holds).where(holds.c.person.in_((held, other))))
        }
        if held not in of:
            return
        if other not in of:
            self._connection.execute(insert(holds), {**of[held]._mapping, "person": other})
        elif of[held].reason not in of[other].reason:
            reason, others = of[held].reason, of[other].reason
            both = reason if others in reason else f"{others} {reason}"
            self._connection.execute(update(holds).where(holds.c.person == other).values(reason=both))
        else:
            return
        self._audit.append("hold.placed", actor=by, at=at, object_kind="person", object_key=str(other))

    def _undo(self, first: int, second: int, *, at: datetime) -> int:
        """Take back the last join that made these two of one person; returns who gets the records."""
        moved = (
            select(joined_records.c.decision, joined_records.c.record)
            .where(joined_records.c.record.in_((first, second)), joined_records.c.moved_back_at.is_(None))
            .order_by(joined_records.c.decision)
        )
        by_decision: dict[int, set[int]] = {}
        for row in self._connection.execute(moved):
            by_decision.setdefault(row.decision, set()).add(row.record)
        undone = [decision for decision, records in by_decision.items() if len(records) == 1]
        if not undone:
            return self._move_to_new_person(max(first, second))
        decision = undone[-1]
        person: int = self._connection.execute(
            select(joins.c.moved_from).where(joins.c.id == decision)
        ).scalar_one()
        moving = list(
            self._connection.scalars(
                select(joined_records.c.record).where(
                    joined_records.c.decision == decision, joined_records.c.moved_back_at.is_(None)
                )
            )
        )
        self._connection.execute(update(joins).where(joins.c.id == decision).values(undone_at=at))
        # Later joins moved these records on with others. Of those, they are no longer part.
        self._connection.execute(
            update(joined_records)
            .where(
                joined_records.c.decision >= decision,
                joined_records.c.record.in_(moving),
                joined_records.c.moved_back_at.is_(None),
            )
            .values(moved_back_at=at)
        )
        self._move(moving, to=person)
        return person

    def _move_to_new_person(self, record: int) -> int:
        area = self._connection.scalar(
            select(person_records.c.home_area).where(person_records.c.id == record)
        )
        values = {"office": area or AGENCY, "home_area": area, "follows_home": True, "next_sequence": 0}
        adding = insert(people).returning(people.c.id)
        person: int = self._connection.execute(adding, {**values, "pseudonym": new_pseudonym()}).scalar_one()
        self._move([record], to=person)
        return person

    def _move(self, moving: Collection[int], *, to: int) -> None:
        """Give these records, what belongs to them and what was known of them to a person."""
        self._connection.execute(
            update(person_records).where(person_records.c.id.in_(moving)).values(person=to)
        )
        for table in MOVED_WITH_RECORD:
            self._connection.execute(update(table).where(table.c.record.in_(moving)).values(person=to))
        self._connection.execute(
            update(associations).where(associations.c.other_record.in_(moving)).values(other=to)
        )

    def _settle(self, persons: Collection[int], *, by: str, at: datetime) -> None:
        """After a decision: where these people live, their scores, and which of their pairs still wait."""
        homes: dict[int, int] = {}
        for person in persons:
            newest = (
                select(person_records.c.home_area)
                .where(person_records.c.person == person, person_records.c.home_area.is_not(None))
                .order_by(person_records.c.known_from.desc(), person_records.c.id.desc())
                .limit(1)
            )
            area = self._connection.scalar(newest)
            if area is not None:
                homes[person] = area
        self._belonging.live_in(homes, by=by, at=at)
        note_scores_due(self._connection, persons)
        self._duplicates.remove_decided(of=persons)
        # A person with other records has other duplicates.
        note_duplicates_due(self._connection, person_records.c.person.in_(persons))

    def _are_apart(self, persons: Sequence[int]) -> bool:
        one, other = (literal(person, Integer) for person in persons)
        return bool(self._connection.scalar(select(or_(apart(one, other), apart(other, one)))))

    def _records_of(self, person: int) -> list[int]:
        chosen = select(person_records.c.id).where(person_records.c.person == person)
        return list(self._connection.scalars(chosen.order_by(person_records.c.id)))

    def _note(self, action: str, person: int, other: int, *, by: str, at: datetime, **detail: int) -> None:
        self._audit.append(
            action,
            actor=by,
            at=at,
            object_kind="person",
            object_key=str(person),
            detail={"other": other, **detail},
            people=[other],
        )
