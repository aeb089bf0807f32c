"""Models: which there are, who approved them, which is current. Every change is on record with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.services.context import Context
from api.storage import ModelChange, PredictionRun, StoredFigures, StoredModel, Transaction
from rms.errors import Conflict, InvalidInput, NotFound, Problem, RMSError
from rms.prediction.model import Model
from rms.prediction.model_files import read_model
from rms.prediction.states import OUT_OF_USE, PREDICTING, State, check_change

LONGEST_REASON = 1000
NO_MODEL = "Predictions are off: no model is current. An administrator decides on this."
DAMAGED = (
    "Predictions are off: the file of the current model, {version}, is damaged or was changed. An "
    "administrator can roll it back."
)
DOES_NOT_PREDICT = "Model {version} does not predict: its file is damaged or was changed."
NOT_YET = "There are no predictions yet: model {version} is current, but has not predicted."


@dataclass(frozen=True)
class ModelVersion:
    """A model with its changes, the last one first, and its figures and calculations, the last day first.

    `model` is None if the file is damaged or was changed. Such a model does not predict.
    """

    stored: StoredModel
    model: Model | None
    changes: Sequence[ModelChange]
    figures: Sequence[StoredFigures]
    runs: Sequence[PredictionRun]


def model_versions(context: Context) -> tuple[ModelVersion, ...]:
    """Every model, the last one first."""
    with context.store.reading() as tx:
        return tuple(_version(tx, stored) for stored in tx.prediction_models.all())


def model_version(context: Context, version: str) -> ModelVersion:
    """
    Raises
    ------
    NotFound
        If there is no model of this version.
    """
    with context.store.reading() as tx:
        return _version(tx, _named(tx, version))


def current_model(context: Context) -> ModelVersion | None:
    """The current model, even if its file is damaged."""
    with context.store.reading() as tx:
        stored = _current(tx)
        return None if stored is None else _version(tx, stored)


def _usable(tx: Transaction) -> tuple[StoredModel, Model] | None:
    stored = _current(tx)
    model = None if stored is None else _read(stored)
    return None if stored is None or model is None else (stored, model)


def current_run(tx: Transaction) -> tuple[StoredModel, Model, PredictionRun] | None:
    """The current model with its last calculation. None if predictions are off or not made yet."""
    found = _usable(tx)
    run = None if found is None else tx.predictions.last_run(found[0].id)
    return None if found is None or run is None else (*found, run)


def why_off(tx: Transaction) -> str:
    """Why no predictions are shown, in a sentence."""
    stored = _current(tx)
    if stored is None:
        return NO_MODEL
    return (DAMAGED if _read(stored) is None else NOT_YET).format(version=stored.version)


def why_predictions_are_off(context: Context) -> str:
    """As `why_off`."""
    with context.store.reading() as tx:
        return why_off(tx)


def change_state(context: Context, version: str, state: State, *, reason: str) -> None:
    """Approve a model, put it in shadow, make it current, roll it back or withdraw it.

    A model that becomes current replaces the one that was. When the current one is rolled back, the one
    before it is current again, if there is one.

    Raises
    ------
    InvalidInput
        If the reason is missing, has several lines or is too long, or if a model whose file is damaged
        would come into use.
    Conflict
        If the change does not follow from the state, or who trained a model would approve it.
    NotFound
        If there is no model of this version.
    """
    check_reason(reason)
    if state in (State.TRAINED, State.REPLACED):
        raise Conflict("A model is trained by training, and replaced by making another one current.")
    with context.store.transaction() as tx:
        stored = _named(tx, version)
        if state not in OUT_OF_USE:
            read_model(stored.file.encode())
        check_change(version, State(stored.state), state, by=context.by, trained_by=stored.trained_by)
        models = tx.prediction_models
        before = models.last_replaced() if state is State.ROLLED_BACK else None
        if state is State.CURRENT and (replaced := _current(tx)):
            models.change(replaced, _change(context, State.REPLACED, f"Replaced by {version}: {reason}"))
        models.change(stored, _change(context, state, reason))
        if before is not None:
            models.change(before, _change(context, State.CURRENT, f"{version} was rolled back: {reason}"))


def check_reason(reason: str) -> None:
    """Refuse a missing reason, or one that is no single line."""
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        detail = f"Give a reason, on one line of up to {LONGEST_REASON:,} characters."
        raise InvalidInput([Problem("/reason", "invalid_value", detail)])


def predicting(context: Context) -> tuple[tuple[StoredModel, Model], ...]:
    """The models that predict, shown or in shadow. One whose file is damaged does not."""
    with context.store.reading() as tx:
        found = tx.prediction_models.in_state(*PREDICTING)
    return tuple((stored, model) for stored in found if (model := _read(stored)) is not None)


def damaged_models(context: Context) -> tuple[str, ...]:
    """A sentence for each model that should predict and cannot."""
    with context.store.reading() as tx:
        found = [one for one in tx.prediction_models.in_state(*PREDICTING) if _read(one) is None]
    return tuple(DOES_NOT_PREDICT.format(version=one.version) for one in found)


def _current(tx: Transaction) -> StoredModel | None:
    return next(iter(tx.prediction_models.in_state(State.CURRENT)), None)


def _read(stored: StoredModel) -> Model | None:
    try:
        return read_model(stored.file.encode())
    except RMSError:
        return None


def _named(tx: Transaction, version: str) -> StoredModel:
    stored = tx.prediction_models.named(version)
    if stored is None:
        raise NotFound(f"There is no model {version}.")
    return stored


def _change(context: Context, state: State, reason: str) -> ModelChange:
    return ModelChange(state, context.by, context.at, reason.strip())


def _version(tx: Transaction, stored: StoredModel) -> ModelVersion:
    return ModelVersion(
        stored=stored,
        model=_read(stored),
        changes=tx.prediction_models.changes(stored.id),
        figures=tx.prediction_models.figures(stored.id),
        runs=tx.predictions.runs(stored.id, most=24),
    )
