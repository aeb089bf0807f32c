"""A cohort of an area is read in the order of the scores."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

NAME = "ix_harm_scores_home_area_cohort_score"


def upgrade() -> None:
    of_cohorts = sa.text("cohort IS NOT NULL")
    columns = ["home_area", "cohort", "score", "person"]
    op.create_index(NAME, "harm_scores", columns, sqlite_where=of_cohorts, postgresql_where=of_cohorts)


def downgrade() -> None:
    op.drop_index(NAME, "harm_scores")
