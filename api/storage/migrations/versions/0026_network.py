"""The network of associations: how central people are in it, and each calculation."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "network_refreshes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("people", "links", "groups", "largest_group", "sample", "seed")
        ),
        sa.Column("error", sa.Float, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_network_refreshes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_network_refreshes_day", "network_refreshes", ["day"])
    op.create_table(
        "centrality",
        sa.Column("person", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("neighbours", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.Float, nullable=False)
            for name in ("degree", "pagerank", "betweenness", "standard_error")
        ),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("group_size", "neighbours_rank", "pagerank_rank", "betweenness_rank")
        ),
        sa.PrimaryKeyConstraint("person", "day", name="pk_centrality"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_centrality_person"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_centrality_day_person", "centrality", ["day", "person"])


def downgrade() -> None:
    op.drop_table("centrality")
    op.drop_table("network_refreshes")
