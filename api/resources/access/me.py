"""One's own password and second factor."""

from flask import Response, g

from api.auth import session_token
from api.auth.roles import ADMINISTRATION, EVERYBODY
from api.context import services
from api.resources.routing import Gives, Routes, json_answer
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
    Gives(status=204, description="It holds from now on."),
    body=PasswordBodySchema,
    to=EVERYBODY,
)
def password() -> Response:
    """Replace your password. You stay signed in here, and nowhere else."""
    works_with, asked = services(), password_change(json_body())
    _confirm_password(asked.current)
    change_password(
        g.user,
        asked.new,
        keeping=session_token(),
        rules=works_with.passwords,
        rule=works_with.second_factor,
        store=works_with.store,
        at=works_with.clock(),
    )
    return Response(status=204)


@routes.get("/me/second-factor", Gives(SecondFactorSchema), to=EVERYBODY)
def second_factor() -> Response:
    """Whether a code is asked of you, and how many recovery codes are left."""
    return json_answer(shown_state(state_of(g.user, store=services().store)))


@routes.post("/me/second-factor", Gives(EnrolmentSchema, status=201), body=EnrolBodySchema, to=EVERYBODY)
def begin_second_factor() -> Response:
    """Begin to enrol an authenticator: its secret is shown once, and asked for once it is confirmed."""
    works_with, repeated = services(), password_of(json_body())
    _confirm_password(repeated)
    begun = enrol(
        g.user,
        rule=works_with.second_factor,
        store=works_with.store,
        seal=works_with.seal,
        at=works_with.clock(),
    )
    return json_answer(shown_enrolment(begun), status=201)


@routes.post("/me/second-factor/confirmation", Gives(RecoveryCodesSchema), body=CodeBodySchema, to=EVERYBODY)
def confirm_second_factor() -> Response:
    """Confirm the authenticator with a code. The recovery codes are shown once."""
    works_with = services()
    codes = confirm(
        g.user,
        code_of(json_body()),
        store=works_with.store,
        seal=works_with.seal,
        throttle=works_with.sign_ins,
        at=works_with.clock(),
    )
    return json_answer({"recovery_codes": list(codes)})


@routes.delete(
    "/users/<string:username>/second-factor",
    Gives(status=204, description="No code is asked for."),
    to=ADMINISTRATION,
)
def remove(username: str) -> Response:
    """Remove the second factor of somebody who has lost it."""
    works_with = services()
    remove_second_factor(username, by=g.user, store=works_with.store, at=works_with.clock())
    return Response(status=204)


def _confirm_password(given: str) -> None:
    works_with = services()
    confirm_password(
        g.user, given, store=works_with.store, throttle=works_with.sign_ins, at=works_with.clock()
    )
