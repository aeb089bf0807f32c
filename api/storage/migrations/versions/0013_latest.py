"""An index of the latest assessment of each person by their release, which is what supervisors ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEX = "ix_assessments_latest_release_date_pk"


def upgrade() -> None:
    op.create_index(
        INDEX,
        "assessments",
        ["release_date", "pk", "sieve", "latest", "submitted_at", "offender_number"],
        sqlite_where=sa.text("latest = 1"),
        postgresql_where=sa.text("latest"),
    )


def downgrade() -> None:
    op.drop_index(INDEX, "assessments")
