"""Models that predict who becomes high harm, and their predictions."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "prediction_models",
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("version", "sha256")),
        sa.Column("file", sa.Text, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("state", "trained_by")),
        sa.Column("trained_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prediction_models"),
        sa.UniqueConstraint("version", name="uq_prediction_models_version"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "prediction_changes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("model", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("state", "changed_by")),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prediction_changes"),
        _of_model("prediction_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_prediction_changes_model", "prediction_changes", ["model"])
    op.create_table(
        "predictions",
        sa.Column("person", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("model", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("type", sa.SmallInteger, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("degree", "pagerank", "high_harm_links")),
        sa.PrimaryKeyConstraint("person", "model", "day", name="pk_predictions"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_predictions_person"),
        _of_model("predictions"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_predictions_model_day_probability", "predictions", ["model", "day", "probability", "person"]
    )
    op.create_table(
        "prediction_runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("model", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("people", "high")),
        sa.Column("alarms", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prediction_runs"),
        _of_model("prediction_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_prediction_runs_model_day", "prediction_runs", ["model", "day"])
    op.create_table(
        "prediction_figures",
        sa.Column("model", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.Column("cut_off", sa.Float, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("true_positives", "false_positives", "false_negatives", "true_negatives")
        ),
        *(sa.Column(name, sa.Float) for name in ("auc", "harm_score_auc", "ece", "harm_score_ece")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("bins", "alarms")),
        sa.PrimaryKeyConstraint("model", "day", name="pk_prediction_figures"),
        _of_model("prediction_figures"),
        sqlite_with_rowid=False,
    )


def _of_model(table: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(["model"], ["prediction_models.id"], name=f"fk_{table}_model")


def downgrade() -> None:
    for table in (
        *("prediction_figures", "prediction_runs", "predictions", "prediction_changes"),
        "prediction_models",
    ):
        op.drop_table(table)
