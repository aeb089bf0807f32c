"""What the pages keep: answers to forms, and feedback."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from api.storage.tables.columns import Instant, metadata

# The answer to a form, until the browser that sent the form requests the page.
replies = Table(
    "replies",
    metadata,
    Column("id", String, primary_key=True),  # drawn at random: it is in the page's address
    Column("status", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the browser has what opens it, and nobody else
    Column("expires_at", Instant, nullable=False, index=True),
    Column("keeper", String, nullable=False),  # a user, or the keyed hash of a stranger's origin
    Column("of_stranger", Boolean, nullable=False),
    Index("ix_replies_of_stranger_keeper", "of_stranger", "keeper"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("page", String, nullable=False),  # the route's template: it names nobody; empty if not known
    Column("text", String, nullable=False),
    Column("given_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
