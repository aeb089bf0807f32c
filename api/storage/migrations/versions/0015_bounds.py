"""Failed attempts to sign in are counted in the database, with the origins where users sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
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


def downgrade() -> None:
    op.drop_table("usual_origins")
    op.drop_table("failed_attempts")
