"""Minutes say how many people a part of the agenda had, if they do not have all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

NAME = "meetings_never_altered"
ALTERED = ("id", "area", "since", "scores_on", "closed_by", "closed_at")


def upgrade() -> None:
    op.add_column("meetings", sa.Column("totals", sa.JSON(none_as_null=True)))
    _drop_trigger()
    _refuse_to_alter(*ALTERED, "totals")


def downgrade() -> None:
    _drop_trigger()
    op.drop_column("meetings", "totals")
    _refuse_to_alter(*ALTERED)


def _drop_trigger() -> None:
    op.execute(f"DROP TRIGGER {NAME}{' ON meetings' if _is_postgresql() else ''}")


def _refuse_to_alter(*columns: str) -> None:
    when = f"BEFORE UPDATE OF {', '.join(columns)} ON meetings"
    if _is_postgresql():
        op.execute(f"CREATE TRIGGER {NAME} {when} FOR EACH ROW EXECUTE FUNCTION refuse()")
    else:
        words = NAME.replace("_", " ")
        op.execute(f"CREATE TRIGGER {NAME} {when} BEGIN SELECT RAISE(ABORT, '{words}'); END")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
