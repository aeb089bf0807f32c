"""Overrides: professional judgements that differ from what people who resemble this person did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from api.storage.audit import Audit
from api.storage.row_access import authorised
from api.storage.tables import (
    assessments,
    override_decisions,
    overrides,
    shown_scores,
    undecided_overrides,
    users,
)
from api.storage.viewer import Viewer
from rms.assessment import AssessmentKind
from rms.errors import Conflict

_author = users.alias("author")
_decider = users.alias("decider")
_select = (
    select(
        overrides,
        _author.c.username.label("author_name"),
        override_decisions.c.decision,
        override_decisions.c.text.label("decision_text"),
        _decider.c.username.label("decided_by"),
        override_decisions.c.decided_at,
    )
    .join(assessments, assessments.c.pk == overrides.c.assessment)
    .join(_author, _author.c.id == overrides.c.author)
    .outerjoin(override_decisions, override_decisions.c.override == overrides.c.id)
    .outerjoin(_decider, _decider.c.id == override_decisions.c.decided_by)
    .order_by(overrides.c.number)
)
# Found from the few that wait: SQLite would otherwise read all overrides and look each of them up.
_waits = overrides.c.id.in_(select(undecided_overrides.c.override))


@dataclass(frozen=True)
class Decision:
    """A supervisor's decision on an override."""

    decision: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Override:
    """One override of one process of an assessment, numbered from 1; `author` is a user's id."""

    id: int
    number: int
    process: str
    direction: str
    reason_code: str
    text: str
    author: int
    by: str
    at: datetime
    decision: Decision | None = None


@dataclass(frozen=True)
class Practice:
    """How often one officer's assessments of one process were overridden.

    `assessments` counts those with a score, and `overridden` those of them with an override. `by_direction`
    and `by_decision` (including undecided) count the overrides.
    """

    process: str
    officer: str
    assessments: int
    overridden: int
    by_direction: Mapping[str, int]
    by_decision: Mapping[str, int]


@dataclass(frozen=True)
class OverrideOf:
    """An override, and the ID of the assessment it is about."""

    assessment: str
    override: Override


@dataclass(frozen=True)
class OverridesToReview:
    """The overrides that a supervisor may see, by who decides on them.

    `waiting`: the supervisor can decide on them, oldest first; there are `number_waiting`. `own`: the
    supervisor recorded them, so another one decides, oldest first. `decided`: newest first.
    """

    waiting: tuple[OverrideOf, ...]
    own: tuple[OverrideOf, ...]
    decided: tuple[OverrideOf, ...]
    number_waiting: int


