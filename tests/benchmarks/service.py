"""A database for a benchmark: new, with one user and one API key."""

from contextlib import closing
from datetime import UTC, datetime

from api.services.accounts import Role, create_api_key, create_user
from api.storage import Store, upgrade

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
NAME, PASSWORD = "benchmark", "nobody signs in with this"
SECRET = "no secret, for nobody signs in during a benchmark"


def new_database(url: str) -> str:
    """Make it, and return the key."""
    upgrade(url)
    with closing(Store(url)) as store:
        create_user(NAME, PASSWORD, role=Role.CASE_WORKER, by=NAME, store=store, at=NOW)
        return create_api_key(NAME, name=NAME, by=NAME, store=store, at=NOW)
