"""Who looked at a person, when, and at what: the entries about them, in words, a line for each visit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.services.context import Context
from api.services.governance.audit_wording import Names, sentence
from api.storage import Entry, Sought, Transaction
from rms.errors import NotFound

UNKNOWN = "There are no records for this offender number, or they have been erased."
MOMENT = timedelta(seconds=1)  # as long as the entries of one request may be apart
# What a request looks at besides, on the way to something else.
ON_THE_WAY = frozenset({"person.read", "assessments.listed", "overrides.listed"})


@dataclass(frozen=True)
class Visit:
    """Something that somebody did or saw. `said` follows the name of the `actor`.

    `entries` are the numbers of the entries that it stands for, the first first.
    """

    at: datetime
    actor: str
    action: str
    said: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class VisitsPage:
    """Visits, newest first, and the number of the entry that the next page follows; None: there is none."""

    visits: tuple[Visit, ...]
    next: int | None


def visits_to(
    context: Context, number: str, sought: Sought, *, limit: int, before: int | None = None
) -> VisitsPage:
    """Who did or saw something of the person with this number; that somebody asks is on record.

    Raises
    ------
    NotFound
        If nobody has this number.
    """
    with context.store.reading() as tx:
        person = tx.people.key(number)
        found = (
            ()
            if person is None
            else tx.audit.page(replace(sought, person=person), limit=limit + 1, before=before)
        )
        names = Names() if person is None else names_about(person, number, tx)
    with context.store.transaction() as tx:
        tx.audit.append(
            "audit.person_read",
            actor=context.by,
            at=context.at,
            object_kind="person",
            object_key=str(person or ""),
            detail={"criteria": ",".join(sought.names)},
        )
    if person is None:
        raise NotFound(UNKNOWN)
    shown = tuple(visits(reversed(found[:limit]), names))
    is_last = len(found) <= limit
    if not is_last and len(shown) > 1:
        shown = shown[1:]  # the earliest may have more entries, on the next page
    return VisitsPage(shown[::-1], None if is_last else min(one.entries[0] for one in shown))


def visits(entries: Iterable[Entry], names: Names) -> Iterator[Visit]:
    """The entries about a person in words, in the same order: oldest first.

    What one user did within a moment and is said in the same words is one visit. What they saw on the way to
    something else belongs to that.
    """
    for moment in _moments(entries):
        told: dict[str, Visit] = {}
        for entry in moment:
            said = sentence(entry, names)
            first = told.get(said, Visit(entry.at, entry.actor, entry.action, said, ()))
            told[said] = replace(first, entries=(*first.entries, entry.sequence))
        yield from _without_what_was_on_the_way(list(told.values()))


def names_about(person: int, number: str, tx: Transaction) -> Names:
    """What the entries about this person name, as far as it still exists."""
    return Names(
        person=number,
        assessments=tx.personal_records.assessments(person),
        overrides=tx.personal_records.overrides(person),
        users={one.id: one.username for one in tx.accounts.users()},
        offices={one.id: one.name for one in tx.offices.all()},
    )


def _moments(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries that follow each other, are of one user, and of one moment."""
    moment: list[Entry] = []
    for entry in entries:
        if moment and not (entry.actor == moment[0].actor and entry.at - moment[0].at < MOMENT):
            yield moment
            moment = []
        moment.append(entry)
    if moment:
        yield moment


def _without_what_was_on_the_way(found: list[Visit]) -> Iterator[Visit]:
    aim = [one for one in found if one.action not in ON_THE_WAY]
    passed = [one for one in found if one.action in ON_THE_WAY]
    if not aim or not passed:
        yield from found
        return
    seen = sorted(number for one in (aim[0], *passed) for number in one.entries)
    yield replace(aim[0], entries=tuple(seen))
    yield from aim[1:]
