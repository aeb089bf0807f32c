"""Keys, client secrets and access tokens with scopes; webhooks and what is yet to be sent to them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("api_keys", table_kwargs={"sqlite_autoincrement": True}) as keys:
        keys.add_column(sa.Column("kind", sa.String))
        keys.add_column(sa.Column("prefix", sa.String))
        keys.add_column(sa.Column("scopes", sa.String))
        keys.add_column(sa.Column("issued_by", sa.Integer))
    op.execute("UPDATE api_keys SET kind = 'key'")
    with op.batch_alter_table("api_keys", table_kwargs={"sqlite_autoincrement": True}) as keys:
        keys.alter_column("kind", existing_type=sa.String, nullable=False)
        keys.create_foreign_key("fk_api_keys_issued_by", "api_keys", ["issued_by"], ["id"])
        keys.create_check_constraint("kind", "kind IN ('key', 'secret', 'token')")
    op.create_index("ix_api_keys_issued_by", "api_keys", ["issued_by"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("secret_number", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("failing_since", INSTANT),
        sa.Column("quiet_until", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name="fk_webhooks_owner"),
    )
    op.create_index("ix_webhooks_owner", "webhooks", ["owner"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("webhook", sa.String, nullable=False),
        sa.Column("assessment", sa.Integer),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("delivered_at", INSTANT),
        sa.Column("status", sa.Integer),
        sa.Column("problem", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["webhook"], ["webhooks.id"], name="fk_outbox_webhook", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["assessment"], ["assessments.pk"], name="fk_outbox_assessment", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("webhook", "event", name="uq_outbox_webhook"),
        sqlite_autoincrement=True,
    )
    for column in ("assessment", "created_at", "due_at"):
        op.create_index(f"ix_outbox_{column}", "outbox", [column])


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("webhooks")
    op.drop_index("ix_api_keys_issued_by", "api_keys")
    op.execute("DELETE FROM api_keys WHERE kind <> 'key'")
    with op.batch_alter_table("api_keys", table_kwargs={"sqlite_autoincrement": True}) as keys:
        keys.drop_constraint("kind", type_="check")
        keys.drop_constraint("fk_api_keys_issued_by", type_="foreignkey")
        for column in ("issued_by", "scopes", "prefix", "kind"):
            keys.drop_column(column)
