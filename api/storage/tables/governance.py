"""Legal holds, erasure requests and the audit log."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, metadata

holds = Table(
    "holds",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("reason", String, nullable=False),
    Column("placed_by", ForeignKey("users.id"), nullable=False),
    Column("placed_at", Instant, nullable=False),
)

# `approved_by` is only set inside the transaction that erases. The triggers that forbid deleting assessments
# check it.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, unique=True),
    Column("reason", String, nullable=False),
    Column("text", String, nullable=False),
    Column("requested_by", ForeignKey("users.id"), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("approved_by", ForeignKey("users.id")),
    CheckConstraint("approved_by <> requested_by", name="another"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("object_kind", String, nullable=False),
    Column("object_key", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Index("ix_audit_object_kind_object_key", "object_kind", "object_key"),
    Index("ix_audit_actor_sequence", "actor", "sequence"),
    Index("ix_audit_action_sequence", "action", "sequence"),
    Index("ix_audit_at", "at", "action", "actor"),  # usage is counted from it alone
)

# An index for auditors: the people each entry is about. It has no foreign keys, because a transaction that
# writes an entry locks the chain and must not wait for a person who is being erased.
audit_people = Table(
    "audit_people",
    metadata,
    Column("person", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# The same for entries about many people: a text of 0 and 1 for each block of keys, with 1 for each person.
audit_blocks = Table(
    "audit_blocks",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("included", String, nullable=False),
)

# In the order of deletion. The triggers allow deleting an assessment while there is an erasure request, so
# the request is deleted after it.
ABOUT_A_PERSON = (
    About(holds, holds.c.person == PERSON),
    About(erasures, erasures.c.person == PERSON),
    About(audit_people, audit_people.c.person == PERSON),
)
