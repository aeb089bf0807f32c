"""Users, keys, sessions, and how often somebody may try."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from api.services.access import accounts
from api.services.access.accounts import (
    ABSOLUTE,
    IDLE,
    NOBODY,
    Role,
    User,
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
from api.storage import CredentialKind, Store
from rms.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from rms.reports.wording import NOTICE_VERSION

AT = datetime(2026, 3, 4, tzinfo=UTC)
SECRET = "not secret, for these are only tests"
PASSWORD = "Correct horse battery"


@pytest.fixture
def ada(store: Store) -> User:
    return create_user("ada", PASSWORD, role=Role.SUPERVISOR, by="test", store=store, at=AT)


def enter(store: Store, username: str = "ada", password: str = PASSWORD, **changes: Any) -> str:
    return log_in(
        username, password, **{"store": store, "throttle": Throttle(store, SECRET), "at": AT, **changes}
    )


def test_session(store: Store, ada: User) -> None:
    token = enter(store)
    seen = user_of_session(token, store=store, at=AT)
    assert seen == User(ada.id, "ada", Role.SUPERVISOR, awaits_notice=True)
    with pytest.raises(Conflict):
        accept_notice("0", token=token, by=ada, store=store, at=AT)
    accept_notice(NOTICE_VERSION, token=token, by=ada, store=store, at=AT)
    assert user_of_session(token, store=store, at=AT) == ada
    log_out(token, by=ada, store=store, at=AT)
    assert user_of_session(token, store=store, at=AT) is None
    log_out(token, by=ada, store=store, at=AT)


def test_session_is_stored_as_a_hash(store: Store, ada: User) -> None:
    token = enter(store)
    with store.reading() as tx:
        assert tx.accounts.session(token) is None
    assert len(token) >= 43  # 256 bits


def test_session_idles_and_ends(store: Store, ada: User) -> None:
    token = enter(store)
    assert user_of_session(token, store=store, at=AT + IDLE) is None
    assert [sessions_held(store=store, at=at) for at in (AT, AT + IDLE)] == [1, 0]
    later = AT + IDLE - timedelta(seconds=1)
    assert user_of_session(token, store=store, at=later)
    assert user_of_session(token, store=store, at=later + IDLE - timedelta(seconds=1))
    assert user_of_session(token, store=store, at=AT + ABSOLUTE) is None


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada", "wrong"), ("ada", ""), ("Ada", PASSWORD), ("bob", PASSWORD), ("ada", "\ud800"), ("", "")],
)
def test_wrong(store: Store, ada: User, username: str, password: str) -> None:
    with pytest.raises(NotAuthenticated):
        enter(store, username, password)


def test_an_unknown_user_costs_what_a_wrong_password_costs() -> None:
    """The stand-in hash has the parameters of every other, so checking it takes as long."""
    assert not PasswordHasher(**accounts.COST).check_needs_rehash(NOBODY)
    assert not accounts.password_fits(PASSWORD, NOBODY)


def test_key(store: Store, ada: User) -> None:
    key = create_api_key("ada", name="k", by="test", store=store, at=AT)
    assert key.startswith("rms_")
    assert user_of_key(key, store=store, at=AT) == ada
    for wrong in (key[:-1], key.upper(), key.removeprefix("rms_"), "", "rms_"):
        assert user_of_key(wrong, store=store, at=AT) is None


def test_key_expires(store: Store, ada: User) -> None:
    key = create_api_key("ada", name="k", by="test", store=store, at=AT, expires_at=AT + timedelta(days=1))
    assert user_of_key(key, store=store, at=AT)
    assert user_of_key(key, store=store, at=AT + timedelta(days=1)) is None


def test_key_revoked(store: Store, ada: User) -> None:
    key = create_api_key("ada", name="k", by="test", store=store, at=AT)
    with store.transaction() as tx:
        tx.credentials.revoke(ada.id, 1, kind=CredentialKind.KEY, by="test", at=AT)
    assert user_of_key(key, store=store, at=AT) is None


def test_key_for_nobody(store: Store) -> None:
    with pytest.raises(NotFound):
        create_api_key("bob", name="k", by="test", store=store, at=AT)


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
        create_user(username, password, role=Role.ANALYST, by="test", store=store, at=AT)
    assert pointer in {problem.pointer for problem in refused.value.problems}


def test_username_taken(store: Store, ada: User) -> None:
    with pytest.raises(Conflict):
        create_user("ada", PASSWORD, role=Role.ANALYST, by="test", store=store, at=AT)
