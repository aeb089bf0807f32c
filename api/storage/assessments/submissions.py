"""Submitted assessments: add, find and list them. They are never changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    insert,
    select,
    text,
    true,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from api.storage.assessments.judgements import UNTIL_JUDGED
from api.storage.assessments.lineage import Lineage, is_corrected
from api.storage.assessments.rows import (
    LIBRARY,
    assessment_from,
    assessment_values,
    interval_from,
    library_from,
    needs_from,
    simulation_values,
    stored_instrument,
    submission_from,
)
from api.storage.audit import Audit
from api.storage.people.caseload import WHOSE, Caseload
from api.storage.people.people import People, Taken
from api.storage.row_access import Clause, authorised, each_once, judged
from api.storage.search.search import add_shown
from api.storage.systems.outbox import announce, has_webhooks
from api.storage.tables import assessments, instruments, libraries, simulations
from api.storage.viewer import Reach, Viewer
from rms.assessment import Assessment, AssessmentKind, Change
from rms.engine.result import LibraryReference, NeedReading, Result, Status, need_until_judged
from rms.errors import ChangedMeanwhile, HeldElsewhere
from rms.instrument import Instrument
from rms.submission import Correction, Submission

_insert_instrument = text(
    "INSERT INTO instruments (sha256, text) VALUES (:sha256, :text) ON CONFLICT (sha256) DO NOTHING"
)
_insert_library = text(
    "INSERT INTO libraries (sha256, name, version, policy, synthetic, facts) "
    "VALUES (:sha256, :name, :version, :policy, :synthetic, :facts) ON CONFLICT (sha256) DO NOTHING"
).bindparams(bindparam("facts", type_=JSON))
_insert_assessment = insert(assessments).returning(assessments.c.pk)
_insert_simulations = insert(simulations)
no_longer_latest = (
    update(assessments).where(assessments.c.person == WHOSE, assessments.c.latest).values(latest=False)
)
_has_origins = and_(
    exists().where(instruments.c.sha256 == bindparam("instrument")),
    exists().where(libraries.c.sha256 == bindparam("library")),
)

UNKNOWN_PERSON = 0  # the key of no person: the query for an unknown person is the same

_library = tuple(libraries.c[name].label(f"library_{name}") for name in LIBRARY if name != "sha256")
_select_whole = (
    select(assessments, instruments.c.text.label("instrument_text"), *_library)
    .join(instruments)
    .join(libraries)
)
_NOT_LISTED = {
    *("answers", "unknown", "vector", "based_on", "assessed_on", "instrument_sha256", "sieve"),
    *("submitted_on", "person"),
}
_listed = (column for column in assessments.c if column.name not in _NOT_LISTED)
_select_listed = select(*_listed, is_corrected.label("corrected"), *_library).join(libraries)
_select_simulated = select(
    *(simulations.c[name] for name in ("assessment", "process", "status", "score")),
    *(simulations.c[name] for name in ("interval_low", "interval_high", "effective_size", "typicality")),
).order_by(simulations.c.assessment, simulations.c.position)


@dataclass(frozen=True)
class ListedSimulation:
    """A simulation as a list shows it: without comparables and evidence."""

    process: str
    status: Status
    score: float | None
    interval: tuple[float, float] | None
    effective_size: float | None
    typicality: float | None


@dataclass(frozen=True)
class ListedSubmission:
    """A submission as a list shows it: without answers.

    `corrected`: a correction has replaced it. `latest`: the person's latest, ignoring what-ifs. The audit log
    and cursors use `key`; analysts see `pseudonym` instead of the number.
    """

    id: str
    offender_number: str
    sequence: int
    kind: AssessmentKind
    baseline_id: str | None
    submitted_at: datetime
    submitted_by: str
    sex: str
    date_of_birth: date
    release_date: date | None
    instrument_name: str
    instrument_version: str
    library: LibraryReference
    engine_version: str
    needs: tuple[NeedReading, ...]
    simulations: tuple[ListedSimulation, ...]
    latest: bool
    corrected: bool
    key: int
    pseudonym: int


@dataclass(frozen=True)
class _Visible:
    """The key of a submission that the viewer may see. `withheld`: they may not see its results yet."""

    key: int
    withheld: bool


class Submissions:
    """The submissions within one transaction that the viewer may see."""

    def __init__(
        self,
        connection: Connection,
        audit: Audit,
        *,
        people: People,
        caseload: Caseload,
        viewer: Viewer | None = None,
    ) -> None:
        self._viewer = viewer
        self._connection = connection
        self._audit = audit
        self._people = people
        self._caseload = caseload
        self._lineage = Lineage(connection)
        self._visible = [criterion.test for criterion in authorised(viewer)]
        self._judged = [criterion.test for criterion in judged(viewer)]

    def add(
        self,
        assessment: Assessment,
        result: Result,
        *,
        by: str,
        at: datetime,
        changes: tuple[Change, ...] | None = None,
        correction: Correction | None = None,
    ) -> Submission:
        """Store the assessment under the person's next number, and add the audit entry.

        A correction becomes the person's latest assessment if the one it corrects was the latest.

        Raises
        ------
        CorrectedAlready
            If the assessment it corrects has already been corrected.
        HeldElsewhere
            If the person is known, and the viewer may not write about them.
        ChangedMeanwhile
            If the assessment it starts from has been erased.
        """
        taken = self._people.take_sequence(assessment.offender_number)
        if not taken.first and (assessment.baseline_id or assessment.based_on or correction):
            raise ChangedMeanwhile("The assessment that this one starts from has been erased.")
        latest, detail = assessment.kind is AssessmentKind.ASSESSMENT, {}
        if correction is not None:
            wrong, latest = self._corrected(correction.corrects)
            detail["corrects"] = str(wrong)
        replaces = latest and taken.first > 0
        stored = self._already_stored(taken, assessment, result.library, by=by, replaces=replaces)
        if taken.is_new:
            self._caseload.take_on(taken.person, at=at)
        elif not stored.may_write:
            raise HeldElsewhere
        submission = Submission(assessment, result, taken.first, at, by, changes, correction)
        if not stored.origins:
            add_origins(self._connection, assessment.instrument, result.library)
        values = {
            **assessment_values(submission),
            "person": taken.person,
            "latest": latest,
            "pseudonym": taken.pseudonym,
        }
        key = self._connection.execute(_insert_assessment, values).scalar_one()
        self._connection.execute(_insert_simulations, simulation_values(result, assessment=key))
        if changes is not None:
            self._lineage.add_changes(key, changes)
        if correction is not None:
            self._lineage.add_correction(key, correction)
        add_shown(self._connection, [(key, taken.pseudonym, result)])
        withheld = key in self._withheld([key])
        if stored.webhooks:
            announce(self._connection, [key], by=by, at=at)
        note_submitted(self._audit, submission, key=key, **detail, **_audit_detail(withheld))
        return submission.until_judged() if withheld else submission

    def get(self, id: str, *, as_report: bool = False) -> Submission | None:
        """The whole submission with this ID, or None if the viewer may not see it or there is none.

        The audit log tells one that leaves `as_report`, a file, from one that was only looked at.

        Both cases run the same queries and write the same kind of audit entry, so that neither the answer
        nor its timing reveals which it was.
        """
        visible = self._look_up(id, "assessment.report_downloaded" if as_report else "assessment.read")
        if visible is None:
            return None
        row = self._connection.execute(_select_whole.where(assessments.c.pk == visible.key)).one()
        query = select(simulations).where(simulations.c.assessment == visible.key)
        simulation_rows = self._connection.execute(query.order_by(simulations.c.position))
        submission = replace(submission_from(row, simulation_rows), **vars(self._lineage.of(visible.key)))
        return submission.until_judged() if visible.withheld else submission

    def assessment(self, id: str) -> Assessment | None:
        """The assessment without its result; None as for `get`."""
        visible = self._look_up(id)
        if visible is None:
            return None
        return assessment_from(
            self._connection.execute(_select_whole.where(assessments.c.pk == visible.key)).one()
        )

    def form_of(self, key: int) -> Instrument:
        """The instrument of a submission that was listed, as it was when the submission was made."""
        query = select(instruments.c.text).join(assessments).where(assessments.c.pk == key)
        return stored_instrument(self._connection.execute(query).scalar_one())

    def is_visible(self, id: str) -> bool:
        """Whether the viewer may see a submission with this ID; audited as `get`."""
        return self._look_up(id) is not None

    def history(self, offender_number: str) -> tuple[ListedSubmission, ...]:
        """All of one person's submissions that the viewer may see, including what-ifs, newest first."""
        person = self._people.key(offender_number) or UNKNOWN_PERSON
        query = _select_listed.where(assessments.c.person == person, *self._visible)
        submissions = tuple(self._listed(query.order_by(assessments.c.sequence.desc())))
        self._audit.looked("person.read", person=person, keys=[one.key for one in submissions])
        return submissions

    def latest_of(self, people: Sequence[int]) -> tuple[ListedSubmission, ...]:
        """The latest assessment of each of these people, if the viewer may see it."""
        query = _select_listed.where(assessments.c.person.in_(people), assessments.c.latest, *self._visible)
        submissions = tuple(self._listed(query.order_by(assessments.c.offender_number)))
        self._audit.listed("assessments.listed", keys=[one.key for one in submissions])
        return submissions

    def corrections(self, offender_number: str) -> dict[str, str]:
        """The ID of each corrected assessment of one person → the ID of its correction."""
        return self._lineage.corrections(offender_number)

    def replacement_of(self, id: str) -> str:
        """The ID of the last correction of this assessment, or its own ID if it has not been corrected."""
        return self._lineage.replacement_of(id)

    def of_keys(self, keys: Sequence[int]) -> tuple[ListedSubmission, ...]:
        """The submissions with these keys, in the same order. The search has checked their visibility."""
        by_key = {one.key: one for one in self._listed(_select_listed.where(assessments.c.pk.in_(keys)))}
        return tuple(by_key[key] for key in keys)

    @cached_property
    def _visibility(self) -> Select[int, bool, bool]:
        """Key, whether the viewer may see the assessment, and whether they may see its results."""
        return select(
            assessments.c.pk,
            and_(true(), *self._visible).label("visible"),
            and_(true(), *self._judged).label("judged"),
        )

    def _look_up(self, id: str, action: str = "assessment.read") -> _Visible | None:
        """The submission with this ID if the viewer may see it, else None. Both are audited."""
        row = self._connection.execute(self._visibility.where(assessments.c.id == id)).first()
        if row is None or not row.visible:
            self._audit.looked("assessment.refused", keys=() if row is None else (row.pk,))
            return None
        visible = _Visible(row.pk, withheld=not row.judged)
        self._audit.looked(action, keys=(visible.key,), **_audit_detail(visible.withheld))
        return visible

    def _withheld(self, keys: Sequence[int]) -> set[int]:
        """Those of these assessments whose results the viewer may not see before they judge."""
        if not self._judged:
            return set()
        shown = select(assessments.c.pk).where(assessments.c.pk.in_(keys), *self._judged)
        return set(keys) - set(self._connection.scalars(shown))

    def refuse_held_elsewhere(self, offender_number: str) -> None:
        """
        Raises
        ------
        HeldElsewhere
            If the person is known, and the viewer may not write about them.
        """
        person = self._people.key(offender_number)
        if person is not None and not self._caseload.may_write_about(person):
            raise HeldElsewhere

    def _already_stored(
        self, taken: Taken, assessment: Assessment, library: LibraryReference, *, by: str, replaces: bool
    ) -> Row[bool, bool, bool]:
        """`may_write` about the person, and whether these are stored: the `origins`, instrument and library,
        and `webhooks` of the account `by`.

        If the assessment replaces the person's latest, the same statement marks that one as no longer the
        latest. The transaction is rolled back if the viewer may not write.
        """
        check, replace_latest = _checks(self._caseload.theirs(WHOSE))
        of_person = {"whose": taken.person}
        values = {**of_person, **_origins(assessment.instrument, library), "by": by}
        if replaces and self._viewer is not None and self._viewer.reach is not Reach.CASELOAD:
            # SQLite cannot return whether the person belongs to an office: that needs a recursive query.
            self._connection.execute(no_longer_latest, of_person)
        elif replaces:
            replaced = self._connection.execute(replace_latest, values).first()
            if replaced is not None:
                return replaced
        return self._connection.execute(check, values).one()

    def _corrected(self, id: str) -> tuple[int, bool]:
        """The key of the corrected assessment, and whether it is the person's latest."""
        query = select(assessments.c.pk, assessments.c.latest).where(assessments.c.id == id)
        row = self._connection.execute(query).one()
        return row.pk, row.latest

    def _listed(self, query: Select[Any]) -> Iterator[ListedSubmission]:
        """The submissions of a query with their simulations, in the same order."""
        rows = self._connection.execute(query).all()
        of_rows = _select_simulated.where(simulations.c.assessment.in_([row.pk for row in rows]))
        by_assessment = {
            key: tuple(map(_listed_simulation, group))
            for key, group in groupby(self._connection.execute(of_rows), lambda row: row.assessment)
        }
        withheld = self._withheld([row.pk for row in rows])
        for row in rows:
            listed = _listed_submission(row, by_assessment[row.pk])
            yield _until_judged(listed) if row.pk in withheld else listed


