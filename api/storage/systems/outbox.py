"""The outbox: events for webhooks, stored in the transaction of the assessment, and kept after delivery."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, insert, or_, select, true, update

from api.storage.row_access import authorised
from api.storage.tables import Instant, assessments, outbox, users, webhooks
from api.storage.viewer import Viewer
from rms.assessment import AssessmentKind

# Longer than a delivery can take. If the process that claimed it dies, it is due again after that.
LEASE = timedelta(minutes=5)
KEPT = timedelta(days=30)

_columns = ("event", "webhook", "assessment", "created_at", "attempts", "due_at")
_at = bindparam("at", type_=Instant)
_owner = select(users.c.id).where(users.c.username == bindparam("by")).scalar_subquery()
# Whether the account `by` has an active webhook. Without a join: RETURNING names columns without their table.
has_webhooks = exists().where(webhooks.c.owner == _owner, webhooks.c.active)
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
# Of one webhook after the other, each a look into the index: what waits for the others costs nothing.
_due_since = (
    select(outbox.c.due_at)
    .where(outbox.c.webhook == webhooks.c.id, outbox.c.due_at <= _at)
    .order_by(outbox.c.due_at)
    .limit(1)
    .scalar_subquery()
)
_sendable = and_(
    webhooks.c.active,
    users.c.active,
    or_(webhooks.c.quiet_until.is_(None), webhooks.c.quiet_until <= _at),
)
_due = (
    select(webhooks.c.id, webhooks.c.owner, _due_since.label("since"))
    .join_from(webhooks, users)
    .where(_sendable, _due_since.is_not(None))
    .order_by("since", webhooks.c.id)
)
_claimable = (
    select(outbox.c.id)
    .where(outbox.c.webhook == bindparam("of_webhook"), outbox.c.due_at <= _at)
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)  # without waiting for another process that claims
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
class Due:
    """A webhook that has an event to claim, and its owner."""

    webhook: str
    owner: int


@dataclass(frozen=True)
class Simulated:
    """The assessment of an event."""

    id: str
    kind: AssessmentKind
    submitted_at: datetime


@dataclass(frozen=True)
class Delivery:
    """An event for one webhook. Without `due_at` it is finished: delivered or failed.

    `status` is that of the last answer, `problem` why the last attempt failed. A test has no `simulated`
    assessment.
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
    """Add an event for each of these submissions and each active webhook of the account `by`."""
    values = [{"event": new_event(), "assessment": key, "at": at, "by": by} for key in keys]
    connection.execute(_announce, values)


def new_event() -> str:
    """A random id, which says nothing about a person."""
    return f"evt_{secrets.token_urlsafe(16)}"


class Outbox:
    """The outbox in one transaction; without a `viewer`, all of it."""

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        seen = and_(true(), *(criterion.test for criterion in authorised(viewer)))
        self._visible = or_(outbox.c.assessment.is_(None), seen)

    def add_test(self, webhook: str, *, at: datetime) -> Delivery:
        """Add a test event."""
        values = {"event": new_event(), "webhook": webhook, "created_at": at, "attempts": 0, "due_at": at}
        id = self._connection.execute(insert(outbox).returning(outbox.c.id), values).scalar_one()
        return _delivery(self._connection.execute(_whole.where(outbox.c.id == id)).one())

    def forget_tests(self, webhook: str, *, but: int) -> None:
        """Delete the test events of a webhook, except the newest `but`."""
        tests = (outbox.c.webhook == webhook, outbox.c.assessment.is_(None))
        newest = select(outbox.c.id).where(*tests).order_by(outbox.c.id.desc()).limit(but)
        self._connection.execute(delete(outbox).where(*tests, outbox.c.id.not_in(newest)))

    def of(self, webhook: str, *, most: int) -> tuple[Delivery, ...]:
        """The latest deliveries of a webhook that the viewer may see, newest first."""
        chosen = (
            _whole.where(outbox.c.webhook == webhook, self._visible).order_by(outbox.c.id.desc()).limit(most)
        )
        return tuple(map(_delivery, self._connection.execute(chosen)))

    def due(self, *, at: datetime) -> tuple[Due, ...]:
        """The webhooks that events are due for, the one whose event is due longest first."""
        return tuple(Due(row.id, row.owner) for row in self._connection.execute(_due, {"at": at}))

    def claim(self, webhook: str, *, at: datetime) -> Delivery | None:
        """Claim a webhook's event that is due longest, for `LEASE`; None if others have claimed all.

        No other process can claim it in that time.
        """
        values = {"at": at, "of_webhook": webhook, "until": at + LEASE}
        claimed = self._connection.execute(_claim, values).scalar()
        row = self._connection.execute(_whole.where(outbox.c.id == claimed)).first()
        return None if row is None else _delivery(row)

    def is_visible(self, delivery: Delivery) -> bool:
        """Whether the viewer may see the assessment of the event."""
        visible = _whole.where(outbox.c.id == delivery.id, self._visible)
        return self._connection.execute(visible).first() is not None

    def withdraw(self, delivery: Delivery) -> None:
        """Delete an event that is not to be delivered."""
        self._connection.execute(delete(outbox).where(outbox.c.id == delivery.id))

    def arrived(self, delivery: Delivery, *, status: int, at: datetime) -> None:
        tried = outbox.c.attempts + 1
        self._set(delivery.id, attempts=tried, due_at=None, delivered_at=at, status=status, problem=None)

    def failed(
        self, delivery: Delivery, *, problem: str, status: int | None, again_at: datetime | None
    ) -> None:
        """Record a failed attempt, to be repeated at `again_at` or never. Delivered events do not change."""
        tried = outbox.c.attempts + 1
        self._set(delivery.id, attempts=tried, due_at=again_at, status=status, problem=problem)

    def delete_old(self, *, at: datetime) -> None:
        self._connection.execute(delete(outbox).where(outbox.c.created_at <= at - KEPT))

    def _set(self, id: int, /, **values: Any) -> None:
        open_ = (outbox.c.id == id, outbox.c.delivered_at.is_(None))
        self._connection.execute(update(outbox).where(*open_).values(**values))


def _delivery(row: Row[Any]) -> Delivery:
    values = dict(row._mapping)
    id, kind, at = (values.pop(name) for name in ("assessment_id", "kind", "submitted_at"))
    del values["assessment"]
    return Delivery(**values, simulated=None if id is None else Simulated(id, AssessmentKind(kind), at))
