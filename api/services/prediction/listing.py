"""The list of predictions: people not yet high harm whom a user may see, by probability, a page at a time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from api.services.context import Context
from api.services.harm.listing import MOST_COUNTED, audited_parts, left_out, query_of, refuse_unknown_areas
from api.services.harm.rules import HarmRules
from api.services.prediction.models import current_run, why_off
from api.storage import (
    NOBODY,
    ListedPerson,
    PeopleSet,
    PredictedPlace,
    PredictionRun,
    Source,
    StoredFigures,
    StoredModel,
    Transaction,
)
from rms.errors import InvalidInput, ListChanged, NotFound, Problem, listed
from rms.harm.listing import HarmFilter, HarmQuery
from rms.prediction.model import CUT_OFF, Model

BATCH = 1_000  # people


@dataclass(frozen=True)
class PredictionFilter:
    """`people`: the criteria of the offender list. `cut_off`: probabilities from there on. `type`: or any."""

    people: HarmFilter = HarmFilter()
    cut_off: float = CUT_OFF
    type: str | None = None


@dataclass(frozen=True)
class PredictedPerson:
    """A person in the list. `rank`: within the filter, from 1. `type`: the likely type of offence."""

    rank: int
    person: ListedPerson
    probability: float
    type: str


@dataclass(frozen=True)
class Basis:
    """What predictions rest on: the model, its types of offences, the day and the sources.

    `latest`: the figures of the last month that was measured.
    """

    version: str
    types: Sequence[str]
    day: date
    sources: tuple[Source, ...]
    latest: StoredFigures | None


@dataclass(frozen=True)
class PredictionEnd:
    """Where a page ends: its last person, and their rank."""

    place: PredictedPlace
    rank: int


@dataclass(frozen=True)
class PredictionPage:
    """`total` is counted up to `MOST_COUNTED`. `next` is None on the last page."""

    people: tuple[PredictedPerson, ...]
    next: PredictionEnd | None
    total: int
    basis: Basis


def basis(context: Context) -> Basis | None:
    """What the predictions rest on; None if they are off or not made yet."""
    with context.store.reading() as tx:
        found = current_run(tx)
        return None if found is None else _basis(tx, *found)


def prediction_list(
    context: Context,
    filter: PredictionFilter,
    *,
    rules: HarmRules,
    limit: int,
    after: PredictionEnd | None = None,
) -> PredictionPage:
    """Up to `limit` people after a page's end.

    Raises
    ------
    NotFound
        If predictions are off.
    InvalidInput
        If there is no such area or type of offence.
    """
    query, size = query_of(context, filter.people, rules), filter.people.size
    before = 0 if after is None else after.rank
    left = limit if size is None else max(0, min(limit, size - before))
    with context.store.reading() as tx:
        found = _run_of(tx)
        run = found[-1]
        refuse_unknown_areas(filter.people, tx)
        based = _basis(tx, *found)
        type = _place_of(filter.type, based.types)
        places = tx.prediction_list.predicted(
            query,
            run,
            cut_off=filter.cut_off,
            type=type,
            limit=left + 1,
            after=None if after is None else after.place,
        )
        total = tx.prediction_list.total_predicted(
            query,
            run,
            cut_off=filter.cut_off,
            type=type,
            most=MOST_COUNTED if size is None else min(size, MOST_COUNTED),
        )
        shown = places[:left]
        tx.audit.looked(
            "prediction.listed",
            person=NOBODY,
            people=[place.person for place in shown],
            criteria=audited(filter),
        )
        rank = before + len(shown)
        ends = not shown or len(places) <= left or rank == size
        return PredictionPage(
            people=_people(tx, shown, based, on=query.on, before=before),
            next=None if ends else PredictionEnd(shown[-1], rank),
            total=total,
            basis=based,
        )


def highest_predicted(
    tx: Transaction, query: HarmQuery, *, limit: int, left_out: Collection[int]
) -> tuple[Basis, tuple[PredictedPerson, ...]] | None:
    """Up to `limit` people at the usual cut-off or above; None if predictions are off or not made yet.

    Nobody in `left_out` is among them.

    The caller notes the look in the audit log.
    """
    found = current_run(tx)
    if found is None:
        return None
    based, run = _basis(tx, *found), found[-1]
    most = limit + len(left_out)
    places = tx.prediction_list.predicted(query, run, cut_off=CUT_OFF, type=None, limit=most)
    left = [place for place in places if place.person not in left_out]
    return based, _people(tx, left[:limit], based, on=query.on, before=0)


def number_predicted(context: Context, filter: PredictionFilter, *, rules: HarmRules, most: int) -> int:
    """How many people are on the list, counted up to `most`. It names nobody.

    Raises
    ------
    NotFound, InvalidInput
        As `prediction_list`.
    """
    size = filter.people.size
    with context.store.reading() as tx:
        _, model, run = _run_of(tx)
        refuse_unknown_areas(filter.people, tx)
        return tx.prediction_list.total_predicted(
            query_of(context, filter.people, rules),
            run,
            cut_off=filter.cut_off,
            type=_place_of(filter.type, model.types),
            most=most if size is None else min(size, most),
        )


def all_predicted(
    context: Context, filter: PredictionFilter, *, rules: HarmRules
) -> tuple[Basis, Iterator[tuple[PredictedPerson, ...]]]:
    """Everybody on the list, in parts. The audit log names all of them before the first is read.

    Who loses their score before their part is read is left out.

    Raises
    ------
    NotFound, InvalidInput
        As `prediction_list`.
    """
    query = query_of(context, filter.people, rules)
    with context.store.reading() as tx:
        found = _run_of(tx)
        run = found[-1]
        refuse_unknown_areas(filter.people, tx)
        based = _basis(tx, *found)
        places = tx.prediction_list.predicted(
            query,
            run,
            cut_off=filter.cut_off,
            type=_place_of(filter.type, based.types),
            limit=filter.people.size,
        )
        people = PeopleSet(place.person for place in places)
        tx.audit.looked("prediction.exported", person=NOBODY, people=people, criteria=audited(filter))

    def parts() -> Iterator[tuple[PredictedPerson, ...]]:
        for first in range(0, len(places), BATCH):
            with context.store.reading() as tx:
                yield _people(tx, places[first : first + BATCH], based, on=query.on, before=first)

    return based, parts()


def prediction_end(context: Context, person: int, *, rank: int) -> PredictionEnd:
    """The end of a page whose last person is known by key.

    Raises
    ------
    ListChanged
        If the person has no prediction any more.
    """
    with context.store.reading() as tx:
        found = current_run(tx)
        row = None if found is None else tx.predictions.of(person, found[-1])
    if row is None:
        raise ListChanged
    return PredictionEnd(PredictedPlace(row.probability, person, row.type), rank)


def audited(filter: PredictionFilter) -> str:
    """The criteria in words for the audit log. It says that a name was searched for, but not which."""
    parts = [f"probability {filter.cut_off:.0%} or above"]
    if filter.type is not None:
        parts.append(f"likely offence type {filter.type}")
    return "; ".join([*parts, *audited_parts(filter.people)]) + left_out(filter.people)


def _run_of(tx: Transaction) -> tuple[StoredModel, Model, PredictionRun]:
    found = current_run(tx)
    if found is None:
        raise NotFound(why_off(tx))
    return found


def _basis(tx: Transaction, stored: StoredModel, model: Model, run: PredictionRun) -> Basis:
    latest = next(iter(tx.prediction_models.figures(stored.id)), None)
    return Basis(stored.version, model.types, run.day, tx.records.sources(), latest)


def _place_of(type: str | None, types: Sequence[str]) -> int | None:
    if type is None:
        return None
    if type not in types:
        detail = f"There is no such type of offence. The types are {listed(types)}."
        raise InvalidInput([Problem("/type", "unknown_type", detail)])
    return types.index(type)


def _people(
    tx: Transaction, places: Sequence[PredictedPlace], based: Basis, *, on: date, before: int
) -> tuple[PredictedPerson, ...]:
    shown = {one.person: one for one in tx.listed_people.of([place.person for place in places], on=on)}
    return tuple(
        PredictedPerson(rank, shown[place.person], place.probability, based.types[place.type])
        for rank, place in enumerate(places, start=before + 1)
        if place.person in shown
    )
