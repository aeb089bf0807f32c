"""Setting up a comparison: people on a list, and matched people who are not, frozen as known on a day.

It changes nothing on any list. What became of the people is looked at later, in an evaluation.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import SystemRandom
from typing import Any

from api.services.context import Context
from api.services.harm.listing import query_of
from api.services.harm.rules import HarmRules
from api.services.long_reads import long_read
from api.services.transfer.export_fields import Holds, as_it_is, safe_cells
from api.services.transfer.export_files import csv_parts
from api.services.users import Role
from api.storage import AGENCY, NOBODY, ComparedPerson, Comparison, Refresh, Transaction
from rms.errors import Conflict, Forbidden, InvalidInput, LimitReached, NotFound, Problem
from rms.evaluation.comparison import AGE, COMPONENT, MOST_DISTANCE, SCORE, Subject, matched
from rms.harm.listing import HarmFilter
from rms.harm.settings import BANDS, COMPONENTS
from rms.meetings.recommendations import Kind
from rms.records.current import age_on
from rms.rounding import half_up

LONGEST_TITLE = 100
MOST_LISTED = 2_000  # people on a list
MOST_COMPARED = 500_000_000  # people on the list × people with a harm score: a minute of calculation at most
MOST_OF_ONE = 20  # comparisons that an account has set up
MOST = 100  # comparisons in all
SHOWN = 25  # comparisons on a page
ACCEPTED = "People whose selection was accepted in a meeting, and who were not deselected since"
NO_COMPARISON = "There is no such comparison."
NO_SCORES = "The harm scores have not been calculated yet."
NOT_WHOLE = "A comparison is of the whole agency. Your office is a part of it."
NOT_YOURS = "Only the person who set a comparison up and administrators can delete it."
CHANGED = "Records changed while the comparison was set up, so nothing was kept. Set it up again."
TOO_MANY_OF_ONE = f"You have set up {MOST_OF_ONE} comparisons. Delete one that you no longer need first."
TOO_MANY = f"There are {MOST} comparisons. Ask an administrator to delete one that nobody needs any more."
FOLLOW_UP = 24  # months
FIELDS = (
    as_it_is("id", "Study ID"),
    as_it_is("group", "Group"),
    as_it_is("pair", "Pair"),
    as_it_is("age", "Age"),
    as_it_is("sex", "Sex"),
    as_it_is("area_kind", "Kind of home area"),
    as_it_is("score", "Harm score", Holds.NUMBER, 1),
    *(as_it_is(name, name.capitalize(), Holds.NUMBER, 1) for name in COMPONENTS),
    as_it_is("band", "Band"),
    as_it_is("managed", "Managed"),
)


@dataclass(frozen=True)
class ShownComparison:
    comparison: Comparison
    people: tuple[ComparedPerson, ...]

    @property
    def pairs(self) -> tuple[tuple[ComparedPerson, ComparedPerson], ...]:
        """Of each pair, of whom both are still on record, who was listed and the match."""
        listed = {one.pair: one for one in self.people if one.listed and one.pair is not None}
        return tuple((listed[one.pair], one) for one in self.people if not one.listed and one.pair in listed)


def set_up(
    context: Context,
    everybody: Context,
    *,
    title: str,
    treatment: str,
    filter: HarmFilter | None,
    rules: HarmRules,
) -> int:
    """Freeze a comparison as known on the day of the last calculation. Returns its key.

    The arguments are the parts of one study.

    Parameters
    ----------
    everybody
        A context that sees the whole agency: the study has people of every area, without their names.
    filter
        The list whose people are compared; None: those whose selection was accepted in meetings.

    Raises
    ------
    Forbidden
        If the user’s office is a part of the agency.
    InvalidInput
        If the title is missing or too long, or nobody is on the list, or too many are.
    Conflict
        If there are no scores yet, or if people of the comparison were erased or joined meanwhile.
    LimitReached
        If this user has `MOST_OF_ONE`, or if there are `MOST`.
    AlreadyRunning, LongReadBusy
        As `long_read`.
    """
    _refuse_part(context)
    _refuse_title(title)
    with long_read(context.by):
        last, people, unmatched = _chosen(context, everybody, filter, rules)
        records = {one["record"]: one["person"] for one in people}
        with everybody.store.transaction() as tx:
            tx.accounts.hold(context.user.id)
            _refuse_more(tx, context)
            if not tx.comparisons.are_on_record(records):
                raise Conflict(CHANGED)
            return tx.comparisons.add(
                people,
                title=title.strip(),
                treatment=treatment,
                day=last.day,
                rules=last.settings,
                unmatched=unmatched,
                by=context.by,
                at=context.at,
            )


def _chosen(
    context: Context, everybody: Context, filter: HarmFilter | None, rules: HarmRules
) -> tuple[Refresh, list[dict[str, Any]], int]:
    """The last calculation, the people of a comparison, and how many have no match.

    All of one state of the database. Nobody who writes waits for it.
    """
    with everybody.store.reading() as tx:
        _refuse_more(tx, context)
        last = tx.harm.last_refresh(everybody=True)
        if last is None:
            raise Conflict(NO_SCORES)
        population = {row.person: row for row in tx.comparisons.population()}
        accepted = tx.comparisons.accepted()
        listed = _listed(tx, everybody, filter, accepted, rules) & set(population)
    if not listed or len(listed) > MOST_LISTED:
        detail = f"{len(listed):,} people are on this list. There must be from 1 to {MOST_LISTED:,}."
        raise InvalidInput([Problem("/list", "list_size", detail)])
    if len(listed) * len(population) > MOST_COMPARED:
        most = MOST_COMPARED // len(population)
        detail = f"{len(listed):,} people are on this list. With {len(population):,} people who have a harm "
        detail += f"score, there can be up to {most:,}."
        raise InvalidInput([Problem("/list", "list_size", detail)])
    # Nobody about whom a recommendation was ever accepted can be a match.
    people, unmatched = _people(population, listed, excluded=set(accepted), day=last.day)
    return last, people, unmatched


def latest_comparisons(
    context: Context, everybody: Context, *, before: int | None = None
) -> tuple[tuple[Comparison, ...], int | None]:
    """A page of comparisons, the last one first, and the key that the next page follows; None if it ends."""
    _refuse_part(context)
    with everybody.store.reading() as tx:
        found = tx.comparisons.latest(limit=SHOWN + 1, before=before)
    return found[:SHOWN], found[SHOWN - 1].id if len(found) > SHOWN else None


def comparison_of(context: Context, everybody: Context, key: int) -> ShownComparison:
    """
    Raises
    ------
    NotFound
        If there is none.
    Forbidden
        If the user’s office is a part of the agency.
    """
    _refuse_part(context)
    with everybody.store.reading() as tx:
        return ShownComparison(_found(tx, key), tx.comparisons.people(key))


def may_delete(context: Context, comparison: Comparison) -> bool:
    return context.user.role is Role.ADMINISTRATOR or comparison.made_by == context.by


def delete_comparison(context: Context, everybody: Context, key: int) -> None:
    """
    Raises
    ------
    NotFound
        If there is none.
    Forbidden
        If the user’s office is a part of the agency, or if neither an administrator nor who set it up asks.
    """
    _refuse_part(context)
    with everybody.store.transaction() as tx:
        if not may_delete(context, _found(tx, key)):
            raise Forbidden(NOT_YOURS)
        tx.comparisons.delete(key, by=context.by, at=context.at)


def csv_of_comparison(context: Context, everybody: Context, key: int) -> str:
    """A row for each person, with a study ID and no name. Raises as `comparison_of`."""
    found = comparison_of(context, everybody, key)
    with context.store.reading() as tx:
        people = sorted({one.person for one in found.people})
        tx.audit.looked("comparison.exported", person=NOBODY, people=people, comparison=key)
    rows = [tuple(_texts(found.comparison, one)) for one in found.people]
    batches = [list(zip(*rows, strict=True))] if rows else []
    names = [field.name for field in FIELDS]
    return "".join(csv_parts(names, [safe_cells(cells, FIELDS) for cells in batches]))


def study_of_comparison(context: Context, everybody: Context, key: int) -> str:
    """The study as TOML: population, treatment, period, covariates, matching, outcomes. Raises likewise."""
    found = comparison_of(context, everybody, key).comparison
    tables: Mapping[str, Mapping[str, Any]] = {
        "study": {
            "title": found.title,
            "kind": "matched comparison",
            "data": data_name(key),
            "made_on": found.made_at.date().isoformat(),
            "rules": found.rules,
        },
        "population": {
            "who": "People with a harm score on the day of the study, who are not known to have died"
        },
        "treatment": {
            "who": found.treatment,
            "column": "group",
            "treated": "listed",
            "comparison": "not listed",
            "excluded_from_comparison": "People whose selection has ever been accepted",
        },
        "period": {"index_day": found.day.isoformat(), "follow_up_months": FOLLOW_UP},
        "covariates": {"columns": ["age", "sex", "area_kind", "score", *COMPONENTS]},
        "matching": {
            "pair": "pair",
            "exact": ["sex", "area_kind", "age known or not"],
            "distance": f"score / {SCORE:g} + sum of components / {COMPONENT:g} + age / {AGE:g}",
            "most_distance": MOST_DISTANCE,
            "order": "highest score first, nobody chosen twice",
            "unmatched": found.unmatched,
        },
        "outcomes": {
            "planned": [
                "an offence that counts within 12 months",
                "an offence that counts within 24 months",
                "number of offences that count within 24 months",
                "days to the first offence that counts",
                "days of crime harm within 24 months",
            ]
        },
    }
    return "\n".join(_toml(tables))


def data_name(key: int) -> str:
    return f"comparison-{key}.csv"


def _toml(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A JSON text, number or list of texts is one of TOML too, if it has no character beyond the plane 0."""
    for name, values in tables.items():
        yield f"[{name}]"
        yield from (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
        yield ""


def _refuse_part(context: Context) -> None:
    if context.user.role is Role.ANALYST and context.user.office != AGENCY:
        raise Forbidden(NOT_WHOLE)


def _refuse_more(tx: Transaction, context: Context) -> None:
    if tx.comparisons.number(of=context.by) >= MOST_OF_ONE:
        raise LimitReached(TOO_MANY_OF_ONE)
    if tx.comparisons.number() >= MOST:
        raise LimitReached(TOO_MANY)


def _found(tx: Transaction, key: int) -> Comparison:
    found = tx.comparisons.get(key)
    if found is None:
        raise NotFound(NO_COMPARISON)
    return found


def _refuse_title(title: str) -> None:
    if not title.strip() or len(title) > LONGEST_TITLE or not title.isprintable():
        detail = f"Enter a title of up to {LONGEST_TITLE} characters, on one line."
        raise InvalidInput([Problem("/title", "invalid_value", detail)])


def _people(
    population: Mapping[int, Any], listed: set[int], *, excluded: set[int], day: date
) -> tuple[list[dict[str, Any]], int]:
    """The listed people and their matches as they are kept, and how many listed people have no match.

    Their study IDs and the numbers of the pairs follow this order. It is random, so that it tells nothing of
    the order in which people were imported.
    """
    subjects = {key: _subject(row, day) for key, row in population.items()}
    others = set(population) - listed - excluded
    pairs = matched([subjects[key] for key in listed], [subjects[key] for key in others])
    order = SystemRandom().sample(sorted(listed), len(listed))
    paired = [key for key in order if key in pairs]
    numbers = {key: number for number, key in enumerate(paired, start=1)}
    people = [_frozen(population[key], subjects[key], True, numbers.get(key)) for key in order]
    people += [
        _frozen(population[pairs[key]], subjects[pairs[key]], False, number)
        for key, number in numbers.items()
    ]
    return people, len(listed) - len(pairs)


def _listed(
    tx: Transaction,
    everybody: Context,
    filter: HarmFilter | None,
    accepted: Mapping[int, str],
    rules: HarmRules,
) -> set[int]:
    if filter is None:
        return {person for person, kind in accepted.items() if kind == Kind.SELECT}
    limit = MOST_LISTED + 1 if filter.size is None else min(filter.size, MOST_LISTED + 1)
    places = tx.offender_list.page(query_of(everybody, filter, rules), limit=limit)
    return {place.person for place in places}


def _subject(row: Any, day: date) -> Subject:
    return Subject(
        row.person,
        row.score,
        tuple(getattr(row, name) for name in COMPONENTS),
        age_on(row.born, day),
        row.sex,
        row.area_kind,
    )


def _frozen(row: Any, subject: Subject, listed: bool, pair: int | None) -> dict[str, Any]:
    components = dict(zip(COMPONENTS, subject.components, strict=True))
    known = {name: getattr(subject, name) for name in ("age", "sex", "area_kind", "score")}
    own = {"person": row.person, "record": row.record, "band": row.band, "managed": row.managed}
    return {**own, "listed": listed, "pair": pair, **known, **components}


def _texts(comparison: Comparison, one: ComparedPerson) -> Iterator[str]:
    """The texts of a row, in the order of `FIELDS`."""
    yield f"{comparison.id}-{one.id}"
    yield "listed" if one.listed else "not listed"
    yield from ("" if one.pair is None else str(one.pair), "" if one.age is None else str(one.age))
    yield from (one.sex or "", one.area_kind or "")
    yield from (str(half_up(getattr(one, name), places=1)) for name in ("score", *COMPONENTS))
    yield "" if one.band is None else BANDS[one.band]
    yield "not known" if one.managed is None else "yes" if one.managed else "no"


def means(people: Sequence[ComparedPerson]) -> Mapping[str, float | None]:
    """The mean of the score, of each component and of the age, of those of whom it is known."""
    found = {}
    for name in ("score", *COMPONENTS, "age"):
        values = [value for one in people if (value := getattr(one, name)) is not None]
        found[name] = sum(values) / len(values) if values else None
    return found
