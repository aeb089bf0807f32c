"""Drafts: forms started but not submitted. Each belongs to one user, its author, and only they see it.

A draft about a person who has been assessed is hidden while its author may not see that person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from api.storage.audit import Audit
from api.storage.people.caseload import Caseload
from api.storage.tables import drafts
from rms.assessment import offender_number

NAMING = ("offender_number", "baseline_id", "based_on", "corrects")  # fields that identify a person


@dataclass(frozen=True)
class Draft:
    """An unfinished form. `body` is an API request body, complete and valid or not; `version` counts changes.

    `carried` are the codes of items whose answers were carried over from the assessment `carried_from`, made
    on the day `carried_on`, and not checked since.
    """

    id: str
    owner: int
    version: int
    body: Mapping[str, Any]
    created_at: datetime
    changed_at: datetime
    expires_at: datetime
    carried: tuple[str, ...] = ()
    carried_from: str | None = None
    carried_on: date | None = None


class Drafts:
    """The drafts within one transaction. Expired drafts are not found."""

    def __init__(self, connection: Connection, audit: Audit, caseload: Caseload) -> None:
        self._connection = connection
        self._audit = audit
        self._caseload = caseload

    def add(self, draft: Draft, *, by: str) -> None:
        self._connection.execute(insert(drafts), vars(draft))
        self._note("draft.started", draft.id, by=by, at=draft.created_at)

    def get(self, id: str, *, owner: int, at: datetime) -> Draft | None:
        """The draft, if its owner, who is the viewer, may see it."""
        row = self._connection.execute(
            select(drafts).where(drafts.c.id == id, drafts.c.owner == owner, drafts.c.expires_at > at)
        ).first()
        draft = None if row is None else _draft(row)
        return None if draft is None or self.is_hidden(draft) else draft

    def visible_of(self, owner: int, *, at: datetime) -> tuple[Draft, ...]:
        """Those that their owner, who is the viewer, may see, the one changed last first."""
        drafts = self.of(owner, at=at)
        hidden = self._caseload.not_theirs(frozenset().union(*map(numbers_in, drafts)))
        return tuple(draft for draft in drafts if not hidden & numbers_in(draft))

    def is_hidden(self, draft: Draft) -> bool:
        """Whether the draft names an assessed person whom the viewer may not see."""
        return bool(self._caseload.not_theirs(numbers_in(draft)))

    def of(self, owner: int, *, at: datetime) -> tuple[Draft, ...]:
        """All drafts of one user, hidden ones too, most recently changed first."""
        query = (
            select(drafts)
            .where(drafts.c.owner == owner, drafts.c.expires_at > at)
            .order_by(drafts.c.changed_at.desc(), drafts.c.id)
        )
        return tuple(_draft(row) for row in self._connection.execute(query))

    def number_of(self, owner: int) -> int:
        """How many drafts one user has, including expired ones."""
        return self._connection.scalar(select(func.count()).where(drafts.c.owner == owner)) or 0

    def naming(self, number: str) -> tuple[Draft, ...]:
        """All drafts of all users about this person, including expired ones."""
        return tuple(drafts_naming(number, self._connection))

    def change(self, draft: Draft, *, by: str) -> bool:
        """Store the draft as the next version; False if the stored version is no longer the previous one."""
        # The version is checked in the same statement, so that one of two concurrent writers is refused.
        changed = self._connection.execute(
            update(drafts)
            .where(drafts.c.id == draft.id, drafts.c.version == draft.version - 1)
            .values(vars(draft))
        )
        if changed.rowcount:
            self._note("draft.changed", draft.id, by=by, at=draft.changed_at)
        return bool(changed.rowcount)

    def end(self, draft: Draft, *, action: str, by: str, at: datetime) -> bool:
        """Delete the draft; False if it no longer exists or has another version."""
        deleted = self._connection.execute(
            delete(drafts).where(drafts.c.id == draft.id, drafts.c.version == draft.version)
        )
        if deleted.rowcount:
            self._note(action, draft.id, by=by, at=at)
        return bool(deleted.rowcount)

    def delete_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(drafts).where(drafts.c.expires_at <= at))

    def _note(self, action: str, id: str, *, by: str, at: datetime) -> None:
        self._audit.append(action, actor=by, at=at, object_kind="draft", object_key=id)


def drafts_naming(number: str, connection: Connection) -> Iterator[Draft]:
    for row in connection.execute(select(drafts).order_by(drafts.c.created_at)):
        draft = _draft(row)
        if number in numbers_in(draft):
            yield draft


def numbers_in(draft: Draft) -> frozenset[str]:
    """The offender numbers that the draft names. It holds what was typed: it is read as when submitted."""
    typed = (str(draft.body.get(name) or "").partition("-")[0] for name in NAMING)
    return frozenset(filter(None, map(offender_number, typed)))


def _draft(row: Row[Any]) -> Draft:
    return Draft(**{**row._mapping, "carried": tuple(row.carried)})