def _audit_detail(withheld: bool) -> Mapping[str, Any]:
    """The audit log says if results were withheld."""
    return UNTIL_JUDGED if withheld else {}


def _until_judged(listed: ListedSubmission) -> ListedSubmission:
    no_figures = (None, None, None, None)
    return replace(
        listed,
        simulations=tuple(
            ListedSimulation(simulation.process, Status.WITHHELD_UNTIL_JUDGED, *no_figures)
            for simulation in listed.simulations
        ),
        needs=tuple(map(need_until_judged, listed.needs)),
    )


@each_once
def _checks(may_write: Clause) -> tuple[Select[bool, bool, bool], ReturningUpdate[bool, bool, bool]]:
    """The query of `_already_stored`, and an update that returns the same.

    The update marks the person's latest assessment as no longer the latest.
    """
    columns = may_write.label("may_write"), _has_origins.label("origins"), has_webhooks.label("webhooks")
    return select(*columns), no_longer_latest.returning(*columns)


def has_origins(connection: Connection, instrument: Instrument, library: LibraryReference) -> bool:
    """Whether the instrument and the library are already stored."""
    return bool(connection.scalar(select(_has_origins), _origins(instrument, library)))


def add_origins(connection: Connection, instrument: Instrument, library: LibraryReference) -> None:
    """Store the instrument and the library, if they are not stored yet."""
    connection.execute(_insert_instrument, {"sha256": instrument.sha256, "text": instrument.text})
    connection.execute(_insert_library, vars(library))


