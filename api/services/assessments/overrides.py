"""Overrides: a professional's judgement against what people who resemble this person did.

The score does not change. An override says whether the professional's judgement is higher or lower, and why;
a supervisor who did not record it agrees or disagrees. Summaries show how often, in which direction and by
whom, because most overrides raise the judgement and make it less accurate (Cohen et al. 2020).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from api.services.assessments.assessments import find_submission, require_visible
from api.services.assessments.judgements import with_findings
from api.services.context import Context
from api.storage import Override, OverridesToReview, Practice, Transaction
from rms.assessment import AssessmentKind
from rms.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, listed
from rms.submission import Submission
from rms.suppression import shown_count, shown_parts


class Direction(StrEnum):
    """The judgement, compared with most of the people who resemble this person."""

    HIGHER = "higher"
    LOWER = "lower"


class Reason(StrEnum):
    """The reason as a code that can be counted; the text explains it."""

    NOT_ASKED = "not_asked"  # something that the form does not ask
    CHANGED_SINCE = "changed_since"  # something that happened after the answers were given
    ANSWERS_IN_DOUBT = "answers_in_doubt"
    COMPARABLES_UNLIKE = "comparables_unlike"  # they differ from the person in what matters
    SPECIALIST_OPINION = "specialist_opinion"
    OTHER = "other"


class Agreement(StrEnum):
    AGREED = "agreed"
    NOT_AGREED = "not_agreed"


UNDECIDED = "undecided"
MOST_LISTED = 200


@dataclass(frozen=True)
class NewOverride:
    process: str
    direction: Direction
    reason_code: Reason
    text: str


@dataclass(frozen=True)
class OfficerSummary:
    """One officer's assessments and their overrides; None is a count too small for a copy that leaves."""

    officer: str
    assessments: int | None
    overridden: int | None
    higher: int | None
    lower: int | None


@dataclass(frozen=True)
class ProcessSummary:
    """All assessments with a score for one process, and their overrides."""

    process: str
    assessments: int | None
    overridden: int | None
    higher: int | None
    lower: int | None
    agreed: int | None
    not_agreed: int | None
    undecided: int | None
    officers: tuple[OfficerSummary, ...]


@dataclass(frozen=True)
class SummaryPair:
    """The summary of a process: `plain` for the supervisor of these people, and `to_share` for a copy.

    The copy is without small counts, and without those that would reveal them.
    """

    plain: ProcessSummary
    to_share: ProcessSummary


def override(context: Context, id: str, new: NewOverride) -> Override:
    """Record an override by this user. The score does not change; a supervisor decides on the override.

    Raises
    ------
    NotFound
        If there is no such assessment.
    InvalidInput
        If it has no score for that process.
    Conflict
        If it is a what-if.
    JudgementFirst
        If this user must record their own judgement first.
    """
    submission = with_findings(find_submission(context, id))
    if submission.assessment.kind is AssessmentKind.WHAT_IF:
        raise Conflict("You cannot override a what-if, because it is not an assessment of the person.")
    _refuse_without_score(submission, new.process)
    with context.store.transaction() as tx:
        return tx.overrides.add(
            id,
            process=new.process,
            direction=str(new.direction),
            reason_code=str(new.reason_code),
            text=new.text,
            author=context.user.id,
            by=context.by,
            at=context.at,
        )


def decide(context: Context, id: str, number: int, decision: Agreement, *, text: str) -> Override:
    """Record a supervisor's decision on an override. It is final.

    Raises
    ------
    NotFound
        If there is no such assessment, or no such override of it.
    Forbidden
        If the supervisor recorded it.
    Conflict
        If it has already been decided.
    """
    require_visible(context, id)
    with context.store.transaction() as tx:
        made = _numbered(number, id, tx)
        if made.author == context.user.id:
            raise Forbidden("You cannot decide on your own override. Ask another supervisor.")
        tx.overrides.decide(
            made, str(decision), text=text, decider=context.user.id, by=context.by, at=context.at
        )
        return _numbered(number, id, tx)


def overrides_of(context: Context, id: str) -> tuple[Override, ...]:
    """
    Raises
    ------
    NotFound
        If there is no such assessment.
    """
    require_visible(context, id)
    with context.store.reading() as tx:
        return tx.overrides.of(id)


