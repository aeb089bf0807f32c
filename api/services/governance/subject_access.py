"""All data held about one person, for a subject access request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.services.context import Context
from api.services.governance.holds import PERSON_UNKNOWN
from api.services.governance.visits import names_about, visits
from api.storage import Draft, ErasureRequest, Hold
from rms.errors import NotFound
from rms.submission import Submission

FORMER = "former user"


@dataclass(frozen=True)
class Look:
    """What a user with this role did or saw. `said` follows the role."""

    at: datetime
    role: str
    action: str
    said: str


@dataclass(frozen=True)
class PersonalRecord:
    """All data about a person. Staff appear by their role. `submissions` are read as they are consumed.

    `also_held` are the rows of the other tables, by table.
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
        If the caller may see no person with this number.
    """
    with context.store.reading() as tx:
        person = tx.people.key(number)
        listed = tx.submissions.history(number)
        if person is None or not (listed or tx.caseload.may_write_about(person)):
            raise NotFound(PERSON_UNKNOWN)
        roles = tx.personal_records.roles()
        hold, erasure = tx.holds.of(person), tx.erasures.of(person, at=context.at)
        names = names_about(person, number, tx)
        by_role = {key: f"a {_role(name, roles).replace('_', ' ')}" for key, name in names.users.items()}
        names = replace(names, users=by_role)
        record = PersonalRecord(
            offender_number=number,
            at=context.at,
            hold=hold and replace(hold, placed_by=_role(hold.placed_by, roles)),
            erasure=erasure and replace(erasure, requester=_role(erasure.requester, roles)),
            drafts=tx.drafts.naming(number),
            looks=tuple(
                Look(visit.at, _role(visit.actor, roles), visit.action, visit.said)
                for visit in visits(tx.audit.entries_about(person), names)
            ),
            also_held=tx.personal_records.also_held(person),
            submissions=_submissions(context, [submission.id for submission in reversed(listed)], roles),
        )
    with context.store.transaction() as tx:
        tx.audit.append(
            "person.disclosed",
            actor=context.by,
            at=context.at,
            object_kind="person",
            object_key=str(person),
        )
    return record


def _submissions(context: Context, ids: list[str], roles: Mapping[str, str]) -> Iterator[Submission]:
    for id in ids:
        with context.store.reading() as tx:
            submission = tx.submissions.get(id)
        if submission is not None:  # it may have been erased in the meantime
            yield replace(submission, submitted_by=_role(submission.submitted_by, roles))


def _role(name: str, roles: Mapping[str, str]) -> str:
    return roles.get(name, FORMER)
