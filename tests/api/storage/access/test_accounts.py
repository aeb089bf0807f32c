from datetime import timedelta

import pytest

from api.storage import Store
from rms.errors import Conflict
from tests.api.storage.examples import AT, add_user

HOUR = timedelta(hours=1)


def test_user_is_found_by_name_and_id(store: Store) -> None:
    ada, bob = add_user(store), add_user(store, "bob")
    with store.reading() as tx:
        assert tx.accounts.user("ada") == ada == tx.accounts.user_of_id(ada.id)
        assert tx.accounts.users() == (ada, bob)
        assert tx.accounts.user("eve") is None


def test_a_name_is_given_once(store: Store) -> None:
    add_user(store)
    with pytest.raises(Conflict):
        add_user(store)
    with store.reading() as tx:
        assert len(tx.accounts.users()) == tx.audit.head().sequence == 1


def test_password_changes(store: Store) -> None:
    ada = add_user(store)
    with store.transaction() as tx:
        tx.accounts.set_password_hash(ada.id, "$new", by="ada", at=AT)
    with store.reading() as tx:
        changed = tx.accounts.user("ada")
        assert changed is not None
        assert changed.password_hash == "$new"
        assert [entry.action for entry in tx.audit.entries()] == ["user.added", "user.password_changed"]


def test_session_from_start_to_end(store: Store) -> None:
    ada = add_user(store)
    with store.transaction() as tx:
        started = tx.accounts.add_session("t1", user_id=ada.id, at=AT, expires_at=AT + HOUR)
        tx.accounts.add_session("t2", user_id=ada.id, at=AT, expires_at=AT + 2 * HOUR)
    with store.transaction() as tx:
        assert tx.accounts.session("t1") == started
        tx.accounts.touch_session("t1", at=AT + HOUR / 2)
        touched = tx.accounts.session("t1")
        assert touched is not None
        assert touched.last_seen_at == AT + HOUR / 2
        tx.accounts.end_expired_sessions(at=AT + HOUR)
        assert tx.accounts.session("t1") is None
        assert tx.accounts.session("t2") is not None
        tx.accounts.end_session("t2", by="ada", at=AT + HOUR)
        assert tx.accounts.session("t2") is None