def overrides_to_review(context: Context) -> OverridesToReview:
    """Up to `MOST_LISTED` of each kind of the overrides of these offices."""
    with context.store.reading() as tx:
        return tx.overrides.to_review(most=MOST_LISTED)


def number_waiting(context: Context) -> int:
    """How many overrides wait for a decision by this supervisor."""
    with context.store.reading() as tx:
        return tx.overrides.number_waiting()


def override_numbered(context: Context, id: str, number: int) -> Override:
    """
    Raises
    ------
    NotFound
        If there is no such assessment, or no such override of it.
    """
    require_visible(context, id)
    with context.store.reading() as tx:
        return _numbered(number, id, tx)


def override_summary(context: Context) -> tuple[ProcessSummary, ...]:
    """How often and in which direction assessments are overridden, by process and officer, to share."""
    return tuple(pair.to_share for pair in override_summaries(context))


def override_summaries(context: Context) -> tuple[SummaryPair, ...]:
    """The same, plain and to share."""
    with context.store.reading() as tx:
        practice = tx.overrides.practice()
    by_process = [(process, tuple(rows)) for process, rows in groupby(practice, attrgetter("process"))]
    return tuple(SummaryPair(_plain(process, rows), _to_share(process, rows)) for process, rows in by_process)


def _plain(process: str, rows: tuple[Practice, ...]) -> ProcessSummary:
    directions, decisions = _by_direction(rows), _by_decision(rows)
    return ProcessSummary(
        process=process,
        assessments=sum(row.assessments for row in rows),
        overridden=sum(row.overridden for row in rows),
        higher=directions[Direction.HIGHER],
        lower=directions[Direction.LOWER],
        agreed=decisions[Agreement.AGREED],
        not_agreed=decisions[Agreement.NOT_AGREED],
        undecided=decisions[UNDECIDED],
        officers=tuple(
            OfficerSummary(
                row.officer,
                row.assessments,
                row.overridden,
                row.by_direction.get(Direction.HIGHER, 0),
                row.by_direction.get(Direction.LOWER, 0),
            )
            for row in rows
        ),
    )


def _by_direction(rows: tuple[Practice, ...]) -> dict[str, int]:
    return {one: sum(row.by_direction.get(one, 0) for row in rows) for one in Direction}


def _by_decision(rows: tuple[Practice, ...]) -> dict[str, int]:
    decisions = (Agreement.AGREED, Agreement.NOT_AGREED, UNDECIDED)
    return {one: sum(row.by_decision.get(one, 0) for row in rows) for one in decisions}


def _to_share(process: str, rows: tuple[Practice, ...]) -> ProcessSummary:
    directions, decisions = shown_parts(_by_direction(rows)), shown_parts(_by_decision(rows))
    return ProcessSummary(
        process=process,
        assessments=shown_count(sum(row.assessments for row in rows)),
        overridden=shown_count(sum(row.overridden for row in rows)),
        higher=directions[Direction.HIGHER],
        lower=directions[Direction.LOWER],
        agreed=decisions[Agreement.AGREED],
        not_agreed=decisions[Agreement.NOT_AGREED],
        undecided=decisions[UNDECIDED],
        officers=tuple(_officers(rows)),
    )


def _officers(rows: tuple[Practice, ...]) -> Iterable[OfficerSummary]:
    """Counts by officer, without those that the other counts and the total would reveal."""
    assessments = shown_parts({row.officer: row.assessments for row in rows})
    overridden = shown_parts({row.officer: row.overridden for row in rows})
    shown = {
        direction: shown_parts({row.officer: row.by_direction.get(direction, 0) for row in rows})
        for direction in Direction
    }
    for row in rows:
        both = [shown[direction][row.officer] for direction in Direction]
        higher, lower = both if None not in both else (None, None)
        yield OfficerSummary(row.officer, assessments[row.officer], overridden[row.officer], higher, lower)


def _refuse_without_score(submission: Submission, process: str) -> None:
    scored = [one.process for one in submission.result.simulations if one.score is not None]
    if process not in scored:
        has = f"It has a score for {listed(scored)}" if scored else "It has no scores"
        detail = f"There is no score for {process} to override. {has}."
        raise InvalidInput([Problem("/process", "no_score", detail)])


def _numbered(number: int, id: str, tx: Transaction) -> Override:
    for made in tx.overrides.of(id):
        if made.number == number:
            return made
    raise NotFound("This assessment has no override with that number.")
