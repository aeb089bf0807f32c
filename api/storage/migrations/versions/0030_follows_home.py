"""Whether the office of a person follows their home area, as a fact of its own.

Until now it did while the two were the same. Somebody whom a supervisor has moved keeps their office; so does
somebody who was assessed, and whose office is not that of their home area.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

FOLLOWING = """
UPDATE people SET follows_home = :yes
WHERE (
    office = home_area
    OR NOT EXISTS (SELECT 1 FROM assessments WHERE assessments.person = people.id)
    AND EXISTS (SELECT 1 FROM person_records WHERE person_records.person = people.id)
)
AND CAST(id AS VARCHAR) NOT IN (
    SELECT object_key FROM audit WHERE action = 'person.moved' AND object_kind = 'person'
)
"""


def upgrade() -> None:
    op.add_column("people", sa.Column("follows_home", sa.Boolean, server_default=sa.false(), nullable=False))
    op.execute(sa.text(FOLLOWING).bindparams(yes=True))


def downgrade() -> None:
    op.drop_column("people", "follows_home")
