"""No plain hash of a file in a job, and no report of an import that has ended: both outlived erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

jobs = sa.table(
    "jobs",
    sa.column("id", sa.String),
    sa.column("state", sa.String),
    sa.column("request", sa.JSON),
    sa.column("outcome", sa.JSON),
)
import_groups = sa.table("import_groups", sa.column("job", sa.String))


def upgrade() -> None:
    connection = op.get_bind()
    for job in connection.execute(sa.select(jobs)).all():
        without = {"request": _without_hash(job.request), "outcome": _without_hash(job.outcome)}
        if without != {"request": job.request, "outcome": job.outcome}:
            connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(without))
    is_open = sa.select(jobs.c.id).where(jobs.c.state.in_(["queued", "running"]))
    connection.execute(sa.delete(import_groups).where(import_groups.c.job.not_in(is_open)))


def downgrade() -> None:
    """What was deleted is not needed."""


def _without_hash(document: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in document.items() if name != "sha256"}
