"""Holds, and erasures that two people stand behind; what the audit is searched by.

Assessments and what belongs to them can be deleted from now on, but only of a person whose erasure is
approved by another than requested it, and who is not held. The triggers look it up, row by row. An
approval is written and goes with the person in one transaction, so that none ever stands there.

A later step that makes `assessments` anew on SQLite must take away these triggers first, for they name it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# What is protected from being deleted, and how the person is found that a row of it is about.
OF_ASSESSMENT = "(SELECT offender_number FROM assessments WHERE pk = OLD.assessment)"
WHOSE = {
    "assessments": "OLD.offender_number",
    "simulations": OF_ASSESSMENT,
    "changes": OF_ASSESSMENT,
    "corrections": OF_ASSESSMENT,
}
INDEXES = {
    "ix_audit_actor_sequence": ["actor", "sequence"],
    "ix_audit_action_sequence": ["action", "sequence"],
    "ix_audit_at": ["at"],
}


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("offender_number", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("placed_by", sa.Integer, nullable=False),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("offender_number", name="pk_holds"),
        sa.ForeignKeyConstraint(
            ["offender_number"], ["offenders.offender_number"], name="fk_holds_offender_number"
        ),
        sa.ForeignKeyConstraint(["placed_by"], ["users.id"], name="fk_holds_placed_by"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("offender_number", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("requested_by", sa.Integer, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("approved_by", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sa.ForeignKeyConstraint(
            ["offender_number"], ["offenders.offender_number"], name="fk_erasures_offender_number"
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name="fk_erasures_requested_by"),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name="fk_erasures_approved_by"),
        sa.UniqueConstraint("offender_number", name="uq_erasures_offender_number"),
        sa.CheckConstraint("approved_by <> requested_by", name="another"),
        sqlite_autoincrement=True,
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "audit", columns)
    if op.get_bind().dialect.name == "postgresql":
        _allow_on_postgresql()
    else:
        _allow_on_sqlite()


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in WHOSE:
        words = f"{table.replace('_', ' ')} never deleted"
        _drop_trigger(table, postgresql=postgresql)
        op.execute(
            f"CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table} "
            + (
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
                if postgresql
                else f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        )
        if postgresql:
            op.execute(f"DROP FUNCTION refuse_unless_erased_{table}()")
    for name in INDEXES:
        op.drop_index(name, "audit")
    op.drop_table("erasures")
    op.drop_table("holds")


def _drop_trigger(table: str, *, postgresql: bool) -> None:
    op.execute(f"DROP TRIGGER {table}_never_deleted" + (f" ON {table}" if postgresql else ""))


def _may_go(number: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM erasures WHERE offender_number = {number} AND approved_by <> requested_by) "
        f"AND NOT EXISTS (SELECT 1 FROM holds WHERE offender_number = {number})"
    )


def _allow_on_sqlite() -> None:
    for table, number in WHOSE.items():
        _drop_trigger(table, postgresql=False)
        words = f"{table.replace('_', ' ')} never deleted"
        op.execute(
            f"CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table} "
            f"WHEN NOT ({_may_go(number)}) BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )


def _allow_on_postgresql() -> None:
    for table, number in WHOSE.items():
        _drop_trigger(table, postgresql=True)
        op.execute(
            f"CREATE FUNCTION refuse_unless_erased_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {_may_go(number)} THEN RETURN OLD; END IF; "
            "RAISE EXCEPTION '%', replace(TG_NAME, '_', ' ') "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased_{table}()"
        )
