"""The lineage of an assessment: its changes from the one it started from, and the one it corrects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, text

from api.storage.tables import assessments, changes, corrections, people
from rms.assessment import Change, Said, Subject
from rms.errors import CorrectedAlready
from rms.submission import Correction

_insert_changes = insert(changes)
_insert_correction = text(
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

is_corrected = exists().where(corrections.c.corrects == assessments.c.id)


@dataclass(frozen=True)
class Origin:
    """An assessment's changes (None if it did not start from another), correction, and replacement's ID."""

    changes: tuple[Change, ...] | None
    correction: Correction | None
    corrected_by: str | None


class Lineage:
    """The lineage of assessments within one transaction. `assessment` is always the key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_changes(self, assessment: int, changes: tuple[Change, ...]) -> None:
        rows = [
            {
                "of": str(change.of),
                "code": change.code,
                "before": vars(change.before),
                "after": vars(change.after),
            }
            for change in changes
        ]
        self._connection.execute(_insert_changes, {"assessment": assessment, "changes": rows})

    def of(self, assessment: int) -> Origin:
        row = self._connection.execute(_origin, {"assessment": assessment}).one()
        return Origin(
            changes=None if row.changes is None else tuple(map(_change, row.changes)),
            correction=None if row.corrects is None else Correction(row.corrects, row.reason),
            corrected_by=row.corrected_by,
        )

    def add_correction(self, assessment: int, correction: Correction) -> None:
        """
        Raises
        ------
        CorrectedAlready
            If another assessment already corrects that one.
        """
        added = self._connection.execute(_insert_correction, {"assessment": assessment, **vars(correction)})
        if not added.rowcount:
            raise CorrectedAlready(correction.corrects, replacement=self.replacement_of(correction.corrects))

    def corrected_by(self, id: str) -> str | None:
        """The ID of the assessment that directly corrects this one."""
        return self._connection.scalar(
            select(assessments.c.id)
            .join(corrections, corrections.c.assessment == assessments.c.pk)
            .where(corrections.c.corrects == id)
        )

    def replacement_of(self, id: str) -> str:
        """The ID of the last correction of this assessment, or its own ID if it has not been corrected."""
        while (later := self.corrected_by(id)) is not None:
            id = later
        return id

    def corrections(self, offender_number: str) -> dict[str, str]:
        """The ID of each corrected assessment of one person → the ID of its correction."""
        query = (
            select(corrections.c.corrects, assessments.c.id)
            .join(assessments, assessments.c.pk == corrections.c.assessment)
            .join(people, people.c.id == assessments.c.person)
            .where(people.c.offender_number == offender_number)
        )
        return {row.corrects: row.id for row in self._connection.execute(query)}


def _change(entry: Mapping[str, Any]) -> Change:
    return Change(Subject(entry["of"]), entry["code"], Said(**entry["before"]), Said(**entry["after"]))
