"""Imports: many assessments in one file, each line as if it had been posted alone.

Lines are imported in groups: validated one by one, simulated in one batch, and stored in one transaction
together with their reports. So an import that was killed resumes after its last group, exactly once.

The reports of a file are bounded however many lines are wrong: see `MOST_LINES`, `MOST_REFUSED_LISTED` and
`LONGEST_REASONS`. A file whose first `STOP_AFTER` lines are all wrong is not read further.
"""

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.services.assessments.assessments import changes_from_origin
from api.services.systems.idempotency import once
from api.services.transfer.jobs import LEASE, JobFailed, LeaseLost, Progress, Work
from api.storage import Claim, Group, Once, ToStore, Transaction
from rms.assessment import Assessment, Change
from rms.engine.simulation import simulate_each
from rms.errors import HeldElsewhere, InvalidInput, Problem
from rms.submission import Submission

IMPORT = "import"  # the kind of its jobs
MOST_LINES = 100_000  # of a file, with its header and blank lines
STOP_AFTER = 1_000  # lines, if all of them were refused
MOST_REFUSED_LISTED = 5_000  # lines; the others are counted
LONGEST_REASONS = 4_000  # characters of the problems of one line, as JSON, which is ASCII
LARGEST_GROUP = 500
GROUP_BYTES = 4_194_304
# In place of sentences of a single post that repeat what was sent: a result file never repeats it.
REPEATING = {
    "origin_is_what_if": "This is a what-if. Start from an assessment.",
    "date_out_of_range": "This date is not possible, or does not fit the other dates. RMS accepts ages from "
    "10 to 110.",
}
NOT_ALLOWED = " is not allowed"

LineReport = Mapping[str, Any]


class ImportStopped(JobFailed):
    """All lines so far were refused, so the file is probably not what RMS can import. Nothing was stored."""

    code = "import_stopped"


@dataclass(frozen=True)
class ImportLimits:
    """How many bytes a file and a line of it may have."""

    largest_file: int
    longest_line: int


@dataclass(frozen=True)
class Understood:
    """What the document of a line says, however it is spelled, and the assessment that it describes.

    Both raise InvalidInput if the document is malformed, `assessment` also if it is not valid.
    """

    content: Callable[[], object]
    assessment: Callable[[], Assessment]


Understanding = Callable[[object], Understood]


@dataclass(frozen=True)
class Line:
    """One line of an import: its document, or its problems. The next line begins at `end`."""

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
    """The last group of the import that is stored."""
    with work.store.reading() as tx:
        return tx.bulk.last(work.job.id)


def import_lines(
    lines: Iterable[Line], work: Work, *, after: Group, total: int, understanding: Understanding
) -> Generator[Progress, None, Group]:
    """Import the lines that follow the group `after`, a group each step; return the last group.

    Raises
    ------
    LeaseLost
        If the job is no longer this process's. What was imported is kept.
    ImportStopped
        If the first lines were all refused and there are more.
    StorageUnavailable
        If a group could not be stored.
    """
    for group in grouped(lines):
        if after.refused >= STOP_AFTER and after.refused == after.reported:
            raise _stopped(after, work)
        after = _import_group(group, work, after=after, total=total, understanding=understanding)
        yield Progress(after.reported, total, figures(after))
    return after


