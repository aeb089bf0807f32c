"""People who were joined: who has their records now, and what each of them is called.

A join moves the records of one person to another. The key of the one without records stays, and with it what
users did and saw before.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, exists, select

from api.storage.tables import joined_records, joins, people, person_records, sources

NAMELESS = "a person without a number or records"

_recorded = exists().where(person_records.c.person == people.c.id)


def holder(connection: Connection, person: int) -> int | None:
    """The person who has the records of this one now: themselves, unless they were joined. None: unknown.

    A person who never had any records is their own.
    """
    passed: set[int] = set()
    while person not in passed:
        passed.add(person)
        row = connection.execute(select(people.c.id, _recorded).where(people.c.id == person)).first()
        if row is None:
            return None
        last = (
            select(joins.c.moved_to)
            .where(joins.c.moved_from == person, joins.c.undone_at.is_(None))
            .order_by(joins.c.id.desc())
            .limit(1)
        )
        moved_to = None if row[1] else connection.scalar(last)
        if moved_to is None:
            break
        person = moved_to
    return person


def parts(connection: Connection, person: int) -> Mapping[int, str]:
    """The person and everybody joined to them → what each is called.

    An offender number names a person. Without one, the first record that was their own does.
    """
    own: dict[int, str] = {}
    passed_on: dict[int, str] = {}  # by people who had the record in between
    decisions = (
        select(
            person_records.c.id,
            person_records.c.source_id,
            sources.c.name.label("source"),
            joins.c.moved_from,
        )
        .join(sources, sources.c.id == person_records.c.source)
        .outerjoin(
            joined_records,
            (joined_records.c.record == person_records.c.id) & joined_records.c.moved_back_at.is_(None),
        )
        .outerjoin(joins, joins.c.id == joined_records.c.decision)
        .where(person_records.c.person == person)
        .order_by(person_records.c.id, joins.c.id)
    )
    records: set[int] = set()
    for row in connection.execute(decisions):
        # The first join of a record says whose it was before.
        whose = passed_on if row.id in records else own
        whose.setdefault(row.moved_from or person, f"person {row.source_id} of {row.source}")
        records.add(row.id)
    number = connection.scalar(select(people.c.offender_number).where(people.c.id == person))
    called = number or own.get(person, NAMELESS)
    return {person: called} | passed_on | own | {person: called}  # the person first
