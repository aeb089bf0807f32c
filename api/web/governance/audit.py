"""The record of who did what: searched, verified, its end written down, taken out as CSV."""

from http import HTTPStatus
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import AUDITING, READING_THE_RECORD
from api.context import request_context
from api.resources.governance.audit import csv_of_audit
from api.schemas.governance.audit import AuditQuery, VerifyQuery, sought_from
from api.schemas.problems import loaded
from api.services.governance.audit import audit_head, on_record, page_of_audit, verify
from api.services.users import Role
from api.storage import Sought
from api.web.blueprint import blueprint
from api.web.form_data import day_in, day_typed, errors_of, given, typed, unexpected_parameters
from api.web.form_messages import HEAD, RECORD
from api.web.paging import PageLinks, page_links, requested_page
from api.web.search.criteria import address
from rms.errors import InvalidInput, Problem

AT_ONCE = 50
DATES = ("from", "to")
OF_PAGE = ("after",)


@blueprint.get("/record")
@allow_roles(READING_THE_RECORD)
def record() -> ResponseReturnValue:
    asked = _asked()
    try:
        sought = _sought(asked)
    except InvalidInput as refused:
        pointed = InvalidInput([_at_its_field(one) for one in refused.problems])
        page = _page(asked, errors=errors_of(pointed, RECORD))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    place = requested_page(of=sought)
    found = page_of_audit(request_context(), sought, limit=AT_ONCE, before=place.after)
    following = place.next(found.next, shown=len(found.entries))
    return _page(
        asked,
        entries=found.entries,
        ways=page_links(place, following, of=sought, address=lambda text: _address(after=text, **asked)),
    )


@blueprint.get("/record.csv")
@allow_roles(READING_THE_RECORD)
def record_file() -> ResponseReturnValue:
    try:
        return csv_of_audit(_sought(_asked()))
    except InvalidInput:  # the page says what is wrong, and where
        return redirect(address("web.record", request.args.items(multi=True)))


@blueprint.get("/record/verification")
@allow_roles(AUDITING)
def verification() -> str:
    return render_template("governance/audit_verification.html", errors={}, typed={})


@blueprint.post("/record/verification")
@allow_roles(AUDITING)
def verified() -> ResponseReturnValue:
    """The whole chain; changes nothing but that it is on record, so that it may be sent again."""
    try:
        known = loaded(VerifyQuery(), given()).get("head")
    except InvalidInput as refused:
        page = render_template(
            "governance/audit_verification.html", errors=errors_of(refused, HEAD), typed=typed()
        )
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    context = request_context()
    found = verify(context, known_head=known)
    return render_template(
        "governance/audit_verification.html",
        verdict=found,
        known=known,
        now=context.at,
        errors={},
        typed=typed(),
    )


@blueprint.get("/record/end")
@allow_roles(AUDITING)
def end_of_record() -> str:
    context = request_context()
    head = audit_head(context)
    return render_template("governance/audit_head.html", head=head, now=context.at)


def _address(**asked: Any) -> str:
    return url_for("web.record", **asked)


def _asked() -> dict[str, str]:
    """What is looked for, as it was typed; a day is in three fields, or whole in one."""
    asked = {name: text.strip() for name in RECORD if (text := request.args.get(name, "")).strip()}
    for name in DATES:
        if day := day_in(request.args, name):
            asked[name] = day
    return asked


def _sought(asked: dict[str, str]) -> Sought:
    """
    Raises
    ------
    InvalidInput
        If something else is asked for as well, or what is asked for is not as it should be.
    """
    if told := " ".join(unexpected_parameters(request.args, known=(*RECORD, *OF_PAGE), days=DATES)):
        raise InvalidInput([Problem("/actor", "unknown_field", told)])
    return sought_from(dict(loaded(AuditQuery(), asked)))


def _at_its_field(problem: Problem) -> Problem:
    return Problem(problem.pointer.removeprefix("/query"), problem.code, problem.detail)


def _page(asked: dict[str, str], **shown: Any) -> str:
    days = {field: text for name in DATES for field, text in day_typed(request.args, name).items()}
    return render_template(
        "governance/audit.html",
        **{"entries": (), "errors": {}, "ways": PageLinks(), **shown},
        asked=asked,
        typed={**asked, **days},
        on_record=on_record(request_context()),
        may_verify=g.user.role is Role.AUDITOR,
    )
