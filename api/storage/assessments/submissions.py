"""Submitted assessments: numbered, added once, never altered, found again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
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
    submission_from,
)
from api.storage.audit import Audit
from api.storage.people.caseload import Caseload
from api.storage.people.people import People, Taken
from api.storage.row_access import Clause, authorised, judged
from api.storage.search.search import add_shown
from api.storage.systems.outbox import announce
from api.storage.tables import assessments, instruments, libraries, simulations
from api.storage.viewer import Reach, Viewer
from rms.assessment import Assessment, AssessmentKind, Change
from rms.engine.result import LibraryReference, NeedReading, Result, Status, need_until_judged
from rms.errors import ChangedMeanwhile, HeldElsewhere
from rms.instrument import Instrument
from rms.submission import Correction, Submission

_keep_instrument = text(
    "INSERT INTO instruments (sha256, text) VALUES (:sha256, :text) ON CONFLICT (sha256) DO NOTHING"
)
_keep_library = text(
    "INSERT INTO libraries (sha256, name, version, policy, synthetic, facts) "
    "VALUES (:sha256, :name, :version, :policy, :synthetic, :facts) ON CONFLICT (sha256) DO NOTHING"
).bindparams(bindparam("facts", type_=JSON))
_insert_assessment = insert(assessments).returning(assessments.c.pk)
_insert_simulations = insert(simulations)
_no_longer_latest = (
    update(assessments)
    .where(assessments.c.person == bindparam("whose"), assessments.c.latest)
    .values(latest=False)
)

NO_PERSON = 0  # no person's key: who is not there is asked for by the same statement

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

    `corrected`: another one stands in its place since. `latest`: the person's latest that is no what-if.
    `key` is what the audit and cursors call it by, `pseudonym` what analysts see in place of the number.
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
class _Seen:
    """The key of a submission that the viewer may see; `withheld`: but not what was found."""

    key: int
    withheld: bool


class Submissions:
    """The submissions as one transaction sees them, and of them those that the viewer may see."""

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
        self._seen = [criterion.test for criterion in authorised(viewer)]
        self._judged = [criterion.test for criterion in judged(viewer)]
        self._visibility = select(
            assessments.c.pk,
            and_(true(), *self._seen).label("theirs"),
            and_(true(), *self._judged).label("judged"),
        )

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
        """Give the next number of the person, store everything, and write the audit entry.

        A correction stands in the place of what it corrects: it is the person's latest if that was.

        Raises
        ------
        CorrectedAlready
            If what it corrects has been corrected already.
        HeldElsewhere
            If the person is known, and not one whom the viewer may write about.
        ChangedMeanwhile
            If what it starts from has been erased.
        """
        taken = self._people.take_sequence(assessment.offender_number)
        if not taken.first and (assessment.baseline_id or assessment.based_on or correction):
            raise ChangedMeanwhile("What this starts from has been erased meanwhile.")
        latest, detail = assessment.kind is AssessmentKind.ASSESSMENT, {}
        if correction is not None:
            wrong, latest = self._corrected(correction.corrects)
            detail["corrects"] = str(wrong)
        known = self._known(taken, assessment, result.library, replaces=latest and taken.first > 0)
        if taken.is_new:
            self._caseload.take_on(taken.person, at=at)
        elif not known.theirs:
            raise HeldElsewhere
        submission = Submission(assessment, result, taken.first, at, by, changes, correction)
        if not known.origins:
            keep_origins(self._connection, assessment.instrument, result.library)
        values = {
            **assessment_values(submission),
            "person": taken.person,
            "latest": latest,
            "pseudonym": taken.pseudonym,
        }
        key = self._connection.execute(_insert_assessment, values).scalar_one()
        self._connection.execute(_insert_simulations, simulation_values(result, assessment=key))
        if changes is not None:
            self._lineage.keep_changes(key, changes)
        if correction is not None:
            self._lineage.keep_correction(key, correction)
        add_shown(self._connection, [(key, taken.pseudonym, result)])
        withheld = key in self._withheld([key])
        announce(self._connection, [key], by=by, at=at)
        note_submitted(self._audit, submission, key=key, **detail, **_told(withheld))
        return submission.until_judged() if withheld else submission

    def get(self, id: str) -> Submission | None:
        """The whole submission of that id, or None if there is none that the viewer may see.

        Whether it is not there or not theirs, the same is asked and the same is noted: neither the answer
        nor its time tells which.
        """
        seen = self._see(id)
        if seen is None:
            return None
        row = self._connection.execute(_select_whole.where(assessments.c.pk == seen.key)).one()
        found = select(simulations).where(simulations.c.assessment == seen.key)
        simulated = self._connection.execute(found.order_by(simulations.c.position))
        submission = replace(submission_from(row, simulated), **vars(self._lineage.of(seen.key)))
        return submission.until_judged() if seen.withheld else submission

    def assessment(self, id: str) -> Assessment | None:
        """What was asked and answered, without what was found; None as for `get`."""
        seen = self._see(id)
        if seen is None:
            return None
        return assessment_from(
            self._connection.execute(_select_whole.where(assessments.c.pk == seen.key)).one()
        )

    def is_visible(self, id: str) -> bool:
        """Whether there is a submission of that id that the viewer may see; noted as `get` notes it."""
        return self._see(id) is not None

    def history(self, offender_number: str) -> tuple[ListedSubmission, ...]:
        """All of one person's that the viewer may see, what-ifs included, newest first."""
        person = self._people.key(offender_number)
        chosen = _select_listed.where(assessments.c.person == (person or NO_PERSON), *self._seen)
        found = tuple(self._listed(chosen.order_by(assessments.c.sequence.desc())))
        self._audit.looked("person.read", person=person or NO_PERSON, keys=[one.key for one in found])
        return found

    def latest_of(self, people: Sequence[int]) -> tuple[ListedSubmission, ...]:
        """The latest of each of these people that is no what-if, among what the viewer may see."""
        chosen = _select_listed.where(assessments.c.person.in_(people), assessments.c.latest, *self._seen)
        found = tuple(self._listed(chosen.order_by(assessments.c.offender_number)))
        self._audit.looked("assessments.listed", keys=[one.key for one in found])
        return found

    def corrections(self, offender_number: str) -> dict[str, str]:
        """Of one person's: the id of each that has been corrected → the id that stands in its place."""
        return self._lineage.corrections(offender_number)

    def stands_for(self, id: str) -> str:
        """The id of what stands in the place of this one, however often it was put right; or its own."""
        return self._lineage.stands_for(id)

    def of_keys(self, keys: Sequence[int]) -> tuple[ListedSubmission, ...]:
        """The submissions that a search found, in the order of its keys; the search knows whose they are."""
        found = {one.key: one for one in self._listed(_select_listed.where(assessments.c.pk.in_(keys)))}
        return tuple(found[key] for key in keys)

    def _see(self, id: str) -> _Seen | None:
        """The one submission that the viewer looks at; None if there is none that they may see."""
        row = self._connection.execute(self._visibility.where(assessments.c.id == id)).first()
        if row is None or not row.theirs:
            self._audit.looked("assessment.refused", keys=() if row is None else (row.pk,))
            return None
        seen = _Seen(row.pk, withheld=not row.judged)
        self._audit.looked("assessment.read", keys=(seen.key,), **_told(seen.withheld))
        return seen

    def _withheld(self, keys: Sequence[int]) -> set[int]:
        """Of these assessments those whose findings the viewer may not see before they have judged."""
        if not self._judged:
            return set()
        shown = select(assessments.c.pk).where(assessments.c.pk.in_(keys), *self._judged)
        return set(keys) - set(self._connection.scalars(shown))

    def refuse_held_elsewhere(self, offender_number: str) -> None:
        """
        Raises
        ------
        HeldElsewhere
            If the person is known, and not one whom the viewer may write about.
        """
        person = self._people.key(offender_number)
        if person is not None and not self._caseload.may_write_about(person):
            raise HeldElsewhere

    def _known(
        self, taken: Taken, assessment: Assessment, library: LibraryReference, *, replaces: bool
    ) -> Row[bool, bool]:
        """Whether the viewer may write about the person, and what it was made with is kept already.

        Where the assessment replaces the person's latest, the same statement says so of that one: it is
        taken back with the rest of the transaction if the viewer may not write.
        """
        asked = (
            self._caseload.theirs(taken.person).label("theirs"),
            origins_kept(assessment.instrument, library).label("origins"),
        )
        if replaces and self._viewer is not None and self._viewer.reach is not Reach.CASELOAD:
            # SQLite cannot return whether the person is of an office: that is a recursive query.
            self._connection.execute(_no_longer_latest, {"whose": taken.person})
        elif replaces:
            replaced = _no_longer_latest.returning(*asked)
            found = self._connection.execute(replaced, {"whose": taken.person}).first()
            if found is not None:
                return found
        return self._connection.execute(select(*asked)).one()

    def _corrected(self, id: str) -> tuple[int, bool]:
        """The key of what is corrected, and whether it is the person's latest."""
        chosen = select(assessments.c.pk, assessments.c.latest).where(assessments.c.id == id)
        row = self._connection.execute(chosen).one()
        return row.pk, row.latest

    def _listed(self, chosen: Select[Any]) -> Iterator[ListedSubmission]:
        """Each chosen row with its simulations, in the order chosen."""
        rows = self._connection.execute(chosen).all()
        found = _select_simulated.where(simulations.c.assessment.in_([row.pk for row in rows]))
        by_assessment = {
            key: tuple(map(_listed_simulation, group))
            for key, group in groupby(self._connection.execute(found), lambda row: row.assessment)
        }
        withheld = self._withheld([row.pk for row in rows])
        for row in rows:
            listed = _listed_submission(row, by_assessment[row.pk])
            yield _until_judged(listed) if row.pk in withheld else listed


