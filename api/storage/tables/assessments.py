"""Assessments with their results, forms begun, and what professionals say of them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    or_,
    select,
    text,
)

from api.storage.bucket_mask import ANYTHING
from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, Number, metadata

# The text of every instrument that assessments were made with: a later version of a shipped one
# must not change what an old assessment said.
instruments = Table(
    "instruments",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("text", String, nullable=False),
)

# The facts of each library that assessments were simulated with. A report needs them, but not the cases.
libraries = Table(
    "libraries",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("version", String, nullable=False),
    Column("policy", String, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("facts", JSON, nullable=False),
)

assessments = Table(
    "assessments",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("offender_number", Number, nullable=False),  # the person's: searches and lists go along it
    Column("sequence", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("baseline_id", ForeignKey("assessments.id")),
    Column("based_on", ForeignKey("assessments.id")),
    Column("submitted_at", Instant, nullable=False),
    Column("submitted_by", String, nullable=False),
    Column("assessed_on", Date, nullable=False),
    Column("sex", String, nullable=False),
    Column("date_of_birth", Date, nullable=False),
    Column("release_date", Date),
    Column("instrument_name", String, nullable=False),
    Column("instrument_version", String, nullable=False),
    Column("instrument_sha256", ForeignKey("instruments.sha256"), nullable=False),
    Column("answers", JSON, nullable=False),
    Column("unknown", JSON, nullable=False),
    Column("library_sha256", ForeignKey("libraries.sha256"), nullable=False),
    Column("engine_version", String, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # little-endian float64, NaN where not known
    Column("needs", JSON, nullable=False),
    Column("latest", Boolean, nullable=False),  # the person's latest that is no what-if
    Column("sieve", BigInteger, server_default=str(ANYTHING), nullable=False),
    # What analysts' lists are sorted by: neither numbers nor the order of arrival.
    Column("pseudonym", BigInteger, server_default="0", nullable=False),  # the person's
    Column("submitted_on", Date, server_default="1970-01-01", nullable=False),  # the day of it, in UTC
    UniqueConstraint("person", "sequence"),
    CheckConstraint("sequence >= 0", name="sequence"),
    CheckConstraint("kind IN ('assessment', 'what_if')", name="kind"),
    CheckConstraint("(kind = 'what_if') = (baseline_id IS NOT NULL)", name="baseline"),
    # The columns that searches filter on, the most selective first, so that the wide rows are not read.
    Index(
        "ix_assessments_submitted_at_pk",
        *("submitted_at", "pk", "sieve", "latest", "kind", "release_date", "offender_number", "person"),
    ),
    Index(
        "ix_assessments_release_date_pseudonym",
        *("release_date", "pseudonym", "pk", "sieve", "latest", "kind", "submitted_at", "offender_number"),
        "person",
    ),
    # Of the latest of each, half of them all: who is to be released is asked of those.
    Index(
        "ix_assessments_latest_release_date_pseudonym",
        *("release_date", "pseudonym", "pk", "sieve", "latest", "submitted_at", "offender_number", "person"),
        sqlite_where=text("latest = 1"),  # as it is asked: SQLite compares the words
        postgresql_where=text("latest"),
    ),
    Index(
        "ix_assessments_offender_number_pk",
        *("offender_number", "pk", "sieve", "latest", "kind", "release_date", "submitted_at", "person"),
    ),
    Index(
        "ix_assessments_pseudonym_pk",
        *("pseudonym", "pk", "sieve", "latest", "kind", "release_date", "submitted_at", "offender_number"),
        "person",
    ),
    Index(
        "ix_assessments_submitted_on_pseudonym",
        *("submitted_on", "pseudonym", "pk", "sieve", "latest", "kind", "release_date", "submitted_at"),
        *("offender_number", "person"),
    ),
    Index("ix_assessments_submitted_by_pk", "submitted_by", "pk"),  # what a service account may see
    Index(
        "uq_assessments_latest",
        "person",
        unique=True,
        sqlite_where=text("latest"),
        postgresql_where=text("latest"),
    ),
    sqlite_autoincrement=True,
)

simulations = Table(
    "simulations",
    metadata,
    Column("assessment", ForeignKey("assessments.pk"), primary_key=True),
    Column("process", String, primary_key=True),
    Column("position", Integer, nullable=False),  # in the instrument's order of processes
    Column("status", String, nullable=False),
    Column("score", Float(53)),
    Column("interval_low", Float(53)),
    Column("interval_high", Float(53)),
    Column("effective_size", Float(53)),
    Column("typicality", Float(53)),
    Column("outside_range", JSON, nullable=False),
    Column("comparables", JSON, nullable=False),
    Column("evidence", LargeBinary),
)

# What differs from the assessment it started from: places, each with what was said before and after.
changes = Table(
    "changes",
    metadata,
    Column("assessment", ForeignKey("assessments.pk"), primary_key=True),
    Column("changes", JSON, nullable=False),
)

# Which assessment stands in the place of which. Each is corrected once; then that one may be.
corrections = Table(
    "corrections",
    metadata,
    Column("assessment", ForeignKey("assessments.pk"), primary_key=True),
    Column("corrects", ForeignKey("assessments.id"), nullable=False, unique=True),
    Column("reason", String, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", String, primary_key=True),  # drawn at random: it says nothing about anybody
    Column("owner", ForeignKey("users.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("carried", JSON, nullable=False),
    Column("carried_from", ForeignKey("assessments.id")),
    Column("carried_on", Date),
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assessment", ForeignKey("assessments.pk"), nullable=False),
    Column("number", Integer, nullable=False),  # from 1, of this assessment
    Column("process", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("reason_code", String, nullable=False),
    Column("text", String, nullable=False),
    Column("author", ForeignKey("users.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("assessment", "number"),
    CheckConstraint("direction IN ('higher', 'lower')", name="direction"),
    sqlite_autoincrement=True,
)

override_decisions = Table(
    "override_decisions",
    metadata,
    Column("override", ForeignKey("overrides.id"), primary_key=True, autoincrement=False),
    Column("decision", String, nullable=False),
    Column("text", String, nullable=False),
    Column("decided_by", ForeignKey("users.id"), nullable=False),
    Column("decided_at", Instant, nullable=False),
    CheckConstraint("decision IN ('agreed', 'not_agreed')", name="decision"),
)

# The overrides without a decision. Overrides themselves never change, and few of all wait at a time: they are
# counted for every page of a supervisor.
undecided_overrides = Table(
    "undecided_overrides",
    metadata,
    Column("override", ForeignKey("overrides.id"), primary_key=True, autoincrement=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assessment", ForeignKey("assessments.pk"), nullable=False),
    Column("number", Integer, nullable=False),  # from 1, of this assessment
    Column("text", String, nullable=False),
    Column("withdraws", ForeignKey("notes.id"), unique=True),
    Column("author", ForeignKey("users.id"), nullable=False),
    Column("written_at", Instant, nullable=False),
    UniqueConstraint("assessment", "number"),
    sqlite_autoincrement=True,
)

judgements = Table(
    "judgements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assessment", ForeignKey("assessments.pk"), nullable=False),
    Column("account", ForeignKey("users.id"), nullable=False),
    Column("process", String, nullable=False),
    Column("judgement", String, nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("scores_seen", Boolean, nullable=False),  # before this was judged
    Column("judged_at", Instant, nullable=False),
    CheckConstraint("confidence BETWEEN 1 AND 5", name="confidence"),
    Index("ix_judgements_assessment_account", "assessment", "account"),
    sqlite_autoincrement=True,
)

KEYS_OF_PERSON = select(assessments.c.pk).where(assessments.c.person == PERSON)
IDS_OF_PERSON = select(assessments.c.id).where(assessments.c.person == PERSON)
_overrides = select(overrides.c.id).where(overrides.c.assessment.in_(KEYS_OF_PERSON))
# Drafts hold whatever was typed: those that name the person are found by reading them.
_named = drafts.c.id.in_(bindparam("drafts", expanding=True))

ABOUT_A_PERSON = (
    About(simulations, simulations.c.assessment.in_(KEYS_OF_PERSON)),
    About(changes, changes.c.assessment.in_(KEYS_OF_PERSON)),
    About(corrections, corrections.c.assessment.in_(KEYS_OF_PERSON)),
    About(override_decisions, override_decisions.c.override.in_(_overrides)),
    About(undecided_overrides, undecided_overrides.c.override.in_(_overrides)),
    About(overrides, overrides.c.assessment.in_(KEYS_OF_PERSON)),
    About(notes, notes.c.assessment.in_(KEYS_OF_PERSON)),
    About(judgements, judgements.c.assessment.in_(KEYS_OF_PERSON)),
    About(drafts, or_(drafts.c.carried_from.in_(IDS_OF_PERSON), _named)),
    About(assessments, assessments.c.person == PERSON),
)
