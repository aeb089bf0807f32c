"""Jobs in turns, by owner; as what an owner asked for a job."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("role", sa.String))
        jobs.add_column(sa.Column("office", sa.Integer))
    for column in ("role", "office"):
        of_owner = f"SELECT users.{column} FROM users WHERE users.id = jobs.owner"
        op.execute(f"UPDATE jobs SET {column} = ({of_owner})")
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("role", existing_type=sa.String, nullable=False)
        jobs.alter_column("office", existing_type=sa.Integer, nullable=False)
        jobs.create_foreign_key("fk_jobs_office", "offices", ["office"], ["id"])
    op.create_table(
        "job_turns",
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("owner", name="pk_job_turns"),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name="fk_job_turns_owner"),
    )
    op.execute("INSERT INTO job_turns (owner) SELECT DISTINCT owner FROM jobs")


def downgrade() -> None:
    op.drop_table("job_turns")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_constraint("fk_jobs_office", type_="foreignkey")
        jobs.drop_column("office")
        jobs.drop_column("role")
