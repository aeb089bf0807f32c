"""Surveys, training, help requests and their rota, notes of other services, and an index for usage."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# The columns of a note that are never altered; the others change when it is withdrawn or moves to a person.
FROZEN = ("id", "service", "written_by", "written_on", "text", "entered_by", "entered_at")
MAY_GO = (
    "EXISTS (SELECT 1 FROM erasures WHERE person = OLD.person AND approved_by <> requested_by) "
    "AND NOT EXISTS (SELECT 1 FROM holds WHERE person = OLD.person)"
)


def upgrade() -> None:
    _create_surveys()
    _create_training_and_help()
    _create_service_notes()
    op.drop_index("ix_audit_at", "audit")
    op.create_index("ix_audit_at", "audit", ["at", "action", "actor"])


def downgrade() -> None:
    op.drop_index("ix_audit_at", "audit")
    op.create_index("ix_audit_at", "audit", ["at"])
    for table in ("service_notes", "support_rota", "help_requests", "training_attempts"):
        op.drop_table(table)
    for table in ("survey_users", "survey_answers", "surveys"):
        op.drop_table(table)
    if _is_postgresql():
        op.execute("DROP FUNCTION refuse_unless_erased_service_notes()")


def _create_surveys() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("opened_by", sa.Integer, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name="fk_surveys_opened_by"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("survey", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.SmallInteger, nullable=False)
            for name in ("trust", "ease", "usefulness", "used")
        ),
        sa.Column("text", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_survey_answers"),
        sa.ForeignKeyConstraint(["survey"], ["surveys.id"], name="fk_survey_answers_survey"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_survey_answers_survey", "survey_answers", ["survey"])
    op.create_table(
        "survey_users",
        sa.Column("survey", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("survey", "user_id", name="pk_survey_users"),
        sa.ForeignKeyConstraint(["survey"], ["surveys.id"], name="fk_survey_users_survey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_survey_users_user_id"),
        sqlite_with_rowid=False,
    )


def _create_training_and_help() -> None:
    op.create_table(
        "training_attempts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("exercise", sa.String, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("tried_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_training_attempts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_training_attempts_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_training_attempts_user_id", "training_attempts", ["user_id", "tried_at"])
    op.create_table(
        "help_requests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("page", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("taken_by", sa.Integer),
        sa.Column("answer", sa.String),
        sa.Column("answered_by", sa.Integer),
        sa.Column("answered_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_help_requests"),
        *(
            sa.ForeignKeyConstraint([name], ["users.id"], name=f"fk_help_requests_{name}")
            for name in ("user_id", "taken_by", "answered_by")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_help_requests_user_id", "help_requests", ["user_id", "asked_at"])
    op.create_index("ix_help_requests_closed_at", "help_requests", ["closed_at"])
    op.create_table(
        "support_rota",
        sa.Column("monday", sa.Date, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("monday", "user_id", name="pk_support_rota"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_support_rota_user_id"),
    )


def _create_service_notes() -> None:
    op.create_table(
        "service_notes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("written_by", sa.String, nullable=False),
        sa.Column("written_on", sa.Date, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("entered_by", sa.Integer, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("withdrawn_by", sa.Integer),
        sa.Column("withdrawn_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_service_notes"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_service_notes_person"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name="fk_service_notes_record"),
        *(
            sa.ForeignKeyConstraint([name], ["users.id"], name=f"fk_service_notes_{name}")
            for name in ("entered_by", "withdrawn_by")
        ),
        sa.CheckConstraint("service IN ('probation', 'youth_justice', 'other')", name="service"),
        sqlite_autoincrement=True,
    )
    for column in ("person", "record"):
        op.create_index(f"ix_service_notes_{column}", "service_notes", [column])
    altering = f"BEFORE UPDATE OF {', '.join(FROZEN)} ON service_notes"
    deleting = "BEFORE DELETE ON service_notes"
    if not _is_postgresql():
        _raise("service_notes_never_altered", altering)
        _raise("service_notes_never_deleted", f"{deleting} WHEN NOT ({MAY_GO})")
        return
    op.execute(
        f"CREATE TRIGGER service_notes_never_altered {altering} FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    op.execute(
        "CREATE FUNCTION refuse_unless_erased_service_notes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {MAY_GO} THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '%', replace(TG_NAME, '_', ' ') "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER service_notes_never_deleted {deleting} FOR EACH ROW "
        "EXECUTE FUNCTION refuse_unless_erased_service_notes()"
    )


def _raise(name: str, when: str) -> None:
    words = name.replace("_", " ")
    op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{words}'); END")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
