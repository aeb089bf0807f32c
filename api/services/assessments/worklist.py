"""The work of a case worker or supervisor: people assessed recently, people due again, and drafts."""

from dataclasses import dataclass
from datetime import date

from api.services.assessments.drafts import Terms, drafts_of
from api.services.context import Context
from api.services.search.search import Page, page_of
from api.storage import Draft
from rms.calendar import months_before
from rms.engine.filter import Bounds, Filter, Key, Sort

SHOWN = 10


@dataclass(frozen=True)
class Worklist:
    """People by their latest assessment: `recent` newest first, `due` oldest first.

    People are due if their latest assessment was on or before `due_since`.
    """

    recent: Page
    due: Page
    due_since: date
    drafts: tuple[Draft, ...]


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
