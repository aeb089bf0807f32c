"""Users, for administrators: let in, changed, locked out, given a new password."""

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
from api.web.form_data import Errors, done_message, errors_of, given, typed
from api.web.form_messages import PASSWORD, ROLE_AND_OFFICE, USER
from rms.errors import Conflict, InvalidInput, NotFound

# A system comes in as a service account, which has a page of its own.
ROLES = {
    Role.CASE_WORKER: "Case worker",
    Role.SUPERVISOR: "Supervisor",
    Role.ANALYST: "Analyst",
    Role.ADMINISTRATOR: "Administrator",
    Role.AUDITOR: "Auditor",
}
DONE = {
    "changed": "The role and office are changed.",
    "lock": "This user is locked out and has been signed out everywhere.",
    "unlock": "This user may sign in again.",
    "drafts-and-jobs": "Their forms and files are deleted.",
    "second-factor": (
        "This user no longer needs a code. If your agency requires one, they set it up at their next sign-in."
    ),
}
IT_WAS_YOU = "Your name is logged."
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Act:
    """Something grave that is done to a user: what it does, in sentences, and how it is done.

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
        asked = loaded(NewUserSchema(), given())
        create_user(
            request_context(),
            asked["username"],
            asked["password"],
            role=_role(asked["role"]),
            office=asked.get("office"),
            rules=application().passwords,
        )
    except InvalidInput as refused:
        return _new_page(errors_of(refused, USER)), REFUSED
    except Conflict as refused:
        return _new_page({"username": refused.detail}), REFUSED
    return _shown_once(asked["username"], asked["password"])


@blueprint.get("/administration/users/<username>")
@allow_roles(ADMINISTRATION)
def user(username: str) -> str:
    return _page(find_user(request_context(), username))


@blueprint.post("/administration/users/<username>")
@allow_roles(ADMINISTRATION)
def changed_user(username: str) -> ResponseReturnValue:
    context = request_context()
    found = find_user(context, username)
    try:
        sent = dict(given())
        confirmed = sent.pop("confirmed", None)
        asked = loaded(ChangedUserSchema(), sent)
        if not confirmed and (kept := _kept_over(found, asked)):
            return _asked_before_change(found, asked, kept)
        change_user(
            context,
            username,
            role=_role(asked["role"]) if "role" in asked else None,
            office=asked.get("office"),
        )
    except InvalidInput as refused:
        return _page(found, errors_of(refused, ROLE_AND_OFFICE)), REFUSED
    except Conflict as refused:
        return _page(found, {"role": refused.detail}), REFUSED
    return _back(username, "changed")


def _kept_over(found: User, asked: Mapping[str, Any]) -> StillHeld | None:
    """What the user holds and would keep over this change; None where nothing changes."""
    now = {"role": str(found.role), "office": _office_names()[found.office]}
    return _held(found) or None if {**now, **asked} != now else None


def _asked_before_change(found: User, asked: Mapping[str, Any], kept: StillHeld) -> str:
    if "office" in asked:
        with request_context().store.reading() as tx:
            office_named(asked["office"], tx, at="/office")
    return render_template(
        "confirm.html",
        heading=f"Change the role or office of {found.username}?",
        sentences=(
            f"From now on: {ROLES[_role(asked['role'])] if 'role' in asked else ROLES[found.role]}, "
            f"{asked.get('office', _office_names()[found.office])}.",
            *_in_sentences(kept),
            IT_WAS_YOU,
        ),
        label="Change",
        action=url_for("web.changed_user", username=found.username),
        sent={**asked, "confirmed": "yes"},
        back=url_for("web.user", username=found.username),
    )


def _held(found: User) -> StillHeld:
    return still_held(request_context(), found.username)


def _in_sentences(kept: StillHeld) -> Iterator[str]:
    """What a user keeps, and who can end it."""
    for office, count in kept.people:
        people = "1 person" if count == 1 else f"{count:,} people"
        yield f"On their caseload: {people} of {office}. A supervisor of {office} can take them off."
    if kept.drafts:
        yield f"Forms begun: {kept.drafts}. They can open these until their time is over."
    if kept.jobs:
        yield (
            f"Jobs and files: {kept.jobs}. They can fetch a file until its time is over. "
            "A file that is yet to be made has what they may see then."
        )


@blueprint.post("/administration/users/<username>/password")
@allow_roles(ADMINISTRATION)
def new_password(username: str) -> ResponseReturnValue:
    """For somebody who has lost theirs."""
    password = request.form.get("password", "")
    context = request_context()
    found = find_user(context, username)
    try:
        set_password(context, username, password, rules=application().passwords)
    except InvalidInput as refused:
        return _page(found, errors_of(refused, PASSWORD)), REFUSED
    return _shown_once(username, password)


@blueprint.get("/administration/users/<username>/<act>")
@allow_roles(ADMINISTRATION)
def ask_before_act(username: str, act: str) -> str:
    found, known = find_user(request_context(), username), _act(act)
    return render_template(
        "confirm.html",
        heading=known.question.format(found.username),
        grave=known.grave,
        sentences=(*known.sentences, *(_in_sentences(_held(found)) if known.keeps else ()), IT_WAS_YOU),
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
        "They are signed out at once, wherever they are.",
        (
            "They cannot sign in until an administrator unlocks them.",
            "Their keys do not work until then.",
            "What they submitted stays.",
            "Their people stay on their caseload, and are listed under “Unallocated” in their offices.",
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
        "Delete the forms and files of {}?",
        "What they have typed and not submitted is lost.",
        (
            "Forms that they have begun are deleted.",
            "Jobs that are open are cancelled, and files that were made are deleted.",
            "What they submitted stays, and so does their caseload.",
        ),
        "Delete forms and files",
        _delete_kept,
    ),
    "second-factor": Act(
        "Remove the second factor of {}?",
        "Until they enrol again, their password alone opens their account.",
        (
            "Make sure that it is they who ask: call them, or meet them.",
            "Their authenticator and their recovery codes are worth nothing from then on.",
        ),
        "Remove the second factor",
        _remove_second_factor,
    ),
}


def _act(name: str) -> Act:
    if name not in ACTS:
        raise NotFound("There is no such page of a user.")
    return ACTS[name]


def _role(name: str) -> Role:
    role = Role(name)
    if role not in ROLES:
        raise Conflict("A system comes in as a service account.")
    return role


def _list() -> str:
    found = users_seen_by(request_context())
    return render_template(
        "access/users.html",
        users=[one for one in found if one.role in ROLES],
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


def _page(found: User, errors: Errors | None = None) -> str:
    names, kept = _office_names(), _held(found)
    if found.role not in ROLES:
        raise NotFound("This is a service account, which has a page of its own.")
    return render_template(
        "access/user.html",
        found=found,
        office=names[found.office],
        role=ROLES[found.role],
        roles=_roles(),
        offices={name: name for name in names.values()},
        second_factor=state_of(request_context(), found),
        own=found.id == g.user.id,
        kept=kept,
        sentences=tuple(_in_sentences(kept)),
        proposed=_proposal(),
        errors=errors or {},
        typed={"role": str(found.role), "office": names[found.office], **typed(), "password": ""},
        done=done_message(DONE) if not errors else None,
    )


def _shown_once(username: str, password: str) -> str:
    """The one page that tells the new password: nothing can show it again, not even this address."""
    return render_template("access/user_password.html", username=username, password=password)


def _roles() -> dict[str, str]:
    return {str(role): label for role, label in ROLES.items()}


def _office_names() -> dict[int, str]:
    return {one.id: one.name for one in offices(request_context())}


def _proposal() -> str:
    """A password that can be read out and typed: 100 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(5))


def _offered(errors: Errors) -> str:
    """The password that was sent, where something else was refused: it may have been noted down already."""
    return _proposal() if "password" in errors else typed().get("password") or _proposal()


def _back(username: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("web.user", username=username, done=done), HTTPStatus.SEE_OTHER)
