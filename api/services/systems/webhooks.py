"""Webhooks: URLs of a service account that are notified of each assessment simulated for it.

A webhook's secret is not stored. It is derived from RMS_SECRET_KEY, the webhook's random id and the number
of its secret, so that a stolen database is not enough to sign anything. A new RMS_SECRET_KEY therefore gives
every webhook a new secret.
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

MOST_WEBHOOKS = 10  # per account
MOST_TESTS = 50  # per webhook; the oldest are deleted
LISTED = 200
ASSESSMENTS = "/api/v1/assessments"


@dataclass(frozen=True)
class Outgoing:
    """What webhooks are signed with and sent by."""

    key: str = field(repr=False)
    transport: WebhookTransport


def add_webhook(context: Context, url: str, *, outgoing: Outgoing) -> Webhook:
    """
    Raises
    ------
    InvalidInput
        If RMS may not send to this URL.
    LimitReached
        If the account already has `MOST_WEBHOOKS`.
    """
    _refuse_unfit(url, outgoing)
    webhook = Webhook(
        secrets.token_urlsafe(16), context.user.id, url, secret_number=1, active=True, created_at=context.at
    )
    with context.store.transaction() as tx:
        tx.accounts.hold(context.user.id)
        if tx.webhooks.number_of(context.user.id) >= MOST_WEBHOOKS:
            raise LimitReached(f"An account can have up to {MOST_WEBHOOKS} webhooks. Remove one first.")
        tx.webhooks.add(webhook, by=context.by)
    return webhook


def webhooks_of(context: Context, user: User) -> tuple[Webhook, ...]:
    """All webhooks of an account, oldest first."""
    with context.store.reading() as tx:
        return tx.webhooks.of(user.id)


def find_webhook(context: Context, id: str) -> Webhook:
    """
    Raises
    ------
    NotFound
        If this account has no such webhook.
    """
    with context.store.reading() as tx:
        return _own(id, context.user, tx)


def change_webhook(
    context: Context,
    id: str,
    *,
    outgoing: Outgoing,
    url: str | None = None,
    active: bool | None = None,
    new_secret: bool = False,
) -> Webhook:
    """Change the URL, stop or resume, or renew the secret; the old secret is then no longer used.

    The arguments are the fields of a webhook that can change.

    Raises
    ------
    NotFound
        If this account has no such webhook.
    InvalidInput
        If RMS may not send to this URL.
    """
    if url is not None:
        _refuse_unfit(url, outgoing)
    with context.store.transaction() as tx:
        webhook = _own(id, context.user, tx)
        changed = replace(
            webhook,
            url=webhook.url if url is None else url,
            active=webhook.active if active is None else active,
            secret_number=webhook.secret_number + new_secret,
            failing_since=None if active else webhook.failing_since,
            quiet_until=None,
        )
        tx.webhooks.change(changed, by=context.by, at=context.at)
    return changed


def remove_webhook(context: Context, id: str) -> None:
    """
    Raises
    ------
    NotFound
        If this account has no such webhook.
    """
    with context.store.transaction() as tx:
        tx.webhooks.remove(_own(id, context.user, tx).id, by=context.by, at=context.at)


def add_test(context: Context, id: str) -> Delivery:
    """A test event, sent like any other; the newest `MOST_TESTS` are kept.

    Raises
    ------
    NotFound
        If this account has no such webhook.
    """
    with context.store.transaction() as tx:
        webhook = _own(id, context.user, tx)
        tx.outbox.forget_tests(webhook.id, but=MOST_TESTS - 1)
        return tx.outbox.add_test(webhook.id, at=context.at)


def deliveries_of(context: Context, id: str) -> tuple[Delivery, ...]:
    """The latest `LISTED` deliveries, newest first.

    Raises
    ------
    NotFound
        If this account has no such webhook.
    """
    with context.store.reading() as tx:
        return tx.outbox.of(_own(id, context.user, tx).id, most=LISTED)


def secret_of(id: str, number: int, outgoing: Outgoing) -> str:
    """The secret of this webhook with that number."""
    derived = hmac.digest(outgoing.key.encode(), f"webhook {id} {number}".encode(), hashlib.sha256)
    return f"whsec_{urlsafe_b64encode(derived).decode().rstrip('=')}"


def message(delivery: Delivery) -> bytes:
    """The body of a delivery: the address of the assessment, and nothing of its content."""
    simulated = delivery.simulated
    if simulated is None:
        about = {"type": "webhook.test", "at": delivery.created_at.isoformat()}
    else:
        about = {
            "type": "assessment.simulated",
            "at": simulated.submitted_at.isoformat(),
            "assessment": f"{ASSESSMENTS}/{simulated.id}",
            "kind": str(simulated.kind),
        }
    return json.dumps({"id": delivery.event, **about}).encode()


def signature(secret: str, body: bytes, *, at: datetime) -> str:
    """The signature of the time and the body together, so that neither can be replaced."""
    moment = int(at.timestamp())
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


def _refuse_unfit(url: str, outgoing: Outgoing) -> None:
    problem = outgoing.transport.problem_with(url)
    if problem is not None:
        raise InvalidInput([Problem("/url", "url_refused", problem)])


def _own(id: str, user: User, tx: Transaction) -> Webhook:
    webhook = tx.webhooks.get(id, owner=user.id)
    if webhook is None:
        raise NotFound("You have no webhook with this ID.")
    return webhook
