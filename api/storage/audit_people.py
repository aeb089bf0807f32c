"""Which people each entry of the audit is about: an index, so that an auditor can ask by person.

An entry names what it was done to by keys, and of a count or a file not even that. So each entry has a row
here for every person it is about. A file of many people has one text for each block of so many keys, with a
`1` in the place of each person who is in it: so many rows would take as long as the file.

The index is not part of the chain. What it says of a person is deleted when they are erased; the chain stays.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    insert,
    select,
    text,
    union_all,
    update,
)

from api.storage.audit_entry import Entry
from api.storage.tables import audit, audit_blocks, audit_people

BLOCK = 8192  # keys of people
MOST_ROWS = 1000  # people of one entry that have a row each
NONE = 0  # looked up where an entry names nothing: the time it takes must not tell that
_AS_TEXT = bytes.maketrans(b"\x00\x01", b"01")

_insert = "INSERT INTO audit_people (person, sequence) SELECT DISTINCT"
_done = "ON CONFLICT (person, sequence) DO NOTHING"
_of_person = text(f"{_insert} id, :sequence FROM people WHERE id = :key {_done}")
_of_people = text(f"{_insert} id, :sequence FROM people WHERE id IN :keys {_done}").bindparams(
    bindparam("keys", expanding=True)
)
_of_assessment = text(f"{_insert} person, :sequence FROM assessments WHERE pk = :key {_done}")
_of_assessments = text(f"{_insert} person, :sequence FROM assessments WHERE pk IN :keys {_done}").bindparams(
    bindparam("keys", expanding=True)
)


class PeopleSet:
    """People by their keys, any number of them in a byte for each key."""

    def __init__(self, keys: Iterable[int]) -> None:
        self._is_in = bytearray()
        self._count = 0
        for key in keys:
            if key >= len(self._is_in):
                self._is_in.extend(bytes(max(key + 1, 2 * len(self._is_in)) - len(self._is_in)))
            self._count += not self._is_in[key]
            self._is_in[key] = 1

    def __contains__(self, key: object) -> bool:
        return isinstance(key, int) and key < len(self._is_in) and bool(self._is_in[key])

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return (key for key, is_in in enumerate(self._is_in) if is_in)

    def blocks(self) -> Iterator[tuple[int, str]]:
        """The number of each block with at least one person, and its text."""
        for block in range(-(-len(self._is_in) // BLOCK)):
            part = self._is_in[block * BLOCK : (block + 1) * BLOCK]
            if any(part):
                yield block, part.translate(_AS_TEXT).decode().ljust(BLOCK, "0")


@dataclass(frozen=True)
class Noted:
    """An entry, and the people who were seen besides those it names: it is found by them too."""

    entry: Entry
    people: frozenset[int] | PeopleSet


def add_to_index(connection: Connection, written: Sequence[Noted]) -> None:
    """Index entries that were just linked.

    Who has been erased meanwhile is left out. Nothing is locked: the chain is held already.
    """
    people = [
        {"sequence": one.entry.sequence, "key": key} for one in written for key in _people_in(one.entry)
    ]
    if people:
        connection.execute(_of_person, people)
    alone = []
    for noted in written:
        entry = noted.entry
        keys = _assessments_in(entry)
        if len(keys) == 1:
            alone.append({"sequence": entry.sequence, "key": keys[0]})
        elif keys:
            connection.execute(_of_assessments, {"sequence": entry.sequence, "keys": keys})
        if noted.people:
            _add_seen(connection, entry.sequence, noted.people)
    if alone:
        connection.execute(_of_assessment, alone)


def remove_from_index(connection: Connection, person: int) -> None:
    """Take an erased person out of the blocks; the rows about them go with those of other tables."""
    block, place = divmod(person, BLOCK)
    there = audit_blocks.c.included
    without = func.substr(there, 1, place) + "0" + func.substr(there, place + 2)
    theirs = update(audit_blocks).where(audit_blocks.c.block == block, _has(person))
    connection.execute(theirs.values(included=without))


def about(people: Iterable[int]) -> ColumnElement[bool]:
    """Whether an entry is about one of these people."""
    return audit.c.sequence.in_(union_all(*(part for person in people for part in _entries_of(person))))


def people_of_entries(
    connection: Connection, people: Iterable[int], *, first: int, last: int
) -> Mapping[int, frozenset[int]]:
    """The number of each entry from `first` to `last` that is about some of these people → those."""
    found: dict[int, frozenset[int]] = {}
    for person in people:
        entries = union_all(*_entries_of(person)).subquery()
        chosen = select(entries.c.sequence).where(entries.c.sequence.between(first, last))
        for sequence in connection.scalars(chosen):
            found[sequence] = found.get(sequence, frozenset()) | {person}
    return found


def _entries_of(person: int) -> tuple[Select[tuple[int]], Select[tuple[int]]]:
    alone = select(audit_people.c.sequence).where(audit_people.c.person == person)
    among_many = select(audit_blocks.c.sequence).where(audit_blocks.c.block == person // BLOCK, _has(person))
    return alone, among_many


def _has(person: int) -> ColumnElement[bool]:
    return func.substr(audit_blocks.c.included, person % BLOCK + 1, 1) == "1"


def _add_seen(connection: Connection, sequence: int, seen: frozenset[int] | PeopleSet) -> None:
    if len(seen) <= MOST_ROWS:
        connection.execute(_of_people, {"sequence": sequence, "keys": list(seen)})
        return
    connection.execute(
        insert(audit_blocks),
        [
            {"block": block, "sequence": sequence, "included": included}
            for block, included in _set_of(seen).blocks()
        ],
    )


def _set_of(people: Collection[int]) -> PeopleSet:
    return people if isinstance(people, PeopleSet) else PeopleSet(people)


def _people_in(entry: Entry) -> list[int]:
    """The keys of people that the entry names."""
    return [int(entry.object_key or NONE)] if entry.object_kind == "person" else []


def _assessments_in(entry: Entry) -> list[int]:
    """The keys of assessments that the entry names; of a note or an override, of what it is on."""
    if entry.object_kind == "assessment":
        keys = [entry.object_key] if entry.object_key.isdecimal() else entry.detail.get("keys")
        return list(map(int, keys or [NONE]))
    if entry.object_kind in ("note", "override") and "assessment" in entry.detail:
        return [int(entry.detail["assessment"])]
    return []
