"""Users and their sessions. Secrets are stored only as hashes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.storage.audit import Audit
from api.storage.storable import is_storable
from api.storage.tables import notice_acceptances, sessions, users
from api.storage.viewer import AGENCY
from rms.errors import Conflict

_session_and_user = (
    select(*sessions.c, *users.c)
    .join(users, users.c.id == sessions.c.user_id)
    .where(sessions.c.token_hash == bindparam("token_hash"))
)


@dataclass(frozen=True)
class User:
    id: int
    username: str
    password_hash: str
    role: str
    created_at: datetime
    active: bool
    office: int


@dataclass(frozen=True)
class Session:
    token_hash: str
    user_id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    notice_version: str | None = None


class Accounts:
    """Users and sessions in one transaction. `by` is the actor in the audit log."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add_user(
        self,
        username: str,
        *,
        password_hash: str,
        role: str,
        by: str,
        at: datetime,
        office: int = AGENCY,
    ) -> User:
        """
        Raises
        ------
        Conflict
            If the username is taken.
        """
        values: dict[str, Any] = {
            "username": username,
            "password_hash": password_hash,
            "role": role,
            "created_at": at,
            "active": True,
            "office": office,
        }
        try:
            key = self._connection.execute(insert(users).returning(users.c.id), values).scalar_one()
        except IntegrityError as error:
            raise Conflict("There is already a user with this name.") from error
        self._audit.append(
            "user.added",
            actor=by,
            at=at,
            object_kind="user",
            object_key=str(key),
            detail={"role": role, "office": office},
        )
        return User(id=key, **values)

    def user(self, username: str) -> User | None:
        """The user with this name; None also for text that PostgreSQL does not accept in a query."""
        return self._user(users.c.username == username) if is_storable(username) else None

    def user_of_id(self, user_id: int) -> User | None:
        return self._user(users.c.id == user_id)

    def hold(self, user_id: int) -> None:
        """Lock the user until this transaction ends, so that counts of what they have stay right."""
        locked = select(users.c.id).where(users.c.id == user_id)
        self._connection.execute(locked.with_for_update(key_share=True))

    def users(self) -> tuple[User, ...]:
        """All users, by name."""
        return tuple(
            User(**row._mapping) for row in self._connection.execute(select(users).order_by(users.c.username))
        )

    def change_user(self, user: User, *, role: str, office: int, active: bool, by: str, at: datetime) -> User:
        """Change the user. A user who is no longer active is signed out at once."""
        changed: dict[str, Any] = {"role": role, "office": office, "active": active}
        self._connection.execute(update(users).where(users.c.id == user.id).values(**changed))
        if not active:
            self._connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
        self._audit.append(
            "user.changed", actor=by, at=at, object_kind="user", object_key=str(user.id), detail=changed
        )
        return replace(user, **changed)

    def set_password_hash(self, user_id: int, password_hash: str, *, by: str, at: datetime) -> None:
        self._connection.execute(
            update(users).where(users.c.id == user_id).values(password_hash=password_hash)
        )
        self._audit.append(
            "user.password_changed", actor=by, at=at, object_kind="user", object_key=str(user_id)
        )

    def add_session(self, token_hash: str, *, user_id: int, at: datetime, expires_at: datetime) -> Session:
        """Add a session. The audit entry names the user, not the session."""
        session = Session(token_hash, user_id, created_at=at, last_seen_at=at, expires_at=expires_at)
        self._connection.execute(insert(sessions), vars(session))
        user = self.user_of_id(user_id)
        self._audit.append(
            "session.started",
            actor=user.username if user else "",
            at=at,
            object_kind="user",
            object_key=str(user_id),
        )
        return session

    def session(self, token_hash: str) -> Session | None:
        """The session as stored; the caller checks whether it has expired."""
        row = self._connection.execute(select(sessions).where(sessions.c.token_hash == token_hash)).first()
        return Session(**row._mapping) if row else None

    def session_and_user(self, token_hash: str) -> tuple[Session, User] | None:
        """The same, with its user."""
        row = self._connection.execute(_session_and_user, {"token_hash": token_hash}).first()
        if row is None:
            return None
        of_session, of_user = row[: len(sessions.c)], row[len(sessions.c) :]
        return (
            Session(**dict(zip(sessions.c.keys(), of_session, strict=True))),
            User(**dict(zip(users.c.keys(), of_user, strict=True))),
        )

    def sessions_of(self, user_id: int) -> tuple[Session, ...]:
        """A user's sessions, most recently used first."""
        chosen = select(sessions).where(sessions.c.user_id == user_id)
        rows = self._connection.execute(chosen.order_by(sessions.c.last_seen_at.desc()))
        return tuple(Session(**row._mapping) for row in rows)

    def sessions_held(self, *, at: datetime, seen_after: datetime) -> int:
        """How many sessions have not expired and were used after that moment."""
        held = select(func.count()).where(sessions.c.expires_at > at, sessions.c.last_seen_at > seen_after)
        return self._connection.execute(held).scalar_one()

    def touch_session(self, token_hash: str, *, at: datetime) -> None:
        self._connection.execute(
            update(sessions).where(sessions.c.token_hash == token_hash).values(last_seen_at=at)
        )

    def end_sessions_of(self, user_id: int, *, but: str = "") -> None:
        """End every session of this user, except the one whose token has the hash `but`."""
        ended = delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != but)
        self._connection.execute(ended)

    def end_oldest_sessions(self, user_id: int, *, but: int) -> None:
        """End every session of this user, except the `but` most recently used."""
        of_user = sessions.c.user_id == user_id
        latest = select(sessions.c.token_hash).where(of_user).order_by(sessions.c.last_seen_at.desc())
        self._connection.execute(
            delete(sessions).where(of_user, sessions.c.token_hash.not_in(latest.limit(but)))
        )

    def end_others(self, user_id: int, *, but: str, by: str, at: datetime) -> None:
        """As `end_sessions_of`, with an entry in the audit log."""
        self.end_sessions_of(user_id, but=but)
        self._note_user("session.others_ended", user_id, by=by, at=at)

    def accept_notice(self, session: Session, version: str, *, by: str, at: datetime) -> None:
        """Record that the notice of this version has been accepted for this session."""
        self._connection.execute(
            update(sessions).where(sessions.c.token_hash == session.token_hash).values(notice_version=version)
        )
        accepted = {"user_id": session.user_id, "version": version, "accepted_at": at}
        self._connection.execute(insert(notice_acceptances), accepted)
        self._note_user("notice.accepted", session.user_id, by=by, at=at, version=version)

    def refuse(self, user_id: int, route: str, *, by: str, at: datetime) -> None:
        """Log that a user requested a route that is not for them."""
        self._note_user("access.refused", user_id, by=by, at=at, route=route)

    def end_session(self, token_hash: str, *, by: str, at: datetime) -> None:
        session = self.session(token_hash)
        if session is not None:
            self._connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))
            self._note_user("session.ended", session.user_id, by=by, at=at)

    def end_expired_sessions(self, *, at: datetime) -> None:
        self._connection.execute(delete(sessions).where(sessions.c.expires_at <= at))

    def _note_user(self, action: str, user_id: int, *, by: str, at: datetime, **detail: Any) -> None:
        self._audit.append(
            action, actor=by, at=at, object_kind="user", object_key=str(user_id), detail=detail
        )

    def _user(self, which: ColumnElement[bool]) -> User | None:
        return self._owner(select(users).where(which))

    def _owner(self, chosen: Any, values: Mapping[str, Any] | None = None) -> User | None:
        row = self._connection.execute(chosen, values).first()
        return User(**row._mapping) if row else None
