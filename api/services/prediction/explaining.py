"""The prediction of one person, and what raised and lowered it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from api.services.context import Context
from api.services.harm.explaining import refuse_unseen
from api.services.harm.rules import HarmRules
from api.services.prediction.columns import records_of
from api.services.prediction.models import current_run
from api.services.prediction.reading import known_at, recent
from api.storage import Prediction, PredictionRun, Source, StoredFigures, StoredModel
from rms.harm.bands import SAME
from rms.harm.columnar import harm_scores
from rms.prediction.facts import Fact, facts_of
from rms.prediction.features import features_of
from rms.prediction.model import Model, parts
from rms.prediction.records import Standing


@dataclass(frozen=True)
class ExplainedPrediction:
    """A person's prediction of a day.

    `probability` and `type` are None if there is none; `why_none` says why. `facts`: what each fact does to
    it, against the average person, the largest first. `base`: the log-odds that the changes of the facts are
    added to. `outcomes`: how many people of the day of the test became high harm, of how many. `latest`: the
    figures of the last month that was measured.
    """

    version: str
    day: date
    probability: float | None
    type: str | None
    why_none: str
    facts: Sequence[Fact]
    base: float
    outcomes: tuple[int, int]
    latest: StoredFigures | None
    sources: tuple[Source, ...]


HIGH_ALREADY = (
    "The harm score of this person is in the band high or above already. Predictions are made only for "
    "people below the band high."
)
NO_SCORE = "This person has no harm score, because no offence on record counts."
NOT_YET = "This person’s records are newer than the last calculation of predictions, or the person has died."


def explain_prediction(context: Context, person: int, *, rules: HarmRules) -> ExplainedPrediction | None:
    """The prediction of a person by the current model; None if predictions are off.

    Raises
    ------
    NotFound
        If the caller may not see the person, or there is none.
    """
    with context.store.reading() as tx:
        refuse_unseen(tx, person)
        used = current_run(tx)
        if used is None:
            return None
        stored, model, run = used
        tx.audit.looked("prediction.explained", person=person)
        row, score = tx.predictions.of(person, run), tx.harm.of(person)
        names = {record.source for record in tx.details.records(person)}
        sources = tuple(source for source in tx.records.sources() if source.name in names)
        latest = next(iter(tx.prediction_models.figures(stored.id)), None)
    is_high = score is not None and score.score > model.target.high - SAME
    if row is None or is_high:
        why = NO_SCORE if score is None else HIGH_ALREADY if is_high else NOT_YET
        return _explained(stored, run, model, sources=sources, latest=latest, why_none=why)
    found = parts(model, _features(context, row, run, model=model, rules=rules))
    facts = facts_of(found, high=model.target.high)
    return _explained(stored, run, model, sources=sources, latest=latest, row=row, facts=facts)


def _explained(
    stored: StoredModel,
    run: PredictionRun,
    model: Model,
    *,
    sources: tuple[Source, ...],
    latest: StoredFigures | None,
    row: Prediction | None = None,
    facts: Sequence[Fact] = (),
    why_none: str = "",
) -> ExplainedPrediction:
    return ExplainedPrediction(
        version=stored.version,
        day=run.day,
        probability=None if row is None else row.probability,
        type=None if row is None else model.types[row.type],
        why_none=why_none,
        facts=facts,
        base=model.intercept,
        outcomes=(model.training.test_outcomes, model.training.test_people),
        latest=latest,
        sources=sources,
    )


def _features(
    context: Context, row: Prediction, run: PredictionRun, *, model: Model, rules: HarmRules
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The features of the prediction: what was known on its day, and the stored place in the network."""
    with context.store.reading() as tx:
        inputs = tx.predictions.inputs(
            on=run.day, known_at=known_at(context, run.day), recent=recent(run.day)
        )
        records = records_of(inputs.block([row.person]), rules=rules)
    scores = harm_scores(records.harm, on=run.day, settings=rules.settings)
    place = Standing(*(np.array([value]) for value in (row.degree, row.pagerank, row.high_harm_links)))
    x = features_of(records, place, scores, on=run.day, high=model.target.high, types=model.types)
    features: np.ndarray[tuple[int], np.dtype[np.float64]] = x[0]
    return features
