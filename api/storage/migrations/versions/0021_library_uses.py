"""Which library is in use for each instrument, as a record: since when, and who decided it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_uses",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("instrument", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("by_setting", sa.Boolean, nullable=False),
        sa.Column("used_by", sa.String, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_uses"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Afterwards RMS_LIBRARY alone says which library is in use."""
    op.drop_table("library_uses")
