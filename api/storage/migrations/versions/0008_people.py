"""What professionals say of an assessment; second factors; logins that are not whole yet."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = ("overrides", "override_decisions", "notes", "judgements")
OTHERS = ("second_factors", "recovery_codes", "half_logins", "agency_logins")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_overrides()
    _create_notes()
    _create_judgements()
    _create_second_factors()
    _create_logins()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # on PostgreSQL they go with their tables
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_never_altered")
            op.execute(f"DROP TRIGGER {table}_never_deleted")
    for table in reversed((*APPEND_ONLY, *OTHERS)):
        op.drop_table(table)


def _refuse_changes(table: str) -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, when in (("altered", "UPDATE"), ("deleted", "DELETE")):
        refuse = (
            "FOR EACH ROW EXECUTE FUNCTION refuse()"  # the function of the first step
            if postgresql
            else f"BEGIN SELECT RAISE(ABORT, '{table.replace('_', ' ')} never {name}'); END"
        )
        op.execute(f"CREATE TRIGGER {table}_never_{name} BEFORE {when} ON {table} {refuse}")
    if postgresql:
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        )


def _create_overrides() -> None:
    op.create_table(
        "overrides",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("process", sa.String, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("reason_code", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("author", sa.Integer, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
        sa.UniqueConstraint("assessment", "number", name="uq_overrides_assessment"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_overrides_assessment"),
        sa.ForeignKeyConstraint(["author"], ["users.id"], name="fk_overrides_author"),
        sa.CheckConstraint("direction IN ('higher', 'lower')", name=op.f("ck_overrides_direction")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "override_decisions",
        sa.Column("override", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("decided_by", sa.Integer, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("override", name="pk_override_decisions"),
        sa.ForeignKeyConstraint(["override"], ["overrides.id"], name="fk_override_decisions_override"),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name="fk_override_decisions_decided_by"),
        sa.CheckConstraint(
            "decision IN ('agreed', 'not_agreed')", name=op.f("ck_override_decisions_decision")
        ),
    )


def _create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("withdraws", sa.Integer),
        sa.Column("author", sa.Integer, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.UniqueConstraint("assessment", "number", name="uq_notes_assessment"),
        sa.UniqueConstraint("withdraws", name="uq_notes_withdraws"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_notes_assessment"),
        sa.ForeignKeyConstraint(["withdraws"], ["notes.id"], name="fk_notes_withdraws"),
        sa.ForeignKeyConstraint(["author"], ["users.id"], name="fk_notes_author"),
        sqlite_autoincrement=True,
    )


def _create_judgements() -> None:
    op.create_table(
        "judgements",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("process", sa.String, nullable=False),
        sa.Column("judgement", sa.String, nullable=False),
        sa.Column("confidence", sa.Integer, nullable=False),
        sa.Column("scores_seen", sa.Boolean, nullable=False),
        sa.Column("judged_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judgements"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_judgements_assessment"),
        sa.ForeignKeyConstraint(["account"], ["users.id"], name="fk_judgements_account"),
        sa.CheckConstraint("confidence BETWEEN 1 AND 5", name=op.f("ck_judgements_confidence")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_judgements_assessment_account", "judgements", ["assessment", "account"])


def _create_second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("last_step", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factors"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_second_factors_user_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("code_hash", sa.String, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_recovery_codes_user_id"),
    )


def _create_logins() -> None:
    op.create_table(
        "half_logins",
        sa.Column("token_hash", sa.String, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_half_logins"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_half_logins_user_id"),
    )
    op.create_index("ix_half_logins_user_id", "half_logins", ["user_id"])
    op.create_table(
        "agency_logins",
        sa.Column("state_hash", sa.String, nullable=False),
        sa.Column("nonce", sa.String, nullable=False),
        sa.Column("verifier", sa.String, nullable=False),
        sa.Column("wanted", sa.String, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name="pk_agency_logins"),
    )
