"""Users, keys and sessions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from api.services.access import password_hashing
from api.services.access.accounts import (
    ABSOLUTE,
    IDLE,
    accept_notice,
    create_api_key,
    create_user,
    log_in,
    log_out,
    sessions_held,
    user_of_key,
    user_of_session,
)
from api.services.access.sign_in_throttle import Throttle
from api.services.users import Role, User
from api.storage import CredentialKind, Store
from rms.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from rms.reports.wording import NOTICE_VERSION
from tests.api.contexts import context_for

AT = datetime(2026, 3, 4, tzinfo=UTC)
SECRET = "not secret, for these are only tests"
PASSWORD = "Correct horse battery"


@pytest.fixture
def ada(store: Store) -> User:
    return create_user(context_for(store, at=AT, by="test"), "ada", PASSWORD, role=Role.SUPERVISOR)


def enter(store: Store, username: str = "ada", password: str = PASSWORD, **changes: Any) -> str:
    context = context_for(store, at=changes.pop("at", AT))
    return log_in(context, username, password, **{"throttle": Throttle(store, SECRET), **changes})


def test_session(store: Store, ada: User) -> None:
    token = enter(store)
    seen = user_of_session(context_for(store, at=AT), token)
    assert seen == User(ada.id, "ada", Role.SUPERVISOR, awaits_notice=True)
    with pytest.raises(Conflict):
        accept_notice(context_for(store, at=AT, by=ada), "0", token=token)
    accept_notice(context_for(store, at=AT, by=ada), NOTICE_VERSION, token=token)
    assert user_of_session(context_for(store, at=AT), token) == ada
    log_out(context_for(store, at=AT, by=ada), token)
    assert user_of_session(context_for(store, at=AT), token) is None
    log_out(context_for(store, at=AT, by=ada), token)


def test_session_is_stored_as_a_hash(store: Store, ada: User) -> None:
    token = enter(store)
    with store.reading() as tx:
        assert tx.accounts.session(token) is None
    assert len(token) >= 43  # 256 bits


def test_session_idles_and_ends(store: Store, ada: User) -> None:
    token = enter(store)
    assert user_of_session(context_for(store, at=AT + IDLE), token) is None
    assert [sessions_held(context_for(store, at=at)) for at in (AT, AT + IDLE)] == [1, 0]
    later = AT + IDLE - timedelta(seconds=1)
    assert user_of_session(context_for(store, at=later), token)
    assert user_of_session(context_for(store, at=later + IDLE - timedelta(seconds=1)), token)
    assert user_of_session(context_for(store, at=AT + ABSOLUTE), token) is None


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada", "wrong"), ("ada", ""), ("Ada", PASSWORD), ("bob", PASSWORD), ("ada", "\ud800"), ("", "")],
)
def test_wrong(store: Store, ada: User, username: str, password: str) -> None:
    with pytest.raises(NotAuthenticated):
        enter(store, username, password)


def test_an_unknown_user_costs_what_a_wrong_password_costs() -> None:
    """The unusable hash has the same cost as every other, so checking it takes as long."""
    unusable = password_hashing.UNUSABLE_PASSWORD_HASH
    assert not PasswordHasher(**password_hashing.COST).check_needs_rehash(unusable)
    assert not password_hashing.Hasher().fits(PASSWORD, unusable)


def test_key(store: Store, ada: User) -> None:
    key = create_api_key(context_for(store, at=AT, by="test"), "ada", name="k")
    assert key.startswith("rms_")
    assert user_of_key(context_for(store, at=AT), key) == ada
    for wrong in (key[:-1], key.upper(), key.removeprefix("rms_"), "", "rms_"):
        assert user_of_key(context_for(store, at=AT), wrong) is None


def test_key_expires(store: Store, ada: User) -> None:
    key = create_api_key(
        context_for(store, at=AT, by="test"), "ada", name="k", expires_at=AT + timedelta(days=1)
    )
    assert user_of_key(context_for(store, at=AT), key)
    assert user_of_key(context_for(store, at=AT + timedelta(days=1)), key) is None


def test_key_revoked(store: Store, ada: User) -> None:
    key = create_api_key(context_for(store, at=AT, by="test"), "ada", name="k")
    with store.transaction() as tx:
        tx.credentials.revoke(ada.id, 1, kind=CredentialKind.KEY, by="test", at=AT)
    assert user_of_key(context_for(store, at=AT), key) is None


def test_key_for_an_unknown_user(store: Store) -> None:
    with pytest.raises(NotFound):
        create_api_key(context_for(store, at=AT, by="test"), "bob", name="k")


@pytest.mark.parametrize(
    ("username", "password", "pointer"),
    [
        ("", PASSWORD, "/username"),
        ("a b", PASSWORD, "/username"),
        ("ä", PASSWORD, "/username"),
        ("a" * 65, PASSWORD, "/username"),
        ("ada", "too short", "/password"),
        ("ada", "x" * 257, "/password"),
        ("ada", "my name is Ada, so", "/password"),
    ],
)
def test_unacceptable_users(store: Store, username: str, password: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_user(context_for(store, at=AT, by="test"), username, password, role=Role.ANALYST)
    assert pointer in {problem.pointer for problem in refused.value.problems}


def test_username_taken(store: Store, ada: User) -> None:
    with pytest.raises(Conflict):
        create_user(context_for(store, at=AT, by="test"), "ada", PASSWORD, role=Role.ANALYST)
