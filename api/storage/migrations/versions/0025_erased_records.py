"""Which source records were erased, so that an import does not bring the person back."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_records",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source", sa.Integer, nullable=False),
        sa.Column("mark", sa.String, nullable=False),
        sa.Column("marked_under", sa.String, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed_at", sa.DateTime(timezone=True)),
        sa.Column("allowed_by", sa.String),
        sa.Column("reason", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_erased_records"),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name="fk_erased_records_source"),
        sa.UniqueConstraint("source", "mark", name="uq_erased_records_source_mark"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("erased_records")
