"""Users' own judgements of assessments, and whether they had seen the scores before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, false, func, insert, select

from api.storage.audit import Audit
from api.storage.row_access import authorised
from api.storage.tables import assessments, audit, judgements
from api.storage.viewer import Viewer
from rms.errors import ListChanged

SHOWING = ("assessment.read", "assessment.submitted")  # audit actions that show scores
# Details of audit entries whose results were not shown.
UNTIL_JUDGED = {"findings": "until_judged"}
NOT_SHOWN = {"findings": "not_told"}


@dataclass(frozen=True)
class Judged:
    """One user's judgement of one process of an assessment. `confidence` is 1 (least) to 5."""

    process: str
    judgement: str
    confidence: int
    scores_seen: bool
    at: datetime


class Judgements:
    """The judgements within one transaction. Assessments are identified by ID."""

    def __init__(self, connection: Connection, audit: Audit, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._audit = audit
        self._viewer = viewer

    def add(
        self,
        id: str,
        judged: Mapping[str, tuple[str, int]],
        *,
        scores_seen: bool,
        account: int,
        by: str,
        at: datetime,
    ) -> tuple[Judged, ...]:
        """Add this user's judgement and confidence for each process."""
        key = self._connection.execute(select(assessments.c.pk).where(assessments.c.id == id)).scalar_one()
        added = tuple(Judged(process, *own, scores_seen, at) for process, own in judged.items())
        values: list[dict[str, Any]] = [
            {
                "assessment": key,
                "account": account,
                "process": judgement.process,
                "judgement": judgement.judgement,
                "confidence": judgement.confidence,
                "scores_seen": judgement.scores_seen,
                "judged_at": judgement.at,
            }
            for judgement in added
        ]
        self._connection.execute(insert(judgements), values)
        self._audit.append(
            "assessment.judged",
            actor=by,
            at=at,
            object_kind="assessment",
            object_key=str(key),
            detail={"scores_seen": int(scores_seen)},
        )
        return added

    def of(self, id: str, *, account: int) -> tuple[Judged, ...]:
        """This user's judgements of the assessment, oldest first, including repeated ones."""
        query = (
            select(
                judgements.c.process,
                judgements.c.judgement,
                judgements.c.confidence,
                judgements.c.scores_seen,
                judgements.c.judged_at,
            )
            .join(assessments)
            .where(assessments.c.id == id, judgements.c.account == account)
            .order_by(judgements.c.id)
        )
        return tuple(Judged(*row) for row in self._connection.execute(query))

    def due(self, *, after: int | None, most: int) -> tuple[int, ...]:
        """Keys of the latest assessments whose results are withheld until the viewer has judged, by number.

        Up to `most` of them, after the assessment with the key `after`.

        Raises
        ------
        ListChanged
            If the assessment of the key `after` has been erased.
        """
        number, key = assessments.c.offender_number, assessments.c.pk
        last = "" if after is None else self._connection.scalar(select(number).where(key == after))
        if last is None:
            raise ListChanged
        return tuple(self._connection.scalars(self._due().where(number > last).order_by(number).limit(most)))

    def number_due(self) -> int:
        """How many assessments those are. It names nobody, so it is no look at anyone."""
        counted = select(func.count()).select_from(self._due().subquery())
        return self._connection.execute(counted).scalar_one()

    def _due(self) -> Select[tuple[int]]:
        viewer = self._viewer
        if viewer is None or not viewer.judges_first:
            return select(assessments.c.pk).where(false())
        judged = exists().where(
            judgements.c.assessment == assessments.c.pk, judgements.c.account == viewer.account
        )
        # By the keys of a caseload or an office: it has few of all assessments.
        seen = [
            one.test if one.keys is None else assessments.c.pk.in_(one.keys) for one in authorised(viewer)
        ]
        return select(assessments.c.pk).where(assessments.c.latest, ~judged, *seen)

    def scores_seen(self, id: str, *, username: str) -> bool:
        """Whether this user has seen the scores, according to the audit log."""
        key = self._connection.scalar(select(assessments.c.pk).where(assessments.c.id == id))
        entries = select(audit.c.detail).where(
            audit.c.object_kind == "assessment",
            audit.c.object_key == str(key),
            audit.c.actor == username,
            audit.c.action.in_(SHOWING),
        )
        return any("findings" not in detail for detail in self._connection.scalars(entries))
