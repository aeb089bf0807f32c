"""Imports: assessments that come in bulk, line by line, each as if it had been posted alone.

Lines are taken in groups: validated one by one, simulated in one batch, stored in one transaction together
with what is told of them. So an import that was killed goes on where its last group ended, exactly once.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.services.assessments.assessments import changes_from_origin
from api.services.systems.idempotency import once
from api.services.transfer.jobs import LEASE, Withdrawn, Work
from api.storage import Claim, Group, Once, ToStore, Transaction
from rms.assessment import Assessment, Change
from rms.engine.simulation import simulate_each
from rms.errors import HeldElsewhere, InvalidInput, Problem
from rms.submission import Submission

IMPORT = "import"  # the kind of its jobs
LARGEST_GROUP = 500
GROUP_BYTES = 4_194_304
MOST_PROBLEMS = 100  # told of one line
# Sentences with which a single post repeats what was sent: a result file never does.
REPEATING = {
    "origin_is_what_if": "This is a what-if, which says what was never so; start from an assessment.",
    "date_out_of_range": "This day cannot be, or not beside the other ones; RMS takes ages from 10 to 110.",
}
NOT_ALLOWED = " is not allowed"

LineReport = Mapping[str, Any]
Validate = Callable[[object], Assessment]


@dataclass(frozen=True)
class ImportLimits:
    """How many bytes a file may have, and a line of it."""

    largest_file: int
    longest_line: int


@dataclass(frozen=True)
class Line:
    """One line of an import: what it says, or what is wrong with it; `end` is where the next one begins."""

    number: int
    end: int
    key: str | None = None
    document: object = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Valid:
    """A line that can be simulated and stored."""

    line: Line
    once: Once
    assessment: Assessment
    changes: tuple[Change, ...] | None


def resumed_after(work: Work) -> Group:
    """The last group of the import that is on disk."""
    with work.store.reading() as tx:
        return tx.bulk.last(work.job.id)


def take_in(lines: Iterable[Line], work: Work, *, after: Group, total: int, validate: Validate) -> Group:
    """Import the lines that come `after` the last group that is on disk; how far the import then is.

    Raises
    ------
    Withdrawn, Stopping
        If the job is to be left as it is; what was imported stays.
    StorageUnavailable
        If a group could not be stored.
    """
    for group in grouped(lines):
        after = _import_group(group, work, after=after, total=total, validate=validate)
        work.progress(after.told, total)
    return after


def grouped(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Groups of lines that can be looked at together: no two have one key, and none starts from another."""
    group: list[Line] = []
    keys: set[str | None] = set()
    people: set[str] = set()
    for line in lines:
        begun = group[0].end if group else line.end
        full = len(group) >= LARGEST_GROUP or line.end - begun >= GROUP_BYTES
        follows = (line.key is not None and line.key in keys) or bool(
            _starts(line) and _person(line) in people
        )
        if group and (full or follows):
            yield group
            group, keys, people = [], set(), set()
        group.append(line)
        keys.add(line.key)
        people.add(_person(line))
    if group:
        yield group


def _import_group(
    lines: Sequence[Line], work: Work, *, after: Group, total: int, validate: Validate
) -> Group:
    told: dict[int, LineReport] = {}
    asked = _asked(lines, work, told)
    with work.store.reading() as tx:
        earlier = tx.bulk.claims(work.job.owner, [one.key_hash for one in asked.values()])
    valid = []
    for line in lines:
        if line.number not in asked:
            continue
        if claim := earlier.get(asked[line.number].key_hash):
            told[line.number] = _met(line, asked[line.number], claim, work)
            continue
        try:
            assessment = validate(line.document)
            changed = changes_from_origin(work.context, assessment)
            valid.append(Valid(line, asked[line.number], assessment, changed))
        except InvalidInput as error:
            told[line.number] = _refused(line, error.problems)
    results = simulate_each([one.assessment for one in valid], work.library.whole())
    entries = [
        ToStore(one.line.number, one.once, one.assessment, result, one.changes)
        for one, result in zip(valid, results, strict=True)
    ]
    with work.store.transaction() as tx:
        told.update(_stored(entries, {one.line.number: one.line for one in valid}, work, tx))
        group = _next(after, lines, told)
        tx.bulk.keep(work.job.id, group, "".join(f"{json.dumps(told[line.number])}\n" for line in lines))
        until = work.clock() + LEASE
        if not tx.jobs.renew(work.job, until=until, done=group.told, total=total, **figures(group)):
            raise Withdrawn
    return group


