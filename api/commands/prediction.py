"""The prediction of becoming high harm on the command line: `rms harm train`, `predict`, `model` …"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from tqdm import tqdm

from api.commands.harm import DAY, opened
from api.services.prediction.measuring import measure as measure_model
from api.services.prediction.models import (
    ModelVersion,
    change_state,
    damaged_models,
    model_version,
    model_versions,
    predicting,
)
from api.services.prediction.predicting import predict as predict_all
from rms.prediction.figures import ConfusionMatrix
from rms.prediction.model_files import MOST_BYTES, read_model
from rms.prediction.states import STATE_WORDS, State
from rms.prediction.warning import HEALTH_WARNING

BY = click.option("--by", required=True, help="Who does it: the name for the record.")
REASON = click.option("--reason", required=True, help="Why, for the record.")


@click.command()
@click.option("--version", required=True, help="The version of the new model, such as 2026-11.")
@BY
@REASON
def train(version: str, by: str, reason: str) -> None:
    """Train a model of the prediction, and test it.

    It is tested on a later day than those it is trained on. It is used only after another person has
    approved it.
    """
    # scikit-learn is an extra, and takes a second to import.
    from api.services.prediction.training import train_model  # noqa: PLC0415

    with opened(by) as (context, rules), tqdm(disable=None, leave=False, unit=" days") as bar:
        train_model(
            context, rules=rules, version=version, reason=reason, on_day=lambda _day: bar.update() and None
        )
        found = model_version(context, version)
    for line in _lines(found):
        click.echo(line)


@click.command()
@click.option("--as-at", "as_at", type=DAY, help="The day of the predictions. The default is today.")
@click.option("--by", default="command line", show_default=True, help="Who does it, for the audit log.")
def predict(as_at: datetime | None, by: str) -> None:
    """Predict who may become high harm.

    The current model predicts, and those in shadow. It also measures the models for the latest month's end
    whose two years are over.
    """
    with opened(by) as (context, rules):
        day = as_at.date() if as_at else context.today
        with tqdm(disable=None, leave=False, unit=" people") as bar:
            found = predict_all(
                context, day=day, rules=rules, on_block=lambda done: bar.update(done - bar.n) and None
            )
        for stored, model in predicting(context):
            measure_model(context, stored, model, rules=rules)
        damaged = damaged_models(context)
    for sentence in damaged:
        click.echo(sentence, err=True)
    for one in found:
        click.echo(
            f"As at {one.day}, model {one.version}: {one.people:,} people, {one.high:,} predicted high."
        )
        for alarm in one.alarms:
            click.echo(f"Alarm: {alarm}")
    click.echo(HEALTH_WARNING)


@click.group()
def model() -> None:
    """List, approve, use and roll back models."""


@model.command("list")
def list_models() -> None:
    """Every model, the last one first."""
    with opened("command line") as (context, _):
        for found in model_versions(context):
            for line in _lines(found):
                click.echo(line)


@model.command("file")
@click.argument("version")
def print_file(version: str) -> None:
    """Print the file of a model."""
    with opened("command line") as (context, _):
        click.echo(model_version(context, version).stored.file, nl=False)


@model.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(path: Path) -> None:
    """Check that the file of a model is as it was written."""
    with path.open("rb") as file:
        found = read_model(file.read(MOST_BYTES + 1))
    click.echo(f"Model {found.version} is as it was written on {found.trained_on}.")


def _changing(name: str, state: State, text: str) -> None:
    @model.command(name, help=text)
    @click.argument("version")
    @BY
    @REASON
    def change(version: str, by: str, reason: str) -> None:
        with opened(by) as (context, _):
            change_state(context, version, state, reason=reason)
        click.echo(f"Model {version} is {STATE_WORDS[state]}.")


_changing("approve", State.APPROVED, "Approve a model. Who trained it cannot.")
_changing("shadow", State.SHADOW, "Let a model predict in shadow: nothing is shown.")
_changing("use", State.CURRENT, "Make a model current: its predictions are shown.")
_changing("roll-back", State.ROLLED_BACK, "Roll back the current model to the one before.")
_changing("withdraw", State.WITHDRAWN, "Withdraw a model. It is never used again.")


def _lines(found: ModelVersion) -> Iterator[str]:
    yield (
        f"{found.stored.version}: {STATE_WORDS[State(found.stored.state)]}, trained by "
        f"{found.stored.trained_by}, SHA-256 {found.stored.sha256}"
    )
    if found.model is None:
        yield "  The file is damaged or was changed: the model does not predict."
        return
    training = found.model.training
    yield (
        f"  trained on {training.people:,} predictions of {len(training.days)} days, {training.outcomes:,} "
        f"became high harm; tested on {training.test_day}"
    )
    for figures in found.figures:
        matrix = ConfusionMatrix(
            figures.true_positives,
            figures.false_positives,
            figures.false_negatives,
            figures.true_negatives,
        )
        counts = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in vars(matrix).items())
        yield f"  {figures.day} at {figures.cut_off:g}: {counts}"
        if matrix.is_too_few:
            yield "    too few outcomes to judge"
        else:
            yield "    " + ", ".join(
                f"{one.name} {'too few' if one.value is None or one.is_too_few else f'{one.value:.3f}'}"
                for one in matrix.figures
            )
        if figures.ece is not None and figures.auc is not None:
            alone = (
                "" if figures.harm_score_auc is None else f" (harm score alone {figures.harm_score_auc:.3f})"
            )
            yield f"    AUC {figures.auc:.3f}{alone}, ECE {figures.ece:.3f}"
        for alarm in figures.alarms:
            yield f"    Alarm: {alarm}"
