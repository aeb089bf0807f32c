"""Harm scores, the cuts of their bands, and what the offender list reads."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    text,
)

from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, metadata

# The score of each person with a counted offence, on the day of the last refresh, with what the list filters
# by. So the list reads one table in the order of the scores.
harm_scores = Table(
    "harm_scores",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    Column("score", Float, nullable=False),
    Column("recency", Float, nullable=False),
    Column("frequency", Float, nullable=False),
    Column("severity", Float, nullable=False),
    Column("drugs", Float, nullable=False),
    Column("intelligence", Float, nullable=False),
    Column("band", SmallInteger),  # 0 is the lowest; null until the bands have cuts
    Column("counted", Integer, nullable=False),  # offences that count
    Column("suspected", Integer, nullable=False),  # offences that do not count because of their outcome
    Column("unknown_codes", Integer, nullable=False),
    Column("last_offence", Date, nullable=False),
    Column("home_area", ForeignKey("offices.id")),
    Column("born", Date),
    Column("hidden_until", Date),  # in custody: some months before release, or the last day there is
    Column("deceased", Boolean, nullable=False),
    Column("managed", Boolean),
    Column("cohort", String),  # fixed, flex, free or mixed
    Column("stage", String),  # the furthest open stage of a case
    Index("ix_harm_scores_score", "score", "person"),
    Index("ix_harm_scores_home_area_score", "home_area", "score", "person"),
    Index("ix_harm_scores_band_score", "band", "score", "person"),
    Index(
        "ix_harm_scores_cohort_score",
        *("cohort", "score", "person"),
        sqlite_where=text("cohort IS NOT NULL"),
        postgresql_where=text("cohort IS NOT NULL"),
    ),
    Index(
        "ix_harm_scores_home_area_cohort_score",
        *("home_area", "cohort", "score", "person"),
        sqlite_where=text("cohort IS NOT NULL"),
        postgresql_where=text("cohort IS NOT NULL"),
    ),
)

# The score and the band on each day of a refresh on which the band or the shown score changed.
harm_history = Table(
    "harm_history",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("score", Float),  # null: from this day there is none
    Column("band", SmallInteger),
    Index("ix_harm_history_day", "day"),
    sqlite_with_rowid=False,
)

# People whose records have changed since their score was calculated.
harm_due = Table(
    "harm_due",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True, autoincrement=False),
)

# The cuts of the bands, frozen on a reference date until somebody sets new ones. The last row is in force.
harm_cuts = Table(
    "harm_cuts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("people", Integer, nullable=False),  # with a score on that day
    Column("low_medium", Float, nullable=False),
    Column("medium_high", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("super_high", Float, nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("reason", String, nullable=False),
    sqlite_autoincrement=True,
)

# How many people of the agency were in each band on the day of a refresh: the last refresh for that day. With
# `reference`: when these cuts were set. It names nobody, so it stays when people are erased or joined.
harm_band_counts = Table(
    "harm_band_counts",
    metadata,
    Column("cuts", ForeignKey("harm_cuts.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reference", Boolean, primary_key=True),
    Column("counted_at", Instant, nullable=False),
    Column("low", Integer, nullable=False),
    Column("low_medium", Integer, nullable=False),
    Column("medium_high", Integer, nullable=False),
    Column("high", Integer, nullable=False),
    Column("super_high", Integer, nullable=False),
)

# Each refresh: which people, on which day, with which settings and table of severities.
harm_refreshes = Table(
    "harm_refreshes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("after", Integer, nullable=False),  # the key of the last person who is done
    Column("everybody", Boolean, nullable=False),  # False: only people whose records have changed
    Column("scored", Integer, nullable=False),
    Column("settings", String, nullable=False),  # the names of the settings and of the severity table
    sqlite_autoincrement=True,
)

# Whether pages show suspected offences, in a separate panel. The last row is in force; without one: no.
harm_policies = Table(
    "harm_policies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("show_suspected", Boolean, nullable=False),
    Column("reason", String, nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

# People with a counted domestic abuse offence or registration in force on the day of the last
# refresh, with the RFS figure, of these offences alone. It is null without one that counts.
domestic_abuse_figures = Table(
    "domestic_abuse_figures",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    Column("figure", Float),
    Column("recency", Float),
    Column("frequency", Float),
    Column("severity", Float),
    Column("counted", Integer, nullable=False),  # domestic abuse offences that count
    Column("last_offence", Date),
    Column("registered", Boolean, nullable=False),
    Column("home_area", ForeignKey("offices.id")),
    Column("hidden_until", Date),
    Column("deceased", Boolean, nullable=False),
    Column("managed", Boolean),
    Index("ix_domestic_abuse_figures_figure", "figure", "person"),
)

# How the force works with its lists: each decision about a setting. The last one for an area is in force;
# without an area it is the default of the force. `value` is null where an area goes back to what holds
# above it.
practice_decisions = Table(
    "practice_decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("setting", String, nullable=False),
    Column("area", ForeignKey("offices.id")),
    Column("value", JSON(none_as_null=True)),
    Column("reason", String, nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

# Lists that users save: the criteria of a list, with its size.
harm_lists = Table(
    "harm_lists",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("criteria", JSON, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

ABOUT_A_PERSON = (
    About(harm_scores, harm_scores.c.person == PERSON),
    About(domestic_abuse_figures, domestic_abuse_figures.c.person == PERSON),
    About(harm_history, harm_history.c.person == PERSON),
    About(harm_due, harm_due.c.person == PERSON),
)