def _told(withheld: bool) -> Mapping[str, Any]:
    """What the record says of a look that was shown no findings."""
    return UNTIL_JUDGED if withheld else {}


def _until_judged(listed: ListedSubmission) -> ListedSubmission:
    nothing = (None, None, None, None)
    return replace(
        listed,
        simulations=tuple(
            ListedSimulation(one.process, Status.WITHHELD_UNTIL_JUDGED, *nothing)
            for one in listed.simulations
        ),
        needs=tuple(map(need_until_judged, listed.needs)),
    )


def origins_kept(instrument: Instrument, library: LibraryReference) -> Clause:
    """Whether what assessments were made with is kept already."""
    return and_(
        exists().where(instruments.c.sha256 == instrument.sha256),
        exists().where(libraries.c.sha256 == library.sha256),
    )


def keep_origins(connection: Connection, instrument: Instrument, library: LibraryReference) -> None:
    """Keep what assessments were made with, where it is not kept already."""
    connection.execute(_keep_instrument, {"sha256": instrument.sha256, "text": instrument.text})
    connection.execute(_keep_library, vars(library))


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


def _listed_submission(row: Row[Any], simulated: tuple[ListedSimulation, ...]) -> ListedSubmission:
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
        simulations=simulated,
        latest=row.latest,
        corrected=bool(row.corrected),
        key=row.pk,
        pseudonym=row.pseudonym,
    )
