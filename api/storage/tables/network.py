"""The network of associations: how central people were in it on the days for which it was calculated."""

from sqlalchemy import Column, Date, Float, ForeignKey, Index, Integer, Table

from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, metadata

# Each calculation. A day is complete if the last calculation for it has ended: only then it is read.
network_refreshes = Table(
    "network_refreshes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("people", Integer, nullable=False),  # with at least one association in force on the day
    Column("links", Integer, nullable=False),  # pairs of people
    Column("groups", Integer, nullable=False),
    Column("largest_group", Integer, nullable=False),  # people
    Column("sample", Integer, nullable=False),  # people of each group from whom paths were counted
    Column("seed", Integer, nullable=False),
    Column("error", Float, nullable=False),  # of every betweenness at once
    Column("confidence", Float, nullable=False),  # with which it is no larger
    Index("ix_network_refreshes_day", "day"),
    sqlite_autoincrement=True,
)

# The figures of each person with an association in force on the day.
centrality = Table(
    "centrality",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("neighbours", Integer, nullable=False),  # people they are associated with
    Column("degree", Float, nullable=False),
    Column("pagerank", Float, nullable=False),
    Column("betweenness", Float, nullable=False),
    Column("standard_error", Float, nullable=False),  # of the betweenness
    Column("group_size", Integer, nullable=False),
    Column("neighbours_rank", Integer, nullable=False),  # 1 is the highest; equal figures have one rank
    Column("pagerank_rank", Integer, nullable=False),
    Column("betweenness_rank", Integer, nullable=False),
    Index("ix_centrality_day_person", "day", "person"),
    sqlite_with_rowid=False,
)

ABOUT_A_PERSON = (About(centrality, centrality.c.person == PERSON),)
