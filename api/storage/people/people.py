"""People under supervision, and the sequence numbers of their assessments."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import randbits

from sqlalchemy import Connection, bindparam, exists, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.audit import Audit
from api.storage.people.joined import holder, parts
from api.storage.tables import joins, people, person_records
from api.storage.tables.columns import begins_with
from api.storage.viewer import AGENCY, Viewer
from rms.errors import Conflict

# One statement, so that two writers never get the same sequence.
_take_sequence = text(
    "INSERT INTO people (offender_number, next_sequence, office, pseudonym) "
    "VALUES (:offender_number, 1, :office, :pseudonym) "
    "ON CONFLICT (offender_number) DO UPDATE SET next_sequence = people.next_sequence + 1 "
    "RETURNING id, next_sequence - 1 AS first, pseudonym"
)
_key = select(people.c.id).where(people.c.offender_number == bindparam("number"))


@dataclass(frozen=True)
class Taken:
    """A person, and the first of the sequences taken for them. `is_new`: the person has just been added."""

    person: int
    first: int
    pseudonym: int
    is_new: bool


@dataclass(frozen=True)
class Numbered:
    """The key and the offender number of a person."""

    person: int
    number: str


class People:
    """People in one transaction. `person` is always the key, which the audit log also uses."""

    def __init__(self, connection: Connection, audit: Audit, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._audit = audit
        self._office = viewer.office if viewer else AGENCY

    def key(self, number: str) -> int | None:
        """The key of the person with this offender number, whether or not the viewer may see them."""
        return self._connection.scalar(_key, {"number": number})

    def beginning_with(self, beginning: str, *, most: int) -> tuple[Numbered, ...]:
        """Up to `most` of all people by number, whether or not the viewer may see them.

        The index of the numbers is read from `beginning` on, and no further than the last of these.
        """
        number = people.c.offender_number
        found = select(people.c.id, number).where(begins_with(number, beginning)).order_by(number)
        return tuple(Numbered(*row) for row in self._connection.execute(found.limit(most)))

    def number(self, person: int) -> str | None:
        return self._connection.scalar(select(people.c.offender_number).where(people.c.id == person))

    def numbers(self, keys: Collection[int]) -> Mapping[int, str | None]:
        """The offender number of each of these people."""
        chosen = select(people.c.id, people.c.offender_number).where(people.c.id.in_(keys))
        return {row.id: row.offender_number for row in self._connection.execute(chosen)}

    def holder(self, person: int) -> int | None:
        """The person who has the records of this one now: another one if they were joined. None: unknown."""
        return holder(self._connection, person)

    def parts(self, person: int) -> Mapping[int, str]:
        """The person and everybody joined to them → what each is called: an offender number, or a record."""
        return parts(self._connection, person)

    def exists(self, person: int) -> bool:
        return self._connection.scalar(select(people.c.id).where(people.c.id == person)) is not None

    def keep(self, person: int) -> bool:
        """Whether the person exists. Locks the person until the transaction ends."""
        locked = select(people.c.id).where(people.c.id == person).with_for_update()
        return self._connection.scalar(locked) is not None

    def add(self, number: str | None, *, office: int, by: str, at: datetime) -> int:
        """Add a person who has no assessment yet; returns their key.

        Raises
        ------
        Conflict
            If a person has this number already.
        """
        if number is not None and self.key(number) is not None:
            raise Conflict("There is a person with this offender number already.")
        values = {
            "offender_number": number,
            "next_sequence": 0,
            "office": office,
            "pseudonym": new_pseudonym(),
        }
        person: int = self._connection.execute(insert(people).returning(people.c.id), values).scalar_one()
        self._audit.append(
            "person.added",
            actor=by,
            at=at,
            object_kind="person",
            object_key=str(person),
            detail={"office": office},
        )
        return person

    def take_sequence(self, number: str) -> Taken:
        """The next sequence of the person with this number, who is added if they are unknown."""
        drawn = new_pseudonym()
        values = {"offender_number": number, "office": self._office, "pseudonym": drawn}
        row = self._connection.execute(_take_sequence, values).one()
        return Taken(row.id, row.first, row.pseudonym, is_new=row.pseudonym == drawn)

    def take_sequences(self, numbers: Mapping[str, int]) -> Mapping[str, Taken]:
        """The same for many people; `numbers` has how many sequences each needs.

        People are locked in the order of their numbers, so that two imports never wait for each other.
        """
        if not numbers:
            return {}
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        taking = dialect.insert(people)
        later = people.c.next_sequence + taking.excluded.next_sequence
        taken = taking.on_conflict_do_update(
            index_elements=["offender_number"], set_={"next_sequence": later}
        ).returning(people.c.id, people.c.offender_number, people.c.next_sequence, people.c.pseudonym)
        drawn = {number: new_pseudonym() for number in sorted(numbers)}
        rows = self._connection.execute(
            taken,
            [
                {
                    "offender_number": number,
                    "next_sequence": numbers[number],
                    "office": self._office,
                    "pseudonym": pseudonym,
                }
                for number, pseudonym in drawn.items()
            ],
        )
        return {
            row.offender_number: Taken(
                row.id,
                row.next_sequence - numbers[row.offender_number],
                row.pseudonym,
                is_new=row.pseudonym == drawn[row.offender_number],
            )
            for row in rows
        }

    def give_back(self, person: int, count: int) -> None:
        """Give so many sequences back. This transaction has locked the person, so no other has seen them."""
        of_person = update(people).where(people.c.id == person)
        self._connection.execute(of_person.values(next_sequence=people.c.next_sequence - count))

    def of_offices(self) -> Mapping[int, int]:
        """Key of each office with people → number of its people."""
        emptied = select(joins.c.moved_from).where(
            ~exists().where(person_records.c.person == joins.c.moved_from)
        )  # joined to another person
        counted = select(people.c.office, func.count().label("people")).where(people.c.id.not_in(emptied))
        counted = counted.group_by(people.c.office)
        return {row.office: row.people for row in self._connection.execute(counted)}


def new_pseudonym() -> int:
    """A random number, from so many that no two people of an agency get the same."""
    return randbits(63)
