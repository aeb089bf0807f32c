"""How many people are in each harm band, kept at each calculation of the scores; defaults of the force;
RFS figures for domestic abuse.

The comparison of the cuts in force begins with the counts of now: nobody knows those of the day on which the
cuts were set, because people who were erased or joined since are no longer in the history.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BANDS = ("low", "low_medium", "medium_high", "high", "super_high")
CUTS = "(SELECT max(id) FROM harm_cuts)"
COUNTS = ", ".join(f"sum(CASE WHEN band = {place} THEN 1 ELSE 0 END)" for place in range(len(BANDS)))
BEGINNING = f"""
INSERT INTO harm_band_counts (cuts, day, reference, counted_at, {", ".join(BANDS)})
SELECT {CUTS}, max(day), :reference, CURRENT_TIMESTAMP, {COUNTS}
FROM harm_scores
WHERE band IS NOT NULL AND {CUTS} IS NOT NULL
HAVING count(*) > 0
"""


def upgrade() -> None:
    op.create_table(
        "harm_band_counts",
        sa.Column("cuts", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("reference", sa.Boolean, nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(band, sa.Integer, nullable=False) for band in BANDS),
        sa.PrimaryKeyConstraint("cuts", "day", "reference", name="pk_harm_band_counts"),
        sa.ForeignKeyConstraint(["cuts"], ["harm_cuts.id"], name="fk_harm_band_counts_cuts"),
    )
    op.create_table(
        "practice_decisions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("setting", sa.String, nullable=False),
        sa.Column("area", sa.Integer),
        sa.Column("value", sa.JSON(none_as_null=True)),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("set_by", sa.String, nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice_decisions"),
        sa.ForeignKeyConstraint(["area"], ["offices.id"], name="fk_practice_decisions_area"),
        sqlite_autoincrement=True,
    )
    _create_domestic_abuse_figures()
    op.execute(sa.text(BEGINNING).bindparams(reference=True))


def _create_domestic_abuse_figures() -> None:
    """They are filled at the next calculation of everybody’s scores."""
    op.create_table(
        "domestic_abuse_figures",
        sa.Column("person", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *(sa.Column(name, sa.Float) for name in ("figure", "recency", "frequency", "severity")),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("last_offence", sa.Date),
        sa.Column("registered", sa.Boolean, nullable=False),
        sa.Column("home_area", sa.Integer),
        sa.Column("hidden_until", sa.Date),
        sa.Column("deceased", sa.Boolean, nullable=False),
        sa.Column("managed", sa.Boolean),
        sa.PrimaryKeyConstraint("person", name="pk_domestic_abuse_figures"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_domestic_abuse_figures_person"),
        sa.ForeignKeyConstraint(["home_area"], ["offices.id"], name="fk_domestic_abuse_figures_home_area"),
    )
    op.create_index("ix_domestic_abuse_figures_figure", "domestic_abuse_figures", ["figure", "person"])


def downgrade() -> None:
    op.drop_table("domestic_abuse_figures")
    op.drop_table("practice_decisions")
    op.drop_table("harm_band_counts")
