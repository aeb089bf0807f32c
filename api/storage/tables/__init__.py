"""The tables, as SQLAlchemy Core sees them: a module for each wing. The migrations make them.

A wing says in its module which of its tables tell of people. `ABOUT_A_PERSON` is all of them, in the order
in which their rows can be deleted: a row goes before the rows that it refers to.
"""

from api.storage.tables import assessments as of_assessments
from api.storage.tables import governance, search, systems, transfer
from api.storage.tables import people as of_people
from api.storage.tables.about import About
from api.storage.tables.access import (
    agency_logins,
    api_keys,
    failed_attempts,
    half_logins,
    notice_acceptances,
    offices,
    recovery_codes,
    second_factors,
    sessions,
    users,
    usual_origins,
)
from api.storage.tables.assessments import (
    assessments,
    changes,
    corrections,
    drafts,
    instruments,
    judgements,
    libraries,
    notes,
    override_decisions,
    overrides,
    simulations,
    undecided_overrides,
)
from api.storage.tables.columns import Instant, Number, metadata
from api.storage.tables.governance import audit, audit_blocks, audit_people, erasures, holds
from api.storage.tables.library_uses import library_uses
from api.storage.tables.pages import feedback, replies
from api.storage.tables.people import caseload, people
from api.storage.tables.search import bands, saved_filters, shown_needs, shown_scores
from api.storage.tables.systems import idempotency_keys, outbox, webhooks
from api.storage.tables.transfer import export_options, import_groups, import_keys, job_turns, jobs

ABOUT_A_PERSON = (
    *search.ABOUT_A_PERSON,
    *systems.ABOUT_A_PERSON,
    *transfer.ABOUT_A_PERSON,
    *of_assessments.ABOUT_A_PERSON,
    *governance.ABOUT_A_PERSON,
    *of_people.ABOUT_A_PERSON,
)

__all__ = [
    "ABOUT_A_PERSON",
    "About",
    "Instant",
    "Number",
    "agency_logins",
    "api_keys",
    "assessments",
    "audit",
    "audit_blocks",
    "audit_people",
    "bands",
    "caseload",
    "changes",
    "corrections",
    "drafts",
    "erasures",
    "export_options",
    "failed_attempts",
    "feedback",
    "half_logins",
    "holds",
    "idempotency_keys",
    "import_groups",
    "import_keys",
    "instruments",
    "job_turns",
    "jobs",
    "judgements",
    "libraries",
    "library_uses",
    "metadata",
    "notes",
    "notice_acceptances",
    "people",
    "offices",
    "outbox",
    "override_decisions",
    "overrides",
    "recovery_codes",
    "replies",
    "saved_filters",
    "second_factors",
    "sessions",
    "shown_needs",
    "shown_scores",
    "simulations",
    "undecided_overrides",
    "users",
    "usual_origins",
    "webhooks",
]
