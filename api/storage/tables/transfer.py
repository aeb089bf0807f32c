"""Jobs: imports and exports."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    cast,
    select,
)

from api.storage.tables.about import About
from api.storage.tables.assessments import KEYS_OF_PERSON
from api.storage.tables.columns import Instant, metadata
from api.storage.tables.people import quoted

# Every line that created an assessment, so that the same line sent again creates nothing.
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

# How far an import is after each group of its lines, and the reports of them, until it ends.
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

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),  # random: it says nothing about a person
    Column("kind", String, nullable=False),
    Column("owner", ForeignKey("users.id"), nullable=False, index=True),
    Column("role", String, nullable=False),  # the owner's role then: the file is for no other
    Column("office", ForeignKey("offices.id"), nullable=False),  # the same
    Column("state", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("expires_at", Instant),  # when its result is deleted; empty until the job ends
    Column("attempts", Integer, nullable=False),
    Column("lease", String),  # random, from the process that runs it
    Column("leased_until", Instant),  # in the past if the process was killed
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

# Whose job is next: when each owner was last served.
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

_naming_imports = select(import_groups.c.job).where(quoted(import_groups.c.results))

ABOUT_A_PERSON = (
    About(import_groups, import_groups.c.job.in_(_naming_imports)),  # an open import starts again
    About(jobs, quoted(cast(jobs.c.request, String))),
    About(import_keys, import_keys.c.assessment.in_(KEYS_OF_PERSON)),
)
