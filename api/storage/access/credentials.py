"""The credentials of systems: keys, client secrets and access tokens. They are stored only as hashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, or_, select, update

from api.storage.access.accounts import User
from api.storage.audit import Audit
from api.storage.tables import api_keys, users


class Kind(StrEnum):
    """Keys and access tokens give access. A client secret is exchanged for access tokens."""

    KEY = "key"
    SECRET = "secret"
    TOKEN = "token"


OPENS = (Kind.KEY, Kind.TOKEN)

_shown = [column for column in api_keys.c if column.name not in ("key_hash", "issued_by")]
_shown_names, _user_names = [column.name for column in _shown], users.c.keys()


@cache  # every request uses it
def _holder(kinds: tuple[Kind, ...]) -> Select[Any]:
    """Has no IN, because SQLAlchemy rewrites a statement for a list at each use."""
    return (
        select(users, *(column.label(f"credential_{column.name}") for column in _shown))
        .join_from(users, api_keys, api_keys.c.user_id == users.c.id)
        .where(
            api_keys.c.key_hash == bindparam("hash"),
            or_(*(api_keys.c.kind == kind for kind in kinds)),
            api_keys.c.revoked_at.is_(None),
            or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > bindparam("at")),
            users.c.active,
        )
    )


@dataclass(frozen=True)
class Credential:
    """Its owner recognises it by its `prefix`. Without `scopes` it has all; without `expires_at`, no end."""

    id: int
    user_id: int
    kind: Kind
    name: str
    prefix: str | None
    scopes: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class Credentials:
    """Credentials in one transaction. `by` is the actor in the audit log."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(
        self,
        user_id: int,
        *,
        kind: Kind,
        name: str,
        prefix: str,
        hash: str,
        scopes: Sequence[str] | None,
        by: str,
        at: datetime,
        expires_at: datetime | None = None,
        issued_by: int | None = None,
    ) -> Credential:
        """`hash` is the sha256 (hex) of the credential, `issued_by` the key of the secret of a token."""
        values: dict[str, Any] = {
            "user_id": user_id,
            "kind": kind,
            "name": name,
            "prefix": prefix,
            "scopes": None if scopes is None else " ".join(scopes),
            "created_at": at,
            "expires_at": expires_at,
            "revoked_at": None,
        }
        kept = {**values, "key_hash": hash, "issued_by": issued_by}
        key = self._connection.execute(insert(api_keys).returning(api_keys.c.id), kept).scalar_one()
        self._note(kind, "added", key, by=by, at=at)
        return Credential(id=key, **{**values, "scopes": None if scopes is None else tuple(scopes)})

    def of(self, user_id: int) -> tuple[Credential, ...]:
        """The keys and secrets of a user, newest first, including those that no longer work."""
        chosen = (
            select(*_shown)
            .where(api_keys.c.user_id == user_id, api_keys.c.kind != Kind.TOKEN)
            .order_by(api_keys.c.id.desc())
        )
        return tuple(_credential(row._mapping) for row in self._connection.execute(chosen))

    def holder(
        self, hash: str, *, at: datetime, kinds: tuple[Kind, ...] = OPENS
    ) -> tuple[User, Credential] | None:
        """The credential and its active user, if it is neither revoked nor expired."""
        row = self._connection.execute(_holder(kinds), {"hash": hash, "at": at}).first()
        return None if row is None else _held(row)

    def revoke(self, user_id: int, id: int, *, kind: Kind, by: str, at: datetime) -> bool:
        """Revoke the credential and the tokens issued for it; False if this user has no such credential.

        A credential that was already revoked keeps its date.
        """
        chosen = (api_keys.c.id == id, api_keys.c.user_id == user_id, api_keys.c.kind == kind)
        if self._connection.scalar(select(api_keys.c.id).where(*chosen)) is None:
            return False
        in_force = api_keys.c.revoked_at.is_(None)
        revoked = update(api_keys).where(in_force).values(revoked_at=at)
        if self._connection.execute(revoked.where(*chosen)).rowcount:
            self._connection.execute(revoked.where(api_keys.c.issued_by == id))
            self._note(kind, "revoked", id, by=by, at=at)
        return True

    def number_in_force(self, user_id: int, *, at: datetime) -> int:
        """How many keys and secrets of a user are neither revoked nor expired."""
        in_force = (
            api_keys.c.user_id == user_id,
            api_keys.c.kind != Kind.TOKEN,
            api_keys.c.revoked_at.is_(None),
            or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > at),
        )
        return self._connection.scalar(select(func.count()).where(*in_force)) or 0

    def forget_tokens(self, user_id: int, *, but: int) -> None:
        """Delete the access tokens of a user, except the newest `but`."""
        tokens = (api_keys.c.user_id == user_id, api_keys.c.kind == Kind.TOKEN)
        newest = select(api_keys.c.id).where(*tokens).order_by(api_keys.c.id.desc()).limit(but)
        self._connection.execute(delete(api_keys).where(*tokens, api_keys.c.id.not_in(newest)))

    def delete_expired_tokens(self, *, at: datetime) -> None:
        expired = api_keys.c.expires_at <= at
        self._connection.execute(delete(api_keys).where(api_keys.c.kind == Kind.TOKEN, expired))

    def _note(self, kind: Kind, what: str, key: int, *, by: str, at: datetime) -> None:
        self._audit.append(f"{kind}.{what}", actor=by, at=at, object_kind="api_key", object_key=str(key))


def _credential(row: Any) -> Credential:
    scopes = row["scopes"]
    split = None if scopes is None else tuple(scopes.split())
    return Credential(**{**row, "kind": Kind(row["kind"]), "scopes": split})


def _held(row: Row[Any]) -> tuple[User, Credential]:
    own, shown = row[: len(_user_names)], row[len(_user_names) :]
    credential = dict(zip(_shown_names, shown, strict=True))
    return User(**dict(zip(_user_names, own, strict=True))), _credential(credential)
