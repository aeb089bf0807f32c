"""Comparisons of people on a list with people who are not, as known on a day."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

COMPONENTS = ("recency", "frequency", "severity", "drugs", "intelligence")


def upgrade() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("treatment", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("rules", sa.String, nullable=False),
        sa.Column("unmatched", sa.Integer, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparisons"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "comparison_people",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("comparison", sa.Integer, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("pair", sa.Integer),
        sa.Column("age", sa.SmallInteger),
        sa.Column("sex", sa.String),
        sa.Column("area_kind", sa.String),
        sa.Column("score", sa.Float, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in COMPONENTS),
        sa.Column("band", sa.SmallInteger),
        sa.Column("managed", sa.Boolean),
        sa.PrimaryKeyConstraint("id", name="pk_comparison_people"),
        sa.ForeignKeyConstraint(["comparison"], ["comparisons.id"], name="fk_comparison_people_comparison"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_comparison_people_person"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name="fk_comparison_people_record"),
        sqlite_autoincrement=True,
    )
    for column in ("comparison", "person", "record"):
        op.create_index(f"ix_comparison_people_{column}", "comparison_people", [column])


def downgrade() -> None:
    op.drop_table("comparison_people")
    op.drop_table("comparisons")
