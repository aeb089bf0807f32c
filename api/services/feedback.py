"""What people say of the pages they work with, for whoever looks after RMS."""

from datetime import datetime

from api.services.accounts import User
from api.storage import Feedback, Store

SHOWN = 50


def give_feedback(text: str, *, page: str, by: User, store: Store, at: datetime) -> int:
    """Keep it; returns its id. `page` is the template of a route."""
    with store.transaction() as tx:
        return tx.feedback.add(text, page=page, user_id=by.id, by=by.username, at=at)


def feedback_given(*, store: Store, before: int | None = None) -> tuple[tuple[Feedback, ...], int | None]:
    """The newest ones, and the id that the older ones come before; None if there are none."""
    with store.reading() as tx:
        found = tx.feedback.latest(limit=SHOWN + 1, before=before)
    return found[:SHOWN], found[SHOWN - 1].id if len(found) > SHOWN else None
