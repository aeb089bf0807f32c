"""What waits is quick to count: the overrides without a decision, and the people of an office by number."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "undecided_overrides",
        sa.Column("override", sa.Integer, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("override", name="pk_undecided_overrides"),
        sa.ForeignKeyConstraint(["override"], ["overrides.id"], name="fk_undecided_overrides_override"),
    )
    op.execute(
        "INSERT INTO undecided_overrides (override) SELECT id FROM overrides "
        "WHERE id NOT IN (SELECT override FROM override_decisions)"
    )
    op.create_index("ix_people_office_offender_number", "people", ["office", "offender_number"])
    op.drop_index("ix_people_office", "people")


def downgrade() -> None:
    op.create_index("ix_people_office", "people", ["office"])
    op.drop_index("ix_people_office_offender_number", "people")
    op.drop_table("undecided_overrides")
