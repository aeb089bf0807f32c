"""What a search looks at: scores and needs as shown, orders to read lists in; bands, saved filters."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

from rms.engine.filter import whole_percent
from rms.engine.scale import hundredths

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCH = 1000
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    scores = op.create_table(
        "shown_scores",
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("process", sa.String, nullable=False),
        sa.Column("hundredths", sa.Integer),
        sa.PrimaryKeyConstraint("assessment", "process", name="pk_shown_scores"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_shown_scores_assessment"),
        sqlite_with_rowid=False,
    )
    needs = op.create_table(
        "shown_needs",
        sa.Column("assessment", sa.Integer, nullable=False),
        sa.Column("need", sa.String, nullable=False),
        sa.Column("percent", sa.Integer),
        sa.PrimaryKeyConstraint("assessment", "need", name="pk_shown_needs"),
        sa.ForeignKeyConstraint(["assessment"], ["assessments.pk"], name="fk_shown_needs_assessment"),
        sqlite_with_rowid=False,
    )
    _fill(scores, _scores())
    _fill(needs, _needs())
    op.create_index("ix_shown_scores_process", "shown_scores", ["process", "hundredths", "assessment"])
    op.create_index("ix_shown_needs_need", "shown_needs", ["need", "percent", "assessment"])
    op.drop_index("ix_assessments_submitted_at_pk", "assessments")
    for first, last in (
        ("submitted_at", "release_date"),
        ("release_date", "submitted_at"),
        ("offender_number", "release_date"),
    ):
        op.create_index(f"ix_assessments_{first}_pk", "assessments", [first, "pk", "kind", "latest", last])
    _create_kept()


def downgrade() -> None:
    op.drop_table("saved_filters")
    op.drop_table("bands")
    for first in ("submitted_at", "release_date", "offender_number"):
        op.drop_index(f"ix_assessments_{first}_pk", "assessments")
    op.create_index("ix_assessments_submitted_at_pk", "assessments", ["submitted_at", "pk"])
    op.drop_table("shown_needs")
    op.drop_table("shown_scores")


def _create_kept() -> None:
    op.create_table(
        "bands",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("process", sa.String, nullable=False),
        sa.Column("low", sa.Integer, nullable=False),
        sa.Column("high", sa.Integer, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("outcome_rate", sa.Float(53), nullable=False),
        sa.Column("outcome_n", sa.Integer, nullable=False),
        sa.Column("outcome_period", sa.String, nullable=False),
        sa.Column("outcome_library", sa.String, nullable=False),
        sa.Column("added_by", sa.String, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bands"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "saved_filters",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("criteria", sa.JSON, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name", name="pk_saved_filters"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_filters_user_id"),
    )


def _scores() -> Iterator[dict[str, Any]]:
    simulations = sa.table("simulations", sa.column("assessment"), sa.column("process"), sa.column("score"))
    for row in _read(sa.select(simulations)):
        yield {"assessment": row.assessment, "process": row.process, "hundredths": hundredths(row.score)}


def _needs() -> Iterator[dict[str, Any]]:
    assessments = sa.table("assessments", sa.column("pk"), sa.column("needs", sa.JSON))
    for row in _read(sa.select(assessments)):
        for reading in row.needs:
            percent = whole_percent(reading["actual"])
            yield {"assessment": row.pk, "need": reading["need"], "percent": percent}


def _read(chosen: sa.Select[Any]) -> sa.CursorResult[Any]:
    return op.get_bind().execute(chosen, execution_options={"yield_per": BATCH})


def _fill(table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(islice(rows, BATCH)):
        op.bulk_insert(table, some)
