"""What people say of the pages they work with, for whoever looks after RMS."""

from datetime import datetime, timedelta

from api.services.access.accounts import User
from api.storage import Feedback, Store
from rms.errors import LimitReached

SHOWN = 50
MOST_A_DAY = 50  # of one account


def give_feedback(text: str, *, page: str, by: User, store: Store, at: datetime) -> int:
    """Keep it; returns its id. `page` is the template of a route.

    Raises
    ------
    LimitReached
        If this user has given feedback `MOST_A_DAY` times within a day.
    """
    with store.transaction() as tx:
        tx.accounts.hold(by.id)
        if tx.feedback.number_since(at - timedelta(days=1), user_id=by.id) >= MOST_A_DAY:
            raise LimitReached(f"You have given feedback {MOST_A_DAY} times today. Try again tomorrow.")
        return tx.feedback.add(text, page=page, user_id=by.id, by=by.username, at=at)


def feedback_given(*, store: Store, before: int | None = None) -> tuple[tuple[Feedback, ...], int | None]:
    """The newest ones, and the id that the older ones come before; None if there are none."""
    with store.reading() as tx:
        found = tx.feedback.latest(limit=SHOWN + 1, before=before)
    return found[:SHOWN], found[SHOWN - 1].id if len(found) > SHOWN else None
