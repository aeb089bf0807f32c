"""Assessments that come in bulk: what each line took effect by, and how far an import is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_keys",
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("key_hash", sa.String, nullable=False),
        sa.Column("request_hash", sa.String, nullable=False),
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("job", sa.String, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("account", "key_hash", name="pk_import_keys"),
        sa.ForeignKeyConstraint(["account"], ["users.id"], name="fk_import_keys_account"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_import_keys_assessment"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_import_keys_assessment", "import_keys", ["assessment"])
    op.create_table(
        "import_groups",
        sa.Column("job", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("already_there", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("results", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("job", "number", name="pk_import_groups"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_import_groups_job", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("import_groups")
    op.drop_table("import_keys")
