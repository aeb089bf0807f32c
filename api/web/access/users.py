"""Users for administrators: add, change, lock out, and reset passwords."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import application, request_context
from api.schemas.access.accounts import ChangedUserSchema, NewUserSchema
from api.schemas.problems import loaded
from api.services.access.accounts import change_user, create_user, find_user, users_seen_by
from api.services.access.offices import office_named, offices
from api.services.access.password_changes import set_password
from api.services.access.second_factor import remove_second_factor, state_of
from api.services.user_holdings import StillHeld, delete_kept, still_held
from api.services.users import Role, User
from api.web.blueprint import blueprint
from api.web.confirmation import confirmation_page
from api.web.form_data import Errors, blank_errors, done_message, errors_of, filled_fields, typed
from api.web.form_messages import PASSWORD, ROLE_AND_OFFICE, USER
from rms.errors import Conflict, InvalidInput, NotFound

# Service accounts have pages of their own.
ROLES = {
    Role.CASE_WORKER: "Case worker",
    Role.SUPERVISOR: "Supervisor",
    Role.OFFENDER_MANAGER: "Offender manager",
    Role.ANALYST: "Analyst",
    Role.ADMINISTRATOR: "Administrator",
    Role.AUDITOR: "Auditor",
}
DONE = {
    "changed": "The role and office are changed.",
    "lock": "This user is locked out and has been signed out everywhere.",
    "unlock": "This user can sign in again.",
    "drafts-and-jobs": "Their drafts and files are deleted.",
    "second-factor": (
        "This user no longer needs a code. If your agency requires one, they set it up at their next sign-in."
    ),
}
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Act:
    """An action that needs confirmation: what it does, in sentences, and how it is done.

    `keeps`: the page lists what the user still has.
    """

    question: str
    grave: str
    sentences: tuple[str, ...]
    label: str
    do: Callable[[str], object]
    keeps: bool = False


@blueprint.get("/administration/users")
@allow_roles(ADMINISTRATION)
def users() -> str:
    return _list()


@blueprint.get("/administration/new-user")
@allow_roles(ADMINISTRATION)
def new_user() -> str:
    return _new_page()


@blueprint.post("/administration/new-user")
@allow_roles(ADMINISTRATION)
def add_user() -> ResponseReturnValue:
    try:
        new = loaded(NewUserSchema(), filled_fields())
        create_user(
            request_context(),
            new["username"],
            new["password"],
            role=_role(new["role"]),
            office=new.get("office"),
            rules=application().passwords,
        )
    except InvalidInput as refused:
        return _new_page(errors_of(refused, USER)), REFUSED
    except Conflict as refused:
        return _new_page({"username": refused.detail}), REFUSED
    return _shown_once(new["username"], new["password"])


@blueprint.get("/administration/users/<username>")
@allow_roles(ADMINISTRATION)
def user(username: str) -> str:
    return _page(find_user(request_context(), username))


@blueprint.post("/administration/users/<username>")
@allow_roles(ADMINISTRATION)
def changed_user(username: str) -> ResponseReturnValue:
    context = request_context()
    user = find_user(context, username)
    try:
        sent = dict(filled_fields())
        confirmed = sent.pop("confirmed", None)
        requested = loaded(ChangedUserSchema(), sent)
        if not confirmed and (kept := _kept_after(user, requested)):
            return _confirm_change(user, requested, kept)
        change_user(
            context,
            username,
            role=_role(requested["role"]) if "role" in requested else None,
            office=requested.get("office"),
        )
    except InvalidInput as refused:
        return _page(user, errors_of(refused, ROLE_AND_OFFICE)), REFUSED
    except Conflict as refused:
        return _page(user, {"role": refused.detail}), REFUSED
    return _back(username, "changed")


def _kept_after(user: User, requested: Mapping[str, Any]) -> StillHeld | None:
    """What the user would keep after this change; None if it changes nothing."""
    now = {"role": str(user.role), "office": _office_names()[user.office]}
    return _held(user) or None if {**now, **requested} != now else None


def _confirm_change(user: User, requested: Mapping[str, Any], kept: StillHeld) -> str:
    if "office" in requested:
        with request_context().store.reading() as tx:
            office_named(requested["office"], tx, at="/office")
    role = ROLES[_role(requested["role"]) if "role" in requested else user.role]
    return confirmation_page(
        f"Change the role or office of {user.username}?",
        f"From now on: {role}, {requested.get('office', _office_names()[user.office])}.",
        *_in_sentences(kept),
        label="Change role and office",
        action=url_for("web.changed_user", username=user.username),
        sent={**requested, "confirmed": "yes"},
        back=url_for("web.user", username=user.username),
    )


def _held(user: User) -> StillHeld:
    return still_held(request_context(), user.username)


def _in_sentences(kept: StillHeld) -> Iterator[str]:
    """What a user keeps, and who can end it."""
    for office, count in kept.people:
        people = "1 person" if count == 1 else f"{count:,} people"
        yield f"On their caseload: {people} of {office}. A supervisor of {office} can remove them."
    if kept.drafts:
        yield (
            f"Drafts: {kept.drafts}. The user can open drafts about people they can see, until the drafts "
            "expire."
        )
    if kept.jobs:
        yield (
            f"Jobs and files: {kept.jobs}. The user can download finished files until these expire. "
            "An unfinished file will contain what the user can see when RMS creates it."
        )


@blueprint.post("/administration/users/<username>/password")
@allow_roles(ADMINISTRATION)
def new_password(username: str) -> ResponseReturnValue:
    """A new password for a user who has lost theirs."""
    password = request.form.get("password", "")
    context = request_context()
    shown_user = find_user(context, username)
    if errors := blank_errors(PASSWORD):
        return _page(shown_user, errors), REFUSED
    try:
        set_password(context, username, password, rules=application().passwords)
    except InvalidInput as refused:
        return _page(shown_user, errors_of(refused, PASSWORD)), REFUSED
    return _shown_once(username, password)


@blueprint.get("/administration/users/<username>/<act>")
@allow_roles(ADMINISTRATION)
def ask_before_act(username: str, act: str) -> str:
    user, known = find_user(request_context(), username), _act(act)
    return confirmation_page(
        known.question.format(user.username),
        *known.sentences,
        *(_in_sentences(_held(user)) if known.keeps else ()),
        grave=known.grave,
        label=known.label,
        action=url_for("web.acted", username=username, act=act),
        back=url_for("web.user", username=username),
    )


@blueprint.post("/administration/users/<username>/<act>")
@allow_roles(ADMINISTRATION)
def acted(username: str, act: str) -> ResponseReturnValue:
    known = _act(act)
    known.do(username)
    return _back(username, act)


def _lock(username: str, *, active: bool) -> None:
    change_user(request_context(), username, active=active)


def _remove_second_factor(username: str) -> None:
    remove_second_factor(request_context(), username)


def _delete_kept(username: str) -> None:
    delete_kept(request_context(), username, settings=application().jobs)


ACTS = {
    "lock": Act(
        "Lock {} out?",
        "They are signed out everywhere at once.",
        (
            "They cannot sign in, and their keys do not work, until an administrator unlocks them.",
            "Submitted assessments are kept.",
            "People stay on their caseload, and are listed under “Unallocated” in their offices.",
        ),
        "Lock out",
        lambda username: _lock(username, active=False),
        keeps=True,
    ),
    "unlock": Act(
        "Unlock {}?",
        "",
        ("They can sign in with their old password, and see what their role and office allow.",),
        "Unlock",
        lambda username: _lock(username, active=True),
        keeps=True,
    ),
    "drafts-and-jobs": Act(
        "Delete the drafts and files of {}?",
        "What they have typed and not submitted is lost.",
        (
            "Their drafts are deleted.",
            "Their open jobs are cancelled, and their files are deleted.",
            "Submitted assessments and the caseload are kept.",
        ),
        "Delete drafts and files",
        _delete_kept,
    ),
    "second-factor": Act(
        "Remove the second factor of {}?",
        "Until they set it up again, they can sign in with their password alone.",
        (
            "Make sure that the request comes from them: call them, or meet them.",
            "Their authenticator app and their recovery codes stop working.",
        ),
        "Remove the second factor",
        _remove_second_factor,
    ),
}


def _act(name: str) -> Act:
    if name not in ACTS:
        raise NotFound("There is no such action.")
    return ACTS[name]


def _role(name: str) -> Role:
    role = Role(name)
    if role not in ROLES:
        raise Conflict("Add a service account for a system.")
    return role


def _list() -> str:
    return render_template(
        "access/users.html",
        users=[user for user in users_seen_by(request_context()) if user.role in ROLES],
        roles=ROLES,
        offices=_office_names(),
    )


def _new_page(errors: Errors | None = None) -> str:
    return render_template(
        "access/new_user.html",
        errors=errors or {},
        typed=typed() if errors else {},
        proposed=_offered(errors or {}),
        roles=_roles(),
        offices={name: name for name in _office_names().values()},
    )


def _page(shown_user: User, errors: Errors | None = None) -> str:
    names, kept = _office_names(), _held(shown_user)
    if shown_user.role not in ROLES:
        raise NotFound("This is a service account. See Administration, Service accounts.")
    return render_template(
        "access/user.html",
        shown_user=shown_user,
        office=names[shown_user.office],
        role=ROLES[shown_user.role],
        roles=_roles(),
        offices={name: name for name in names.values()},
        second_factor=state_of(request_context(), shown_user),
        own=shown_user.id == g.user.id,
        kept=kept,
        sentences=tuple(_in_sentences(kept)),
        proposed=_proposal(),
        errors=errors or {},
        typed={"role": str(shown_user.role), "office": names[shown_user.office], **typed(), "password": ""},
        done=done_message(DONE) if not errors else None,
    )


def _shown_once(username: str, password: str) -> str:
    """The only page that shows the new password. It cannot be shown again."""
    return render_template("access/user_password.html", username=username, password=password)


def _roles() -> dict[str, str]:
    return {str(role): label for role, label in ROLES.items()}


def _office_names() -> dict[int, str]:
    return {office.id: office.name for office in offices(request_context())}


def _proposal() -> str:
    """A random password of 100 bits that is easy to read out and type."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(5))


def _offered(errors: Errors) -> str:
    """The password that was sent, if another field was refused: it may already have been written down."""
    return _proposal() if "password" in errors else typed().get("password") or _proposal()


def _back(username: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("web.user", username=username, done=done), HTTPStatus.SEE_OTHER)
