"""Recommendations with their decisions, the minutes of meetings, and what is done on a schedule.

A recommendation or a line of minutes belongs to a source record of the person, and goes with it when records
are joined or separated. Except for that, triggers forbid to change or delete any of them.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    select,
)

from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, metadata

# The score and its day are those of that moment; all are null if the person had no score.
recommendations = Table(
    "recommendations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("record", ForeignKey("person_records.id"), nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("cohort", String),
    Column("reason", String, nullable=False),
    Column("author", ForeignKey("users.id"), nullable=False),
    Column("made_at", Instant, nullable=False, index=True),
    Column("day", Date),
    Column("score", Float),
    Column("band", SmallInteger),
    Column("recency", Float),
    Column("frequency", Float),
    Column("severity", Float),
    Column("drugs", Float),
    Column("intelligence", Float),
    Column("rules", String),  # the names of the settings and of the severity table
    Column("rank", Integer),  # in the filter; null if the person was not on that list
    Column("criteria", String, nullable=False),  # of the filter, in words
    CheckConstraint("kind IN ('select', 'deselect')", name="kind"),
    sqlite_autoincrement=True,
)

recommendation_decisions = Table(
    "recommendation_decisions",
    metadata,
    Column("recommendation", ForeignKey("recommendations.id"), primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("decided_by", ForeignKey("users.id"), nullable=False),
    Column("decided_at", Instant, nullable=False, index=True),
    CheckConstraint("state IN ('accepted', 'refused', 'withdrawn')", name="state"),
)

# A closed meeting of an area. `since`: the agenda was of what had happened since that day. `totals`: section
# → how many people it had, if the minutes have fewer of them.
meetings = Table(
    "meetings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("area", ForeignKey("offices.id"), nullable=False),
    Column("since", Date, nullable=False),
    Column("scores_on", Date),
    Column("closed_by", ForeignKey("users.id"), nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("totals", JSON(none_as_null=True)),
    Index("ix_meetings_area", "area", "id"),
    sqlite_autoincrement=True,
)

# A line of the minutes: a person in a section, as they were then.
meeting_people = Table(
    "meeting_people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("meeting", ForeignKey("meetings.id"), nullable=False, index=True),
    Column("section", String, nullable=False),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("record", ForeignKey("person_records.id"), nullable=False, index=True),
    Column("score", Float),
    Column("band", SmallInteger),
    Column("band_before", SmallInteger),
    Column("cohort", String),
    Column("managed", Boolean),
    Column("recommendation", ForeignKey("recommendations.id"), index=True),
    Column("state", String),  # of the recommendation then
    sqlite_autoincrement=True,
)

# What is done on a day of each month or of each week. A schedule is never changed: it ends.
schedules = Table(
    "schedules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("title", String, nullable=False),
    Column("criteria", JSON, nullable=False),
    Column("monthday", SmallInteger),
    Column("weekday", SmallInteger),
    Column("set_by", ForeignKey("users.id"), nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("ended_by", ForeignKey("users.id")),
    Column("ended_at", Instant),
    sqlite_autoincrement=True,
)

# For whom a schedule makes a file.
schedule_users = Table(
    "schedule_users",
    metadata,
    Column("schedule", ForeignKey("schedules.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
)

# Each run. The key keeps several processes from running one due day twice.
schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("schedule", ForeignKey("schedules.id"), primary_key=True),
    Column("due_on", Date, primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("jobs", Integer, nullable=False),
)

# A comparison of people on a list with people who are not, as known on a day. It is never changed.
comparisons = Table(
    "comparisons",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String, nullable=False),
    Column("treatment", String, nullable=False),  # in words
    Column("day", Date, nullable=False),
    Column("rules", String, nullable=False),  # the names of the settings and of the severity table
    Column("unmatched", Integer, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

# A person of a comparison, with what was known on its day. `pair`: the two of a pair have one number; null
# without a match.
comparison_people = Table(
    "comparison_people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("comparison", ForeignKey("comparisons.id"), nullable=False, index=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("record", ForeignKey("person_records.id"), nullable=False, index=True),
    Column("listed", Boolean, nullable=False),
    Column("pair", Integer),
    Column("age", SmallInteger),
    Column("sex", String),
    Column("area_kind", String),
    Column("score", Float, nullable=False),
    Column("recency", Float, nullable=False),
    Column("frequency", Float, nullable=False),
    Column("severity", Float, nullable=False),
    Column("drugs", Float, nullable=False),
    Column("intelligence", Float, nullable=False),
    Column("band", SmallInteger),
    Column("managed", Boolean),
    sqlite_autoincrement=True,
)

_OF_PERSON = select(recommendations.c.id).where(recommendations.c.person == PERSON)

ABOUT_A_PERSON = (
    About(comparison_people, comparison_people.c.person == PERSON),
    About(meeting_people, meeting_people.c.person == PERSON),
    About(recommendation_decisions, recommendation_decisions.c.recommendation.in_(_OF_PERSON)),
    About(recommendations, recommendations.c.person == PERSON),
)
