"""Requests for help, and who is on the rota to answer them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update

from api.storage.audit import Audit
from api.storage.tables import help_requests, support_rota, users

_asker, _taker, _answerer = users.alias("asker"), users.alias("taker"), users.alias("answerer")
_select: Select[Any] = (
    select(
        *(
            help_requests.c[name]
            for name in ("id", "page", "text", "asked_at", "answer", "answered_at", "closed_at")
        ),
        _asker.c.username.label("by"),
        _taker.c.username.label("taken_by"),
        _answerer.c.username.label("answered_by"),
    )
    .join_from(help_requests, _asker, _asker.c.id == help_requests.c.user_id)
    .outerjoin(_taker, _taker.c.id == help_requests.c.taken_by)
    .outerjoin(_answerer, _answerer.c.id == help_requests.c.answered_by)
)


@dataclass(frozen=True)
class HelpRequest:
    """What somebody needs. `page` is the template of the route they came from; empty if not known."""

    id: int
    page: str
    text: str
    asked_at: datetime
    by: str
    taken_by: str | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    closed_at: datetime | None


class HelpRequests:
    """Requests and the rota in one transaction. The audit log never has a text."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(self, text: str, *, page: str, user: int, by: str, at: datetime) -> int:
        values = {"text": text, "page": page, "user_id": user, "asked_at": at}
        adding = insert(help_requests).returning(help_requests.c.id)
        key: int = self._connection.execute(adding, values).scalar_one()
        self._note("asked", key, by=by, at=at, page=page)
        return key

    def number_since(self, moment: datetime, *, user: int) -> int:
        """How many requests a user has made after that moment."""
        conditions = (help_requests.c.user_id == user, help_requests.c.asked_at > moment)
        return self._connection.scalar(select(func.count()).where(*conditions)) or 0

    def get(self, key: int) -> HelpRequest | None:
        found = self._found(help_requests.c.id == key, most=1)
        return found[0] if found else None

    def of(self, user: int, *, most: int) -> tuple[HelpRequest, ...]:
        """A user's own requests, newest first."""
        return self._found(help_requests.c.user_id == user, most=most)

    def not_closed(self, *, most: int) -> tuple[HelpRequest, ...]:
        """The requests that are not closed, oldest first."""
        return self._found(help_requests.c.closed_at.is_(None), most=most, oldest=True)

    def closed(self, *, most: int) -> tuple[HelpRequest, ...]:
        """The requests that were closed, newest first."""
        return self._found(help_requests.c.closed_at.is_not(None), most=most)

    def number_unanswered(self) -> int:
        """How many requests are neither answered nor closed."""
        unanswered = (help_requests.c.closed_at.is_(None), help_requests.c.answer.is_(None))
        return self._connection.scalar(select(func.count()).where(*unanswered)) or 0

    def take(self, key: int, *, user: int, by: str, at: datetime) -> None:
        self._change(key, {"taken_by": user})
        self._note("taken", key, by=by, at=at)

    def answer(self, key: int, answer: str, *, user: int, by: str, at: datetime) -> None:
        """Answer it. Somebody who had not taken it takes it with that."""
        taken = func.coalesce(help_requests.c.taken_by, user)
        self._change(key, {"answer": answer, "answered_by": user, "answered_at": at, "taken_by": taken})
        self._note("answered", key, by=by, at=at)

    def close(self, key: int, *, by: str, at: datetime) -> None:
        self._change(key, {"closed_at": at})
        self._note("closed", key, by=by, at=at)

    def rota(self, first: date, last: date) -> Mapping[date, tuple[str, ...]]:
        """Monday → who is on the rota in its week, by name, for the weeks that begin on these days."""
        chosen = (
            select(support_rota.c.monday, users.c.username)
            .join(users, users.c.id == support_rota.c.user_id)
            .where(support_rota.c.monday >= first, support_rota.c.monday <= last)
            .order_by(support_rota.c.monday, users.c.username)
        )
        found: dict[date, tuple[str, ...]] = {}
        for row in self._connection.execute(chosen):
            found[row.monday] = (*found.get(row.monday, ()), row.username)
        return found

    def is_named(self, user: int, *, since: date) -> bool:
        """Whether a user is on the rota in a week that begins on this day or later."""
        chosen = select(support_rota.c.user_id).where(
            support_rota.c.user_id == user, support_rota.c.monday >= since
        )
        return self._connection.scalar(chosen.limit(1)) is not None

    def set_rota(self, monday: date, named: Collection[int], *, by: str, at: datetime) -> None:
        """Who is on the rota in the week that begins on this Monday, in place of those before."""
        self._connection.execute(delete(support_rota).where(support_rota.c.monday == monday))
        if named:
            rows = [{"monday": monday, "user_id": user} for user in sorted(named)]
            self._connection.execute(insert(support_rota), rows)
        self._audit.append(
            "support_rota.set",
            actor=by,
            at=at,
            object_kind="support_rota",
            object_key=monday.isoformat(),
            detail={"users": len(named)},
        )

    def _found(
        self, test: ColumnElement[bool], *, most: int, oldest: bool = False
    ) -> tuple[HelpRequest, ...]:
        order = help_requests.c.id if oldest else help_requests.c.id.desc()
        rows = self._connection.execute(_select.where(test).order_by(order).limit(most))
        return tuple(HelpRequest(**row._mapping) for row in rows)

    def _change(self, key: int, values: Mapping[str, Any]) -> None:
        self._connection.execute(update(help_requests).where(help_requests.c.id == key).values(**values))

    def _note(self, action: str, key: int, *, by: str, at: datetime, **detail: str) -> None:
        self._audit.append(
            f"help_request.{action}",
            actor=by,
            at=at,
            object_kind="help_request",
            object_key=str(key),
            detail=detail,
        )
