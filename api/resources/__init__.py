"""The API for systems: each function one statement over a service. `routes` is all of them."""

from api.resources import (
    accounts,
    assessments,
    bands,
    caseloads,
    changes,
    drafts,
    instruments,
    judgements,
    libraries,
    me,
    needs,
    notes,
    offices,
    overrides,
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
    search.routes,
    bands.routes,
    saved_filters.routes,
    needs.routes,
    report.routes,
    overrides.routes,
    notes.routes,
    judgements.routes,
    me.routes,
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
