"""The first tables: accounts, assessments with their simulations, the audit; and what may never change."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    *("users", "api_keys", "sessions"),
    *("instruments", "libraries", "offenders", "assessments", "simulations"),
    "audit",
)

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.Float(53)

# Of an assessment only `latest` may change, when the person is assessed again.
FROZEN = (
    "pk",
    "id",
    "offender_number",
    "sequence",
    "kind",
    "baseline_id",
    "based_on",
    "submitted_at",
    "submitted_by",
    "assessed_on",
    "sex",
    "date_of_birth",
    "release_date",
    "instrument_name",
    "instrument_version",
    "instrument_sha256",
    "answers",
    "unknown",
    "library_sha256",
    "engine_version",
    "vector",
    "needs",
)

# `UPDATE OF` looks at the names in the statement only, which is cheap; a key can also be altered as `rowid`.
TRIGGERS = {
    "assessments_never_altered": f"BEFORE UPDATE OF {', '.join(FROZEN)} ON assessments",
    "assessments_never_renumbered": "BEFORE UPDATE ON assessments WHEN OLD.pk IS NOT NEW.pk",
    "assessments_never_deleted": "BEFORE DELETE ON assessments",
    "simulations_never_altered": "BEFORE UPDATE ON simulations",
    "simulations_never_deleted": "BEFORE DELETE ON simulations",
    "instruments_never_altered": "BEFORE UPDATE ON instruments",
    "instruments_never_deleted": "BEFORE DELETE ON instruments",
    "libraries_never_altered": "BEFORE UPDATE ON libraries",
    "libraries_never_deleted": "BEFORE DELETE ON libraries",
    "audit_never_altered": "BEFORE UPDATE ON audit",
    "audit_never_deleted": "BEFORE DELETE ON audit",
}


def upgrade() -> None:
    _create_accounts()
    _create_assessments()
    _create_simulations()
    _create_audit()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
        return
    for name, when in TRIGGERS.items():
        words = name.replace("_", " ")
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{words}'); END")


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name in () if postgresql else TRIGGERS:  # there they go with their tables
        op.execute(f"DROP TRIGGER {name}")
    for table in reversed(TABLES):
        op.drop_table(table)
    if postgresql:
        op.execute("DROP FUNCTION refuse()")


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%', replace(TG_NAME, '_', ' ') USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for name, when in TRIGGERS.items():
        if name != "assessments_never_renumbered":  # there is no key but `pk`, which is frozen
            op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION refuse()")
    for table in ("assessments", "simulations", "instruments", "libraries", "audit"):
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        )


def _create_accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("username", sa.String, nullable=False),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username", name="uq_users_username"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("key_hash", sa.String, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _create_assessments() -> None:
    op.create_table(
        "instruments",
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_instruments"),
    )
    op.create_table(
        "libraries",
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("policy", sa.String, nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_libraries"),
    )
    op.create_table(
        "offenders",
        sa.Column("offender_number", sa.String, nullable=False),
        sa.Column("next_sequence", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("offender_number", name="pk_offenders"),
    )
    op.create_table(
        "assessments",
        sa.Column("pk", sa.Integer, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("offender_number", sa.String, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("baseline_id", sa.String),
        sa.Column("based_on", sa.String),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("submitted_by", sa.String, nullable=False),
        sa.Column("assessed_on", sa.Date, nullable=False),
        sa.Column("sex", sa.String, nullable=False),
        sa.Column("date_of_birth", sa.Date, nullable=False),
        sa.Column("release_date", sa.Date),
        sa.Column("instrument_name", sa.String, nullable=False),
        sa.Column("instrument_version", sa.String, nullable=False),
        sa.Column("instrument_sha256", sa.String, nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("unknown", sa.JSON, nullable=False),
        sa.Column("library_sha256", sa.String, nullable=False),
        sa.Column("engine_version", sa.String, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("needs", sa.JSON, nullable=False),
        sa.Column("latest", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_assessments"),
        sa.UniqueConstraint("id", name="uq_assessments_id"),
        sa.UniqueConstraint("offender_number", "sequence", name="uq_assessments_offender_number"),
        sa.ForeignKeyConstraint(
            ["offender_number"], ["offenders.offender_number"], name="fk_assessments_offender_number"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_sha256"], ["instruments.sha256"], name="fk_assessments_instrument_sha256"
        ),
        sa.ForeignKeyConstraint(
            ["library_sha256"], ["libraries.sha256"], name="fk_assessments_library_sha256"
        ),
        sa.ForeignKeyConstraint(["baseline_id"], ["assessments.id"], name="fk_assessments_baseline_id"),
        sa.ForeignKeyConstraint(["based_on"], ["assessments.id"], name="fk_assessments_based_on"),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_assessments_sequence")),
        sa.CheckConstraint("kind IN ('assessment', 'what_if')", name=op.f("ck_assessments_kind")),
        sa.CheckConstraint(
            "(kind = 'what_if') = (baseline_id IS NOT NULL)", name=op.f("ck_assessments_baseline")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_assessments_submitted_at_pk", "assessments", ["submitted_at", "pk"])
    op.create_index(
        "uq_assessments_latest",
        "assessments",
        ["offender_number"],
        unique=True,
        sqlite_where=sa.text("latest"),
        postgresql_where=sa.text("latest"),
    )


def _create_simulations() -> None:
    op.create_table(
        "simulations",
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("process", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("score", NUMBER),
        sa.Column("interval_low", NUMBER),
        sa.Column("interval_high", NUMBER),
        sa.Column("effective_size", NUMBER),
        sa.Column("typicality", NUMBER),
        sa.Column("outside_range", sa.JSON, nullable=False),
        sa.Column("comparables", sa.JSON, nullable=False),
        sa.Column("evidence", sa.LargeBinary),
        sa.PrimaryKeyConstraint("assessment", "process", name="pk_simulations"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_simulations_assessment"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("object_kind", sa.String, nullable=False),
        sa.Column("object_key", sa.String, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("previous_hash", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit"),
        sa.UniqueConstraint("hash", name="uq_audit_hash"),
    )
    op.create_index("ix_audit_object_kind_object_key", "audit", ["object_kind", "object_key"])
