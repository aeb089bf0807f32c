"""The audit log: search, CSV, verification, and the end of the log to note down."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import AUDITING, READING_AUDIT_LOG
from api.context import request_context
from api.resources.governance.audit import csv_of_audit
from api.schemas.governance.audit import AuditQuery, VerifyQuery, criteria_from
from api.schemas.problems import loaded
from api.services.governance.audit import audit_head, page_of_audit, search_options, verify
from api.services.governance.audit_wording import described
from api.services.users import Role
from api.storage import AuditCriteria
from api.web.blueprint import blueprint
from api.web.form_data import day_in, day_typed, errors_of, filled_fields, typed, unexpected_parameters
from api.web.form_messages import AUDIT_HEAD, AUDIT_SEARCH
from api.web.paging import PageLinks, page_links, requested_page
from api.web.search.criteria import address
from rms.errors import InvalidInput, Problem

AT_ONCE = 50
DATES = ("from", "to")
OF_PAGE = ("after",)


@blueprint.get("/record")
@allow_roles(READING_AUDIT_LOG)
def audit_log() -> ResponseReturnValue:
    query = _query()
    try:
        criteria = _criteria(query)
    except InvalidInput as error:
        of_fields = InvalidInput([_at_field(problem) for problem in error.problems])
        return _page(query, errors=errors_of(of_fields, AUDIT_SEARCH)), HTTPStatus.UNPROCESSABLE_ENTITY
    place = requested_page(of=criteria)
    page = page_of_audit(request_context(), criteria, limit=AT_ONCE, before=place.after)
    following = place.next(page.next, shown=len(page.entries))
    return _page(
        query,
        entries=page.entries,
        ways=page_links(place, following, of=criteria, address=lambda text: _address(after=text, **query)),
    )


@blueprint.get("/record.csv")
@allow_roles(READING_AUDIT_LOG)
def audit_log_csv() -> ResponseReturnValue:
    try:
        return csv_of_audit(_criteria(_query()))
    except InvalidInput:  # the page shows the errors
        return redirect(address("web.audit_log", request.args.items(multi=True)))


@blueprint.get("/record/verification")
@allow_roles(AUDITING)
def audit_verification() -> str:
    return render_template("governance/audit_verification.html", errors={}, typed={})


@blueprint.post("/record/verification")
@allow_roles(AUDITING)
def verify_audit_log() -> ResponseReturnValue:
    """The form can be sent again: verifying changes nothing but the audit log, which notes it."""
    try:
        known_head = loaded(VerifyQuery(), filled_fields()).get("head")
    except InvalidInput as error:
        page = render_template(
            "governance/audit_verification.html", errors=errors_of(error, AUDIT_HEAD), typed=typed()
        )
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    context = request_context()
    return render_template(
        "governance/audit_verification.html",
        verdict=verify(context, known_head=known_head),
        known_head=known_head,
        now=context.at,
        errors={},
        typed=typed(),
    )


@blueprint.get("/record/end")
@allow_roles(AUDITING)
def end_of_audit_log() -> str:
    context = request_context()
    head = audit_head(context)
    return render_template("governance/audit_head.html", head=head, now=context.at)


def _address(**query: Any) -> str:
    return url_for("web.audit_log", **query)


def _query() -> dict[str, str]:
    """The criteria as typed. A date can be in three fields, or whole in one."""
    query = {name: text.strip() for name in AUDIT_SEARCH if (text := request.args.get(name, "")).strip()}
    for name in DATES:
        if day := day_in(request.args, name):
            query[name] = day
    return query


def _criteria(query: dict[str, str]) -> AuditCriteria:
    """
    Raises
    ------
    InvalidInput
        If a criterion is not valid, or the URL has a parameter that the page does not take.
    """
    if message := " ".join(unexpected_parameters(request.args, known=(*AUDIT_SEARCH, *OF_PAGE), days=DATES)):
        raise InvalidInput([Problem("/actor", "unknown_field", message)])
    return criteria_from(dict(loaded(AuditQuery(), query)))


def _at_field(problem: Problem) -> Problem:
    return Problem(problem.pointer.removeprefix("/query"), problem.code, problem.detail)


def _page(query: dict[str, str], **values: Any) -> str:
    options = search_options(request_context())
    days = {field: text for name in DATES for field, text in day_typed(request.args, name).items()}
    return render_template(
        "governance/audit.html",
        **{"entries": (), "errors": {}, "ways": PageLinks(), **values},
        query=query,
        typed={**query, **days},
        options=options,
        actions=_actions({*options.actions, query.get("action", "")} - {""}),
        described=described,
        may_verify=g.user.role is Role.AUDITOR,
    )


def _actions(actions: Iterable[str]) -> dict[str, str]:
    """The actions to choose from, in the order of their words."""
    words = {action: f"{described(action)} ({action})" for action in actions}
    return {"": "Any action", **dict(sorted(words.items(), key=lambda pair: pair[1]))}
