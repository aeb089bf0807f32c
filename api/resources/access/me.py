"""The user's own password and second factor."""

from flask import Response, g

from api.auth import session_token
from api.auth.roles import ADMINISTRATION, EVERYBODY
from api.context import application, request_context, throttle
from api.resources.routing import Routes, Success, json_answer
from api.schemas.access.me import (
    CodeBodySchema,
    EnrolBodySchema,
    EnrolmentSchema,
    PasswordBodySchema,
    RecoveryCodesSchema,
    SecondFactorSchema,
    code_of,
    password_change,
    password_of,
    shown_enrolment,
    shown_state,
)
from api.schemas.json_body import json_body
from api.services.access.password_changes import change_password, confirm_password
from api.services.access.second_factor import confirm, enrol, remove_second_factor, state_of

routes = Routes("me", about="Your own password and second factor.")


@routes.put(
    "/me/password",
    Success(status=204, description="The password is changed."),
    body=PasswordBodySchema,
    allow_roles=EVERYBODY,
)
def password() -> Response:
    """Change your password. You are signed out everywhere else."""
    passwords = password_change(json_body())
    change_password(
        request_context(),
        passwords.new,
        current=passwords.current,
        keeping=session_token(),
        rules=application().passwords,
        rule=application().second_factor,
        throttle=throttle(),
    )
    return Response(status=204)


@routes.get("/me/second-factor", Success(SecondFactorSchema), allow_roles=EVERYBODY)
def second_factor() -> Response:
    """Whether you have a second factor, and how many recovery codes are left."""
    return json_answer(shown_state(state_of(request_context(), g.user)))


@routes.post(
    "/me/second-factor", Success(EnrolmentSchema, status=201), body=EnrolBodySchema, allow_roles=EVERYBODY
)
def begin_second_factor() -> Response:
    """Start setting up an authenticator app. Its secret is shown once. Confirm it to require codes."""
    repeated = password_of(json_body())
    confirm_password(request_context(), repeated, throttle=throttle())
    begun = enrol(request_context(), g.user, rule=application().second_factor, cipher=application().cipher)
    return json_answer(shown_enrolment(begun), status=201)


@routes.post(
    "/me/second-factor/confirmation", Success(RecoveryCodesSchema), body=CodeBodySchema, allow_roles=EVERYBODY
)
def confirm_second_factor() -> Response:
    """Confirm the authenticator app with a code. The recovery codes are shown once."""
    codes = confirm(
        request_context(), g.user, code_of(json_body()), cipher=application().cipher, throttle=throttle()
    )
    return json_answer({"recovery_codes": list(codes)})


@routes.delete(
    "/users/<string:username>/second-factor",
    Success(status=204, description="The second factor is removed."),
    allow_roles=ADMINISTRATION,
)
def remove(username: str) -> Response:
    """Remove the second factor of a user who has lost it."""
    remove_second_factor(request_context(), username)
    return Response(status=204)
