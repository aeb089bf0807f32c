"""The prediction on the fictional force, whose true risk is known: how good it is, and how long it takes.

It is trained and tested from the files of the force alone. Then the force is imported into SQLite and scored,
and a model predicts for everybody from the database.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from api.demonstration.force import write_force
from api.demonstration.force.associations import draw_associations
from api.demonstration.force.folder import draw_force
from api.demonstration.force.offences import draw_days
from api.services.harm.refreshing import refresh_scores
from api.services.prediction.models import change_state
from api.services.prediction.predicting import predict
from api.services.prediction.training import train_model
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.storage import Store, upgrade
from rms.prediction.figures import ConfusionMatrix, auc, bins
from rms.prediction.model import probabilities
from rms.prediction.states import State
from tests.api.contexts import context_for
from tests.api.demonstration.folder_records import RULES, folder_records
from tests.benchmarks.machine import introduce, progress, table

SEED, PEOPLE, DAY = 20261130, 100_000, date(2026, 11, 30)
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
LAST = 2  # the span of the true risk that ends on the day of the data


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--database", type=int, default=PEOPLE, help="people in the database; 0: none")
    given = parser.parse_args(arguments)
    introduce("Prediction", part="prediction")
    _print_quality(given.people)
    if given.database:
        _print_time(given.database)


def _print_quality(people: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        progress(f"drawing {people:,} people")
        write_force(Path(scratch), seed=SEED, people=people, day=DAY)
        force = folder_records(Path(scratch), as_at=DAY)
        progress("training")
        began = time.perf_counter()
        model = force.model()
        trained = time.perf_counter() - began
    day = force.day(force.test_day)
    predicted = probabilities(model, day.x)
    everybody, _ = draw_force(SEED, people=people, day=DAY, offences=None, known=())
    drawn = draw_days(SEED, everybody, draw_associations(SEED, everybody), total=8 * people)
    risk = drawn.escalations.risk[LAST][force.about(force.test_day)]
    figures = model.figures
    matrix = ConfusionMatrix(
        *(
            int(figures[name] or 0)
            for name in ("true_positives", "false_positives", "false_negatives", "true_negatives")
        )
    )
    training = model.training
    print(
        f"{people:,} people: trained on {training.people:,} predictions of {len(training.days)} days; "
        f"{training.outcomes:,} became high harm, in {trained:.0f} s; tested on {training.test_day} with "
        f"{training.test_people:,} people, of whom {training.test_outcomes:,} became high harm.\n"
    )
    table(
        ("", "AUC", "ECE, bound .03"),
        (
            ("prediction", f"{figures['auc']:.3f}", f"{figures['ece']:.4f}"),
            ("harm score alone", f"{figures['harm_score_auc']:.3f}", f"{figures['harm_score_ece']:.4f}"),
            ("true risk of escalating, which nobody can know", f"{auc(risk, day.became_high):.3f}", ""),
        ),
    )
    table(
        ("figure at .6", "counts", "value (95 %)"),
        (
            (
                one.name,
                f"{one.part:,} of {one.whole:,}",
                f"{one.value:.3f} ({one.interval[0]:.3f}–{one.interval[1]:.3f})",
            )
            for one in matrix.figures
        ),
    )
    place = np.minimum((predicted * 10).astype(int), 9)
    table(
        ("mean prediction", "people", "became high harm", "mean true risk of escalating"),
        (
            (
                f"{one.predicted:.3f}",
                f"{one.people:,}",
                f"{one.share:.3f}",
                f"{risk[place == int(min(one.predicted * 10, 9))].mean():.3f}",
            )
            for one in bins(predicted, day.became_high)
        ),
    )


def _print_time(people: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/rms.sqlite"
        upgrade(url)
        store = Store(url)
        context = context_for(store, at=AT)
        progress(f"importing {people:,} people")
        write_force(Path(scratch) / "force", seed=SEED, people=people, day=DAY)
        import_folder(context, FolderOnDisk(Path(scratch) / "force"))
        refresh_scores(context, day=DAY, rules=RULES)
        progress("training")
        began, cpu = time.perf_counter(), time.process_time()
        train_model(context, rules=RULES, version="bench", reason="benchmark")
        trained, trained_cpu = time.perf_counter() - began, time.process_time() - cpu
        for state in (State.APPROVED, State.SHADOW, State.CURRENT):
            change_state(context_for(store, by="another", at=AT), "bench", state, reason="benchmark")
        progress("predicting")
        began, cpu = time.perf_counter(), time.process_time()
        [done] = predict(context, day=DAY, rules=RULES)
        taken, taken_cpu = time.perf_counter() - began, time.process_time() - cpu
        store.close()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table(
        ("people", "predicted", "training", "predicting everybody", "CPU", "bound for 1,000,000", "memory"),
        (
            (
                *(f"{people:,}", f"{done.people:,}", f"{trained:.0f} s ({trained_cpu:.0f} s of CPU)"),
                *(f"{taken:.1f} s", f"{taken_cpu:.1f} s", "120 s", f"{megabytes:.0f} MB"),
            ),
        ),
    )


if __name__ == "__main__":
    main()
