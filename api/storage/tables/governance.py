"""Legal holds, requests of erasure, the audit."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from api.storage.tables.about import NUMBER, About
from api.storage.tables.columns import Instant, metadata

holds = Table(
    "holds",
    metadata,
    Column("offender_number", ForeignKey("offenders.offender_number"), primary_key=True),
    Column("reason", String, nullable=False),
    Column("placed_by", ForeignKey("users.id"), nullable=False),
    Column("placed_at", Instant, nullable=False),
)

# `approved_by` stands only inside the transaction that erases: the triggers that otherwise forbid to delete
# assessments look for it.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("offender_number", ForeignKey("offenders.offender_number"), nullable=False, unique=True),
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
    Index("ix_audit_at", "at"),
)

# The triggers let an assessment go while the request of its erasure is there: the request goes after it.
ABOUT_A_PERSON = (
    About(holds, holds.c.offender_number == NUMBER),
    About(erasures, erasures.c.offender_number == NUMBER),
)
