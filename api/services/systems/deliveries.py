"""Deliver the events of the outbox to webhooks, at least once. Failed attempts are repeated for a day.

Accounts take turns, and each has one delivery at once: a receiver that answers slowly delays its owner only.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import count

from api.services.context import Context
from api.services.systems.webhook_transport import Undelivered
from api.services.systems.webhooks import Outgoing, message, secret_of, signature
from api.services.users import known, viewer_of
from api.storage import Delivery, Due

AT_ONCE = 4  # deliveries of a process, each of another account
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=24)
DISABLED_AFTER = timedelta(days=3)
BY = "rms"

Draw = Callable[[], float]


class DeliveryTurns:
    """Whose delivery comes next in a process. One thread claims; each delivery may end in another.

    The next one is for the account served longest ago, of those without a delivery that runs, and then for
    the webhook of it served longest ago. Accounts and webhooks that were not served yet come first.
    """

    def __init__(self) -> None:
        self._turn = count(1)
        self._served: dict[int | str, int] = {}  # the last turn of each owner and of each webhook
        self._running: set[int] = set()  # owners

    def claim_next(self, context: Context) -> Delivery | None:
        """Claim the next delivery; its owner has no other until it is `ended`. None if nothing can begin."""
        if len(self._running) >= AT_ONCE:
            return None
        with context.store.reading() as tx:
            due = [one for one in tx.outbox.due(at=context.at) if one.owner not in self._running]
        if not due:
            return None
        with context.store.transaction() as tx:
            tx.outbox.delete_old(at=context.at)
            in_turn = sorted(due, key=self._last_turns)
            claims = (tx.outbox.claim(one.webhook, at=context.at) for one in in_turn)
            claimed = next(filter(None, claims), None)
        if claimed is not None:
            self._served[claimed.owner] = self._served[claimed.webhook] = next(self._turn)
            self._running.add(claimed.owner)
        return claimed

    def ended(self, delivery: Delivery) -> None:
        self._running.discard(delivery.owner)

    def _last_turns(self, due: Due) -> tuple[int, int]:
        return self._served.get(due.owner, 0), self._served.get(due.webhook, 0)


def deliver(context: Context, delivery: Delivery, *, outgoing: Outgoing, draw: Draw = random.random) -> None:
    """Try a claimed delivery once, if its owner may still see what it tells of.

    Events claimed by a process that was killed are due again later, so a receiver may get an event twice and
    must recognise it by its id. `draw` gives numbers from 0 to 1.
    """
    if _is_visible_to_owner(context, delivery):
        _try(context, delivery, outgoing, draw=draw)
    else:
        with context.store.transaction() as tx:
            tx.outbox.withdraw(delivery)


def _is_visible_to_owner(context: Context, delivery: Delivery) -> bool:
    """Whether the account may still see what the event tells of: it may have moved to another office."""
    with context.store.reading() as tx:
        owner = tx.accounts.user_of_id(delivery.owner)
    viewer = viewer_of(known(owner) if owner else None, at=context.at, zone=context.zone)
    with context.store.within(viewer).reading() as tx:
        return tx.outbox.is_visible(delivery)


def _try(context: Context, delivery: Delivery, outgoing: Outgoing, *, draw: Draw) -> None:
    body = message(delivery)
    secret = secret_of(delivery.webhook, delivery.secret_number, outgoing)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "RMS",
        "RMS-Event-Id": delivery.event,
        "RMS-Signature": signature(secret, body, at=context.at),
    }
    try:
        status = outgoing.transport.post(delivery.url, body, headers)
    except Undelivered as failed:
        _failed(context, delivery, failed.problem, None, draw=draw)
        return
    if 200 <= status < 300:
        _arrived(context, delivery, status)
    else:
        _failed(context, delivery, "refused", status, draw=draw)


def _arrived(context: Context, delivery: Delivery, status: int) -> None:
    with context.store.transaction() as tx:
        tx.outbox.arrived(delivery, status=status, at=context.at)
        if delivery.failing_since is not None:
            tx.webhooks.works(delivery.webhook)


def _failed(context: Context, delivery: Delivery, problem: str, status: int | None, *, draw: Draw) -> None:
    since = delivery.failing_since or context.at
    again_at = context.at + _wait(delivery.attempts, draw)
    given_up = again_at - delivery.created_at > GIVEN_UP_AFTER
    quiet_until = context.at + _silence(context.at - since, draw) if status is None else None
    with context.store.transaction() as tx:
        tx.outbox.failed(delivery, problem=problem, status=status, again_at=None if given_up else again_at)
        tx.webhooks.fails(delivery.webhook, since=since, quiet_until=quiet_until)
        if context.at - since >= DISABLED_AFTER:
            tx.webhooks.disable(delivery.webhook, by=BY, at=context.at)


def _wait(attempts: int, draw: Draw) -> timedelta:
    """Twice as long after each attempt, varied at random by half, so that not all retry together."""
    return min(FIRST_WAIT * 2.0 ** min(attempts, 20), LONGEST_WAIT) * (0.5 + draw())


def _silence(failing: timedelta, draw: Draw) -> timedelta:
    """As long as the receiver has not answered, so that it does not delay the others."""
    return min(max(failing, FIRST_WAIT), LONGEST_WAIT) * (0.5 + draw())
