"""How good: five-fold cross-validation on the two real files and the packaged cases.

Every figure is of rows the builder never saw. The real files are not part of the project; RMS_SHARED_DATA
names the folder that holds them, and without it their tables are left out, saying so.
"""

import csv
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from reference_library import PastCases, build, read_past_cases
from reference_library.building import taken
from reference_library.synthetic import write_csv
from rms.engine import metric
from rms.engine.contributions import ContributionTable, fit_tables
from rms.engine.metric import LearnedMetric
from rms.engine.neighbours import Candidates, flat_index
from rms.engine.policy import SHOWN, Pool
from rms.engine.result import WITHHELD_BELOW
from rms.engine.simulation import typicality, weigh
from rms.instrument import instrument
from tests.benchmarks.machine import introduce
from tests.benchmarks.shared import SHARED

FOLDS, SEEDS = 5, 3
GRID = {"max_leaf_nodes": [4, 8], "max_iter": [100, 200], "learning_rate": [0.05], "min_samples_leaf": [40]}


@dataclass(frozen=True, eq=False)
class Study:
    """One file under one instrument; `benchmark` and `groups` are columns no model is given."""

    title: str
    past: PastCases
    columns: dict[str, list[str]]
    benchmark: dict[str, str]
    groups: tuple[str, ...]
    seeds: tuple[int, ...]


def main() -> None:
    warnings.simplefilter("ignore", FutureWarning)  # of scikit-learn's next version; nothing of ours
    introduce("Accuracy", part="accuracy")
    with threadpool_limits(limits=1):  # threads that wait for each other are slower
        studies = tuple(_studies())
        for study in studies:
            for process in study.past.actual:
                _report(study, process)
        _lambdas([study for study in studies if study.benchmark])


def _studies() -> Iterator[Study]:
    if (SHARED / "georgia.csv").exists():
        yield _study(
            "Georgia, parole releases 2013–15",
            SHARED / "georgia.csv",
            "georgia",
            {"recidivism": "Supervision_Risk_Score_First"},
            ("Gender", "Race", "Age_at_Release"),
            (0,),
        )
        yield _study(
            "Broward County, defendants 2013–14",
            SHARED / "broward.csv",
            "broward",
            {"recidivism": "compas_decile", "violence": "compas_v_decile"},
            ("sex", "race", "age"),
            tuple(range(SEEDS)),
        )
    else:
        print(f"\nGeorgia and Broward are left out: {SHARED} is not there (RMS_SHARED_DATA names it).")
    with tempfile.TemporaryDirectory() as scratch:
        cases = Path(scratch) / "cases.csv"
        write_csv(cases)
        yield _study("The packaged synthetic cases", cases, "rms", {}, ("sex",), (0,))


def _study(
    title: str,
    path: Path,
    form: str,
    benchmark: dict[str, str],
    groups: tuple[str, ...],
    seeds: tuple[int, ...],
) -> Study:
    past = read_past_cases(path, instrument(form))
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row[past.instrument.columns.case_number]))
    columns = {name: [row[name] for row in rows] for name in (*benchmark.values(), *groups)}
    return Study(title, past, columns, benchmark, groups, seeds)


# Models: each takes training rows and test rows of one study and gives P(actual = 2) of the test rows ------

Model = Callable[[Study, str, np.ndarray, np.ndarray], np.ndarray]


def _engine(policy: str, *, withhold: bool) -> Model:
    def model(study: Study, process: str, train: np.ndarray, test: np.ndarray) -> np.ndarray:
        score, typical = _simulated(study, process, policy, train.tobytes(), test.tobytes())
        return np.where(typical < WITHHELD_BELOW, np.nan, score) if withhold else score

    return model


@lru_cache(maxsize=FOLDS * SEEDS)
def _simulated(
    study: Study, process: str, policy: str, train: bytes, test: bytes
) -> tuple[np.ndarray, np.ndarray]:
    """Score − 1 and typicality of each test row; both rows are indices, as bytes so as to be remembered."""
    rows, asking = np.frombuffer(train, dtype=np.intp), np.frombuffer(test, dtype=np.intp)
    past = study.past
    (own,) = (known for known in past.instrument.processes if known.code == process)
    only = PastCases(
        instrument=replace(past.instrument, processes=(own,)),
        cases=taken(past.cases, rows),
        actual={process: past.actual[process][rows]},
    )
    library = build(only, policy=policy, name="cv", version="1", facts={"synthetic": False})
    (cases,) = library.processes
    found = weigh(past.cases.values[asking], past.cases.person[asking], cases, library.policy)
    score = np.vecdot(found.weights, cases.actual[found.rows]) - 1.0
    return score, typicality(found.distances[:, SHOWN - 1], cases)


