"""How well the prediction works: each month's one confusion matrix, calibration, alarms. It names nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template

from api.auth import allow_roles
from api.auth.roles import PREDICTION_FIGURES
from api.context import request_context
from api.services.prediction.models import ModelVersion, current_model, why_predictions_are_off
from api.storage import StoredFigures
from api.web.blueprint import blueprint
from rms.prediction.figures import ConfusionMatrix
from rms.prediction.model import CUT_OFF
from rms.prediction.target import window_end
from rms.prediction.warning import HEALTH_WARNING
from rms.reports import prediction_words

COUNTS = ("true_positives", "false_positives", "false_negatives", "true_negatives")


@dataclass(frozen=True)
class Month:
    """The figures of a month, as shown. `until`: when its two years ended."""

    day: date
    until: date
    matrix: ConfusionMatrix
    stored: StoredFigures
    is_test: bool
    sentences: Sequence[str]
    figures: Sequence[tuple[str, str, str, str]]  # name, meaning, counts, value
    bins: Sequence[tuple[str, str, str]]  # people, mean prediction, share that became high harm


@blueprint.get("/prediction/how-well-it-works")
@allow_roles(PREDICTION_FIGURES)
def prediction_figures() -> str:
    found = current_model(request_context())
    return render_template(
        "prediction/figures.html",
        found=found,
        off="" if found and found.model else why_predictions_are_off(request_context()),
        months=months_of(found) if found else (),
        cut_off=CUT_OFF,
        health_warning=HEALTH_WARNING,
        words=prediction_words,
    )


def months_of(found: ModelVersion) -> tuple[Month, ...]:
    """The figures of a model, the last month first."""
    return tuple(_month(one, found) for one in found.figures)


def missed(latest: StoredFigures | None) -> str:
    """How many of those who became high harm the list missed in the latest check; "" before the first."""
    return prediction_words.missed(matrix_of(latest), latest.cut_off) if latest else ""


def matrix_of(one: StoredFigures) -> ConfusionMatrix:
    return ConfusionMatrix(*(getattr(one, name) for name in COUNTS))


def _month(one: StoredFigures, found: ModelVersion) -> Month:
    matrix = matrix_of(one)
    return Month(
        day=one.day,
        until=window_end(one.day),
        matrix=matrix,
        stored=one,
        is_test=found.model is not None and one.day == found.model.training.test_day,
        sentences=prediction_words.in_words(matrix, one.cut_off),
        figures=tuple(
            (
                figure.name.capitalize(),
                prediction_words.FIGURES[figure.name],
                f"{figure.part:,} of {figure.whole:,}",
                prediction_words.TOO_FEW if matrix.is_too_few else prediction_words.figure(figure),
            )
            for figure in matrix.figures
        ),
        bins=tuple(
            (f"{int(people):,}", f"{predicted:.1%}", f"{int(became):,} ({became / people:.1%})")
            for people, predicted, became in one.bins
        ),
    )