def figures(group: Group) -> dict[str, int]:
    """What came of the lines so far, as the job tells it."""
    return {name: getattr(group, name) for name in ("created", "already_there", "refused")}


def _asked(lines: Sequence[Line], work: Work, told: dict[int, LineReport]) -> dict[int, Once]:
    """What each line that says something takes effect by; the others are told as refused."""
    asked = {}
    for line in lines:
        try:
            if not line.problems:
                asked[line.number] = _once(line, work)
                continue
            problems = line.problems
        except RecursionError:
            problems = (Problem("", "malformed_json", "This line is nested too deeply."),)
        told[line.number] = _refused(line, problems)
    return asked


def _once(line: Line, work: Work) -> Once:
    """By the caller's key, or else by the place in this import: no caller's key holds a line's end."""
    document = line.document
    if isinstance(document, dict):  # left out or written out, it says the same
        document = {"instrument": work.library.instrument.name, **document}
    said = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return once(work.job.owner, line.key or f"{work.job.id}\n{line.number}", said.encode())


def _stored(
    entries: Sequence[ToStore], lines: Mapping[int, Line], work: Work, tx: Transaction
) -> dict[int, LineReport]:
    """Store what no other import of the same account has stored meanwhile, and tell what came of each."""
    told = {}
    tx.accounts.hold(work.job.owner)  # no other import of theirs claims keys meanwhile
    meanwhile = tx.bulk.claims(work.job.owner, [entry.once.key_hash for entry in entries])
    for entry in entries:
        if claim := meanwhile.get(entry.once.key_hash):
            told[entry.line] = _met(lines[entry.line], entry.once, claim, work)
    new = [entry for entry in entries if entry.line not in told]
    submissions = tx.bulk.add(new, job=work.job.id, by=work.owner.username, at=work.clock())
    for entry in new:
        told[entry.line] = _created(lines[entry.line], submissions.get(entry.line))
    return told


def _next(after: Group, lines: Sequence[Line], told: Mapping[int, LineReport]) -> Group:
    statuses = [one["status"] for one in told.values()]
    return Group(
        number=after.number + 1,
        end=lines[-1].end,
        lines=lines[-1].number,
        created=after.created + statuses.count("created"),
        already_there=after.already_there + statuses.count("already_there"),
        refused=after.refused + statuses.count("refused"),
    )


def _created(line: Line, submission: Submission | None) -> LineReport:
    if submission is None:
        elsewhere = HeldElsewhere()
        return _refused(line, [Problem("/offender_number", elsewhere.code, elsewhere.detail)])
    return {**_of(line), "status": "created", "id": submission.id}


def _met(line: Line, asked: Once, claim: Claim, work: Work) -> LineReport:
    """A line whose key was used before: by the same content, or by another."""
    same_file = claim.job == work.job.id and claim.line != line.number
    repeats = {"repeats_line": claim.line} if same_file else {}
    if claim.request_hash == asked.request_hash:
        return {**_of(line), "status": "already_there", "id": claim.id, **repeats}
    detail = "This key was used for another assessment: draw a new one for each."
    return {**_refused(line, [Problem("/key", "idempotency_key_reused", detail)]), **repeats}


def _refused(line: Line, problems: Iterable[Problem]) -> dict[str, Any]:
    found = tuple(problems)
    told = [_untold(problem) for problem in found[:MOST_PROBLEMS]]
    if (left_out := len(found) - MOST_PROBLEMS) > 0:
        told.append(vars(Problem("", "more_problems", f"{left_out:,} more are left out.")))
    return {**_of(line), "status": "refused", "problems": told}


def _untold(problem: Problem) -> dict[str, str]:
    """The problem without the answer, which may come before what is said of it, and only there."""
    _, repeats, said = problem.detail.rpartition(NOT_ALLOWED)
    detail = REPEATING.get(problem.code, f"This{repeats}{said}" if repeats else problem.detail)
    return {**vars(problem), "detail": detail}


def _of(line: Line) -> dict[str, Any]:
    return {"line": line.number, "key": line.key}


def _starts(line: Line) -> bool:
    """Whether it starts from an earlier assessment, which may be one of the lines before."""
    return isinstance(line.document, dict) and bool(line.document.get("based_on"))


def _person(line: Line) -> str:
    number = line.document.get("offender_number") if isinstance(line.document, dict) else None
    return number.strip().upper() if isinstance(number, str) else ""
