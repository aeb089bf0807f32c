"""Surveys, training, help requests and their rota, and notes of other services."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
)

from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, metadata

surveys = Table(
    "surveys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("opened_by", ForeignKey("users.id"), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("closed_at", Instant),  # before its last day
    sqlite_autoincrement=True,
)

# No column says whose answer it is, or when it was given. The ID is drawn at random, and SQLite stores the
# rows in its order.
survey_answers = Table(
    "survey_answers",
    metadata,
    Column("id", String, primary_key=True),
    Column("survey", ForeignKey("surveys.id"), nullable=False, index=True),
    Column("trust", SmallInteger, nullable=False),
    Column("ease", SmallInteger, nullable=False),
    Column("usefulness", SmallInteger, nullable=False),
    Column("used", SmallInteger, nullable=False),
    Column("text", String, nullable=False),
    sqlite_with_rowid=False,
)

# Who has answered, so that nobody answers twice.
survey_users = Table(
    "survey_users",
    metadata,
    Column("survey", ForeignKey("surveys.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    sqlite_with_rowid=False,
)

training_attempts = Table(
    "training_attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("exercise", String, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("tried_at", Instant, nullable=False),
    Index("ix_training_attempts_user_id", "user_id", "tried_at"),
    sqlite_autoincrement=True,
)

help_requests = Table(
    "help_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("page", String, nullable=False),  # the route's template: it names nobody; empty if not known
    Column("text", String, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("taken_by", ForeignKey("users.id")),
    Column("answer", String),
    Column("answered_by", ForeignKey("users.id")),
    Column("answered_at", Instant),
    Column("closed_at", Instant),
    Index("ix_help_requests_user_id", "user_id", "asked_at"),
    Index("ix_help_requests_closed_at", "closed_at"),
    sqlite_autoincrement=True,
)

# Who answers requests in the week that begins on this Monday.
support_rota = Table(
    "support_rota",
    metadata,
    Column("monday", Date, primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
)

# `record`: the source record of the person, with which the note moves when people are joined or separated.
service_notes = Table(
    "service_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("record", ForeignKey("person_records.id"), nullable=False, index=True),
    Column("service", String, nullable=False),
    Column("written_by", String, nullable=False),
    Column("written_on", Date, nullable=False),
    Column("text", String, nullable=False),
    Column("entered_by", ForeignKey("users.id"), nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("withdrawn_by", ForeignKey("users.id")),
    Column("withdrawn_at", Instant),
    CheckConstraint("service IN ('probation', 'youth_justice', 'other')", name="service"),
    sqlite_autoincrement=True,
)

ABOUT_A_PERSON = (About(service_notes, service_notes.c.person == PERSON),)
