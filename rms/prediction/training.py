"""Fitting the model. Only this module uses scikit-learn; what it finds is written as plain numbers."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

from rms.errors import InvalidInput, Problem
from rms.prediction import figures
from rms.prediction.drift import edges_of, groups_of
from rms.prediction.features import Feature, refuse_protected
from rms.prediction.model import CUT_OFF, Model, Reference, Target, Training, probabilities
from rms.prediction.records import Flags, Floats, Ints
from rms.prediction.target import MONTHS, Day, shares, window_end

C, TYPE_C = 0.1, 0.01  # inverse strength of the regularisation, on standardised features
LEAST_OUTCOMES = 30  # with fewer people who became high harm nothing is trained
SOLVER = "newton-cholesky"  # exact to the last digits, and fast for few features and many people


def train(
    days: Sequence[Day],
    *,
    test: Day,
    version: str,
    trained_on: date,
    as_at: date,
    features: Sequence[Feature],
    types: Sequence[str],
    high: float,
    rules: str,
) -> Model:
    """A model trained on these days and tested on a later one.

    Raises
    ------
    ProtectedAttribute
        If a feature names a protected attribute.
    InvalidInput
        If the two years of a training day end after the test day, or too few people became high harm.
    """
    _check(days, test, features)
    became = np.concatenate([day.became_high for day in days])
    x = np.concatenate([day.x for day in days])
    means, scales = x.mean(axis=0), x.std(axis=0)
    scales[scales == 0] = 1
    standardised = (x - means) / scales
    fitted = LogisticRegression(C=C, solver=SOLVER).fit(standardised, became)
    kind = np.concatenate([day.type for day in days])
    type_weights, type_intercepts = _types(standardised[became], kind[became], len(types))
    model = Model(
        version=version,
        trained_on=trained_on,
        target=Target(high, MONTHS, rules),
        types=tuple(types),
        features=tuple(features),
        means=tuple(means.tolist()),
        scales=tuple(scales.tolist()),
        weights=tuple(fitted.coef_[0].tolist()),
        intercept=float(fitted.intercept_[0]),
        type_weights=type_weights,
        type_intercepts=type_intercepts,
        training=Training(
            as_at=as_at,
            days=tuple(sorted(day.on for day in days)),
            test_day=test.on,
            people=len(became),
            outcomes=int(np.count_nonzero(became)),
            test_people=len(test.score),
            test_outcomes=int(np.count_nonzero(test.became_high)),
            c=C,
            software=f"scikit-learn {sklearn.__version__}",
        ),
        figures={},
        reference=Reference((), (), 0, (0, 0)),
    )
    return _tested(model, test, baseline=_baseline(days, became))


def _check(days: Sequence[Day], test: Day, features: Sequence[Feature]) -> None:
    refuse_protected(features)
    if any(window_end(day.on) > test.on for day in days):
        detail = f"The two years after each day of training must be over on the day of the test, {test.on}."
        raise InvalidInput([Problem("/days", "days_overlap", detail)])
    became = np.concatenate([np.zeros(0, bool), *(day.became_high for day in days)])
    if np.count_nonzero(became) < LEAST_OUTCOMES or not test.became_high.any():
        detail = (
            f"{np.count_nonzero(became)} people became high harm after the days of training, and "
            f"{np.count_nonzero(test.became_high)} after the day of the test. At least {LEAST_OUTCOMES} "
            "and 1 are needed: import more years of records."
        )
        raise InvalidInput([Problem("/days", "too_few_outcomes", detail)])


def _types(x: Floats, kind: Ints, number: int) -> tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]:
    """Weights and intercepts of every type. Types that never occurred have their share alone."""
    weights = np.zeros((number, x.shape[1]))
    intercepts = np.log(np.array(shares(kind, number)))
    known = kind >= 0
    present = np.unique(kind[known])
    if len(present) > 2:
        fitted = LogisticRegression(C=TYPE_C, solver=SOLVER).fit(x[known], kind[known])
        weights[present] = fitted.coef_
        absent = np.setdiff1d(np.arange(number), present)
        intercepts[present] = fitted.intercept_
        intercepts[absent] = fitted.intercept_.min() + intercepts[absent] - intercepts.max()
    return tuple(map(tuple, weights.tolist())), tuple(intercepts.tolist())


def _baseline(days: Sequence[Day], became: Flags) -> LogisticRegression:
    """The harm score alone, as a prediction."""
    score = np.concatenate([day.score for day in days])[:, None]
    return LogisticRegression(C=1e6, solver=SOLVER).fit(score / 100, became)


def _tested(model: Model, test: Day, *, baseline: LogisticRegression) -> Model:
    predicted = probabilities(model, test.x)
    alone = baseline.predict_proba(test.score[:, None] / 100)[:, 1]
    matrix = figures.confusion_matrix(predicted, test.became_high, cut_off=CUT_OFF)
    edges = tuple(edges_of(test.x[:, at]) for at in range(test.x.shape[1]))
    reference = Reference(
        edges=edges,
        groups=tuple(groups_of(test.x[:, at], edges[at]) for at in range(len(edges))),
        predicted_high=float((predicted >= CUT_OFF).mean()),
        precision=(matrix.true_positives, matrix.false_positives),
    )
    found: Mapping[str, float | int | None] = {
        **vars(matrix),
        "auc": figures.auc(predicted, test.became_high),
        "ece": figures.calibration_error(predicted, test.became_high),
        "harm_score_auc": figures.auc(test.score, test.became_high),
        "harm_score_ece": figures.calibration_error(alone, test.became_high),
    }
    return Model(**{**vars(model), "figures": found, "reference": reference})
