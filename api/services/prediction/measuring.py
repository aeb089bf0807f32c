"""What became of the people of a day whose two years are over, and how well a model did for them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np

from api.services.context import Context
from api.services.harm.rules import HarmRules
from api.services.prediction.reading import Everybody, everybody_on, record_blocks
from api.storage import StoredFigures, StoredModel
from rms.errors import Conflict
from rms.prediction import figures
from rms.prediction.drift import alarms, seen
from rms.prediction.model import CUT_OFF, Model, probabilities
from rms.prediction.records import Records
from rms.prediction.target import Day, last_complete_day, outcomes

Later = Sequence[tuple[tuple[int, ...], Records]]  # people and their records, in blocks
MOST_PEOPLE = 200_000  # of a day: with more, people are left out evenly


def as_at(context: Context) -> date:
    """The day that the records of all source systems describe at least.

    Raises
    ------
    Conflict
        If there are no records.
    """
    with context.store.reading() as tx:
        sources = tx.records.sources()
    if not sources:
        raise Conflict("There are no case records. Import them first: rms people import.")
    return min(min(source.as_at for source in sources), context.today)


def day_of(context: Context, on: date, *, rules: HarmRules, high: float, later: Later) -> Day:
    """The people that a prediction on a day is about, by what was known then, and what became of them.

    `later`: everybody's records from after the two years, as `known_later` gives them.
    """
    people = everybody_on(context, on, rules=rules, high=high)
    became: dict[int, tuple[bool, int]] = {}
    for keys, records in later:
        found = outcomes(records, on=on, high=high, settings=rules.settings)
        became.update(zip(keys, zip(found.became_high, found.type, strict=True), strict=True))
    total = sum(int(people.about(part).sum()) for part in people.parts)
    step = -(-total // MOST_PEOPLE) or 1
    parts = list(_parts(people, became, step))
    return Day(
        on,
        *(np.concatenate(columns) for columns in zip(*parts, strict=True))
        if parts
        else (np.zeros((0, 1)), np.zeros(0), np.zeros(0, bool), np.zeros(0, int)),
    )


def known_later(context: Context, *, rules: HarmRules) -> Later:
    """Everybody's records as at the day that the sources describe."""
    return tuple(record_blocks(context, as_at(context), rules=rules))


def _parts(people: Everybody, became: dict[int, tuple[bool, int]], step: int) -> Iterator[tuple[Any, ...]]:
    for part in people.parts:
        about = np.flatnonzero(people.about(part))[::step]
        found = [became.get(part.people[at], (False, -1)) for at in about.tolist()]
        yield (
            people.features(part)[about],
            part.scores.score[about],
            np.array([high for high, _ in found], bool),
            np.array([kind for _, kind in found], int),
        )


def figures_of(model: Model, day: Day, *, context: Context) -> StoredFigures:
    """One confusion matrix of a day with its figures, calibration and alarms."""
    predicted = probabilities(model, day.x)
    matrix = figures.confusion_matrix(predicted, day.became_high, cut_off=CUT_OFF)
    found = alarms(model, seen(model, day.x, predicted), matrix=matrix)
    ece = figures.calibration_error(predicted, day.became_high)
    is_test = day.on == model.training.test_day
    return StoredFigures(
        day=day.on,
        measured_at=context.at,
        cut_off=CUT_OFF,
        **vars(matrix),
        auc=figures.auc(predicted, day.became_high),
        harm_score_auc=figures.auc(day.score, day.became_high),
        ece=None if np.isnan(ece) else ece,
        harm_score_ece=model.figures["harm_score_ece"] if is_test else None,
        bins=[[one.people, one.predicted, one.became] for one in figures.bins(predicted, day.became_high)],
        alarms=[alarm.what for alarm in found],
    )


def measure(
    context: Context, stored: StoredModel, model: Model, *, rules: HarmRules, on: date | None = None
) -> StoredFigures | None:
    """Measure a model for the latest month's end whose two years are over, and keep the figures.

    None if that day lies before the day of its test, where the model was trained on what became of people.
    """
    day = on or last_complete_day(as_at(context))
    if day < model.training.test_day:
        return None
    later = known_later(context, rules=rules)
    found = figures_of(
        model, day_of(context, day, rules=rules, high=model.target.high, later=later), context=context
    )
    with context.store.transaction() as tx:
        tx.prediction_models.keep_figures(stored.id, found)
    return found
