"""What is due for one webhook is found without reading what is due for the others."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_webhook_due_at_id", "outbox", ["webhook", "due_at", "id"])
    op.drop_index("ix_outbox_due_at", "outbox")


def downgrade() -> None:
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
    op.drop_index("ix_outbox_webhook_due_at_id", "outbox")
