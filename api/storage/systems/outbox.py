"""The outbox: events for webhooks, written with what they tell of and kept until they have arrived."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, or_, select, true, update

from api.storage.row_access import authorised
from api.storage.tables import Instant, assessments, outbox, users, webhooks
from api.storage.viewer import Viewer
from rms.assessment import AssessmentKind

# Longer than a claimed batch can take. Should whoever claimed it die, it is due again after that.
LEASE = timedelta(minutes=5)
KEPT = timedelta(days=30)

_columns = ("event", "webhook", "assessment", "created_at", "attempts", "due_at")
_at = bindparam("at", type_=Instant)
# Asks and adds in one statement: where nobody listens, it is one look into an index.
_announce = insert(outbox).from_select(
    _columns,
    select(
        bindparam("event", type_=outbox.c.event.type),
        webhooks.c.id,
        bindparam("assessment", type_=outbox.c.assessment.type),
        _at,
        bindparam("attempts", 0, type_=outbox.c.attempts.type),
        _at,
    )
    .join_from(users, webhooks)
    .where(users.c.username == bindparam("by"), webhooks.c.active),
)
_due = (
    select(outbox.c.id)
    .join_from(outbox, webhooks)
    .join(users)
    .where(
        outbox.c.due_at <= _at,
        webhooks.c.active,
        users.c.active,
        or_(webhooks.c.quiet_until.is_(None), webhooks.c.quiet_until <= _at),
    )
)
_first_due = _due.limit(1)
_claimable = (
    _due.order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=outbox)  # what another process is claiming is not waited for
    .cte("claimable")
)
_claim = (
    update(outbox)
    .where(outbox.c.id.in_(select(_claimable.c.id)))
    .values(due_at=bindparam("until", type_=Instant))
    .returning(outbox.c.id)
)
_whole = (
    select(outbox, webhooks.c.owner, webhooks.c.url, webhooks.c.secret_number, webhooks.c.failing_since)
    .add_columns(assessments.c.id.label("assessment_id"), assessments.c.kind, assessments.c.submitted_at)
    .join_from(outbox, webhooks)
    .outerjoin(assessments)
)


@dataclass(frozen=True)
class Simulated:
    """The assessment that an event tells of."""

    id: str
    kind: AssessmentKind
    submitted_at: datetime


@dataclass(frozen=True)
class Delivery:
    """An event for one webhook. It is over without `due_at`: delivered, or else failed.

    `status` is that of the last answer, `problem` why the last attempt failed; a test tells of nothing
    `simulated`.
    """

    id: int
    event: str
    webhook: str
    created_at: datetime
    attempts: int
    due_at: datetime | None
    delivered_at: datetime | None
    status: int | None
    problem: str | None
    owner: int
    url: str
    secret_number: int
    failing_since: datetime | None
    simulated: Simulated | None


def announce(connection: Connection, keys: Iterable[int], *, by: str, at: datetime) -> None:
    """Add the events of these submissions to the outbox of every webhook whose owner may see them."""
    given = [{"event": new_event(), "assessment": key, "at": at, "by": by} for key in keys]
    connection.execute(_announce, given)


def new_event() -> str:
    """Drawn at random: it says nothing about anybody."""
    return f"evt_{secrets.token_urlsafe(16)}"


class Outbox:
    """The outbox as one transaction sees it: without a `viewer`, all of it."""

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        seen = and_(true(), *(criterion.test for criterion in authorised(viewer)))
        self._visible = or_(outbox.c.assessment.is_(None), seen)

    def add_test(self, webhook: str, *, at: datetime) -> Delivery:
        """An event that tells of nothing."""
        values = {"event": new_event(), "webhook": webhook, "created_at": at, "attempts": 0, "due_at": at}
        id = self._connection.execute(insert(outbox).returning(outbox.c.id), values).scalar_one()
        return _delivery(self._connection.execute(_whole.where(outbox.c.id == id)).one())

    def forget_tests(self, webhook: str, *, but: int) -> None:
        """Delete the tests of a webhook, save the newest `but`."""
        tests = (outbox.c.webhook == webhook, outbox.c.assessment.is_(None))
        newest = select(outbox.c.id).where(*tests).order_by(outbox.c.id.desc()).limit(but)
        self._connection.execute(delete(outbox).where(*tests, outbox.c.id.not_in(newest)))

    def of(self, webhook: str, *, most: int) -> tuple[Delivery, ...]:
        """The latest deliveries of a webhook, newest first, of what the viewer may see."""
        chosen = (
            _whole.where(outbox.c.webhook == webhook, self._visible).order_by(outbox.c.id.desc()).limit(most)
        )
        return tuple(map(_delivery, self._connection.execute(chosen)))

    def is_due(self, *, at: datetime) -> bool:
        """Whether there may be something to claim; it costs no turn of writing."""
        return self._connection.scalar(_first_due, {"at": at}) is not None

    def claim(self, *, most: int, at: datetime) -> tuple[Delivery, ...]:
        """Take what is due, oldest first: nobody else is given it for as long as `LEASE`."""
        given = {"at": at, "most": most, "until": at + LEASE}
        claimed = self._connection.execute(_claim, given).scalars().all()
        found = self._connection.execute(_whole.where(outbox.c.id.in_(claimed)).order_by(outbox.c.id))
        return tuple(map(_delivery, found))

    def is_visible(self, delivery: Delivery) -> bool:
        """Whether the viewer may see what the event tells of."""
        visible = _whole.where(outbox.c.id == delivery.id, self._visible)
        return self._connection.execute(visible).first() is not None

    def withdraw(self, delivery: Delivery) -> None:
        """Delete an event that is not to be delivered."""
        self._connection.execute(delete(outbox).where(outbox.c.id == delivery.id))

    def give_back(self, delivery: Delivery, *, at: datetime) -> None:
        """What was claimed is due again, untried."""
        self._set(delivery.id, due_at=at)

    def arrived(self, delivery: Delivery, *, status: int, at: datetime) -> None:
        tried = outbox.c.attempts + 1
        self._set(delivery.id, attempts=tried, due_at=None, delivered_at=at, status=status, problem=None)

    def failed(
        self, delivery: Delivery, *, problem: str, status: int | None, again_at: datetime | None
    ) -> None:
        """Try again then, or never. What has arrived meanwhile stays as it is."""
        tried = outbox.c.attempts + 1
        self._set(delivery.id, attempts=tried, due_at=again_at, status=status, problem=problem)

    def delete_old(self, *, at: datetime) -> None:
        self._connection.execute(delete(outbox).where(outbox.c.created_at <= at - KEPT))

    def _set(self, id: int, /, **values: Any) -> None:
        open_ = (outbox.c.id == id, outbox.c.delivered_at.is_(None))
        self._connection.execute(update(outbox).where(*open_).values(**values))


def _delivery(row: Row[Any]) -> Delivery:
    found = dict(row._mapping)
    id, kind, at = (found.pop(name) for name in ("assessment_id", "kind", "submitted_at"))
    del found["assessment"]
    return Delivery(**found, simulated=None if id is None else Simulated(id, AssessmentKind(kind), at))
