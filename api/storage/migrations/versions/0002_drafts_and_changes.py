"""What an assessment changed and corrects; drafts; requests that take effect once."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("changes", "corrections", "drafts", "idempotency_keys")
INSTANT = sa.DateTime(timezone=True)

TRIGGERS = {
    "changes_never_altered": "BEFORE UPDATE ON changes",
    "changes_never_deleted": "BEFORE DELETE ON changes",
    "corrections_never_altered": "BEFORE UPDATE ON corrections",
    "corrections_never_deleted": "BEFORE DELETE ON corrections",
}


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("assessment", name="pk_changes"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_changes_assessment"),
    )
    op.create_table(
        "corrections",
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("corrects", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("assessment", name="pk_corrections"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_corrections_assessment"),
        sa.ForeignKeyConstraint(["corrects"], ["assessments.id"], name="fk_corrections_corrects"),
        sa.UniqueConstraint("corrects", name="uq_corrections_corrects"),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("carried", sa.JSON, nullable=False),
        sa.Column("carried_from", sa.String),
        sa.Column("carried_on", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name="fk_drafts_owner"),
        sa.ForeignKeyConstraint(["carried_from"], ["assessments.id"], name="fk_drafts_carried_from"),
    )
    op.create_index("ix_drafts_owner", "drafts", ["owner"])
    op.create_index("ix_drafts_expires_at", "drafts", ["expires_at"])
    op.create_table(
        "idempotency_keys",
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("key_hash", sa.String, nullable=False),
        sa.Column("request_hash", sa.String, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("assessment", sa.String),
        sa.PrimaryKeyConstraint("account", "key_hash", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(["account"], ["users.id"], name="fk_idempotency_keys_account"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.id"], name="fk_idempotency_keys_assessment"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
        return
    for name, when in TRIGGERS.items():
        words = name.replace("_", " ")
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{words}'); END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # on PostgreSQL they go with their tables
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
    for table in reversed(TABLES):
        op.drop_table(table)


def _refuse_on_postgresql() -> None:
    """With the function of the first step."""
    for name, when in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION refuse()")
    for table in ("changes", "corrections"):
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        )
