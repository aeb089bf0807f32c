"""Users, offices and caseloads as JSON."""

from collections.abc import Mapping

from marshmallow import Schema, ValidationError, fields

from api.schemas.json_body import Json
from api.schemas.strict_fields import OneOf, SafeText, TrueOrFalse
from api.services.access.accounts import USERNAME, USERNAME_RULE
from api.services.people.caseloads import PERSON_UNKNOWN, Held
from api.services.user_holdings import StillHeld
from api.services.users import Role, User
from api.storage import Office
from rms.assessment import offender_number
from rms.errors import NotFound

LONGEST_NAME = 64
ROLES = tuple(map(str, Role))


def _is_username(text: str) -> None:
    if not USERNAME.fullmatch(text):
        raise ValidationError(USERNAME_RULE)


class UserSchema(Schema):
    username = fields.String(required=True)
    role = fields.String(required=True, metadata={"enum": list(ROLES)})
    office = fields.String(required=True)
    active = fields.Boolean(required=True)


class PeopleOfOfficeSchema(Schema):
    office = fields.String(required=True)
    people = fields.Integer(required=True, metadata={"minimum": 1})


class StillHeldSchema(Schema):
    """What a user still has. It stays after a change of office or role, and when they are locked out."""

    people = fields.List(
        fields.Nested(PeopleOfOfficeSchema),
        required=True,
        metadata={"description": "On their caseload. A supervisor of the office can remove them."},
    )
    drafts = fields.Integer(required=True, metadata={"minimum": 0, "description": "Drafts."})
    jobs = fields.Integer(
        required=True, metadata={"minimum": 0, "description": "Jobs that are open or have a file."}
    )


class HoldingUserSchema(UserSchema):
    """A user, and what they still have."""

    holds = fields.Nested(StillHeldSchema, required=True)


class UsersSchema(Schema):
    users = fields.List(fields.Nested(UserSchema), required=True)


class MeSchema(UserSchema):
    """The user of the request."""

    awaits_notice = fields.Boolean(
        required=True, metadata={"description": "The notice has not been accepted in this session yet."}
    )


class NewUserSchema(Schema):
    """A user to add."""

    username = SafeText(longest=64, required=True, validate=_is_username)
    password = SafeText(longest=256, required=True, metadata={"description": "15 characters or more."})
    role = OneOf(*ROLES, required=True)
    office = SafeText(longest=LONGEST_NAME, metadata={"description": "The agency itself, if not given."})


class ChangedUserSchema(Schema):
    """Changes of a user; fields that are left out stay."""

    role = OneOf(*ROLES)
    office = SafeText(longest=LONGEST_NAME)
    active = TrueOrFalse(metadata={"description": "false: locked out, and signed out at once."})


class OfficeSchema(Schema):
    name = fields.String(required=True)
    parent = fields.String(
        required=True, allow_none=True, metadata={"description": "Null for the agency itself."}
    )


class OfficesSchema(Schema):
    offices = fields.List(fields.Nested(OfficeSchema), required=True)


class NewOfficeSchema(Schema):
    name = SafeText(longest=LONGEST_NAME, required=True)
    parent = SafeText(longest=LONGEST_NAME, metadata={"description": "The agency itself, if not given."})


class RenamedOfficeSchema(Schema):
    name = SafeText(longest=LONGEST_NAME, required=True)


class ParentSchema(Schema):
    parent = SafeText(
        longest=LONGEST_NAME, required=True, metadata={"description": "The office to put it below."}
    )


class CaseloadSchema(Schema):
    """The people on a user's caseload."""

    offender_numbers = fields.List(fields.String(), required=True)


class HolderSchema(UserSchema):
    """A user who has a person on their caseload: of any office and role, active or locked out."""


class HeldSchema(Schema):
    """A person's office, and the users who have them on their caseload."""

    office = fields.String(required=True)
    holders = fields.List(fields.String(), required=True, metadata={"description": "Usernames."})
    held_by = fields.List(
        fields.Nested(HolderSchema),
        required=True,
        metadata={"description": "The same users with office, role and state; of any office."},
    )


class OfficeOfPersonSchema(Schema):
    office = SafeText(longest=LONGEST_NAME, required=True)


class AcceptanceSchema(Schema):
    """Acceptance of the notice."""

    version = SafeText(longest=LONGEST_NAME, required=True)


def user_document(user: User, offices: Mapping[int, str]) -> Json:
    """`offices` is key → name of every office."""
    return {
        "username": user.username,
        "role": user.role,
        "office": offices[user.office],
        "active": user.active,
    }


def office_document(office: Office, offices: Mapping[int, str]) -> Json:
    above = None if office.parent is None else offices[office.parent]
    return {"name": office.name, "parent": above}


def held_document(held: Held) -> Json:
    return {
        "office": held.office,
        "holders": [holder.username for holder in held.holders],
        "held_by": [vars(holder) for holder in held.holders],
    }


def still_held_document(held: StillHeld) -> Json:
    people = [{"office": office, "people": count} for office, count in held.people]
    return {"people": people, "drafts": held.drafts, "jobs": held.jobs}


def number_from(text: str) -> str:
    """
    Raises
    ------
    NotFound
        If this is not a possible offender number.
    """
    known = offender_number(text)
    if known is None:
        raise NotFound(PERSON_UNKNOWN)
    return known
