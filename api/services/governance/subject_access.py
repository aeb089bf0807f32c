"""All data held about one person, for a subject access request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.services.context import Context
from api.services.governance.holds import PERSON_UNKNOWN
from api.services.governance.visits import names_about, visits
from api.services.people.naming import PersonNamed, key_of
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

    `person` is the key. `offender_number` is empty if they have none; `called` names them then, too.
    `also_held` are the rows of the other tables, by table.
    """

    person: int
    called: str
    offender_number: str
    at: datetime
    hold: Hold | None
    erasure: ErasureRequest | None
    drafts: tuple[Draft, ...]
    looks: tuple[Look, ...]
    also_held: Mapping[str, list[dict[str, Any]]]
    submissions: Iterator[Submission]


def record_of(context: Context, named: PersonNamed) -> PersonalRecord:
    """
    Raises
    ------
    NotFound
        If the caller may see no such person.
    """
    with context.store.reading() as tx:
        person = key_of(named, tx)
        number = named if isinstance(named, str) else (person and tx.people.number(person)) or ""
        listed = tx.submissions.history(number) if number else ()
        if person is None or not (listed or tx.caseload.may_write_about(person)):
            raise NotFound(PERSON_UNKNOWN)
        roles = tx.personal_records.roles()
        hold, erasure = tx.holds.of(person), tx.erasures.of(person, at=context.at)
        parts = tx.people.parts(person)
        entries = tuple(tx.audit.entries_about(*parts))
        names = names_about(person, entries, tx)
        by_role = {key: f"a {_role(name, roles).replace('_', ' ')}" for key, name in names.users.items()}
        names = replace(names, users=by_role)
        record = PersonalRecord(
            person=person,
            called=names.person,
            offender_number=number,
            at=context.at,
            hold=hold and replace(hold, placed_by=_role(hold.placed_by, roles)),
            erasure=erasure and replace(erasure, requester=_role(erasure.requester, roles)),
            drafts=tx.drafts.naming(number),
            looks=tuple(
                Look(visit.at, _role(visit.actor, roles), visit.action, visit.said)
                for visit in visits(entries, names)
            ),
            also_held=tx.personal_records.also_held(parts),
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
