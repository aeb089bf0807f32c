"""The tables, as SQLAlchemy Core sees them. The migrations make them; a test holds the two together."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from api.storage.bucket_mask import ANYTHING

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops time zones, so they are taken off and put back on here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("An instant without a time zone cannot be stored.")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Compared as bytes on both databases: they sort alike, and a beginning of one is a range.
Number = String().with_variant(String(collation="C"), "postgresql")


# Who may come in -----------------------------------------------------------

# A tree: whoever sees an office sees those below it. The agency itself is the first, and above all.
offices = Table(
    "offices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("parent", ForeignKey("offices.id"), index=True),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String, nullable=False, unique=True),
    Column("password_hash", String, nullable=False),
    Column("role", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("office", ForeignKey("offices.id"), nullable=False),
    sqlite_autoincrement=True,  # the audit names users by this key, so it is never given twice
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("key_hash", String, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("kind", String, nullable=False),
    Column("prefix", String),  # how its owner recognises it; none was kept of the first ones
    Column("scopes", String),  # with spaces between them; null: all
    Column("issued_by", ForeignKey("api_keys.id"), index=True),  # the secret that a token was asked for with
    CheckConstraint("kind IN ('key', 'secret', 'token')", name="kind"),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("notice_version", String),  # of the notice accepted since this login
)

notice_acceptances = Table(
    "notice_acceptances",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("version", String, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

# Who was assessed, and what was answered and found --------------------------

# The text of every instrument that assessments were made with: a later version of a shipped one
# must not change what an old assessment said.
instruments = Table(
    "instruments",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("text", String, nullable=False),
)

# What is told of every library that assessments were simulated with: a report must not need the cases.
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

offenders = Table(
    "offenders",
    metadata,
    Column("offender_number", Number, primary_key=True),
    Column("next_sequence", Integer, nullable=False),
    Column("office", ForeignKey("offices.id"), nullable=False, index=True),
    # Drawn at random when the person is first assessed: what analysts see in place of the number.
    Column("pseudonym", BigInteger, server_default="0", nullable=False),
    Index("ix_offenders_pseudonym", "pseudonym", unique=True),
)

# Who works with whom; of everybody else's people a case worker sees nothing.
caseload = Table(
    "caseload",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("offender_number", ForeignKey("offenders.offender_number"), primary_key=True, index=True),
    Column("since", Instant, nullable=False),
)

assessments = Table(
    "assessments",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("offender_number", ForeignKey("offenders.offender_number"), nullable=False),
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
    UniqueConstraint("offender_number", "sequence"),
    CheckConstraint("sequence >= 0", name="sequence"),
    CheckConstraint("kind IN ('assessment', 'what_if')", name="kind"),
    CheckConstraint("(kind = 'what_if') = (baseline_id IS NOT NULL)", name="baseline"),
    # What a search asks comes along, so that the wide rows are left alone: first what tells most.
    Index(
        "ix_assessments_submitted_at_pk",
        *("submitted_at", "pk", "sieve", "latest", "kind", "release_date", "offender_number"),
    ),
    Index(
        "ix_assessments_release_date_pseudonym",
        *("release_date", "pseudonym", "pk", "sieve", "latest", "kind", "submitted_at", "offender_number"),
    ),
    # Of the latest of each, half of them all: who is to be released is asked of those.
    Index(
        "ix_assessments_latest_release_date_pseudonym",
        *("release_date", "pseudonym", "pk", "sieve", "latest", "submitted_at", "offender_number"),
        sqlite_where=text("latest = 1"),  # as it is asked: SQLite compares the words
        postgresql_where=text("latest"),
    ),
    Index(
        "ix_assessments_offender_number_pk",
        *("offender_number", "pk", "sieve", "latest", "kind", "release_date", "submitted_at"),
    ),
    Index(
        "ix_assessments_pseudonym_pk",
        *("pseudonym", "pk", "sieve", "latest", "kind", "release_date", "submitted_at", "offender_number"),
    ),
    Index(
        "ix_assessments_submitted_on_pseudonym",
        *("submitted_on", "pseudonym", "pk", "sieve", "latest", "kind", "release_date", "submitted_at"),
        "offender_number",
    ),
    Index("ix_assessments_submitted_by_pk", "submitted_by", "pk"),  # what a service account may see
    Index(
        "uq_assessments_latest",
        "offender_number",
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

# Forms begun and not yet submitted ---------------------------------------------

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

# Requests that take effect once ------------------------------------------------

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account", ForeignKey("users.id"), primary_key=True),
    Column("key_hash", String, primary_key=True),
    Column("request_hash", String, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("assessment", ForeignKey("assessments.id")),  # null only inside the transaction that makes it
)

# Assessments that come in bulk ---------------------------------------------------

# Every line that created one, so that the same line sent again creates nothing.
import_keys = Table(
    "import_keys",
    metadata,
    Column("account", ForeignKey("users.id"), primary_key=True),
    Column("key_hash", String, primary_key=True),
    Column("request_hash", String, nullable=False),
    Column("assessment", ForeignKey("assessments.pk"), nullable=False, index=True),
    Column("job", String, nullable=False),
    Column("line", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# How far an import is after each group of its lines, and what is told of them, until its result goes.
import_groups = Table(
    "import_groups",
    metadata,
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("end", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("created", Integer, nullable=False),
    Column("already_there", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("results", String, nullable=False),
)

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

# What users keep for their searches -----------------------------------------------

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

# What is told to other systems -------------------------------------------------------

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String, primary_key=True),  # drawn at random: secrets are derived from it
    Column("owner", ForeignKey("users.id"), nullable=False, index=True),
    Column("url", String, nullable=False),
    Column("secret_number", Integer, nullable=False),  # how often a secret was made; the last one signs
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("failing_since", Instant),  # the first failure since the last success
    Column("quiet_until", Instant),  # nobody answered: nothing is tried before
)

# An event for a webhook, added in the transaction of what it tells of. Nothing about anybody: keys only.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event", String, nullable=False),
    Column("webhook", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("assessment", ForeignKey("assessments.pk", ondelete="CASCADE"), index=True),  # null: a test
    Column("created_at", Instant, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, index=True),  # null when it is over; moved on by whoever is delivering it
    Column("delivered_at", Instant),
    Column("status", Integer),  # the last answer's
    Column("problem", String),  # why the last attempt failed
    UniqueConstraint("webhook", "event"),
    sqlite_autoincrement=True,
)

# Whose records must stay, and whose are to go ------------------------------------

holds = Table(
    "holds",
    metadata,
    Column("offender_number", ForeignKey("offenders.offender_number"), primary_key=True),
    Column("reason", String, nullable=False),
    Column("placed_by", ForeignKey("users.id"), nullable=False),
    Column("placed_at", Instant, nullable=False),
)

# `approved_by` stands only inside the transaction that erases: the triggers that otherwise forbid to delete
# assessments look for it.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("offender_number", ForeignKey("offenders.offender_number"), nullable=False, unique=True),
    Column("reason", String, nullable=False),
    Column("text", String, nullable=False),
    Column("requested_by", ForeignKey("users.id"), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("approved_by", ForeignKey("users.id")),
    CheckConstraint("approved_by <> requested_by", name="another"),
    sqlite_autoincrement=True,
)

# What professionals say of an assessment: added, never altered ---------------------

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

# How somebody shows that it is them, beside the password ----------------------------

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("confirmed_at", Instant),  # none: begun, and not yet asked for
    Column("last_step", Integer, nullable=False),  # of the last code that was accepted
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("code_hash", String, primary_key=True),
    Column("used_at", Instant),
)

# The password was right, and something is still to be shown: no session yet.
half_logins = Table(
    "half_logins",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
)

# How often a name, an origin or both together failed to sign in; each of them stands as a keyed hash.
failed_attempts = Table(
    "failed_attempts",
    metadata,
    Column("key", String, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# Where users sign in: a stranger's failures elsewhere do not keep them out there.
usual_origins = Table(
    "usual_origins",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("origin", String, primary_key=True),  # a keyed hash
    Column("last_at", Instant, nullable=False, index=True),
)

# Somebody was sent to the agency's own login, and has not come back yet.
agency_logins = Table(
    "agency_logins",
    metadata,
    Column("state_hash", String, primary_key=True),
    Column("nonce", String, nullable=False),
    Column("verifier", String, nullable=False),
    Column("wanted", String, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

# What a form that was sent is told, until the browser that sent it asks for the page.
replies = Table(
    "replies",
    metadata,
    Column("id", String, primary_key=True),  # drawn at random: it is in the page's address
    Column("status", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the browser has what opens it, and nobody else
    Column("expires_at", Instant, nullable=False, index=True),
    Column("keeper", String, nullable=False),  # a user, or the keyed hash of a stranger's origin
    Column("of_stranger", Boolean, nullable=False),
    Index("ix_replies_of_stranger_keeper", "of_stranger", "keeper"),
)

# Work that takes longer than a request may ---------------------------------------

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),  # drawn at random: it says nothing about anybody
    Column("kind", String, nullable=False),
    Column("owner", ForeignKey("users.id"), nullable=False, index=True),
    Column("role", String, nullable=False),  # the owner's when they asked: the file is for nobody else
    Column("office", ForeignKey("offices.id"), nullable=False),  # the same
    Column("state", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("expires_at", Instant),  # when its result goes; none before it is finished
    Column("attempts", Integer, nullable=False),
    Column("lease", String),  # drawn by the process that works on it
    Column("leased_until", Instant),  # the process lives if it is later than now
    Column("request", JSON, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("result_name", String),
    Column("result_type", String),
    Column("outcome", JSON, nullable=False),
    Column("failure", String),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
    Index("ix_jobs_state_created_at", "state", "created_at"),
)

# Whose job is worked on next: of everybody who has asked for one, when they were last served.
job_turns = Table(
    "job_turns",
    metadata,
    Column("owner", ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("served_at", Instant),
)

export_options = Table(
    "export_options",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("options", JSON, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

# What people who work with the pages say of them ----------------------------------

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("page", String, nullable=False),  # the route's template: it names nobody; empty if not known
    Column("text", String, nullable=False),
    Column("given_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

# What was done ---------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("object_kind", String, nullable=False),
    Column("object_key", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Index("ix_audit_object_kind_object_key", "object_kind", "object_key"),
    Index("ix_audit_actor_sequence", "actor", "sequence"),
    Index("ix_audit_action_sequence", "action", "sequence"),
    Index("ix_audit_at", "at"),
)
