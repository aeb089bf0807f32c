"""Harm scores and their history, the cuts of the bands, and refreshes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    Row,
    Select,
    case,
    delete,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.audit import Audit
from api.storage.database import insert_rows
from api.storage.harm.history import StoredHistory, history_of
from api.storage.harm.inputs import Inputs, among
from api.storage.tables import harm_cuts, harm_due, harm_history, harm_refreshes, harm_scores

COLUMNS = tuple(column.name for column in harm_scores.c)
CUTS = ("low_medium", "medium_high", "high", "super_high")


@dataclass(frozen=True)
class StoredCuts:
    """The scores at which the bands begin, of the people scored on the day `day`, set by a person."""

    id: int
    day: date
    people: int
    scores: tuple[float, ...]
    set_by: str
    set_at: datetime
    reason: str


@dataclass(frozen=True)
class Refresh:
    """A calculation of scores, of everybody or of who changed. People up to the key `after` are done."""

    id: int
    day: date
    after: int
    everybody: bool
    scored: int
    settings: str
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Moment:
    """The score on a day from which it changed; None: from then on there is none."""

    day: date
    score: float | None
    band: int | None


class HarmScores:
    """Harm scores in one transaction. `person` is always the key."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    @property
    def inputs(self) -> Inputs:
        return Inputs(self._connection)

    def history_of(self, person: int) -> StoredHistory:
        """Every offence, marker and report of a person."""
        return history_of(self._connection, person)

    def begin(self, *, day: date, everybody: bool, settings: str, at: datetime) -> Refresh:
        """The unfinished refresh of this kind, or a new one."""
        columns = [harm_refreshes.c[name] for name in Refresh.__dataclass_fields__]
        unfinished = select(*columns).where(
            harm_refreshes.c.day == day,
            harm_refreshes.c.everybody == everybody,
            harm_refreshes.c.settings == settings,
            harm_refreshes.c.ended_at.is_(None),
        )
        row = self._connection.execute(unfinished.order_by(harm_refreshes.c.id.desc())).first()
        if row is not None:
            return Refresh(**row._mapping)
        values: dict[str, Any] = {
            **{"day": day, "everybody": everybody, "settings": settings},
            **{"after": 0, "scored": 0},
        }
        adding = insert(harm_refreshes).returning(harm_refreshes.c.id)
        key = self._connection.execute(adding, {**values, "begun_at": at}).scalar_one()
        return Refresh(key, **values)

    def keep_progress(self, refresh: Refresh) -> None:
        """Store how far the refresh is, in the transaction of its scores."""
        values = {"after": refresh.after, "scored": refresh.scored, "ended_at": refresh.ended_at}
        self._connection.execute(
            update(harm_refreshes).where(harm_refreshes.c.id == refresh.id).values(**values)
        )

    def end(self, refresh: Refresh, *, by: str, at: datetime) -> None:
        """Note that the refresh is complete."""
        self._audit.append(
            "harm.refreshed",
            actor=by,
            at=at,
            object_kind="harm",
            object_key=str(refresh.id),
            detail={"day": refresh.day.isoformat(), "people": refresh.scored, "settings": refresh.settings},
        )

    def last_refresh(self, *, everybody: bool | None = None) -> Refresh | None:
        """The last complete refresh."""
        columns = [harm_refreshes.c[name] for name in Refresh.__dataclass_fields__]
        chosen = select(*columns).where(harm_refreshes.c.ended_at.is_not(None))
        if everybody is not None:
            chosen = chosen.where(harm_refreshes.c.everybody == everybody)
        row = self._connection.execute(chosen.order_by(harm_refreshes.c.id.desc()).limit(1)).first()
        return None if row is None else Refresh(**row._mapping)

    def no_longer_due(self, people: Sequence[int]) -> None:
        """Note that the scores of these people are being calculated, before their records are read.

        Records that another transaction adds meanwhile make them due again.
        """
        self._connection.execute(delete(harm_due).where(among(harm_due.c.person, people)))

    def replace(self, people: Sequence[int], rows: Sequence[tuple[Any, ...]], *, day: date) -> None:
        """Store the scores of these people: a row of COLUMNS for each who has one.

        The history gets a line for each person whose shown score or band has changed.
        """
        before = self._scores_of(people)
        now = {row[0]: row for row in rows}
        band = COLUMNS.index("band")
        score = COLUMNS.index("score")
        moments = []
        for person in people:
            old, new = before.get(person), now.get(person)
            if new is None and old is not None:
                moments.append((person, day, None, None))
            elif new is not None and (old is None or _differs(old, score=new[score], band=new[band])):
                moments.append((person, day, new[score], new[band]))
        if before:
            self._connection.execute(delete(harm_scores).where(among(harm_scores.c.person, people)))
        insert_rows(self._connection, harm_scores, COLUMNS, rows)
        self._add_moments(moments, day)

    def _scores_of(self, people: Sequence[int]) -> Mapping[int, Row[Any]]:
        columns = (harm_scores.c.person, harm_scores.c.score, harm_scores.c.band)
        chosen = select(*columns).where(among(harm_scores.c.person, people))
        rows: Iterable[Any] = self._connection.execute(chosen)
        return {row.person: row for row in rows}

    def _add_moments(self, moments: Sequence[tuple[Any, ...]], day: date) -> None:
        keys = [person for person, *_ in moments]
        if keys:
            same_day = among(harm_history.c.person, keys), harm_history.c.day == day
            self._connection.execute(delete(harm_history).where(*same_day))
        insert_rows(self._connection, harm_history, ("person", "day", "score", "band"), moments)

    def of(self, person: int) -> Row[Any] | None:
        """The stored score of a person, a row of COLUMNS."""
        return self._connection.execute(select(harm_scores).where(harm_scores.c.person == person)).first()

    def history(self, person: int) -> tuple[Moment, ...]:
        """The days on which the score or the band changed, oldest first."""
        chosen: Select[Any] = (
            select(harm_history.c.day, harm_history.c.score, harm_history.c.band)
            .where(harm_history.c.person == person)
            .order_by(harm_history.c.day)
        )
        return tuple(Moment(*row) for row in self._connection.execute(chosen))

    def all_scores(self) -> list[float]:
        """Every score, in no order."""
        return list(self._connection.scalars(select(harm_scores.c.score)))

    def cuts(self) -> StoredCuts | None:
        """The cuts in force."""
        row = self._connection.execute(select(harm_cuts).order_by(harm_cuts.c.id.desc()).limit(1)).first()
        if row is None:
            return None
        scores = tuple(row._mapping[name] for name in CUTS)
        return StoredCuts(row.id, row.day, row.people, scores, row.set_by, row.set_at, row.reason)

    def set_cuts(
        self, scores: Sequence[float], *, day: date, people: int, reason: str, by: str, at: datetime
    ) -> None:
        """Set the cuts in force from now on."""
        values = {
            **dict(zip(CUTS, scores, strict=True)),
            **{"day": day, "people": people, "reason": reason, "set_by": by, "set_at": at},
        }
        key = self._connection.execute(insert(harm_cuts).returning(harm_cuts.c.id), values).scalar_one()
        self._audit.append(
            "harm.cuts_set",
            actor=by,
            at=at,
            object_kind="harm",
            object_key=str(key),
            detail={"day": day.isoformat(), "people": people},
        )

    def apply_cuts(self, cuts: StoredCuts, *, least: float, day: date) -> int:
        """Put every score into its band by these cuts; returns how many people have another band now.

        A score that is less than `least` below a cut is equal to it. The history gets a line for each person
        whose band has changed.
        """
        band = sum((case((harm_scores.c.score > cut - least, 1), else_=0) for cut in cuts.scores), literal(0))
        differs = harm_scores.c.band.is_distinct_from(band)
        moved = select(harm_scores.c.person, literal(day, Date), harm_scores.c.score, band).where(differs)
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        noting = dialect.insert(harm_history).from_select(["person", "day", "score", "band"], moved)
        self._connection.execute(
            noting.on_conflict_do_update(
                index_elements=["person", "day"],
                set_={"score": noting.excluded.score, "band": noting.excluded.band},
            )
        )
        return self._connection.execute(update(harm_scores).where(differs).values(band=band)).rowcount

    def due(self) -> frozenset[int]:
        """The people whose records have changed since their score was calculated."""
        return frozenset(self._connection.scalars(select(harm_due.c.person)))


def _differs(old: Row[Any], *, score: float, band: int | None) -> bool:
    return bool(old.band != band or math.floor(old.score * 10 + 0.5) != math.floor(score * 10 + 0.5))
