"""Deliver the events of the outbox to webhooks, at least once. Failed attempts are repeated for a day."""

import random
from collections.abc import Callable
from datetime import timedelta

from api.services.context import Context
from api.services.systems.webhook_transport import Undelivered
from api.services.systems.webhooks import Outgoing, message, secret_of, signature
from api.services.users import known, viewer_of
from api.storage import Delivery

BATCH = 10  # deliveries that together take less time than the outbox's lease
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=24)
DISABLED_AFTER = timedelta(days=3)
BY = "rms"

Draw = Callable[[], float]


def deliver_due(
    context: Context, *, outgoing: Outgoing, draw: Draw = random.random, most: int = BATCH
) -> int:
    """Deliver up to `most` events that are due; returns how many were claimed.

    Events claimed by a process that was killed are due again later, so a receiver may get an event twice and
    must recognise it by its id. `draw` gives numbers from 0 to 1.
    """
    with context.store.reading() as tx:
        if not tx.outbox.is_due(at=context.at):
            return 0
    with context.store.transaction() as tx:
        tx.outbox.delete_old(at=context.at)
        claimed = tx.outbox.claim(most=most, at=context.at)
    silent: set[str] = set()
    for delivery in claimed:
        if not _is_visible_to_owner(context, delivery):
            with context.store.transaction() as tx:
                tx.outbox.withdraw(delivery)
        elif delivery.webhook in silent:
            with context.store.transaction() as tx:
                tx.outbox.give_back(delivery, at=context.at)
        elif not _tried(context, delivery, outgoing, draw=draw):
            silent.add(delivery.webhook)
    return len(claimed)


def _is_visible_to_owner(context: Context, delivery: Delivery) -> bool:
    """Whether the account may still see what the event tells of: it may have moved to another office."""
    with context.store.reading() as tx:
        owner = tx.accounts.user_of_id(delivery.owner)
    viewer = viewer_of(known(owner) if owner else None, at=context.at, zone=context.zone)
    with context.store.within(viewer).reading() as tx:
        return tx.outbox.is_visible(delivery)


def _tried(context: Context, delivery: Delivery, outgoing: Outgoing, *, draw: Draw) -> bool:
    """Try one delivery; False if there was no answer, so that others to the same webhook can wait."""
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
        return False
    if 200 <= status < 300:
        _arrived(context, delivery, status)
    else:
        _failed(context, delivery, "refused", status, draw=draw)
    return True


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
