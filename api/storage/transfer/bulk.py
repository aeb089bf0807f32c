"""Many assessments stored in one transaction, with nothing different from one after the other.

What a group of lines came to is kept in the very transaction of its assessments: a job that was killed goes
on after the last group that is on disk, and no line takes effect twice.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from api.storage.assessments.judgements import NOT_SHOWN
from api.storage.assessments.lineage import Lineage
from api.storage.assessments.rows import assessment_values, simulation_values
from api.storage.assessments.submissions import add_origins, has_origins, note_submitted
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
_no_longer_latest = (
    update(assessments)
    .where(assessments.c.person == bindparam("whose"), assessments.c.latest)
    .values(latest=False)
)


@dataclass(frozen=True)
class Claim:
    """What used a key first: the hash of its content, what came of it, and the line of which import."""

    request_hash: str
    id: str
    job: str
    line: int


@dataclass(frozen=True)
class ToStore:
    """A line that is to be stored: what it takes effect by, and the assessment with its result."""

    line: int
    once: Once
    assessment: Assessment
    result: Result
    changes: tuple[Change, ...] | None


@dataclass(frozen=True)
class Group:
    """How far an import is after one of its groups: all figures are of the file so far.

    `lines` counts those read, blank ones included, and `end` is the place in the file where the next begins.
    """

    number: int = 0
    end: int = 0
    lines: int = 0
    created: int = 0
    already_there: int = 0
    refused: int = 0

    @property
    def told(self) -> int:
        """The lines of which something was said."""
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
        """What used which of these keys."""
        found = self._connection.execute(
            select(import_keys, assessments.c.id)
            .join(assessments, assessments.c.pk == import_keys.c.assessment)
            .where(import_keys.c.account == account, import_keys.c.key_hash.in_(key_hashes))
        )
        return {row.key_hash: Claim(row.request_hash, row.id, row.job, row.line) for row in found}

    def add(self, entries: Sequence[ToStore], *, job: str, by: str, at: datetime) -> Mapping[int, Submission]:
        """Number and store what each line says, in the order of the lines, with its audit entry.

        By the line; of a line that is missing the person is held elsewhere.

        Raises
        ------
        ChangedMeanwhile
            If what a line starts from has been erased.
        """
        taken = self._take_sequences(Counter(entry.assessment.offender_number for entry in entries), at=at)
        stored = [entry for entry in entries if entry.assessment.offender_number in taken]
        if any(one.assessment.based_on and not taken[one.assessment.offender_number].first for one in stored):
            raise ChangedMeanwhile("What a line starts from has been erased meanwhile.")
        if not stored:
            return {}
        submissions = list(_numbered(stored, taken, by=by, at=at))
        known = [{"whose": one.person} for one in taken.values() if one.first]
        if known:
            self._connection.execute(_no_longer_latest, known)
        instrument, library = stored[0].assessment.instrument, stored[0].result.library
        if not self._connection.scalar(select(has_origins(instrument, library))):
            add_origins(self._connection, instrument, library)
        last = {one.assessment.offender_number: one.sequence for one in submissions}
        theirs = [taken[one.assessment.offender_number] for one in submissions]
        values = [
            {
                **assessment_values(one),
                "latest": one.sequence == last[one.assessment.offender_number],
                "person": whose.person,
                "pseudonym": whose.pseudonym,
            }
            for one, whose in zip(submissions, theirs, strict=True)
        ]
        keys = self._connection.scalars(_insert_assessments, values).all()
        self._keep_results(keys, [one.pseudonym for one in theirs], submissions)
        self._keep_keys(keys, stored, job=job)
        announce(self._connection, keys, by=by, at=at)
        for key, submission in zip(keys, submissions, strict=True):
            note_submitted(self._audit, submission, key=key, **NOT_SHOWN)
        return {entry.line: submission for entry, submission in zip(stored, submissions, strict=True)}

    def keep(self, job: str, group: Group, results: str) -> None:
        """Put down how far the import is, and what is told of the group's lines."""
        self._connection.execute(insert(import_groups), {"job": job, **vars(group), "results": results})

    def last(self, job: str) -> Group:
        """The last group that is on disk; one of nothing, where there is none."""
        columns = [import_groups.c[name] for name in vars(Group())]
        chosen = select(*columns).where(import_groups.c.job == job)
        row = self._connection.execute(chosen.order_by(import_groups.c.number.desc()).limit(1)).first()
        return Group() if row is None else Group(**row._mapping)

    def results(self, job: str) -> Iterator[str]:
        """What is told of the lines, group by group."""
        chosen = select(import_groups.c.results).where(import_groups.c.job == job)
        ordered = chosen.order_by(import_groups.c.number)
        yield from self._connection.scalars(ordered, execution_options={"yield_per": 1})

    def _take_sequences(self, numbers: Mapping[str, int], *, at: datetime) -> Mapping[str, Taken]:
        """So many sequences for each person, and none for those who are held elsewhere."""
        found = dict(self._people.take_sequences(numbers))
        for number in sorted(found):
            one = found[number]
            if one.is_new:
                self._caseload.take_on(one.person, at=at)
            elif not self._caseload.may_write_about(one.person):
                del found[number]
                self._people.give_back(one.person, numbers[number])
        return found

    def _keep_results(
        self, keys: Sequence[int], pseudonyms: Sequence[int], submissions: Sequence[Submission]
    ) -> None:
        found = list(zip(keys, pseudonyms, (one.result for one in submissions), strict=True))
        rows = [row for key, _, result in found for row in simulation_values(result, assessment=key)]
        self._connection.execute(_insert_simulations, rows)
        add_shown(self._connection, found)
        for key, submission in zip(keys, submissions, strict=True):
            if submission.changes is not None:
                self._lineage.add_changes(key, submission.changes)

    def _keep_keys(self, keys: Sequence[int], entries: Sequence[ToStore], *, job: str) -> None:
        kept: list[dict[str, Any]] = [
            {**vars(entry.once), "assessment": key, "job": job, "line": entry.line}
            for key, entry in zip(keys, entries, strict=True)
        ]
        self._connection.execute(_insert_keys, kept)


def _numbered(
    entries: Sequence[ToStore], taken: Mapping[str, Taken], *, by: str, at: datetime
) -> Iterator[Submission]:
    """The submissions in the order of their lines, each person's numbered from the first they were given."""
    given = Counter({number: one.first for number, one in taken.items()})
    for entry in entries:
        number = entry.assessment.offender_number
        yield Submission(entry.assessment, entry.result, given[number], at, by, entry.changes)
        given[number] += 1