def grouped(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Groups of lines that can be imported together: no two have the same key, none starts from another."""
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


def figures(group: Group) -> dict[str, int]:
    """How many lines were created, already there and refused so far."""
    return {name: getattr(group, name) for name in ("created", "already_there", "refused")}


def not_listed(group: Group) -> int:
    """How many refused lines the result only counts."""
    return max(group.refused - MOST_REFUSED_LISTED, 0)


def _stopped(group: Group, work: Work) -> ImportStopped:
    with work.store.reading() as tx:
        reports = [json.loads(line) for line in tx.bulk.results(work.job.id, group.number).splitlines()]
    problems = Counter((one["pointer"], one["detail"]) for report in reports for one in report["problems"])
    [((pointer, detail), _)] = problems.most_common(1)
    problem = " ".join(filter(None, (pointer, detail)))
    return ImportStopped(
        f"The first {group.refused:,} lines were all refused, so the import stopped. Nothing was imported. "
        f"Correct the file and send it again. The most frequent problem: {problem}"
    )


def _import_group(
    lines: Sequence[Line], work: Work, *, after: Group, total: int, understanding: Understanding
) -> Group:
    reports: dict[int, LineReport] = {}
    understood = {line.number: understanding(line.document) for line in lines if not line.problems}
    requests = _requests(lines, work, reports, understood)
    with work.store.reading() as tx:
        earlier = tx.bulk.claims(work.job.owner, [request.key_hash for request in requests.values()])
    valid = []
    for line in lines:
        if line.number not in requests:
            continue
        if claim := earlier.get(requests[line.number].key_hash):
            reports[line.number] = _repeated(line, requests[line.number], claim, work)
            continue
        try:
            assessment = understood[line.number].assessment()
            changes = changes_from_origin(work.context, assessment)
            valid.append(Valid(line, requests[line.number], assessment, changes))
        except InvalidInput as error:
            reports[line.number] = report_of_refusal(line, error.problems)
    results = simulate_each([one.assessment for one in valid], work.library.whole())
    entries = [
        ToStore(one.line.number, one.once, one.assessment, result, one.changes)
        for one, result in zip(valid, results, strict=True)
    ]
    with work.store.transaction() as tx:
        reports.update(_stored(entries, {one.line.number: one.line for one in valid}, work, tx))
        group = _next(after, lines, reports)
        tx.bulk.keep(work.job.id, group, _listed([reports[line.number] for line in lines], after=after))
        until = work.clock() + LEASE
        if not tx.jobs.renew(work.job, until=until, done=group.reported, total=total, **figures(group)):
            raise LeaseLost
    return group


def _requests(
    lines: Sequence[Line], work: Work, reports: dict[int, LineReport], understood: Mapping[int, Understood]
) -> dict[int, Once]:
    """The lines that can be read, as idempotent requests; the others are reported as refused."""
    requests = {}
    for line in lines:
        try:
            if not line.problems:
                requests[line.number] = _once(line, work, understood[line.number])
                continue
            problems = line.problems
        except RecursionError:
            problems = (Problem("", "malformed_json", "This line is nested too deeply."),)
        reports[line.number] = report_of_refusal(line, problems)
    return requests


def _once(line: Line, work: Work, understood: Understood) -> Once:
    """Identified by the caller's key, or else by its place in this import. No key has a line feed."""
    document = line.document
    if isinstance(document, dict):  # a line may name the instrument or leave it out
        document = {"instrument": work.library.instrument.name, **document}
    spelled = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    try:
        content = json.dumps(understood.content(), sort_keys=True, default=str).encode()
    except InvalidInput:  # it is refused later
        content = spelled
    return once(work.job.owner, line.key or f"{work.job.id}\n{line.number}", content, spelled=spelled)


def _stored(
    entries: Sequence[ToStore], lines: Mapping[int, Line], work: Work, tx: Transaction
) -> dict[int, LineReport]:
    """Store what no other import of the same account has stored meanwhile, and report each line."""
    reports = {}
    tx.accounts.hold(work.job.owner)  # no other import of this account claims keys meanwhile
    meanwhile = tx.bulk.claims(work.job.owner, [entry.once.key_hash for entry in entries])
    for entry in entries:
        if claim := meanwhile.get(entry.once.key_hash):
            reports[entry.line] = _repeated(lines[entry.line], entry.once, claim, work)
    new = [entry for entry in entries if entry.line not in reports]
    submissions = tx.bulk.add(new, job=work.job.id, by=work.owner.username, at=work.clock())
    for entry in new:
        reports[entry.line] = _created(lines[entry.line], submissions.get(entry.line))
    return reports


def _next(after: Group, lines: Sequence[Line], reports: Mapping[int, LineReport]) -> Group:
    statuses = [report["status"] for report in reports.values()]
    return Group(
        number=after.number + 1,
        end=lines[-1].end,
        lines=lines[-1].number,
        created=after.created + statuses.count("created"),
        already_there=after.already_there + statuses.count("already_there"),
        refused=after.refused + statuses.count("refused"),
    )


def _listed(reports: Sequence[LineReport], *, after: Group) -> str:
    """The reports of a group that are kept, a line each."""
    room, kept = MOST_REFUSED_LISTED - after.refused, []
    for report in reports:
        if report["status"] == "refused":
            room -= 1
            if room < 0:
                continue
        kept.append(f"{json.dumps(report)}\n")
    return "".join(kept)


def _created(line: Line, submission: Submission | None) -> LineReport:
    if submission is None:
        return _held_elsewhere(line)
    return {**_place(line), "status": "created", "id": submission.id}


def _held_elsewhere(line: Line) -> LineReport:
    elsewhere = HeldElsewhere()
    return report_of_refusal(line, [Problem("/offender_number", elsewhere.code, elsewhere.detail)])


def _repeated(line: Line, request: Once, claim: Claim, work: Work) -> LineReport:
    """The report of a line whose key was used before, with the same content or with another."""
    same_file = claim.job == work.job.id and claim.line != line.number
    repeats = {"repeats_line": claim.line} if same_file else {}
    is_same = request.is_as_stored(claim.request_hash)
    if is_same and not claim.may_write:
        return _held_elsewhere(line)
    if is_same:
        return {**_place(line), "status": "already_there", "id": claim.id, **repeats}
    detail = "This key was used for another assessment. Use a new key for each assessment."
    return {**report_of_refusal(line, [Problem("/key", "idempotency_key_reused", detail)]), **repeats}


def report_of_refusal(line: Line, problems: Iterable[Problem]) -> dict[str, Any]:
    """The report of a refused line, with the first of its problems."""
    reasons = [_without_answer(problem) for problem in problems]
    shown: list[dict[str, str]] = []
    room = LONGEST_REASONS
    for problem in reasons:
        room -= len(json.dumps(problem))
        if room < 0:
            break
        shown.append(problem)
    if not shown:  # its sentence alone is too long
        shown.append({**reasons[0], "pointer": "", "detail": "The problem is too long to be shown."})
    if left_out := len(reasons) - len(shown):
        shown.append(vars(Problem("", "more_problems", f"{left_out:,} more problems are not shown.")))
    return {**_place(line), "status": "refused", "problems": shown}


def _without_answer(problem: Problem) -> dict[str, str]:
    """The problem without the answer, which can only come before `NOT_ALLOWED`."""
    _, repeats, said = problem.detail.rpartition(NOT_ALLOWED)
    detail = REPEATING.get(problem.code, f"This{repeats}{said}" if repeats else problem.detail)
    return {**vars(problem), "detail": detail}


def _place(line: Line) -> dict[str, Any]:
    return {"line": line.number, "key": line.key}


def _starts(line: Line) -> bool:
    """Whether it starts from an earlier assessment, which may be on one of the lines before."""
    return isinstance(line.document, dict) and bool(line.document.get("based_on"))


def _person(line: Line) -> str:
    number = line.document.get("offender_number") if isinstance(line.document, dict) else None
    return number.strip().upper() if isinstance(number, str) else ""
