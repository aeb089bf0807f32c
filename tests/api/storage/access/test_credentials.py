"""What opens, until when, and what else stops opening with it."""

from datetime import timedelta

from api.storage import Credential, CredentialKind, Store
from tests.api.storage.examples import AT, add_user

HOUR = timedelta(hours=1)
KEY, SECRET, TOKEN = CredentialKind


def add(store: Store, user_id: int, hash: str, *, kind: CredentialKind = KEY, **more: object) -> Credential:
    with store.transaction() as tx:
        given = {"name": "nightly", "prefix": "rms_x", "scopes": None, **more}
        return tx.credentials.add(user_id, kind=kind, hash=hash, by="ada", at=AT, **given)  # type: ignore[arg-type]


def test_key_opens_until_it_expires_or_is_revoked(store: Store) -> None:
    ada = add_user(store)
    key = add(store, ada.id, "k1", expires_at=AT + HOUR, scopes=("a:read", "b:write"))
    lasting = add(store, ada.id, "k2")
    with store.reading() as tx:
        assert tx.credentials.holder("k1", at=AT) == (ada, key)
        assert tx.credentials.holder("k1", at=AT + HOUR) is None
        assert tx.credentials.holder("k2", at=AT + 9999 * HOUR) == (ada, lasting)
        assert tx.credentials.holder("k3", at=AT) is None
        assert tx.credentials.of(ada.id) == (lasting, key)
    with store.transaction() as tx:
        assert tx.credentials.revoke(ada.id, key.id, kind=KEY, by="ada", at=AT)
        assert tx.credentials.revoke(ada.id, key.id, kind=KEY, by="ada", at=AT + HOUR)
        assert not tx.credentials.revoke(ada.id, lasting.id, kind=SECRET, by="ada", at=AT)
        assert not tx.credentials.revoke(ada.id + 1, lasting.id, kind=KEY, by="ada", at=AT)
    with store.reading() as tx:
        assert tx.credentials.holder("k1", at=AT) is None
        assert tx.credentials.of(ada.id)[1].revoked_at == AT
        assert [entry.action for entry in tx.audit.entries()].count("key.revoked") == 1


def test_a_secret_opens_nothing_and_ends_its_tokens(store: Store) -> None:
    ada = add_user(store)
    secret = add(store, ada.id, "s", kind=SECRET)
    token = add(store, ada.id, "t", kind=TOKEN, issued_by=secret.id, expires_at=AT + HOUR)
    add(store, ada.id, "other", kind=TOKEN, expires_at=AT + HOUR)
    with store.transaction() as tx:
        assert tx.credentials.holder("s", at=AT) is None
        assert tx.credentials.holder("s", at=AT, kinds=(SECRET,)) == (ada, secret)
        assert tx.credentials.holder("t", at=AT) == (ada, token)
        assert tx.credentials.of(ada.id) == (secret,)
        tx.credentials.revoke(ada.id, secret.id, kind=SECRET, by="ada", at=AT)
        assert tx.credentials.holder("t", at=AT) is None
        assert tx.credentials.holder("other", at=AT)
        tx.credentials.delete_expired_tokens(at=AT + HOUR)
        assert tx.credentials.holder("other", at=AT) is None
