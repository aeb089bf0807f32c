"""What an assessment changed of the one it started from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("changes",)

TRIGGERS = {
    "changes_never_altered": "BEFORE UPDATE ON changes",
    "changes_never_deleted": "BEFORE DELETE ON changes",
}


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("assessment", name="pk_changes"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_changes_assessment"),
    )
    for name, when in TRIGGERS.items():
        _refuse(name, when)


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for name, when in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name}" + (f" ON {when.split()[-1]}" if on_postgresql else ""))
        if on_postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    for table in reversed(TABLES):
        op.drop_table(table)


def _refuse(name: str, when: str) -> None:
    words = name.replace("_", " ")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{words}'; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {name}()")
    else:
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{words}'); END")
