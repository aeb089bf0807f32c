"""Many assessments stored in one transaction, with the same result as storing one after the other.

The reports of a group of lines are kept in the transaction of its assessments: a job that was killed resumes
after the last group that is stored, and no line takes effect twice.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select

from api.storage.assessments.judgements import NOT_SHOWN
from api.storage.assessments.lineage import Lineage
from api.storage.assessments.rows import assessment_values, simulation_values
from api.storage.assessments.submissions import (
    add_origins,
    has_origins,
    no_longer_latest,
    note_submitted,
)
from api.storage.audit import Audit
from api.storage.people.caseload import Caseload
from api.storage.people.people import People, Taken
from api.storage.search.search import add_shown
from api.storage.systems.idempotency import Once
from api.storage.systems.outbox import announce
from api.storage.tables import assessments, import_groups, import_keys, simulations
from rms.assessment import Assessment, Change
from rms.engine.result import Result
from rms.errors import ChangedMeanwhile
from rms.submission import Submission

_insert_assessments = insert(assessments).returning(assessments.c.pk, sort_by_parameter_order=True)
_insert_simulations = insert(simulations)
_insert_keys = insert(import_keys)


@dataclass(frozen=True)
class Claim:
    """The first use of a key: the hash of the content, the assessment's ID, and the line of which import.

    `may_write`: the viewer may still submit assessments of the person.
    """

    request_hash: str
    id: str
    job: str
    line: int
    may_write: bool


@dataclass(frozen=True)
class ToStore:
    """A line to store: its idempotent request, and the assessment with its result."""

    line: int
    once: Once
    assessment: Assessment
    result: Result
    changes: tuple[Change, ...] | None


@dataclass(frozen=True)
class Group:
    """How far an import is after one of its groups. All figures are totals of the file so far.

    `lines` counts the lines read, with blank ones. The next line begins at `end` in the file.
    """

    number: int = 0
    end: int = 0
    lines: int = 0
    created: int = 0
    already_there: int = 0
    refused: int = 0

    @property
    def reported(self) -> int:
        """The lines with a report, which are all but blank ones."""
        return self.created + self.already_there + self.refused


class Bulk:
    """Imports as one transaction sees them."""

    def __init__(self, connection: Connection, audit: Audit, *, people: People, caseload: Caseload) -> None:
        self._connection = connection
        self._audit = audit
        self._people = people
        self._caseload = caseload
        self._lineage = Lineage(connection)

    def claims(self, account: int, key_hashes: Sequence[str]) -> Mapping[str, Claim]:
        """The first use of each of these keys that has been used."""
        may_write = self._caseload.theirs(assessments.c.person).label("may_write")
        rows = self._connection.execute(
            select(import_keys, assessments.c.id, may_write)
            .join(assessments, assessments.c.pk == import_keys.c.assessment)
            .where(import_keys.c.account == account, import_keys.c.key_hash.in_(key_hashes))
        )
        return {
            row.key_hash: Claim(row.request_hash, row.id, row.job, row.line, bool(row.may_write))
            for row in rows
        }

    def add(self, entries: Sequence[ToStore], *, job: str, by: str, at: datetime) -> Mapping[int, Submission]:
        """Number and store the assessment of each line, in the order of the lines, with its audit entry.

        Returns the submissions by line. A line is missing if its person is not on the caller's caseload.

        Raises
        ------
        ChangedMeanwhile
            If the assessment that a line starts from was erased.
        """
        taken = self._take_sequences(Counter(entry.assessment.offender_number for entry in entries), at=at)
        stored = [entry for entry in entries if entry.assessment.offender_number in taken]
        if any(one.assessment.based_on and not taken[one.assessment.offender_number].first for one in stored):
            raise ChangedMeanwhile("An assessment that a line starts from was erased meanwhile.")
        if not stored:
            return {}
        submissions = list(_numbered(stored, taken, by=by, at=at))
        known = [{"whose": one.person} for one in taken.values() if one.first]
        if known:
            self._connection.execute(no_longer_latest, known)
        instrument, library = stored[0].assessment.instrument, stored[0].result.library
        if not has_origins(self._connection, instrument, library):
            add_origins(self._connection, instrument, library)
        last = {one.assessment.offender_number: one.sequence for one in submissions}
        people = [taken[one.assessment.offender_number] for one in submissions]
        values = [
            {
                **assessment_values(one),
                "latest": one.sequence == last[one.assessment.offender_number],
                "person": whose.person,
                "pseudonym": whose.pseudonym,
            }
            for one, whose in zip(submissions, people, strict=True)
        ]
        keys = self._connection.scalars(_insert_assessments, values).all()
        self._keep_results(keys, [whose.pseudonym for whose in people], submissions)
        self._keep_keys(keys, stored, job=job)
        announce(self._connection, keys, by=by, at=at)
        for key, submission in zip(keys, submissions, strict=True):
            note_submitted(self._audit, submission, key=key, **NOT_SHOWN)
        return {entry.line: submission for entry, submission in zip(stored, submissions, strict=True)}

    def keep(self, job: str, group: Group, results: str) -> None:
        """Save how far the import is, and the reports of the group's lines."""
        self._connection.execute(insert(import_groups), {"job": job, **vars(group), "results": results})

    def last(self, job: str) -> Group:
        """The last group that is stored; an empty one if there is none."""
        columns = [import_groups.c[name] for name in vars(Group())]
        query = select(*columns).where(import_groups.c.job == job)
        row = self._connection.execute(query.order_by(import_groups.c.number.desc()).limit(1)).first()
        return Group() if row is None else Group(**row._mapping)

    def results(self, job: str, group: int) -> str:
        """The reports of the group's lines; empty if the group is not stored."""
        chosen = and_(import_groups.c.job == job, import_groups.c.number == group)
        return self._connection.scalar(select(import_groups.c.results).where(chosen)) or ""

    def _take_sequences(self, numbers: Mapping[str, int], *, at: datetime) -> Mapping[str, Taken]:
        """That many sequences for each person, but none for people who are not on the caller's caseload."""
        taken = dict(self._people.take_sequences(numbers))
        self._caseload.take_on(*sorted(one.person for one in taken.values() if one.is_new), at=at)
        for number in sorted(number for number, one in taken.items() if not one.is_new):
            person = taken[number].person
            if not self._caseload.may_write_about(person):
                del taken[number]
                self._people.give_back(person, numbers[number])
        return taken

    def _keep_results(
        self, keys: Sequence[int], pseudonyms: Sequence[int], submissions: Sequence[Submission]
    ) -> None:
        results = list(zip(keys, pseudonyms, (one.result for one in submissions), strict=True))
        rows = [row for key, _, result in results for row in simulation_values(result, assessment=key)]
        self._connection.execute(_insert_simulations, rows)
        add_shown(self._connection, results)
        for key, submission in zip(keys, submissions, strict=True):
            if submission.changes is not None:
                self._lineage.add_changes(key, submission.changes)

    def _keep_keys(self, keys: Sequence[int], entries: Sequence[ToStore], *, job: str) -> None:
        rows: list[dict[str, Any]] = [
            {**vars(entry.once), "assessment": key, "job": job, "line": entry.line}
            for key, entry in zip(keys, entries, strict=True)
        ]
        self._connection.execute(_insert_keys, rows)


def _numbered(
    entries: Sequence[ToStore], taken: Mapping[str, Taken], *, by: str, at: datetime
) -> Iterator[Submission]:
    """The submissions in the order of their lines, numbered for each person from the first sequence taken."""
    next_of = Counter({number: sequences.first for number, sequences in taken.items()})
    for entry in entries:
        number = entry.assessment.offender_number
        yield Submission(entry.assessment, entry.result, next_of[number], at, by, entry.changes)
        next_of[number] += 1
