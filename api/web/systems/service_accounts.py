"""Service accounts, for administrators: what other systems come in as, and what they prove it with."""

from http import HTTPStatus
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.schemas.problems import loaded
from api.schemas.systems.service_accounts import CredentialSchema, ServiceAccountSchema
from api.services.access.accounts import find_user
from api.services.access.scopes import Scope
from api.services.systems.service_accounts import (
    LONGEST_DAYS,
    ServiceAccount,
    add_credential,
    create_service_account,
    deactivate_service_account,
    find_service_account,
    revoke_credential,
    service_accounts,
)
from api.services.systems.webhooks import webhooks_of
from api.storage import Credential, CredentialKind
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, errors_of, given, typed
from api.web.form_messages import CREDENTIAL, SYSTEM
from rms.errors import Conflict, InvalidInput, LimitReached, NotFound, Problem

KINDS = {CredentialKind.KEY: "Key", CredentialKind.SECRET: "Client secret"}
SCOPES = {
    Scope.ASSESSMENTS_WRITE: "Submit assessments",
    Scope.ASSESSMENTS_READ: "Read assessments",
    Scope.IMPORTS_WRITE: "Import files",
    Scope.EXPORTS_READ: "Export",
    Scope.WEBHOOKS_MANAGE: "Manage its webhooks",
}
DONE = {
    "added": "The system has an account. Give it a key or a client secret.",
    "revoked": "The credential no longer works.",
    "deactivated": "The system is deactivated, and its credentials no longer work.",
}
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/administration/systems")
@allow_roles(ADMINISTRATION)
def systems() -> str:
    return _list_page()


@blueprint.post("/administration/systems")
@allow_roles(ADMINISTRATION)
def add_system() -> ResponseReturnValue:
    try:
        name = loaded(ServiceAccountSchema(), given())["name"]
        create_service_account(request_context(), name)
    except InvalidInput as refused:
        return _list_page(errors_of(refused, SYSTEM)), REFUSED
    except Conflict as refused:
        return _list_page({"name": refused.detail}), REFUSED
    return _back(name, "added")


@blueprint.get("/administration/systems/<name>")
@allow_roles(ADMINISTRATION)
def system(name: str) -> str:
    return _page(find_service_account(request_context(), name))


@blueprint.post("/administration/systems/<name>/credentials")
@allow_roles(ADMINISTRATION)
def add_system_credential(name: str) -> ResponseReturnValue:
    """The one page that shows the new key or secret: nothing can show it again, not even this address."""
    context = request_context()
    account = find_service_account(context, name)
    try:
        kind, asked = _asked(account)
        stored, shown = add_credential(
            context,
            name,
            kind=kind,
            name=asked["name"],
            scopes=set(asked["scopes"]),
            days=asked["days"],
        )
    except InvalidInput as refused:
        return _page(account, errors_of(refused, CREDENTIAL)), REFUSED
    except LimitReached as refused:
        return _page(account, {"name": refused.detail}), HTTPStatus.CONFLICT
    return render_template(
        "access/shown_once.html",
        account=account,
        stored=stored,
        shown=shown,
        kind=KINDS[kind],
        scopes=SCOPES,
    )


@blueprint.get("/administration/systems/<name>/credentials/<id>/revoke")
@allow_roles(ADMINISTRATION)
def ask_before_revoking(name: str, id: str) -> str:
    found = _credential(name, id)
    kind = KINDS[found.kind].lower()
    return render_template(
        "confirm.html",
        heading=f"Revoke the {kind} “{found.name}” of {name}?",
        grave="Whatever works with it stops working at once.",
        sentences=(
            "It cannot be taken back: a new one has to be made and put where this one is.",
            "What was submitted with it stays.",
            "Your name is logged.",
        ),
        label=f"Revoke the {kind}",
        action=url_for("web.revoked", name=name, id=id),
        back=url_for("web.system", name=name),
    )


@blueprint.post("/administration/systems/<name>/credentials/<id>/revoke")
@allow_roles(ADMINISTRATION)
def revoked(name: str, id: str) -> ResponseReturnValue:
    found = _credential(name, id)
    revoke_credential(request_context(), name, found.id, kind=found.kind)
    return _back(name, "revoked")


@blueprint.get("/administration/systems/<name>/deactivate")
@allow_roles(ADMINISTRATION)
def ask_before_deactivating(name: str) -> str:
    find_service_account(request_context(), name)
    return render_template(
        "confirm.html",
        heading=f"Let {name} in no more?",
        grave="All its keys and client secrets are revoked at once.",
        sentences=(
            "It cannot be taken back, and the name is not given again.",
            "What the system submitted stays.",
            "Your name is logged.",
        ),
        label="Deactivate the account",
        action=url_for("web.deactivated", name=name),
        back=url_for("web.system", name=name),
    )


@blueprint.post("/administration/systems/<name>/deactivate")
@allow_roles(ADMINISTRATION)
def deactivated(name: str) -> ResponseReturnValue:
    deactivate_service_account(request_context(), name)
    return _back(name, "deactivated")


def _asked(account: ServiceAccount) -> tuple[CredentialKind, dict[str, Any]]:
    """What the form asks for, read as the API reads it.

    A name in force is refused here: the page cannot be shown again, so that whoever reloads it to see the
    key once more must not get a second one.
    """
    sent = {name: text for name, text in given().items() if name in ("name", "days")}
    days = sent.get("days", "")
    body: dict[str, Any] = {**sent, "scopes": request.form.getlist("scopes")}
    if days.isdecimal() and len(days) < 6:
        body["days"] = int(days)
    asked = dict(loaded(CredentialSchema(), body))
    kind = CredentialKind(request.form["kind"]) if request.form.get("kind") in tuple(KINDS) else None
    if kind is None:
        raise InvalidInput([Problem("/kind", "required", CREDENTIAL["kind"])])
    open_ones = (one for one in account.credentials if one.revoked_at is None and one.kind is kind)
    if any(one.name == asked["name"] for one in open_ones):
        detail = "There is one of this name in force. If you lost it, revoke it and make another."
        raise InvalidInput([Problem("/name", "name_taken", detail)])
    return kind, asked


def _credential(account: str, id: str) -> Credential:
    for one in find_service_account(request_context(), account).credentials:
        if str(one.id) == id and one.kind in KINDS:
            return one
    raise NotFound("This service account has no key and no client secret of this id.")


def _list_page(errors: Errors | None = None) -> str:
    context = request_context()
    return render_template(
        "systems/service_accounts.html",
        accounts=service_accounts(context),
        kinds=KINDS,
        now=context.at,
        errors=errors or {},
        typed=typed(),
    )


def _page(account: ServiceAccount, errors: Errors | None = None) -> str:
    context = request_context()
    owner = find_user(context, account.name)
    return render_template(
        "systems/service_account.html",
        account=account,
        credentials=[one for one in account.credentials if one.kind in KINDS],
        webhooks=webhooks_of(context, owner),
        kinds={str(kind): label for kind, label in KINDS.items()},
        scopes={str(scope): label for scope, label in SCOPES.items()},
        chosen=request.form.getlist("scopes"),
        longest=LONGEST_DAYS,
        now=context.at,
        errors=errors or {},
        typed={"kind": str(CredentialKind.KEY), "days": "90", **typed()},
        done=done_message(DONE) if not errors else None,
    )


def _back(name: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("web.system", name=name, done=done), HTTPStatus.SEE_OTHER)