class Overrides:
    """The overrides within one transaction. Assessments are identified by ID."""

    def __init__(self, connection: Connection, audit: Audit, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._audit = audit
        self._viewer = viewer
        self._visible = [criterion.test for criterion in authorised(viewer)]

    def add(
        self,
        id: str,
        *,
        process: str,
        direction: str,
        reason_code: str,
        text: str,
        author: int,
        by: str,
        at: datetime,
    ) -> Override:
        """Add the next override of the assessment, or return the same one if it is still undecided."""
        # The assessment's row is locked, so that two concurrent overrides cannot get the same number.
        key = self._connection.execute(
            select(assessments.c.pk).where(assessments.c.id == id).with_for_update()
        ).scalar_one()
        codes = {"process": process, "direction": direction, "reason_code": reason_code}
        same = {**codes, "text": text, "author": author, "decision": None}
        for earlier in self.of(id):
            if same.items() <= vars(earlier).items():
                return earlier
        last = select(func.max(overrides.c.number)).where(overrides.c.assessment == key)
        number = (self._connection.scalar(last) or 0) + 1
        values = {**codes, "assessment": key, "number": number, "text": text, "author": author, "made_at": at}
        inserted = insert(overrides).returning(overrides.c.id)
        override = self._connection.execute(inserted, values).scalar_one()
        self._connection.execute(insert(undecided_overrides), {"override": override})
        self._note("override.made", override, by=by, at=at, assessment=key, **codes)
        return Override(override, number, process, direction, reason_code, text, author, by, at)

    def of(self, id: str) -> tuple[Override, ...]:
        """All overrides of an assessment, oldest first."""
        rows = self._connection.execute(_select.where(assessments.c.id == id))
        return tuple(_override(row) for row in rows)

    def to_review(self, *, most: int) -> OverridesToReview:
        """Up to `most` of each kind of the overrides that the viewer may see."""
        undecided = _select.where(_waits, *self._visible)
        decided = _select.where(override_decisions.c.decided_at.is_not(None), *self._visible)
        oldest, newest = overrides.c.made_at, overrides.c.made_at.desc()
        waiting = self._listed(undecided.where(self._by_others), oldest, most=most)
        own = self._listed(undecided.where(~self._by_others), oldest, most=most)
        reviewed = self._listed(decided, newest, most=most)
        self._audit.listed("overrides.listed", keys=[row.key for row in (*waiting, *own, *reviewed)])
        return OverridesToReview(
            waiting=_of_assessments(waiting),
            own=_of_assessments(own),
            decided=_of_assessments(reviewed),
            number_waiting=self.number_waiting(),
        )

    def number_waiting(self) -> int:
        """How many overrides the viewer may decide on: not those that they recorded.

        It names nobody and stands on every page of a supervisor, so it is no look at anyone.
        """
        waiting = (
            select(func.count())
            .select_from(overrides)
            .join(assessments, assessments.c.pk == overrides.c.assessment)
            .where(_waits, self._by_others, *self._visible)
        )
        return self._connection.execute(waiting).scalar_one()

    def decide(
        self, override: Override, decision: str, *, text: str, decider: int, by: str, at: datetime
    ) -> None:
        """
        Raises
        ------
        Conflict
            If it has already been decided.
        """
        values = {"override": override.id, "decision": decision, "text": text}
        try:
            self._connection.execute(
                insert(override_decisions), {**values, "decided_by": decider, "decided_at": at}
            )
        except IntegrityError as error:
            raise Conflict("This override has already been decided.") from error
        self._connection.execute(
            delete(undecided_overrides).where(undecided_overrides.c.override == override.id)
        )
        assessment = self._connection.scalar(
            select(overrides.c.assessment).where(overrides.c.id == override.id)
        )
        self._note("override.decided", override.id, by=by, at=at, assessment=assessment, decision=decision)

    def practice(self) -> tuple[Practice, ...]:
        """By process and officer (who submitted the assessment), for assessments the viewer may see."""
        overridden = self._counted(func.count(overrides.c.assessment.distinct()))
        directions = self._counted(func.count(), overrides.c.direction)
        decisions = self._counted(func.count(), func.coalesce(override_decisions.c.decision, "undecided"))
        return tuple(
            Practice(
                process,
                officer,
                counted,
                overridden.get((process, officer), 0),
                _parts(directions, process, officer),
                _parts(decisions, process, officer),
            )
            for (process, officer), counted in self._scored().items()
        )

    @property
    def _by_others(self) -> ColumnElement[bool]:
        return overrides.c.author != (self._viewer.account if self._viewer else 0)

    def _listed(self, query: Select[Any], order: ColumnElement[Any], *, most: int) -> Sequence[Row[Any]]:
        about = assessments.c.id.label("assessment_id"), assessments.c.pk.label("key")
        ordered = query.add_columns(*about).order_by(None).order_by(order, overrides.c.id)
        return self._connection.execute(ordered.limit(most)).all()

    def _scored(self) -> dict[tuple[Any, ...], int]:
        """(process, officer) → how many assessments have a score."""
        group = (shown_scores.c.process, assessments.c.submitted_by)
        query = (
            select(*group, func.count())
            .join(assessments, assessments.c.pk == shown_scores.c.assessment)
            .where(shown_scores.c.hundredths.is_not(None), self._assessed())
            .group_by(*group)
            .order_by(*group)
        )
        return {tuple(row[:-1]): row[-1] for row in self._connection.execute(query)}

    def _counted(self, counted: ColumnElement[int], *by: ColumnElement[Any]) -> dict[tuple[Any, ...], int]:
        """(process, officer, *by) → `counted` over the overrides."""
        group = (overrides.c.process, assessments.c.submitted_by, *by)
        query = (
            select(*group, counted)
            .join(assessments, assessments.c.pk == overrides.c.assessment)
            .outerjoin(override_decisions, override_decisions.c.override == overrides.c.id)
            .where(self._assessed())
            .group_by(*group)
        )
        return {tuple(row[:-1]): row[-1] for row in self._connection.execute(query)}

    def _assessed(self) -> ColumnElement[bool]:
        return and_(assessments.c.kind == str(AssessmentKind.ASSESSMENT), *self._visible)

    def _note(self, action: str, override: int, *, by: str, at: datetime, **detail: Any) -> None:
        self._audit.append(
            action, actor=by, at=at, object_kind="override", object_key=str(override), detail=detail
        )


def _parts(counts: Mapping[tuple[Any, ...], int], process: str, officer: str) -> dict[str, int]:
    return {group[2]: count for group, count in counts.items() if group[:2] == (process, officer)}


def _of_assessments(rows: Sequence[Row[Any]]) -> tuple[OverrideOf, ...]:
    return tuple(OverrideOf(row.assessment_id, _override(row)) for row in rows)


def _override(row: Row[Any]) -> Override:
    decision = row.decision and Decision(row.decision, row.decision_text, row.decided_by, row.decided_at)
    return Override(
        id=row.id,
        number=row.number,
        process=row.process,
        direction=row.direction,
        reason_code=row.reason_code,
        text=row.text,
        author=row.author,
        by=row.author_name,
        at=row.made_at,
        decision=decision,
    )
