"""Failed attempts to sign in, and the usual origins of users. Names and origins are keyed hashes here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.tables import failed_attempts, users, usual_origins

MOST_COUNTS = 100_000  # rows; of more, those that expire first are deleted
MOST_ORIGINS = 20  # per user

_count = failed_attempts.c
_usual = usual_origins.c


@dataclass(frozen=True)
class Failures:
    """How many attempts count until `expires_at`."""

    attempts: int
    expires_at: datetime


class SignIns:
    """Sign-in attempts and usual origins in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = postgresql if connection.dialect.name == "postgresql" else sqlite

    def count(self, key: str, *, at: datetime, until: datetime) -> Failures:
        """Count one more. The first, and the first after a count has expired, sets its end to `until`."""
        adding = self._dialect.insert(failed_attempts).values(key=key, attempts=1, expires_at=until)
        # If the clock was set back, the wait must not become longer.
        restarted = or_(_count.expires_at <= at, _count.expires_at > until)
        counted = adding.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "attempts": case((restarted, literal(1)), else_=_count.attempts + 1),
                "expires_at": case((restarted, adding.excluded.expires_at), else_=_count.expires_at),
            },
        ).returning(_count.attempts, _count.expires_at)
        return Failures(*self._connection.execute(counted).one())

    def take_back(self, key: str) -> None:
        """Count one fewer."""
        one_fewer = update(failed_attempts).where(_count.key == key, _count.attempts > 0)
        self._connection.execute(one_fewer.values(attempts=_count.attempts - 1))

    def forget(self, key: str) -> None:
        self._connection.execute(delete(failed_attempts).where(_count.key == key))

    def is_usual(self, username: str, origin: str, *, since: datetime) -> bool:
        """Whether this user signed in at this origin after that moment."""
        chosen = select(_usual.user_id).join_from(usual_origins, users)
        recent = (users.c.username == username, _usual.origin == origin, _usual.last_at > since)
        return self._connection.scalar(chosen.where(*recent)) is not None

    def add_usual(self, user_id: int, origin: str, *, at: datetime) -> None:
        """Remember that this user signed in at this origin. Only the latest origins are kept."""
        adding = self._dialect.insert(usual_origins).values(user_id=user_id, origin=origin, last_at=at)
        self._connection.execute(
            adding.on_conflict_do_update(
                index_elements=["user_id", "origin"], set_={"last_at": adding.excluded.last_at}
            )
        )
        of_user = select(_usual.origin).where(_usual.user_id == user_id)
        older = of_user.order_by(_usual.last_at.desc(), _usual.origin).offset(MOST_ORIGINS)
        self._connection.execute(
            delete(usual_origins).where(_usual.user_id == user_id, _usual.origin.in_(older))
        )

    def forget_usual(self, user_id: int) -> None:
        self._connection.execute(delete(usual_origins).where(_usual.user_id == user_id))

    def end_expired(self, *, at: datetime, usual_before: datetime) -> None:
        """Delete counts that have expired or exceed the maximum, and origins not used for long.

        Call it last. Rows locked by another transaction are skipped, so that no transaction waits here.
        """
        latest = select(_count.expires_at).order_by(_count.expires_at.desc()).offset(MOST_COUNTS).limit(1)
        over = or_(_count.expires_at <= at, _count.expires_at <= latest.scalar_subquery())
        gone = select(_count.key).where(over).with_for_update(skip_locked=True)
        self._connection.execute(delete(failed_attempts).where(_count.key.in_(gone)))
        unused = select(_usual.user_id).where(_usual.last_at <= usual_before).limit(1)
        if self._connection.scalar(unused) is not None:
            self._connection.execute(delete(usual_origins).where(_usual.last_at <= usual_before))
