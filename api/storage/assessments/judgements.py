"""What users judged by themselves of an assessment, and whether they had seen the scores by then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from api.storage.audit import Audit
from api.storage.tables import assessments, audit, judgements

SHOWING = ("assessment.read", "assessment.submitted")
# Of an entry: the scores were not shown.
UNTIL_JUDGED = {"findings": "until_judged"}
NOT_TOLD = {"findings": "not_told"}


@dataclass(frozen=True)
class Judged:
    """One process of an assessment, as one user judged it. `confidence` is 1 (least) to 5."""

    process: str
    judgement: str
    confidence: int
    scores_seen: bool
    at: datetime


class Judgements:
    """The judgements as one transaction sees them. An assessment is told by its id."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

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
        """Keep this user's judgement and confidence of each process."""
        key = self._connection.execute(select(assessments.c.pk).where(assessments.c.id == id)).scalar_one()
        kept = tuple(Judged(process, *said, scores_seen, at) for process, said in judged.items())
        values: list[dict[str, Any]] = [
            {
                "assessment": key,
                "account": account,
                "process": one.process,
                "judgement": one.judgement,
                "confidence": one.confidence,
                "scores_seen": one.scores_seen,
                "judged_at": one.at,
            }
            for one in kept
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
        return kept

    def of(self, id: str, *, account: int) -> tuple[Judged, ...]:
        """What this user judged of the assessment, the first first; judged again, it is there again."""
        chosen = (
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
        return tuple(Judged(*row) for row in self._connection.execute(chosen))

    def scores_seen(self, id: str, *, username: str) -> bool:
        """Whether this user was shown the scores, by the record: on opening or submitting it."""
        key = self._connection.scalar(select(assessments.c.pk).where(assessments.c.id == id))
        looks = select(audit.c.detail).where(
            audit.c.object_kind == "assessment",
            audit.c.object_key == str(key),
            audit.c.actor == username,
            audit.c.action.in_(SHOWING),
        )
        return any("findings" not in detail for detail in self._connection.scalars(looks))
