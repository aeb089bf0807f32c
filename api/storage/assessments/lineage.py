"""Where an assessment came from: what it changed of the one it started from, and which one it corrects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, text

from api.storage.tables import assessments, changes, corrections, people
from rms.assessment import Change, Said, Subject
from rms.errors import CorrectedAlready
from rms.submission import Correction

_keep_changes = insert(changes)
_keep_correction = text(
    "INSERT INTO corrections (assessment, corrects, reason) VALUES (:assessment, :corrects, :reason) "
    "ON CONFLICT (corrects) DO NOTHING"
)
_later_correction = corrections.alias("later_correction")
_later = assessments.alias("later")
_origin = (
    select(changes.c.changes, corrections.c.corrects, corrections.c.reason, _later.c.id.label("corrected_by"))
    .select_from(assessments)
    .outerjoin(changes, changes.c.assessment == assessments.c.pk)
    .outerjoin(corrections, corrections.c.assessment == assessments.c.pk)
    .outerjoin(_later_correction, _later_correction.c.corrects == assessments.c.id)
    .outerjoin(_later, _later.c.pk == _later_correction.c.assessment)
    .where(assessments.c.pk == bindparam("assessment"))
)

is_corrected = exists().where(corrections.c.corrects == assessments.c.id)  # something stands in its place


@dataclass(frozen=True)
class Origin:
    """What an assessment changed (None if it started from no other), what it corrects, what corrects it."""

    changes: tuple[Change, ...] | None
    correction: Correction | None
    corrected_by: str | None


class Lineage:
    """The origins of assessments as one transaction sees them; `assessment` is always the key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep_changes(self, assessment: int, found: tuple[Change, ...]) -> None:
        listed = [
            {"of": str(one.of), "code": one.code, "before": vars(one.before), "after": vars(one.after)}
            for one in found
        ]
        self._connection.execute(_keep_changes, {"assessment": assessment, "changes": listed})

    def of(self, assessment: int) -> Origin:
        row = self._connection.execute(_origin, {"assessment": assessment}).one()
        return Origin(
            changes=None if row.changes is None else tuple(map(_change, row.changes)),
            correction=None if row.corrects is None else Correction(row.corrects, row.reason),
            corrected_by=row.corrected_by,
        )

    def keep_correction(self, assessment: int, correction: Correction) -> None:
        """
        Raises
        ------
        CorrectedAlready
            If another assessment corrects that one already.
        """
        kept = self._connection.execute(_keep_correction, {"assessment": assessment, **vars(correction)})
        if not kept.rowcount:
            raise CorrectedAlready(correction.corrects, stands=self.stands_for(correction.corrects))

    def corrected_by(self, id: str) -> str | None:
        """The id of the assessment that corrects the one of this id."""
        return self._connection.scalar(
            select(assessments.c.id)
            .join(corrections, corrections.c.assessment == assessments.c.pk)
            .where(corrections.c.corrects == id)
        )

    def stands_for(self, id: str) -> str:
        """The id of what stands in the place of this one, however often it was put right; or its own."""
        while (later := self.corrected_by(id)) is not None:
            id = later
        return id

    def corrections(self, offender_number: str) -> dict[str, str]:
        """Of one person's: the id of each that has been corrected → the id that stands in its place."""
        chosen = (
            select(corrections.c.corrects, assessments.c.id)
            .join(assessments, assessments.c.pk == corrections.c.assessment)
            .join(people, people.c.id == assessments.c.person)
            .where(people.c.offender_number == offender_number)
        )
        return {row.corrects: row.id for row in self._connection.execute(chosen)}


def _change(entry: Mapping[str, Any]) -> Change:
    return Change(Subject(entry["of"]), entry["code"], Said(**entry["before"]), Said(**entry["after"]))