def _logistic(study: Study, process: str, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    values = _one_hot(study, train)
    model = LogisticRegressionCV(
        Cs=[0.01, 0.03, 0.1, 0.3, 1.0],
        cv=3,
        max_iter=2000,
        scoring="neg_log_loss",
        use_legacy_attributes=False,
    )
    return model.fit(values[train], _returned(study, process)[train]).predict_proba(values[test])[:, 1]


def _one_hot(study: Study, train: np.ndarray) -> np.ndarray:
    """Every item one-hot, numbers in ten quantile bins, unknown a level of its own."""
    blocks = []
    for j, item in enumerate(study.past.instrument.items):
        column = study.past.cases.values[:, j]
        if not item.levels:
            edges = np.unique(np.nanquantile(column[train], np.arange(1, 10) / 10))
            column = np.where(np.isnan(column), np.nan, np.searchsorted(edges, column))
        column = np.where(np.isnan(column), -1.0, column)
        blocks.append(column[:, None] == np.unique(column))
    return np.concatenate(blocks, axis=1).astype(float)


def _boosting(study: Study, process: str, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Gradient boosting, tuned inside the training rows."""
    values = study.past.cases.values
    search = GridSearchCV(
        HistGradientBoostingClassifier(l2_regularization=10.0, random_state=0),
        GRID,
        cv=3,
        scoring="neg_log_loss",
    )
    return search.fit(values[train], _returned(study, process)[train]).predict_proba(values[test])[:, 1]


def _base_rate(study: Study, process: str, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    return np.full(len(test), _returned(study, process)[train].mean())


def _existing(study: Study, process: str, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The existing instrument's score, turned into a probability on the training rows."""
    score = np.array([float(cell or "nan") for cell in study.columns[study.benchmark[process]]])
    score = np.where(np.isnan(score), np.nanmedian(score[train]), score)[:, None]
    model = LogisticRegression().fit(score[train], _returned(study, process)[train])
    return model.predict_proba(score[test])[:, 1]


MODELS: tuple[tuple[str, Model], ...] = (
    ("**RMS, pool**, all rows", _engine("pool", withhold=False)),
    ("RMS, pool, scores shown", _engine("pool", withhold=True)),
    ("RMS, nearest (the 2005 way)", _engine("nearest", withhold=False)),
    ("logistic regression", _logistic),
    ("gradient boosting, tuned", _boosting),
    ("existing instrument", _existing),
    ("base rate", _base_rate),
)


def _report(study: Study, process: str) -> None:
    labelled = np.flatnonzero(study.past.actual[process])
    actual = _returned(study, process)[labelled]
    print(f"\n### {study.title}: {process} ({len(labelled):,} rows, {actual.mean():.1%} with actual 2)\n")
    print("| method | AUC (95 % interval) | Brier (95 % interval) | calibration error | rows scored |")
    print("|---|---|---|---|---|")
    kept = {}
    for name, model in MODELS:
        if model is _existing and process not in study.benchmark:
            continue
        runs = [_out_of_fold(study, process, model, seed) for seed in study.seeds]
        print(_line(name, runs, actual))
        kept[name] = runs
    _difference(kept, actual)
    _by_group(study, labelled, actual, kept[MODELS[0][0]][0])


def _out_of_fold(study: Study, process: str, model: Model, seed: int) -> np.ndarray:
    labelled = np.flatnonzero(study.past.actual[process])
    fold = np.random.default_rng(seed).permutation(len(labelled)) % FOLDS
    predicted = np.full(len(labelled), np.nan)
    for held_out in range(FOLDS):
        test = fold == held_out
        predicted[test] = model(study, process, labelled[~test], labelled[test])
    return predicted


def _returned(study: Study, process: str) -> np.ndarray:
    return (study.past.actual[process] == 2).astype(int)


def _line(name: str, runs: Sequence[np.ndarray], actual: np.ndarray) -> str:
    """Means over the seeds; intervals for one seed's rows."""
    auc, brier, error, scored = (
        np.mean(column) for column in zip(*(_figures(p, actual) for p in runs), strict=True)
    )
    half_auc = 1.96 * _auc_error(auc, actual)
    known = ~np.isnan(runs[0])
    half_brier = 1.96 * np.std((runs[0][known] - actual[known]) ** 2) / np.sqrt(known.sum())
    return (
        f"| {name} | {auc:.4f} ({auc - half_auc:.3f}–{auc + half_auc:.3f}) "
        f"| {brier:.4f} ({brier - half_brier:.4f}–{brier + half_brier:.4f}) | {error:.3f} | {scored:.1%} |"
    )


def _figures(predicted: np.ndarray, actual: np.ndarray) -> tuple[float, float, float, float]:
    known = ~np.isnan(predicted)
    p, y = predicted[known], actual[known]
    auc = roc_auc_score(y, p) if len(np.unique(p)) > FOLDS else 0.5  # a fold's base rate ranks nobody
    return auc, float(((p - y) ** 2).mean()), _calibration_error(p, y), float(known.mean())


def _calibration_error(p: np.ndarray, y: np.ndarray) -> float:
    """Mean absolute gap between predicted and observed over ten bins of equal size, weighted by size."""
    bins = np.array_split(np.argsort(p, kind="stable"), 10)
    return float(sum(len(b) * abs(p[b].mean() - y[b].mean()) for b in bins) / len(p))


def _auc_error(auc: float, actual: np.ndarray) -> float:
    """Standard error by Hanley and McNeil 1982."""
    m, n = actual.sum(), (1 - actual).sum()
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    return float(np.sqrt((auc * (1 - auc) + (m - 1) * (q1 - auc**2) + (n - 1) * (q2 - auc**2)) / (m * n)))


def _difference(kept: dict[str, list[np.ndarray]], actual: np.ndarray) -> None:
    ours, theirs = (
        np.mean([_figures(p, actual)[:2] for p in kept[name]], axis=0)
        for name in (MODELS[0][0], "gradient boosting, tuned")
    )
    print(f"\nRMS less gradient boosting: AUC {ours[0] - theirs[0]:+.4f}, Brier {ours[1] - theirs[1]:+.4f}.")


def _by_group(study: Study, labelled: np.ndarray, actual: np.ndarray, predicted: np.ndarray) -> None:
    """The engine by sex, race and age (of which it is told sex and age); high: above the rate of all."""
    print(
        "\n| group | rows | actual 2 | mean score − 1 | AUC "
        "| high, stayed | not high, returned | returned if high |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for column in study.groups:
        cells = np.array([_band(column, study.columns[column][row]) for row in labelled])
        for group in sorted(set(cells)):
            own = cells == group
            y, p = actual[own], predicted[own]
            if own.sum() >= 100 and 0 < y.sum() < len(y):
                high = p > actual.mean()
                right = f"{y[high].mean():.3f}" if high.any() else "–"
                print(
                    f"| {column}: {group} | {own.sum():,} | {y.mean():.3f} | {p.mean():.3f} "
                    f"| {roc_auc_score(y, p):.3f} | {high[y == 0].mean():.3f} "
                    f"| {(~high)[y == 1].mean():.3f} | {right} |"
                )


def _band(column: str, cell: str) -> str:
    if column != "age":
        return cell or "not recorded"
    return next(
        f"{low}–{high}" for low, high in ((0, 24), (25, 34), (35, 44), (45, 200)) if low <= int(cell) <= high
    )


def _in_metric_of(weight: float) -> Model:
    """The pool's scores in the learned metric with another λ: the tables are the same, all else follows."""

    def model(study: Study, process: str, train: np.ndarray, test: np.ndarray) -> np.ndarray:
        learned, past = LearnedMetric(_tables(study, process, train.tobytes())), study.past
        metric.SUM_WEIGHT = weight
        places, persons = learned.coordinates(past.cases.values[train]), past.cases.person[train]
        held = Candidates(
            places, persons, flat_index(places), learned.scale, one_case_each=True, columns=places.T
        )
        near = held.nearest(
            *learned.query(past.cases.values[test]), past.cases.person[test], count=Pool().needed(len(held))
        )
        return np.vecdot(Pool().weigh(near.distances), past.actual[process][train][near.rows]) - 1.0

    return model


@lru_cache(maxsize=FOLDS * SEEDS * 3)
def _tables(study: Study, process: str, train: bytes) -> tuple[ContributionTable, ...]:
    rows = np.frombuffer(train, dtype=np.intp)
    past = study.past
    return fit_tables(past.cases.values[rows], past.actual[process][rows], past.instrument.items)


def _lambdas(studies: Sequence[Study]) -> None:
    """What the weight of the summed contributions does (all rows; why it is what it is)."""
    chosen = metric.SUM_WEIGHT
    print("\n### λ of the learned metric (AUC / Brier, all rows)\n")
    names = [(study, process) for study in studies for process in study.past.actual]
    print("| λ | " + " | ".join(f"{study.past.instrument.name} {process}" for study, process in names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for weight in (0.3, 1.0, 3.0, 10.0):
        cells = []
        for study, process in names:
            actual = _returned(study, process)[np.flatnonzero(study.past.actual[process])]
            runs = [
                _figures(_out_of_fold(study, process, _in_metric_of(weight), seed), actual)
                for seed in study.seeds
            ]
            auc, brier = np.mean(runs, axis=0)[:2]
            cells.append(f"{auc:.4f} / {brier:.4f}")
        print(f"| {weight:g} | " + " | ".join(cells) + " |")
    metric.SUM_WEIGHT = chosen


if __name__ == "__main__":
    main()
