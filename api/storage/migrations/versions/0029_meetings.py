"""Recommendations with their decisions, the minutes of meetings, and schedules."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COMPONENTS = ("recency", "frequency", "severity", "drugs", "intelligence")
# Table → columns that are never altered; the others change when records are joined or separated.
FROZEN = {
    "recommendations": (
        *("id", "kind", "cohort", "reason", "author", "made_at", "day", "score", "band"),
        *(*COMPONENTS, "rules", "rank", "criteria"),
    ),
    "recommendation_decisions": ("recommendation", "state", "reason", "decided_by", "decided_at"),
    "meetings": ("id", "area", "since", "scores_on", "closed_by", "closed_at"),
    "meeting_people": (
        *("id", "meeting", "section", "score", "band", "band_before", "cohort", "managed"),
        *("recommendation", "state"),
    ),
}
# Table → whose rows they are; None: of nobody, so they are never deleted.
WHOSE = {
    "recommendations": "OLD.person",
    "recommendation_decisions": "(SELECT person FROM recommendations WHERE id = OLD.recommendation)",
    "meetings": None,
    "meeting_people": "OLD.person",
}


def upgrade() -> None:
    _create_recommendations()
    _create_meetings()
    _create_schedules()
    for table, columns in FROZEN.items():
        _refuse(f"{table}_never_altered", f"BEFORE UPDATE OF {', '.join(columns)} ON {table}")
    for table, person in WHOSE.items():
        _refuse_deletion(table, person)


def downgrade() -> None:
    for table in ("schedule_runs", "schedule_users", "schedules", "meeting_people", "meetings"):
        op.drop_table(table)
    op.drop_table("recommendation_decisions")
    op.drop_table("recommendations")
    if _is_postgresql():
        for table, person in WHOSE.items():
            if person is not None:
                op.execute(f"DROP FUNCTION refuse_unless_erased_{table}()")


def _create_recommendations() -> None:
    op.create_table(
        "recommendations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("cohort", sa.String),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("author", sa.Integer, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("score", sa.Float),
        sa.Column("band", sa.SmallInteger),
        *(sa.Column(name, sa.Float) for name in COMPONENTS),
        sa.Column("rules", sa.String),
        sa.Column("rank", sa.Integer),
        sa.Column("criteria", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recommendations"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_recommendations_person"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name="fk_recommendations_record"),
        sa.ForeignKeyConstraint(["author"], ["users.id"], name="fk_recommendations_author"),
        sa.CheckConstraint("kind IN ('select', 'deselect')", name="kind"),
        sqlite_autoincrement=True,
    )
    for column in ("person", "record", "made_at"):
        op.create_index(f"ix_recommendations_{column}", "recommendations", [column])
    op.create_table(
        "recommendation_decisions",
        sa.Column("recommendation", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("decided_by", sa.Integer, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("recommendation", name="pk_recommendation_decisions"),
        sa.ForeignKeyConstraint(
            ["recommendation"], ["recommendations.id"], name="fk_recommendation_decisions_recommendation"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name="fk_recommendation_decisions_decided_by"),
        sa.CheckConstraint("state IN ('accepted', 'refused', 'withdrawn')", name="state"),
    )
    op.create_index("ix_recommendation_decisions_decided_at", "recommendation_decisions", ["decided_at"])


def _create_meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("area", sa.Integer, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("scores_on", sa.Date),
        sa.Column("closed_by", sa.Integer, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
        sa.ForeignKeyConstraint(["area"], ["offices.id"], name="fk_meetings_area"),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name="fk_meetings_closed_by"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meetings_area", "meetings", ["area", "id"])
    op.create_table(
        "meeting_people",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("meeting", sa.Integer, nullable=False),
        sa.Column("section", sa.String, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("band", sa.SmallInteger),
        sa.Column("band_before", sa.SmallInteger),
        sa.Column("cohort", sa.String),
        sa.Column("managed", sa.Boolean),
        sa.Column("recommendation", sa.Integer),
        sa.Column("state", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_people"),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.id"], name="fk_meeting_people_meeting"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_meeting_people_person"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name="fk_meeting_people_record"),
        sa.ForeignKeyConstraint(
            ["recommendation"], ["recommendations.id"], name="fk_meeting_people_recommendation"
        ),
        sqlite_autoincrement=True,
    )
    for column in ("meeting", "person", "record", "recommendation"):
        op.create_index(f"ix_meeting_people_{column}", "meeting_people", [column])


def _create_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("criteria", sa.JSON, nullable=False),
        sa.Column("monthday", sa.SmallInteger),
        sa.Column("weekday", sa.SmallInteger),
        sa.Column("set_by", sa.Integer, nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("ended_by", sa.Integer),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name="fk_schedules_set_by"),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_schedules_ended_by"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schedule_users",
        sa.Column("schedule", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("schedule", "user_id", name="pk_schedule_users"),
        sa.ForeignKeyConstraint(["schedule"], ["schedules.id"], name="fk_schedule_users_schedule"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_schedule_users_user_id"),
    )
    op.create_table(
        "schedule_runs",
        sa.Column("schedule", sa.Integer, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("schedule", "due_on", name="pk_schedule_runs"),
        sa.ForeignKeyConstraint(["schedule"], ["schedules.id"], name="fk_schedule_runs_schedule"),
    )


def _refuse(name: str, when: str) -> None:
    if _is_postgresql():
        op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION refuse()")
    else:
        words = name.replace("_", " ")
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{words}'); END")


def _refuse_deletion(table: str, person: str | None) -> None:
    name, when = f"{table}_never_deleted", f"BEFORE DELETE ON {table}"
    if person is None:
        _refuse(name, when)
        return
    may_go = (
        f"EXISTS (SELECT 1 FROM erasures WHERE person = {person} AND approved_by <> requested_by) "
        f"AND NOT EXISTS (SELECT 1 FROM holds WHERE person = {person})"
    )
    if not _is_postgresql():
        _refuse(name, f"{when} WHEN NOT ({may_go})")
        return
    op.execute(
        f"CREATE FUNCTION refuse_unless_erased_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {may_go} THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '%', replace(TG_NAME, '_', ' ') "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased_{table}()")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
