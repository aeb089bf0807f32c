"""Everything the API does is tried on both databases."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import create_api_key
from api.services.users import Role
from api.storage import Store
from tests.api.conftest import Clock, Database
from tests.api.contexts import context_for


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(found, Database)
    return found


@pytest.fixture
def with_key(app: Flask, clock: Clock) -> Callable[[str, Role], FlaskClient]:
    """A client with the key of a new user of that name, who has no password: hashing one takes long."""

    def make(name: str, role: Role) -> FlaskClient:
        store: Store = app.extensions["rms"].store
        with store.transaction() as tx:
            tx.accounts.add_user(name, password_hash="x", role=role, by="test", at=clock())
        key = create_api_key(context_for(store, at=clock(), by="test"), name, name="test")
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    return make
