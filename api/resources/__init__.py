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
from api.resources.harm import offender_list, saved_lists, score
from api.resources.meetings import recommendations
from api.resources.network import network
from api.resources.people import caseloads
from api.resources.prediction import predictions
from api.resources.records import duplicates
from api.resources.routing import Routes
from api.resources.rules import decisions
from api.resources.search import bands, saved_filters, search
from api.resources.systems import service_accounts, tokens, webhooks
from api.resources.transfer import exports, imports, jobs, people_imports

ALL: tuple[Routes, ...] = (
    assessments.routes,
    changes.routes,
    drafts.routes,
    imports.routes,
    people_imports.routes,
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
    duplicates.routes,
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
    decisions.routes,
    offender_list.routes,
    saved_lists.routes,
    score.routes,
    recommendations.routes,
    network.routes,
    predictions.routes,
    service.routes,
    service.state,
)

__all__ = ["ALL"]
