"""The API for systems. Each function is a route that calls a service. `ALL` has all routes."""

from api.resources import instruments, libraries, service
from api.resources.access import accounts, me, offices
from api.resources.assessments import (
    assessments,
    changes,
    drafts,
    explanations,
    judgements,
    needs,
    notes,
    overrides,
    person,
    report,
)
from api.resources.governance import audit, erasures, holds, subject_access
from api.resources.people import caseloads
from api.resources.routing import Routes
from api.resources.search import bands, saved_filters, search
from api.resources.systems import service_accounts, tokens, webhooks
from api.resources.transfer import exports, imports, jobs

ALL: tuple[Routes, ...] = (
    assessments.routes,
    changes.routes,
    drafts.routes,
    imports.routes,
    search.routes,
    bands.routes,
    saved_filters.routes,
    exports.routes,
    jobs.routes,
    needs.routes,
    explanations.routes,
    report.routes,
    overrides.routes,
    notes.routes,
    judgements.routes,
    me.routes,
    person.routes,
    caseloads.routes,
    accounts.routes,
    offices.routes,
    instruments.routes,
    libraries.routes,
    service_accounts.routes,
    tokens.routes,
    webhooks.routes,
    subject_access.routes,
    holds.routes,
    erasures.routes,
    audit.routes,
    service.routes,
    service.state,
)

__all__ = ["ALL"]
