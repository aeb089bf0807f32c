"""Predicting for everybody: the current model, and those in shadow, whose predictions are not shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from api.services.context import Context
from api.services.harm.rules import HarmRules
from api.services.prediction.models import damaged_models, predicting
from api.services.prediction.reading import Everybody, Part, Progress, everybody_on, high_cut, no_progress
from api.storage import PredictionRun, StoredModel
from rms.errors import Conflict, InvalidInput, Problem
from rms.harm.bands import SAME
from rms.prediction.drift import Seen, alarms, seen
from rms.prediction.model import Model, likely_types, probabilities

NO_MODEL = "No model is current or in shadow, so nothing is predicted."
OTHER_CUTS = (
    "The score at which the band high begins has changed since the model was trained. Train a model again."
)


@dataclass(frozen=True)
class Predicted:
    """What a model predicted: `people`, of whom `high` at the usual cut-off or above."""

    version: str
    day: date
    people: int
    high: int
    alarms: Sequence[str]


def predict(
    context: Context, *, day: date, rules: HarmRules, on_block: Progress = no_progress
) -> tuple[Predicted, ...]:
    """Predict for everybody as at a day, with each model that is current or in shadow.

    Raises
    ------
    InvalidInput
        If the day is in the future.
    Conflict
        If no model is current or in shadow, or one was trained with other rules of the harm score. A model
        with a damaged file counts as none.
    """
    if day > context.today:
        detail = f"{day} is in the future. Predictions can be made as at today or an earlier day."
        raise InvalidInput([Problem("/as_at", "future_day", detail)])
    models = predicting(context)
    if not models:
        raise Conflict(" ".join(damaged_models(context)) or NO_MODEL)
    for stored, model in models:
        if model.target.rules != rules.name:
            raise Conflict(
                f"Model {stored.version} was trained with {model.target.rules}, and the harm score now is "
                f"{rules.name}. Train a model again."
            )
    everybody = {
        high: everybody_on(context, day, rules=rules, high=high, on_block=on_block)
        for high in {model.target.high for _, model in models}
    }
    return tuple(_predict(context, stored, model, everybody[model.target.high]) for stored, model in models)


def _predict(context: Context, stored: StoredModel, model: Model, everybody: Everybody) -> Predicted:
    with context.store.transaction() as tx:
        run = tx.predictions.begin(stored.id, day=everybody.on, at=context.at)
    total: Seen | None = None
    for part in everybody.parts:
        about = np.flatnonzero(everybody.about(part))
        x = everybody.features(part)[about]
        predicted = probabilities(model, x)
        these = seen(model, x, predicted)
        total = these if total is None else total + these
        rows = list(_rows(stored, model, everybody, part, about, x, predicted))
        with context.store.transaction() as tx:
            tx.predictions.add(rows)
    found = [] if total is None else [alarm.what for alarm in alarms(model, total)]
    if abs(high_cut(context) - model.target.high) > SAME:
        found.append(OTHER_CUTS)
    people, high = (0, 0) if total is None else (total.people, total.high)
    with context.store.transaction() as tx:
        ended = PredictionRun(stored.id, everybody.on, context.at, people, high, found)
        tx.predictions.end(run, ended, by=context.by)
    return Predicted(stored.version, everybody.on, people, high, found)


def _rows(
    stored: StoredModel,
    model: Model,
    everybody: Everybody,
    part: Part,
    about: np.ndarray[Any, Any],
    x: np.ndarray[Any, Any],
    predicted: np.ndarray[Any, Any],
) -> Iterator[tuple[Any, ...]]:
    place = everybody.standing.of(part.place)
    return zip(
        [part.people[at] for at in about.tolist()],
        [stored.id] * len(about),
        [everybody.on] * len(about),
        predicted.tolist(),
        likely_types(model, x).tolist(),
        *(column[about].tolist() for column in (place.degree, place.pagerank, place.high_harm)),
        strict=True,
    )
