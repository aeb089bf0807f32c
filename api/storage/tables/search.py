"""What a search reads, and what users keep for their searches."""

from sqlalchemy import JSON, BigInteger, Column, Date, Float, ForeignKey, Index, Integer, String, Table

from api.storage.tables.about import About
from api.storage.tables.assessments import KEYS_OF_PERSON
from api.storage.tables.columns import Instant, metadata

# What a search looks at: the figures as they are shown, in narrow rows that follow from those above.
shown_scores = Table(
    "shown_scores",
    metadata,
    Column("assessment", ForeignKey("assessments.pk"), primary_key=True),
    Column("process", String, primary_key=True),
    Column("hundredths", Integer),  # none where the score is withheld
    Column("pseudonym", BigInteger, server_default="0", nullable=False),  # the person's
    Index("ix_shown_scores_process", "process", "hundredths", "pseudonym", "assessment"),
    sqlite_with_rowid=False,
)

shown_needs = Table(
    "shown_needs",
    metadata,
    Column("assessment", ForeignKey("assessments.pk"), primary_key=True),
    Column("need", String, primary_key=True),
    Column("percent", Integer),  # none where the rating is unknown
    Index("ix_shown_needs_need", "need", "percent", "assessment"),
    sqlite_with_rowid=False,
)

bands = Table(
    "bands",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("process", String, nullable=False),
    Column("low", Integer, nullable=False),  # hundredths of a score, both ends included
    Column("high", Integer, nullable=False),
    Column("owner", String, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("outcome_rate", Float(53), nullable=False),
    Column("outcome_n", Integer, nullable=False),
    Column("outcome_period", String, nullable=False),
    Column("outcome_library", String, nullable=False),
    Column("added_by", String, nullable=False),
    Column("added_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("criteria", JSON, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

ABOUT_A_PERSON = (
    About(shown_scores, shown_scores.c.assessment.in_(KEYS_OF_PERSON)),
    About(shown_needs, shown_needs.c.assessment.in_(KEYS_OF_PERSON)),
)
