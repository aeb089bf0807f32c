"""Everything the API does is tried on both databases."""

import pytest

from tests.api.conftest import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(found, Database)
    return found
