"""Users, their roles and offices."""

from typing import Any

from flask import Response, g

from api.auth import session_token
from api.auth.roles import ADMINISTRATION, AGENCY_POLICY, EVERYBODY
from api.context import application, request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.access.accounts import (
    AcceptanceSchema,
    ChangedUserSchema,
    HoldingUserSchema,
    MeSchema,
    NewUserSchema,
    UserSchema,
    UsersSchema,
    still_held_document,
    user_document,
)
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.services.access.accounts import accept_notice, change_user, create_user, find_user, users_seen_by
from api.services.access.offices import office_names
from api.services.user_holdings import delete_kept, still_held
from api.services.users import Role, User
from rms.errors import Conflict

routes = Routes("accounts", about="Users, their roles and offices.")


@routes.get("/me", Success(MeSchema), allow_roles=EVERYBODY, before_notice=True)
def me() -> Response:
    """The user of this request."""
    return json_answer({**_shown(g.user), "awaits_notice": g.user.awaits_notice})


@routes.post(
    "/disclaimer-acceptances",
    Success(AcceptanceSchema, status=201),
    body=AcceptanceSchema,
    allow_roles=EVERYBODY,
    before_notice=True,
)
def accept() -> Response:
    """Accept the notice of this version for your session."""
    version = loaded(AcceptanceSchema(), json_body())["version"]
    token = session_token()
    if token is None:
        raise Conflict("The notice is accepted in a session. Keys do not need it.")
    accept_notice(request_context(), version, token=token)
    return json_answer({"version": version}, status=201)


@routes.get("/users", Success(UsersSchema), allow_roles=AGENCY_POLICY)
def listing() -> Response:
    """List users by name; for a supervisor those of their offices."""
    context = request_context()
    names = office_names(context)
    return json_answer({"users": [user_document(user, names) for user in users_seen_by(context)]})


@routes.post("/users", Success(UserSchema, status=201), body=NewUserSchema, allow_roles=ADMINISTRATION)
def add() -> Response:
    """Add a user."""
    body = loaded(NewUserSchema(), json_body())
    made = create_user(
        request_context(),
        body["username"],
        body["password"],
        role=Role(body["role"]),
        office=body.get("office"),
    )
    return json_answer(_shown(made), status=201)


@routes.get("/users/<string:username>", Success(HoldingUserSchema), allow_roles=ADMINISTRATION)
def one(username: str) -> Response:
    """One user, and what they still have."""
    return json_answer(_with_holdings(find_user(request_context(), username)))


@routes.patch(
    "/users/<string:username>", Success(HoldingUserSchema), body=ChangedUserSchema, allow_roles=ADMINISTRATION
)
def change(username: str) -> Response:
    """Change a user's role or office, lock them out or unlock them. They keep what they still have."""
    body = loaded(ChangedUserSchema(), json_body())
    changed = change_user(
        request_context(),
        username,
        role=Role(body["role"]) if "role" in body else None,
        office=body.get("office"),
        active=body.get("active"),
    )
    return json_answer(_with_holdings(changed))


@routes.delete(
    "/users/<string:username>/drafts-and-jobs", Success(HoldingUserSchema), allow_roles=ADMINISTRATION
)
def delete_drafts_and_jobs(username: str) -> Response:
    """Delete a user's drafts and files, and cancel their open jobs."""
    context = request_context()
    delete_kept(context, username, settings=application().jobs)
    return json_answer(_with_holdings(find_user(context, username)))


def _with_holdings(user: User) -> dict[str, Any]:
    held = still_held(request_context(), user.username)
    return {**_shown(user), "holds": still_held_document(held)}


def _shown(user: User) -> dict[str, Any]:
    return user_document(user, office_names(request_context()))
