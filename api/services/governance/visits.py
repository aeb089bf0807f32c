"""Who looked at a person, when and at what: the audit entries about them in words, a line for each visit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.services.context import Context
from api.services.governance.audit_wording import Names, sentence
from api.services.people.finding import MOST_FOUND, Found, FoundPerson
from api.storage import AuditCriteria, Entry, Transaction
from rms.errors import NotFound

SHORTEST_BEGINNING = 3  # characters: auditors see no lists of people, so they need part of a number
UNKNOWN = "There are no records for this offender number, or they have been erased."
MOMENT = timedelta(seconds=1)  # the entries of one request are not further apart
# Looks that are part of another action: opening a result also reads the list it is in.
INCIDENTAL = frozenset({"person.read", "assessments.listed", "overrides.listed"})


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
class VisitsPage:
    """Visits, newest first. `next` is the number of the entry that the next page follows; None: no more."""

    visits: tuple[Visit, ...]
    next: int | None


def visits_to(
    context: Context, number: str, criteria: AuditCriteria, *, limit: int, before: int | None = None
) -> VisitsPage:
    """Who did or saw something of the person with this number. The search itself is logged.

    Raises
    ------
    NotFound
        If no person has this number.
    """
    with context.store.reading() as tx:
        person = tx.people.key(number)
        entries = (
            ()
            if person is None
            else tx.audit.page(replace(criteria, person=person), limit=limit + 1, before=before)
        )
        names = Names() if person is None else names_about(person, number, tx)
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
    shown = tuple(visits(reversed(entries[:limit]), names))
    is_last = len(entries) <= limit
    if not is_last and len(shown) > 1:
        shown = shown[1:]  # the earliest may have more entries on the next page
    return VisitsPage(shown[::-1], None if is_last else min(visit.entries[0] for visit in shown))


def people_beginning_with(context: Context, beginning: str) -> Found:
    """People whose offender number begins so, for a caller who knows only part of it. The look is logged.

    Nobody if the beginning is shorter than `SHORTEST_BEGINNING`.
    """
    if len(beginning) < SHORTEST_BEGINNING:
        return Found(())
    with context.store.reading() as tx:
        found = tx.people.beginning_with(beginning, most=MOST_FOUND + 1)
        if found:
            tx.audit.looked("people.found", people=[one.person for one in found[:MOST_FOUND]])
    people = tuple(FoundPerson(one.number) for one in found[:MOST_FOUND])
    return Found(people, more=len(found) > MOST_FOUND)


def visits(entries: Iterable[Entry], names: Names) -> Iterator[Visit]:
    """The entries about a person in words, oldest first as they are given.

    Entries of one user and one moment with the same words are one visit. Incidental looks belong to the
    visit that they are part of.
    """
    for moment in _moments(entries):
        by_words: dict[str, Visit] = {}
        for entry in moment:
            said = sentence(entry, names)
            visit = by_words.get(said, Visit(entry.at, entry.actor, entry.action, said, ()))
            by_words[said] = replace(visit, entries=(*visit.entries, entry.sequence))
        yield from _merge_incidental(list(by_words.values()))


def names_about(person: int, number: str, tx: Transaction) -> Names:
    """The names behind the keys in the entries about this person, as far as they still exist."""
    return Names(
        person=number,
        assessments=tx.personal_records.assessments(person),
        overrides=tx.personal_records.overrides(person),
        users={user.id: user.username for user in tx.accounts.users()},
        offices={office.id: office.name for office in tx.offices.all()},
    )


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


def _merge_incidental(moment: list[Visit]) -> Iterator[Visit]:
    """The visits of one moment. Incidental looks are added to the first other visit, if there is one."""
    main = [visit for visit in moment if visit.action not in INCIDENTAL]
    incidental = [visit for visit in moment if visit.action in INCIDENTAL]
    if not main or not incidental:
        yield from moment
        return
    entries = sorted(number for visit in (main[0], *incidental) for number in visit.entries)
    yield replace(main[0], entries=tuple(entries))
    yield from main[1:]
