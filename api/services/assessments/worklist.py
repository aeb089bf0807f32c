"""The work of a case worker or supervisor: what waits, people assessed recently, people due again."""

from dataclasses import dataclass
from datetime import date, timedelta

from api.services.assessments.drafts import Terms, drafts_of
from api.services.context import Context
from api.services.search.search import Page, page_of
from api.services.users import Role
from api.storage import Draft, ListedSubmission
from rms.calendar import months_before
from rms.engine.filter import Bounds, Filter, Key, Sort

SHOWN = 10
RELEASE_DAYS = 30
SOONEST_RELEASE = Sort(Key.RELEASE_DATE, descending=False)


@dataclass(frozen=True)
class Worklist:
    """People by their latest assessment: `recent` newest first, `due` oldest first.

    People are due if their latest assessment was on or before `due_since`.
    """

    recent: Page
    due: Page
    due_since: date
    drafts: tuple[Draft, ...]


@dataclass(frozen=True)
class Waiting:
    """How much waits for the caller. None: this never waits for their role or in their agency."""

    releases: int
    judgements: int | None
    unallocated: int | None


@dataclass(frozen=True)
class JudgementsDue:
    """A page of `total` results that the caller has to judge. `next`: the key before the next page."""

    submissions: tuple[ListedSubmission, ...]
    total: int
    next: int | None


def worklist(context: Context, *, terms: Terms) -> Worklist:
    """The first people of each list that the caller may see, with the total of each."""
    due_since = months_before(context.today, terms.stale_months)
    return Worklist(
        recent=page_of(context, Filter(latest=True), sort=Sort(), limit=SHOWN, counted=True),
        due=page_of(
            context,
            Filter(latest=True, submitted=Bounds(None, due_since)),
            sort=Sort(Key.SUBMITTED_AT, descending=False),
            limit=SHOWN,
            counted=True,
        ),
        due_since=due_since,
        drafts=drafts_of(context),
    )


def waiting(context: Context, *, terms: Terms, judgement_first: bool) -> Waiting:
    """What waits for the caller besides their drafts and, for supervisors, overrides."""
    supervises = context.user.role is Role.SUPERVISOR
    with context.store.reading() as tx:
        judgements = tx.judgements.number_due() if judgement_first else None
        unallocated = (
            tx.caseload.number_unallocated(context.user.office, role=Role.CASE_WORKER) if supervises else None
        )
        releases = tx.search.number_released(releases_without_assessment(context, terms))
    return Waiting(releases, judgements, unallocated)


def releases_without_assessment(context: Context, terms: Terms) -> Filter:
    """People to be released in the next `RELEASE_DAYS` days who are due to be assessed again."""
    today = context.today
    return Filter(
        latest=True,
        release=Bounds(today, today + timedelta(days=RELEASE_DAYS)),
        submitted=Bounds(None, months_before(today, terms.stale_months)),
    )


def judgements_due(context: Context, *, limit: int, after: int | None = None) -> JudgementsDue:
    """The latest assessments whose results the caller sees once they have recorded their own judgement.

    By number, after the assessment with the key `after`. There are none if the agency does not ask for it.

    Raises
    ------
    ListChanged
        If the assessment `after` has been erased.
    """
    with context.store.reading() as tx:
        keys = tx.judgements.due(after=after, most=limit + 1)
        shown = keys[:limit]
        tx.audit.listed("assessments.listed", keys=shown)
        return JudgementsDue(
            tx.submissions.of_keys(shown),
            tx.judgements.number_due(),
            shown[-1] if len(keys) > limit else None,
        )
