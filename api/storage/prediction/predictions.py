"""Predictions of a day, the calculations they come from, and the list of people by probability."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, tuple_, update

from api.storage.audit import Audit
from api.storage.database import insert_rows
from api.storage.harm.listing import OffenderList
from api.storage.prediction.inputs import PredictionInputs
from api.storage.row_access import Clause
from api.storage.tables import harm_scores, prediction_runs, predictions
from rms.harm.listing import HarmQuery
from rms.harm.settings import BANDS

HIGH = BANDS.index("high")
COLUMNS = tuple(column.name for column in predictions.c)


@dataclass(frozen=True)
class Prediction:
    """A person's prediction of a day. `type`: its place in the types of the model."""

    person: int
    model: int
    day: date
    probability: float
    type: int
    degree: float
    pagerank: float
    high_harm_links: float


@dataclass(frozen=True)
class PredictionRun:
    """A complete calculation of a model for a day. `high`: how many at the usual cut-off or above."""

    model: int
    day: date
    ended_at: datetime
    people: int
    high: int
    alarms: Sequence[str]


@dataclass(frozen=True)
class PredictedPlace:
    """A person in the list: the higher probability first, then the higher key."""

    probability: float
    person: int
    type: int


class Predictions:
    """Predictions in one transaction. `person` is always the key."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def inputs(self, *, on: date, known_at: datetime | None, recent: date) -> PredictionInputs:
        """What was dated by a day and known at its end."""
        return PredictionInputs(self._connection, on=on, known_at=known_at, recent=recent)

    def begin(self, model: int, *, day: date, at: datetime) -> int:
        """Begin a calculation; what the model predicted for that day before is gone. Returns its key."""
        same = predictions.c.model == model, predictions.c.day == day
        self._connection.execute(delete(predictions).where(*same))
        earlier = update(prediction_runs).where(
            prediction_runs.c.model == model, prediction_runs.c.day == day
        )
        self._connection.execute(earlier.values(ended_at=None))
        values = {"model": model, "day": day, "begun_at": at, "people": 0, "high": 0, "alarms": []}
        adding = insert(prediction_runs).returning(prediction_runs.c.id)
        key: int = self._connection.execute(adding, values).scalar_one()
        return key

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows of COLUMNS."""
        insert_rows(self._connection, predictions, COLUMNS, rows)

    def end(self, run: int, ended: PredictionRun, *, by: str) -> None:
        values = {name: getattr(ended, name) for name in ("ended_at", "people", "high", "alarms")}
        self._connection.execute(update(prediction_runs).where(prediction_runs.c.id == run).values(**values))
        self._audit.append(
            "prediction.calculated",
            actor=by,
            at=ended.ended_at,
            object_kind="prediction_model",
            object_key=str(ended.model),
            detail={"day": ended.day.isoformat(), "people": ended.people},
        )

    def last_run(self, model: int) -> PredictionRun | None:
        """The complete calculation for the latest day."""
        return next(iter(self.runs(model, most=1)), None)

    def runs(self, model: int, *, most: int) -> tuple[PredictionRun, ...]:
        """Complete calculations, that for the latest day first."""
        columns = [prediction_runs.c[name] for name in PredictionRun.__dataclass_fields__]
        chosen = select(*columns).where(
            prediction_runs.c.model == model, prediction_runs.c.ended_at.is_not(None)
        )
        latest = prediction_runs.c.day.desc(), prediction_runs.c.id.desc()
        rows = self._connection.execute(chosen.order_by(*latest).limit(most))
        return tuple(PredictionRun(*row) for row in rows)

    def of(self, person: int, run: PredictionRun) -> Prediction | None:
        chosen = select(predictions).where(
            predictions.c.person == person, predictions.c.model == run.model, predictions.c.day == run.day
        )
        row = self._connection.execute(chosen).first()
        return None if row is None else Prediction(**row._mapping)


class PredictionList(OffenderList):
    """People by probability, of those whom the viewer may see and who meet the criteria of a list."""

    def predicted(
        self,
        query: HarmQuery,
        run: PredictionRun,
        *,
        cut_off: float,
        type: int | None,
        limit: int | None,
        after: PredictedPlace | None = None,
    ) -> tuple[PredictedPlace, ...]:
        """Up to `limit` people (all, if None) at the cut-off or above, after a place."""
        chosen = self._predicted(query, run, cut_off=cut_off, type=type, after=after)
        order = predictions.c.probability.desc(), predictions.c.person.desc()
        rows = self._connection.execute(chosen.order_by(*order).limit(limit))
        return tuple(PredictedPlace(row.probability, row.person, row.type) for row in rows)

    def total_predicted(
        self, query: HarmQuery, run: PredictionRun, *, cut_off: float, type: int | None, most: int
    ) -> int:
        """How many people that is, counted up to `most`."""
        found = self._predicted(query, run, cut_off=cut_off, type=type).limit(most).subquery()
        return self._connection.execute(select(func.count()).select_from(found)).scalar_one()

    def _predicted(
        self,
        query: HarmQuery,
        run: PredictionRun,
        *,
        cut_off: float,
        type: int | None,
        after: PredictedPlace | None = None,
    ) -> Select[Any]:
        c = predictions.c
        chosen = select(c.probability, c.person, c.type).join(harm_scores, harm_scores.c.person == c.person)
        return chosen.where(
            c.model == run.model,
            c.day == run.day,
            c.probability >= cut_off,
            *(() if type is None else (c.type == type,)),
            *(
                ()
                if after is None
                else (tuple_(c.probability, c.person) < (after.probability, after.person),)
            ),
            *self._criteria(query),
        )

    def _criteria(self, query: HarmQuery) -> Iterator[Clause]:
        yield or_(harm_scores.c.band.is_(None), harm_scores.c.band < HIGH)  # not high harm since then
        yield from self._tests(query)
        yield from self._at_home(query.filter)
        yield from self._scope(predictions.c.person)
        yield from self._lookups(query, predictions.c.person, harm_scores.c.band)
