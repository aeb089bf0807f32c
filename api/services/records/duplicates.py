"""Likely duplicates: RMS proposes pairs of records, people decide on them, and every decision is on record.

Users see a pair if they may see both people. Supervisors decide.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from api.services.context import Context
from api.services.records.linkage import LikelyPairs, Subject, likely_duplicates
from api.storage import DuplicatePair, DuplicateSearch, DuplicatesPart, JoinedPair, Proposed, Transaction
from rms.errors import NotFound
from rms.people.matching import comparable

PORTION = 10_000  # pairs stored in one transaction
NOT_PROPOSED = "RMS does not propose these records as duplicates, or somebody has decided on them already."
NO_RECORDS = "There are no such records in your offices."


@dataclass(frozen=True)
class Searched:
    """A search for likely duplicates: how many records were new or changed, and how many pairs were found.

    `waiting` is how many pairs of the whole agency wait for a decision. `too_alike` is how many records were
    not compared with all that resemble them, because these are too many.
    """

    changed: int
    found: int
    waiting: int
    too_alike: int = 0


def propose_duplicates(context: Context, *, everybody: bool = False) -> Searched:
    """Look for likely duplicates of records that are new or have changed; of all records if `everybody`.

    Pairs are stored in portions, each in a transaction of its own, so that no other writer waits long. A
    search that is stopped is due again.
    """
    with context.store.transaction() as tx:
        search = tx.duplicates.begin_search()
    likely = LikelyPairs((), 0)
    if search.changed or everybody:
        with context.store.reading() as tx:
            likely = likely_duplicates(_subjects(tx, search), everybody=everybody)
    found = [
        Proposed(
            pair.first, pair.second, pair.weight, {field: str(said) for field, said in pair.evidence.items()}
        )
        for pair in likely.pairs
    ]
    with context.store.reading() as tx:
        outdated = tx.duplicates.outdated(search, found, everybody=everybody)
    for first in range(0, len(outdated), PORTION):
        with context.store.transaction() as tx:
            tx.duplicates.withdraw(outdated[first : first + PORTION])
    for first in range(0, len(found), PORTION):
        with context.store.transaction() as tx:
            tx.duplicates.propose(found[first : first + PORTION], at=context.at)
    with context.store.transaction() as tx:
        waiting = tx.duplicates.end_search(
            search,
            found=len(found),
            too_alike=likely.too_alike,
            everybody=everybody,
            by=context.by,
            at=context.at,
        )
    return Searched(search.changed, len(found), waiting, likely.too_alike)


def _subjects(tx: Transaction, search: DuplicateSearch) -> Iterator[Subject]:
    for record in tx.duplicates.to_compare(search):
        told = comparable(
            forename=record.forename,
            surname=record.surname,
            date_of_birth=record.date_of_birth,
            sex=record.sex,
            pnc_text=record.pnc,
            cro_text=record.cro,
        )
        yield Subject(record.record, record.person, record.number, record.changed, told)


def proposed_pairs(context: Context, *, limit: int, after: int | None = None) -> DuplicatesPart:
    """Up to `limit` proposed pairs that the user may see, the most probable first, after the pair `after`."""
    with context.store.reading() as tx:
        return tx.duplicates.page(after=after, most=limit)


def joined_pairs(context: Context, *, limit: int) -> tuple[JoinedPair, ...]:
    """The latest joins that are in force and that the user may see."""
    with context.store.reading() as tx:
        return tx.duplicates.joined(most=limit)


def proposed_pair(context: Context, first: int, second: int) -> DuplicatePair:
    """
    Raises
    ------
    NotFound
        If the pair is not proposed, or the user may not see both people.
    """
    with context.store.reading() as tx:
        return _proposed(tx, first, second)


def joined_pair(context: Context, first: int, second: int) -> JoinedPair | None:
    """The join of these two records, if it is in force and the user may see both."""
    with context.store.reading() as tx:
        return tx.duplicates.joined_pair(first, second)


def join_records(context: Context, first: int, second: int, *, reason: str) -> int:
    """Join the people of two proposed records: all records of one go to the other, whose key is returned.

    Raises
    ------
    NotFound
        If the pair is not proposed, or the user may not see both people.
    Conflict
        If the people must not be joined: they have different offender numbers, or somebody has kept them
        apart.
    """
    with context.store.transaction() as tx:
        pair = _proposed(tx, first, second)
        return tx.joining.join(pair, reason=reason, user=context.user.id, by=context.by, at=context.at)


def separate_records(context: Context, first: int, second: int, *, reason: str) -> None:
    """Decide that two records are of two people. They are never joined or proposed again.

    Records that were joined go back to the person they came from.

    Raises
    ------
    NotFound
        If there are no such records, or the user may not see both people.
    """
    with context.store.transaction() as tx:
        if first == second or tx.duplicates.persons(first, second) is None:
            raise NotFound(NO_RECORDS)
        tx.joining.separate(first, second, reason=reason, user=context.user.id, by=context.by, at=context.at)


def _proposed(tx: Transaction, first: int, second: int) -> DuplicatePair:
    pair = tx.duplicates.pair(first, second)
    if pair is None:
        raise NotFound(NOT_PROPOSED)
    return pair
