"""Who looked at a person, when and at what: the audit entries about them in words, a line for each visit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from api.services.context import Context
from api.services.governance.audit_wording import Names, sentence, shown_assessments
from api.services.people.finding import MOST_FOUND, Found, FoundPerson
from api.services.people.naming import PersonNamed, key_of
from api.storage import AuditCriteria, Entry, Transaction
from rms.errors import NotFound

SHORTEST_BEGINNING = 3  # characters: auditors see no lists of people, so they need part of a number
UNKNOWN = "There are no records of this person, or they have been erased."
MOMENT = timedelta(seconds=1)  # the entries of one request are not further apart
# Looks that can be part of another one, which shows more of the same assessments.
PART_OF: Mapping[str, frozenset[str]] = {
    "assessments.counted": frozenset({"assessments.listed", "assessments.exported", "person.read"}),
    "assessments.listed": frozenset({"assessment.read", "person.read"}),
    "overrides.listed": frozenset({"assessment.read"}),
    "person.read": frozenset({"assessment.read"}),
}


@dataclass(frozen=True)
class Visit:
    """Something that a user did or saw. `said` follows the name of the `actor`.

    `entries` are the numbers of its audit entries, oldest first.
    """

    at: datetime
    actor: str
    action: str
    said: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class _Told:
    """What an entry tells, and the assessments that it names. `entries` has also those that tell no more."""

    entry: Entry
    said: str
    names: frozenset[str]
    entries: tuple[int, ...]

    def is_part_of(self, other: "_Told") -> bool:
        return other.entry.action in PART_OF[self.entry.action] and self.names <= other.names

    def with_entries_of(self, other: "_Told") -> "_Told":
        return replace(self, entries=(*self.entries, *other.entries))


@dataclass(frozen=True)
class VisitsPage:
    """Visits to the person who is `called` so, newest first.

    `next` is the number of the entry that the next page follows; None: no more.
    """

    called: str
    visits: tuple[Visit, ...]
    next: int | None


def visits_to(
    context: Context,
    named: PersonNamed | None,
    criteria: AuditCriteria,
    *,
    limit: int,
    before: int | None = None,
) -> VisitsPage:
    """Who did or saw something of this person, or of one who was joined to them. The search itself is logged.

    Raises
    ------
    NotFound
        If there is no such person.
    """
    entries: tuple[Entry, ...] = ()
    names = Names()
    with context.store.reading() as tx:
        person = None if named is None else key_of(named, tx)
        if person is not None:
            theirs = replace(criteria, people=tuple(tx.people.parts(person)))
            entries = tx.audit.page(theirs, limit=limit + 1, before=before)
            names = names_about(person, entries, tx)
    with context.store.transaction() as tx:
        tx.audit.append(
            "audit.person_read",
            actor=context.by,
            at=context.at,
            object_kind="person",
            object_key=str(person or ""),
            detail={"criteria": ",".join(criteria.names)},
        )
    if person is None:
        raise NotFound(UNKNOWN)
    runs = list(_runs(reversed(entries[:limit]), names))
    is_last = len(entries) <= limit
    if not is_last and len(runs) > 1:
        runs = runs[1:]  # the earliest may have more entries on the next page
    shown = tuple(visit for run in runs for visit in run)
    return VisitsPage(
        names.person, shown[::-1], None if is_last else min(visit.entries[0] for visit in shown)
    )


def people_beginning_with(context: Context, beginning: str) -> Found:
    """People whose offender number begins so, for a caller who knows only part of it. The look is logged.

    Nobody if the beginning is shorter than `SHORTEST_BEGINNING`.
    """
    if len(beginning) < SHORTEST_BEGINNING:
        return Found(())
    with context.store.reading() as tx:
        found = tx.people.beginning_with(beginning, most=MOST_FOUND + 1)
        tx.audit.listed("people.found", people=[one.person for one in found[:MOST_FOUND]])
    people = tuple(FoundPerson(one.number) for one in found[:MOST_FOUND])
    return Found(people, more=len(found) > MOST_FOUND)


def visits(entries: Iterable[Entry], names: Names) -> Iterator[Visit]:
    """The entries about a person in words, oldest first as they are given.

    What one user did several times in one minute is one visit, which says how often. Looks that show no more
    than another one of the same moment belong to it.
    """
    for run in _runs(entries, names):
        yield from run


def names_about(person: int, entries: Sequence[Entry], tx: Transaction) -> Names:
    """The names behind the keys in these entries about this person, as far as they still exist."""
    parts = tx.people.parts(person)
    return Names(
        person=parts[person],
        looked_at=_looked_at(entries, parts, tx) if len(parts) > 1 else {},
        assessments=tx.personal_records.assessments(person),
        overrides=tx.personal_records.overrides(person),
        users={user.id: user.username for user in tx.accounts.users()},
        offices={office.id: office.name for office in tx.offices.all()},
    )


def _looked_at(entries: Sequence[Entry], parts: Mapping[int, str], tx: Transaction) -> dict[int, str]:
    """Number of each entry → whom it names, or else everybody of `parts` whom it is about."""
    about = tx.audit.people_of(entries, parts)
    found = {}
    for entry in entries:
        named = int(entry.object_key) if entry.object_kind == "person" and entry.object_key else None
        people = [named] if named in parts else about.get(entry.sequence, ())
        found[entry.sequence] = " and ".join(called for key, called in parts.items() if key in people)
    return found


def _moments(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Consecutive entries of one user and one moment."""
    moment: list[Entry] = []
    for entry in entries:
        if moment and not (entry.actor == moment[0].actor and entry.at - moment[0].at < MOMENT):
            yield moment
            moment = []
        moment.append(entry)
    if moment:
        yield moment


def _runs(entries: Iterable[Entry], names: Names) -> Iterator[list[Visit]]:
    """The visits of one user in one minute, between those of others. Each entry is in one visit."""
    moments = (_merged([_told(entry, names) for entry in moment]) for moment in _moments(entries))
    for _, run in groupby(moments, key=lambda moment: (moment[0].entry.actor, _minute(moment[0].entry.at))):
        yield list(_counted(run))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _counted(moments: Iterable[list[_Told]]) -> Iterator[Visit]:
    """One visit for all looks with the same words, with the number of times."""
    by_words: dict[str, list[_Told]] = {}
    for told in (told for moment in moments for told in moment):
        by_words.setdefault(told.said, []).append(told)
    for said, same in by_words.items():
        first, numbers = same[0].entry, sorted(number for told in same for number in told.entries)
        often = f", {len(same)} times" if len(same) > 1 else ""
        yield Visit(first.at, first.actor, first.action, f"{said}{often}", tuple(numbers))


def _told(entry: Entry, names: Names) -> _Told:
    return _Told(entry, sentence(entry, names), shown_assessments(entry, names), (entry.sequence,))


def _merged(moment: list[_Told]) -> list[_Told]:
    """The looks of one moment: each sentence once, and no look that is part of another one."""
    by_words: dict[str, _Told] = {}
    for told in moment:
        same = by_words.get(told.said)
        by_words[told.said] = told if same is None else same.with_entries_of(told)
    for said in [said for said, told in by_words.items() if told.entry.action in PART_OF]:
        told = by_words[said]
        other = next((other for other in by_words.values() if told.is_part_of(other)), None)
        if other is not None:
            by_words[other.said] = other.with_entries_of(told)
            del by_words[said]
    return list(by_words.values())
