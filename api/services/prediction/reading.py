"""Everybody's records as they were known on a day, a block of people at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from api.services.context import Context
from api.services.harm.rules import HarmRules
from api.services.prediction.columns import offence_types, records_of, ties_of
from rms.calendar import months_before
from rms.errors import Conflict
from rms.harm.bands import SAME
from rms.harm.columnar import HarmScores, day_number, harm_scores
from rms.prediction.features import CHARGED_WITHIN, features_of
from rms.prediction.records import Flags, Floats, Records, Standing
from rms.prediction.standing import standing
from rms.prediction.target import can_become_high

BLOCK = 20_000  # people
HIGH = 2  # the place of the band *high* among the cuts
Progress = Callable[[int], None]  # is given the number of people who are done


def no_progress(_people: int) -> None:
    """For who does not watch."""


@dataclass(frozen=True)
class Part:
    """A block of people by key, with their records and scores; `place`: where it is among everybody."""

    people: tuple[int, ...]
    place: slice
    records: Records
    scores: HarmScores


@dataclass(frozen=True)
class Everybody:
    """Everybody as known on the day `on`. `high`: where the band begins."""

    on: date
    high: float
    rules: HarmRules
    parts: tuple[Part, ...]
    standing: Standing

    def about(self, part: Part) -> Flags:
        """Whom of a block a prediction is about; shape (people,)."""
        return can_become_high(part.scores.score, part.records.died, on=self.on, high=self.high)

    def features(self, part: Part) -> Floats:
        """The features of a block; shape (people, features)."""
        return features_of(
            part.records,
            self.standing.of(part.place),
            part.scores,
            on=self.on,
            high=self.high,
            types=offence_types(self.rules.table),
        )


def everybody_on(
    context: Context, day: date, *, rules: HarmRules, high: float, on_block: Progress = no_progress
) -> Everybody:
    """Read everybody as they were known at the end of a day."""
    keys: list[int] = []
    parts = []
    for people, records in record_blocks(context, day, rules=rules):
        scores = harm_scores(records.harm, on=day, settings=rules.settings)
        place = slice(len(keys), len(keys) + len(people))
        parts.append(Part(people, place, records, scores))
        keys += people
        on_block(len(keys))
    with context.store.reading() as tx:
        inputs = tx.predictions.inputs(on=day, known_at=known_at(context, day), recent=recent(day))
        ties = ties_of(inputs.ties(), keys)
    is_high = [_reached(part.scores.score, high) for part in parts]
    place_of_all = standing(
        ties,
        people=len(keys),
        day=day_number(day),
        high=np.concatenate(is_high) if is_high else np.zeros(0, bool),
    )
    return Everybody(day, high, rules, tuple(parts), place_of_all)


def record_blocks(
    context: Context, day: date, *, rules: HarmRules
) -> Iterator[tuple[tuple[int, ...], Records]]:
    """The people with case records, a block at a time, each with what was known at the end of a day."""
    after = 0
    while True:
        with context.store.reading() as tx:
            people = tx.harm.inputs.people(after=after, most=BLOCK, only_due=False)
            if not people:
                return
            inputs = tx.predictions.inputs(on=day, known_at=known_at(context, day), recent=recent(day))
            block = inputs.block(people)
        yield tuple(people), records_of(block, rules=rules)
        after = people[-1]


def high_cut(context: Context) -> float:
    """The score at which the band *high* begins.

    Raises
    ------
    Conflict
        If the bands have no cuts.
    """
    with context.store.reading() as tx:
        cuts = tx.harm.cuts()
    if cuts is None:
        raise Conflict("The harm bands have no cuts yet. Calculate the harm scores first: rms harm refresh.")
    return cuts.scores[HIGH]


def known_at(context: Context, day: date) -> datetime | None:
    """The end of a day where the agency is; None for today, when everything counts that is known."""
    if day >= context.today:
        return None
    return datetime.combine(day + timedelta(days=1), time(), context.zone) - timedelta(microseconds=1)


def recent(day: date) -> date:
    """From when on an offence needs its sentences."""
    return months_before(day, CHARGED_WITHIN + 1)


def _reached(score: Floats, high: float) -> Flags:
    return np.nan_to_num(score) > high - SAME
