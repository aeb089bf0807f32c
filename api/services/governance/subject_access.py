"""All that is held about one person, for that person to see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.services.context import Context
from api.services.governance.holds import NOBODY
from api.storage import Draft, ErasureRequest, Hold
from rms.errors import NotFound
from rms.submission import Submission

FORMER = "former user"


@dataclass(frozen=True)
class Look:
    """That somebody of this role did something with one of the person's assessments."""

    at: datetime
    role: str
    action: str


@dataclass(frozen=True)
class PersonalRecord:
    """Everything about a person. Staff appear by their role, and `submissions` are read as they are consumed.

    `also_held` are rows of tables that have no place of their own here.
    """

    offender_number: str
    at: datetime
    hold: Hold | None
    erasure: ErasureRequest | None
    drafts: tuple[Draft, ...]
    looks: tuple[Look, ...]
    also_held: Mapping[str, list[dict[str, Any]]]
    submissions: Iterator[Submission]


def record_of(context: Context, number: str) -> PersonalRecord:
    """
    Raises
    ------
    NotFound
        If nothing has been submitted about anybody of this number.
    """
    with context.store.reading() as tx:
        listed = tx.submissions.history(number)
        if not listed:
            raise NotFound(NOBODY)
        roles = tx.people.roles()
        keys = sorted(one.key for one in listed)
        hold, erasure = tx.holds.of(number), tx.erasures.of(number, at=context.at)
        record = PersonalRecord(
            offender_number=number,
            at=context.at,
            hold=hold and replace(hold, placed_by=_role(hold.placed_by, roles)),
            erasure=erasure and replace(erasure, requester=_role(erasure.requester, roles)),
            drafts=tx.drafts.naming(number),
            looks=tuple(Look(one.at, _role(one.actor, roles), one.action) for one in tx.people.looks(keys)),
            also_held=tx.people.also_held(number),
            submissions=_submissions(context, [one.id for one in reversed(listed)], roles),
        )
    with context.store.transaction() as tx:
        tx.audit.append(
            "person.disclosed",
            actor=context.by,
            at=context.at,
            object_kind="assessment",
            object_key=str(keys[0]),
        )
    return record


def _submissions(context: Context, ids: list[str], roles: Mapping[str, str]) -> Iterator[Submission]:
    for id in ids:
        with context.store.reading() as tx:
            found = tx.submissions.get(id)
        if found is not None:  # it could have been erased meanwhile
            yield replace(found, submitted_by=_role(found.submitted_by, roles))


def _role(name: str, roles: Mapping[str, str]) -> str:
    return roles.get(name, FORMER)
