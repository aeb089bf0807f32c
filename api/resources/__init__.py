"""The API for systems: each function one statement over a service. `routes` is all of them."""

from api.resources import (
    accounts,
    assessments,
    audit,
    bands,
    caseloads,
    changes,
    drafts,
    erasures,
    holds,
    instruments,
    libraries,
    needs,
    offices,
    people,
    report,
    saved_filters,
    search,
    service,
    subject_access,
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
    subject_access.routes,
    holds.routes,
    erasures.routes,
    audit.routes,
    service.routes,
    service.state,
)

__all__ = ["ALL"]
