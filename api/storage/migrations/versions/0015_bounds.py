"""Failed attempts to sign in are counted in the database, with the origins where users sign in.

Replies say for whom they are kept, so that there can be few of each. Those that are kept now go: they last
for hours at most, and nobody can tell whose they are.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "failed_attempts",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_failed_attempts"),
    )
    op.create_index("ix_failed_attempts_expires_at", "failed_attempts", ["expires_at"])
    op.create_table(
        "usual_origins",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "origin", name="pk_usual_origins"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_usual_origins_user_id"),
    )
    op.create_index("ix_usual_origins_last_at", "usual_origins", ["last_at"])

    op.drop_table("replies")
    _make_replies(
        sa.Column("keeper", sa.String, nullable=False),
        sa.Column("of_stranger", sa.Boolean, nullable=False),
    )
    op.create_index("ix_replies_of_stranger_keeper", "replies", ["of_stranger", "keeper"])


def downgrade() -> None:
    op.drop_table("replies")
    _make_replies()
    op.drop_table("usual_origins")
    op.drop_table("failed_attempts")


def _make_replies(*added: sa.Column[Any]) -> None:
    op.create_table(
        "replies",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *added,
        sa.PrimaryKeyConstraint("id", name="pk_replies"),
    )
    op.create_index("ix_replies_expires_at", "replies", ["expires_at"])
