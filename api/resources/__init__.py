"""The API for systems: each function one statement over a service. `routes` is all of them."""

from api.resources import (
    accounts,
    assessments,
    bands,
    caseloads,
    changes,
    drafts,
    instruments,
    libraries,
    needs,
    offices,
    people,
    report,
    saved_filters,
    search,
    service,
    service_accounts,
    tokens,
    webhooks,
)
from api.resources.routing import Routes

ALL: tuple[Routes, ...] = (
    assessments.routes,
    changes.routes,
    drafts.routes,
    search.routes,
    bands.routes,
    saved_filters.routes,
    needs.routes,
    report.routes,
    people.routes,
    caseloads.routes,
    accounts.routes,
    offices.routes,
    instruments.routes,
    libraries.routes,
    service_accounts.routes,
    tokens.routes,
    webhooks.routes,
    service.routes,
    service.state,
)

__all__ = ["ALL"]