def _origins(instrument: Instrument, library: LibraryReference) -> Mapping[str, str]:
    return {"instrument": instrument.sha256, "library": library.sha256}


def note_submitted(audit: Audit, submission: Submission, *, key: int, **detail: str) -> None:
    audit.append(
        "assessment.submitted",
        actor=submission.submitted_by,
        at=submission.submitted_at,
        object_kind="assessment",
        object_key=str(key),
        detail={
            "kind": str(submission.assessment.kind),
            "library": submission.result.library.sha256,
            **detail,
        },
    )


def _listed_simulation(row: Row[Any]) -> ListedSimulation:
    return ListedSimulation(
        row.process, Status(row.status), row.score, interval_from(row), row.effective_size, row.typicality
    )


def _listed_submission(row: Row[Any], simulations: tuple[ListedSimulation, ...]) -> ListedSubmission:
    return ListedSubmission(
        id=row.id,
        offender_number=row.offender_number,
        sequence=row.sequence,
        kind=AssessmentKind(row.kind),
        baseline_id=row.baseline_id,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        sex=row.sex,
        date_of_birth=row.date_of_birth,
        release_date=row.release_date,
        instrument_name=row.instrument_name,
        instrument_version=row.instrument_version,
        library=library_from(row),
        engine_version=row.engine_version,
        needs=needs_from(row.needs),
        simulations=simulations,
        latest=row.latest,
        corrected=bool(row.corrected),
        key=row.pk,
        pseudonym=row.pseudonym,
    )
