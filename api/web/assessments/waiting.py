"""Lists of what waits for a user: results to judge, and releases without a current assessment."""

from typing import Any

from flask import g, render_template, url_for

from api.auth import allow_roles
from api.auth.roles import PROFESSIONALS
from api.context import application, request_context
from api.services.assessments.worklist import (
    RELEASE_DAYS,
    SOONEST_RELEASE,
    judgements_due,
    releases_without_assessment,
)
from api.services.search.search import page_of
from api.services.users import Role
from api.web.blueprint import blueprint
from api.web.paging import PageStart, page_links, requested_page

AT_ONCE = 50


@blueprint.get("/waiting/releases")
@allow_roles(PROFESSIONALS)
def releases_without_current_assessment() -> str:
    context, terms = request_context(), application().terms
    filter = releases_without_assessment(context, terms)
    place = requested_page(of=filter)
    page = page_of(context, filter, sort=SOONEST_RELEASE, limit=AT_ONCE, after=place.after, counted=True)
    return render_template(
        "assessments/releases_without_assessment.html",
        page=page,
        days=RELEASE_DAYS,
        stale_months=terms.stale_months,
        whole_office=g.user.role is Role.SUPERVISOR,
        **_around(place, page.next, len(page.submissions), filter, "web.releases_without_current_assessment"),
    )


@blueprint.get("/waiting/judgements")
@allow_roles(PROFESSIONALS)
def judgements_to_record() -> str:
    place = requested_page(of="judgements")
    due = judgements_due(request_context(), limit=AT_ONCE, after=place.after)
    return render_template(
        "assessments/judgements_due.html",
        due=due,
        asked=application().judgement_first,
        **_around(place, due.next, len(due.submissions), "judgements", "web.judgements_to_record"),
    )


def _around(place: PageStart, next: int | None, shown: int, of: Any, endpoint: str) -> dict[str, object]:
    """Which rows the page shows, and the links to the other pages."""

    def address(text: str | None) -> str:
        return url_for(endpoint, after=text)

    links = page_links(place, place.next(next, shown=shown), of=of, address=address)
    return {"first": place.before + 1, "last": place.before + shown, "links": links}
