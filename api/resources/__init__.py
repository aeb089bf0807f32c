"""The API for systems: each function one statement over a service. `routes` is all of them."""

from api.resources import (
    accounts,
    assessments,
    bands,
    caseloads,
    changes,
    drafts,
    exports,
    imports,
    instruments,
    jobs,
    libraries,
    needs,
    offices,
    people,
    report,
    saved_filters,
    search,
    service,
)
from api.resources.routing import Routes

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
    report.routes,
    people.routes,
    caseloads.routes,
    accounts.routes,
    offices.routes,
    instruments.routes,
    libraries.routes,
    service.routes,
    service.state,
)

__all__ = ["ALL"]
