"""The user's own password and second factor as JSON."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.problems import loaded
from api.services.access.second_factor import Enrolment, State

LONGEST = 1000


class Secret(fields.String):
    """Secret text, never repeated in a message."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=True, **kwargs)
        self.metadata = {"minLength": 1, "maxLength": LONGEST, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if type(value) is not str or not 1 <= len(value) <= LONGEST:
            raise ValidationError(f"This must be text of 1 to {LONGEST} characters.")
        return value


class PasswordBodySchema(Schema):
    current = Secret(metadata={"format": "password"})
    new = Secret(
        metadata={"format": "password", "description": "15 characters or more; 8 with a second factor."}
    )


class EnrolBodySchema(Schema):
    password = Secret(
        metadata={
            "format": "password",
            "description": "Your password again, because a session can be stolen.",
        }
    )


class CodeBodySchema(Schema):
    code = Secret(metadata={"description": "The 6 digits that the authenticator app shows now."})


class SecondFactorSchema(Schema):
    enrolled = fields.Boolean(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    recovery_codes_left = fields.Integer(required=True)


class EnrolmentSchema(Schema):
    """What an authenticator app needs, shown once. It is in use once a code of it is confirmed."""

    secret = fields.String(required=True, metadata={"description": "Base32."})
    otpauth_uri = fields.String(required=True)


class RecoveryCodesSchema(Schema):
    """Each can be used once instead of a code. They are shown once."""

    recovery_codes = fields.List(fields.String(), required=True)


@dataclass(frozen=True)
class PasswordChange:
    current: str
    new: str


def password_change(body: object) -> PasswordChange:
    """
    Raises
    ------
    InvalidInput
        With every problem of the body's shape.
    """
    return PasswordChange(**loaded(PasswordBodySchema(), body))


def password_of(body: object) -> str:
    """The password that a body repeats.

    Raises
    ------
    InvalidInput
        With every problem of the body's shape.
    """
    return str(loaded(EnrolBodySchema(), body)["password"])


def code_of(body: object) -> str:
    """
    Raises
    ------
    InvalidInput
        With every problem of the body's shape.
    """
    return str(loaded(CodeBodySchema(), body)["code"])


def shown_state(state: State) -> dict[str, Any]:
    confirmed = state.confirmed_at
    return {
        "enrolled": confirmed is not None,
        "confirmed_at": confirmed and confirmed.isoformat(),
        "recovery_codes_left": state.recovery_codes_left,
    }


def shown_enrolment(begun: Enrolment) -> dict[str, Any]:
    return dict(vars(begun))
