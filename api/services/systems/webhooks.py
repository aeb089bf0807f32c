"""Webhooks: where a service account wants to be told what has been simulated of what it may see.

A webhook's secret is in no table. It is derived from the service's own secret key, the webhook's random id
and how often it was renewed: whoever steals the database can sign nothing, and there is no second key to
keep. The price is that a new RMS_SECRET_KEY gives every webhook a new secret, too.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime

from api.services.context import Context
from api.services.systems.webhook_transport import WebhookTransport
from api.services.users import User
from api.storage import Delivery, Transaction, Webhook
from rms.errors import InvalidInput, LimitReached, NotFound, Problem

MOST_WEBHOOKS = 10  # of one account
MOST_TESTS = 50  # of one webhook: the older ones go
LISTED = 200
ASSESSMENTS = "/api/v1/assessments"


@dataclass(frozen=True)
class Outgoing:
    """What webhooks are signed with, and who carries the messages."""

    key: str = field(repr=False)
    transport: WebhookTransport


def add_webhook(context: Context, url: str, *, outgoing: Outgoing) -> Webhook:
    """
    Raises
    ------
    InvalidInput
        If nothing may be sent to this URL.
    LimitReached
        If the account has `MOST_WEBHOOKS` already.
    """
    _refuse_unfit(url, outgoing)
    webhook = Webhook(
        secrets.token_urlsafe(16), context.user.id, url, secret_number=1, active=True, created_at=context.at
    )
    with context.store.transaction() as tx:
        tx.accounts.hold(context.user.id)
        if tx.webhooks.number_of(context.user.id) >= MOST_WEBHOOKS:
            raise LimitReached(f"An account has up to {MOST_WEBHOOKS} webhooks. Remove one first.")
        tx.webhooks.add(webhook, by=context.by)
    return webhook


def webhooks_of(context: Context, user: User) -> tuple[Webhook, ...]:
    """All of one account's, oldest first."""
    with context.store.reading() as tx:
        return tx.webhooks.of(user.id)


def find_webhook(context: Context, id: str) -> Webhook:
    """
    Raises
    ------
    NotFound
        If this account has no webhook of this id.
    """
    with context.store.reading() as tx:
        return _theirs(id, context.user, tx)


def change_webhook(
    context: Context,
    id: str,
    *,
    outgoing: Outgoing,
    url: str | None = None,
    active: bool | None = None,
    new_secret: bool = False,
) -> Webhook:
    """Send it elsewhere, stop or resume, or renew the secret: the one before is worth nothing from now on.

    The arguments are what may be changed of a webhook.

    Raises
    ------
    NotFound
        If this account has no webhook of this id.
    InvalidInput
        If nothing may be sent to this URL.
    """
    if url is not None:
        _refuse_unfit(url, outgoing)
    with context.store.transaction() as tx:
        found = _theirs(id, context.user, tx)
        changed = replace(
            found,
            url=found.url if url is None else url,
            active=found.active if active is None else active,
            secret_number=found.secret_number + new_secret,
            failing_since=None if active else found.failing_since,
            quiet_until=None,
        )
        tx.webhooks.change(changed, by=context.by, at=context.at)
    return changed


def remove_webhook(context: Context, id: str) -> None:
    """
    Raises
    ------
    NotFound
        If this account has no webhook of this id.
    """
    with context.store.transaction() as tx:
        tx.webhooks.remove(_theirs(id, context.user, tx).id, by=context.by, at=context.at)


def add_test(context: Context, id: str) -> Delivery:
    """An event that tells of nothing, sent like any other; the newest `MOST_TESTS` are kept.

    Raises
    ------
    NotFound
        If this account has no webhook of this id.
    """
    with context.store.transaction() as tx:
        webhook = _theirs(id, context.user, tx)
        tx.outbox.forget_tests(webhook.id, but=MOST_TESTS - 1)
        return tx.outbox.add_test(webhook.id, at=context.at)


def deliveries_of(context: Context, id: str) -> tuple[Delivery, ...]:
    """The latest `LISTED`, newest first.

    Raises
    ------
    NotFound
        If this account has no webhook of this id.
    """
    with context.store.reading() as tx:
        return tx.outbox.of(_theirs(id, context.user, tx).id, most=LISTED)


def secret_of(id: str, number: int, outgoing: Outgoing) -> str:
    """The secret of that number of this webhook."""
    derived = hmac.digest(outgoing.key.encode(), f"webhook {id} {number}".encode(), hashlib.sha256)
    return f"whsec_{urlsafe_b64encode(derived).decode().rstrip('=')}"


def message(delivery: Delivery) -> bytes:
    """What is sent: where to look, and nothing that is found there."""
    told = delivery.simulated
    if told is None:
        about = {"type": "webhook.test", "at": delivery.created_at.isoformat()}
    else:
        about = {
            "type": "assessment.simulated",
            "at": told.submitted_at.isoformat(),
            "assessment": f"{ASSESSMENTS}/{told.id}",
            "kind": str(told.kind),
        }
    return json.dumps({"id": delivery.event, **about}).encode()


def signature(secret: str, body: bytes, *, at: datetime) -> str:
    """The time and the body signed together, so that neither can be replayed with another of the other."""
    moment = int(at.timestamp())
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


def _refuse_unfit(url: str, outgoing: Outgoing) -> None:
    problem = outgoing.transport.problem_with(url)
    if problem is not None:
        raise InvalidInput([Problem("/url", "url_refused", problem)])


def _theirs(id: str, user: User, tx: Transaction) -> Webhook:
    found = tx.webhooks.get(id, owner=user.id)
    if found is None:
        raise NotFound("You have no webhook with this ID.")
    return found
