"""Overrides: professional judgements that differ from what people who resemble this person did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, insert, select
from sqlalchemy.exc import IntegrityError

from api.storage.audit import Audit
from api.storage.row_access import authorised
from api.storage.tables import assessments, override_decisions, overrides, shown_scores, users
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


class Overrides:
    """The overrides within one transaction. Assessments are identified by ID."""

    def __init__(self, connection: Connection, audit: Audit, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._audit = audit
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
        self._note("override.made", override, by=by, at=at, assessment=key, **codes)
        return Override(override, number, process, direction, reason_code, text, author, by, at)

    def of(self, id: str) -> tuple[Override, ...]:
        """All overrides of an assessment, oldest first."""
        rows = self._connection.execute(_select.where(assessments.c.id == id))
        return tuple(_override(row) for row in rows)

    def to_review(self, *, most: int) -> tuple[OverrideOf, ...]:
        """Overrides the viewer may see: undecided ones, oldest first, then decided ones, newest first."""
        decided = override_decisions.c.decided_at
        newest = case((decided.is_(None), None), else_=overrides.c.made_at)
        rows = self._connection.execute(
            _select.add_columns(assessments.c.id.label("assessment_id"), assessments.c.pk.label("key"))
            .where(*self._visible)
            .order_by(None)
            .order_by(decided.is_not(None), newest.desc(), overrides.c.made_at, overrides.c.id)
            .limit(most)
        ).all()
        self._audit.looked("overrides.listed", keys=[row.key for row in rows])
        return tuple(OverrideOf(row.assessment_id, _override(row)) for row in rows)

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
