"""Feedback of users about the pages, for administrators."""

from datetime import timedelta

from api.services.context import Context
from api.storage import Feedback
from rms.errors import LimitReached

SHOWN = 50
MOST_A_DAY = 50  # of one account


def give_feedback(context: Context, text: str, *, page: str) -> int:
    """Store feedback. Returns its ID. `page` is the template of a route.

    Raises
    ------
    LimitReached
        If this user has given feedback `MOST_A_DAY` times in the last 24 hours.
    """
    with context.store.transaction() as tx:
        tx.accounts.hold(context.user.id)
        if tx.feedback.number_since(context.at - timedelta(days=1), user_id=context.user.id) >= MOST_A_DAY:
            raise LimitReached(f"You have given feedback {MOST_A_DAY} times today. Try again tomorrow.")
        return tx.feedback.add(text, page=page, user_id=context.user.id, by=context.by, at=context.at)


def feedback_given(context: Context, *, before: int | None = None) -> tuple[tuple[Feedback, ...], int | None]:
    """A page of feedback, newest first, and the ID that the next page follows; None if there is none."""
    with context.store.reading() as tx:
        entries = tx.feedback.latest(limit=SHOWN + 1, before=before)
    return entries[:SHOWN], entries[SHOWN - 1].id if len(entries) > SHOWN else None
