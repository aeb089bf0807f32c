"""Idempotency keys and webhooks."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from api.storage.tables.about import About
from api.storage.tables.assessments import IDS_OF_PERSON, KEYS_OF_PERSON
from api.storage.tables.columns import Instant, metadata

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account", ForeignKey("users.id"), primary_key=True),
    Column("key_hash", String, primary_key=True),
    Column("request_hash", String, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("assessment", ForeignKey("assessments.id")),  # null only inside the transaction that adds it
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String, primary_key=True),  # random: secrets are derived from it
    Column("owner", ForeignKey("users.id"), nullable=False, index=True),
    Column("url", String, nullable=False),
    Column("secret_number", Integer, nullable=False),  # the number of secrets so far; the last one signs
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("failing_since", Instant),  # the first failure since the last success
    Column("quiet_until", Instant),  # the receiver did not answer: nothing is sent before
)

# Events for webhooks, added in the transaction of their assessment. They contain keys only.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event", String, nullable=False),
    Column("webhook", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("assessment", ForeignKey("assessments.pk", ondelete="CASCADE"), index=True),  # null: a test
    Column("created_at", Instant, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),  # null when finished; moved on when a process claims it
    Column("delivered_at", Instant),
    Column("status", Integer),  # of the last answer
    Column("problem", String),  # why the last attempt failed
    UniqueConstraint("webhook", "event"),
    Index("ix_outbox_webhook_due_at_id", "webhook", "due_at", "id"),
    sqlite_autoincrement=True,
)

ABOUT_A_PERSON = (
    About(outbox, outbox.c.assessment.in_(KEYS_OF_PERSON)),
    About(idempotency_keys, idempotency_keys.c.assessment.in_(IDS_OF_PERSON)),
)
