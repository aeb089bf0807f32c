"""Models with their states, each change on record, and how well they did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from api.storage.audit import Audit
from api.storage.tables import prediction_changes, prediction_figures, prediction_models


@dataclass(frozen=True)
class StoredModel:
    """A model. `file` is its text as it was written."""

    id: int
    version: str
    sha256: str
    file: str
    state: str
    trained_by: str
    trained_at: datetime


@dataclass(frozen=True)
class ModelChange:
    state: str
    changed_by: str
    changed_at: datetime
    reason: str


@dataclass(frozen=True)
class StoredFigures:
    """How well a model did for people of the day `day`: the counts of one confusion matrix, and calibration.

    `bins`: people, mean prediction and how many became high harm. `alarms`: in words.
    """

    day: date
    measured_at: datetime
    cut_off: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    auc: float | None
    harm_score_auc: float | None
    ece: float | None
    harm_score_ece: float | None
    bins: Sequence[Sequence[float]]
    alarms: Sequence[str]


class PredictionModels:
    """Models in one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def all(self) -> tuple[StoredModel, ...]:
        """Every model, the last one first."""
        return self._models()

    def named(self, version: str) -> StoredModel | None:
        return next(iter(self._models(prediction_models.c.version == version)), None)

    def in_state(self, *states: str) -> tuple[StoredModel, ...]:
        return self._models(prediction_models.c.state.in_(states))

    def add(self, version: str, *, sha256: str, file: str, reason: str, by: str, at: datetime) -> None:
        """Store a model that was trained."""
        values = {
            **{"version": version, "sha256": sha256, "file": file, "state": "trained"},
            **{"trained_by": by, "trained_at": at},
        }
        adding = insert(prediction_models).returning(prediction_models.c.id)
        key = self._connection.execute(adding, values).scalar_one()
        self._note(key, ModelChange("trained", by, at, reason), version=version)

    def change(self, model: StoredModel, change: ModelChange) -> None:
        """Give a model another state."""
        chosen = update(prediction_models).where(prediction_models.c.id == model.id)
        self._connection.execute(chosen.values(state=change.state))
        self._note(model.id, change, version=model.version)

    def changes(self, model: int) -> tuple[ModelChange, ...]:
        """Every change of a model, the last one first."""
        columns = [prediction_changes.c[name] for name in ModelChange.__dataclass_fields__]
        chosen = select(*columns).where(prediction_changes.c.model == model)
        rows = self._connection.execute(chosen.order_by(prediction_changes.c.id.desc()))
        return tuple(ModelChange(*row) for row in rows)

    def last_replaced(self) -> StoredModel | None:
        """The model that was current before the one that is."""
        found = (
            select(prediction_models)
            .join(prediction_changes, prediction_changes.c.model == prediction_models.c.id)
            .where(prediction_models.c.state == "replaced", prediction_changes.c.state == "replaced")
            .order_by(prediction_changes.c.id.desc())
        )
        row = self._connection.execute(found.limit(1)).first()
        return None if row is None else _model(row)

    def keep_figures(self, model: int, figures: StoredFigures) -> None:
        values = {"model": model, **vars(figures)}
        same = prediction_figures.c.model == model, prediction_figures.c.day == figures.day
        self._connection.execute(delete(prediction_figures).where(*same))
        self._connection.execute(insert(prediction_figures), values)

    def figures(self, model: int) -> tuple[StoredFigures, ...]:
        """Of each day that was measured, the last day first."""
        columns = [prediction_figures.c[name] for name in StoredFigures.__dataclass_fields__]
        chosen = select(*columns).where(prediction_figures.c.model == model)
        rows = self._connection.execute(chosen.order_by(prediction_figures.c.day.desc()))
        return tuple(StoredFigures(*row) for row in rows)

    def _models(self, *tests: Any) -> tuple[StoredModel, ...]:
        chosen = select(prediction_models).where(*tests).order_by(prediction_models.c.id.desc())
        return tuple(_model(row) for row in self._connection.execute(chosen))

    def _note(self, model: int, change: ModelChange, *, version: str) -> None:
        values: Mapping[str, Any] = {"model": model, **vars(change)}
        self._connection.execute(insert(prediction_changes), values)
        self._audit.append(
            f"prediction.{change.state}",
            actor=change.changed_by,
            at=change.changed_at,
            object_kind="prediction_model",
            object_key=str(model),
            detail={"version": version},
        )


def _model(row: Row[Any]) -> StoredModel:
    return StoredModel(**row._mapping)
