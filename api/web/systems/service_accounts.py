"""Service accounts for administrators: other systems, and their keys and client secrets."""

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
from api.web.confirmation import confirmation_page
from api.web.form_data import Errors, done_message, errors_of, filled_fields, typed
from api.web.form_messages import CREDENTIAL, SYSTEM
from rms.errors import Conflict, InvalidInput, LimitReached, NotFound, Problem

KINDS = {CredentialKind.KEY: "Key", CredentialKind.SECRET: "Client secret"}
SCOPES = {
    Scope.ASSESSMENTS_WRITE: "Submit assessments",
    Scope.ASSESSMENTS_READ: "Read assessments",
    Scope.IMPORTS_WRITE: "Import assessments",
    Scope.PEOPLE_WRITE: "Import case records",
    Scope.EXPORTS_READ: "Export",
    Scope.WEBHOOKS_MANAGE: "Manage its webhooks",
    Scope.HARM_READ: "Read the offender list",
    Scope.RULES_DECIDE: "Ask for decisions of published rules",
}
DONE = {
    "added": "Service account added. Give it a key or a client secret.",
    "revoked": "The key or client secret no longer works.",
    "deactivated": "Service account deactivated. Its keys and client secrets no longer work.",
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
        name = loaded(ServiceAccountSchema(), filled_fields())["name"]
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
    """Add a key or client secret. This is the only page that shows it."""
    context = request_context()
    account = find_service_account(context, name)
    try:
        kind, fields = _credential_from_form(account)
        stored, shown = add_credential(
            context,
            name,
            kind=kind,
            name=fields["name"],
            scopes=set(fields["scopes"]),
            days=fields["days"],
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
    credential = _credential(name, id)
    kind = KINDS[credential.kind].lower()
    return confirmation_page(
        f"Revoke the {kind} “{credential.name}” of {name}?",
        "You cannot undo this. To replace it, add a new one and use it in the system.",
        "Submitted assessments are kept.",
        grave="Everything that uses it stops working at once.",
        label=f"Revoke {kind}",
        action=url_for("web.revoked", name=name, id=id),
        back=url_for("web.system", name=name),
    )


@blueprint.post("/administration/systems/<name>/credentials/<id>/revoke")
@allow_roles(ADMINISTRATION)
def revoked(name: str, id: str) -> ResponseReturnValue:
    credential = _credential(name, id)
    revoke_credential(request_context(), name, credential.id, kind=credential.kind)
    return _back(name, "revoked")


@blueprint.get("/administration/systems/<name>/deactivate")
@allow_roles(ADMINISTRATION)
def ask_before_deactivating(name: str) -> str:
    find_service_account(request_context(), name)
    return confirmation_page(
        f"Deactivate {name}?",
        "You cannot undo this, and the name cannot be used again.",
        "Submitted assessments are kept.",
        grave="All its keys and client secrets are revoked at once.",
        label="Deactivate service account",
        action=url_for("web.deactivated", name=name),
        back=url_for("web.system", name=name),
    )


@blueprint.post("/administration/systems/<name>/deactivate")
@allow_roles(ADMINISTRATION)
def deactivated(name: str) -> ResponseReturnValue:
    deactivate_service_account(request_context(), name)
    return _back(name, "deactivated")


def _credential_from_form(account: ServiceAccount) -> tuple[CredentialKind, dict[str, Any]]:
    """The kind and fields of the credential in the form, validated as in the API.

    The name of an active credential is refused, so that reloading the page that showed a key does not add a
    second one.
    """
    sent = {name: text for name, text in filled_fields().items() if name in ("name", "days")}
    days = sent.get("days", "")
    body: dict[str, Any] = {**sent, "scopes": request.form.getlist("scopes")}
    if days.isdecimal() and len(days) < 6:
        body["days"] = int(days)
    fields = dict(loaded(CredentialSchema(), body))
    kind = CredentialKind(request.form["kind"]) if request.form.get("kind") in tuple(KINDS) else None
    if kind is None:
        raise InvalidInput([Problem("/kind", "required", CREDENTIAL["kind"])])
    same_kind = (one for one in account.credentials if one.revoked_at is None and one.kind is kind)
    if any(credential.name == fields["name"] for credential in same_kind):
        detail = "There is already an active one with this name. If you lost it, revoke it and add another."
        raise InvalidInput([Problem("/name", "name_taken", detail)])
    return kind, fields


def _credential(account: str, id: str) -> Credential:
    for credential in find_service_account(request_context(), account).credentials:
        if str(credential.id) == id and credential.kind in KINDS:
            return credential
    raise NotFound("This service account has no key or client secret with this ID.")


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
