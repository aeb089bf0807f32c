"""Fixtures with the real application, a real database and a small library.

`app`, `client` (sends an API key), `anonymous`, `browser_client` (signed in), `key`, `valid_body`.
"""

import csv
import shutil
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from api.app import furnish, now, routed
from api.auth.sessions import session_cookie
from api.config import Config
from api.services.access import password_hashing
from api.services.access.accounts import accept_notice, create_api_key, create_user, find_user, log_in
from api.services.access.sign_in_throttle import Throttle
from api.services.library_in_use import LibraryInUse
from api.services.users import Role
from api.storage import Store, upgrade
from reference_library import build, load, read_past_cases, write
from reference_library.synthetic import FACTS, synthetic_cases
from rms.engine.library import Library
from rms.engine.policy import POLICIES
from rms.instrument import instrument
from rms.reports.wording import NOTICE_VERSION
from tests.api.contexts import context_for
from tests.postgresql import Content, Server, content, migrated, restore, serving

CASES = 400
SECRET = "not secret, for these are only tests"
USERNAME, PASSWORD = "c.worker", "a long enough passphrase"
START = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
AsUser = Callable[..., FlaskClient]  # the fixture `as_user`

# Thousands of tests sign in; what that costs in earnest, one of them checks (services/test_accounts.py).
password_hashing.argon2 = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@dataclass
class Clock:
    """A clock that only moves when a test advances it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Database:
    """The URL of a test's own database, and an API key for it."""

    url: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class Prepared:
    """A database with one user and one API key. Each test gets a copy."""

    folder: Path
    key: str = field(repr=False)


@pytest.fixture(scope="session")
def library_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library(tmp_path_factory.mktemp("library"))


def small_library(folder: Path, *, policy: str = "pool", name: str = "small", version: str = "1") -> Path:
    """A library on disk with the first synthetic cases."""
    rows = synthetic_cases()[:CASES]
    with (folder / "cases.csv").open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, fieldnames=list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    cases = read_past_cases(folder / "cases.csv", instrument("rms"))
    return write(build(cases, policy=policy, name=name, version=version, facts=dict(FACTS)), folder)


@pytest.fixture(scope="session")
def library(library_folder: Path) -> Library:
    """The library, mapped into memory as in production."""
    return load(library_folder)


def newer(library: Library) -> Library:
    """The same cases as another library: real cases, compared with another policy."""
    reference = replace(
        library.reference,
        name="elsewhere",
        version="2",
        sha256="ff" * 32,
        policy="nearest",
        synthetic=False,
        facts={},
    )
    return replace(
        library,
        reference=reference,
        policy=POLICIES["nearest"],
        manifest={**library.manifest, "synthetic": False},
    )


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a SQLite database that has the tables of RMS. Each test gets a copy."""
    folder = tmp_path_factory.mktemp("migrated")
    upgrade(f"sqlite:///{folder / 'rms.sqlite'}")
    return folder


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_folder: Path) -> str:
    shutil.copytree(migrated_folder, tmp_path, dirs_exist_ok=True)
    return f"sqlite:///{tmp_path / 'rms.sqlite'}"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated_folder: Path) -> Prepared:
    folder = tmp_path_factory.mktemp("database")
    shutil.copytree(migrated_folder, folder, dirs_exist_ok=True)
    return Prepared(folder, with_a_user(f"sqlite:///{folder / 'rms.sqlite'}"))


def with_a_user(url: str) -> str:
    """Add a user to the database. Returns their API key."""
    store = Store(url)
    create_user(context_for(store, at=START, by="test"), USERNAME, PASSWORD, role=Role.CASE_WORKER)
    key = create_api_key(context_for(store, at=START, by="test"), USERNAME, name="test")
    store.close()
    return key


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[tuple[Server, str]]:
    """A server, and a database with the tables of RMS. Each test gets a copy."""
    try:
        with serving() as server:
            yield server, migrated(server)
    except ImportError:
        pytest.skip("no PostgreSQL for this machine: RMS on PostgreSQL was NOT tested")


@pytest.fixture
def postgresql_url(postgresql_template: tuple[Server, str]) -> Iterator[str]:
    server, template = postgresql_template
    url = server.database(template=template)
    yield url
    server.drop(url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sqlite_database(tmp_path: Path, prepared: Prepared) -> Database:
    shutil.copytree(prepared.folder, tmp_path, dirs_exist_ok=True)
    return Database(f"sqlite:///{tmp_path / 'rms.sqlite'}", prepared.key)


@pytest.fixture(scope="session")
def prepared_on_postgresql(postgresql_template: tuple[Server, str]) -> Database:
    server, template = postgresql_template
    url = server.database(template=template)
    return Database(url, with_a_user(url))


@pytest.fixture(scope="session")
def spare_databases(prepared_on_postgresql: Database) -> tuple[Content, list[str]]:
    """The first content of each test's database, and the unused databases that have this content."""
    return content(prepared_on_postgresql.url), []


@pytest.fixture
def postgresql_database(
    postgresql_template: tuple[Server, str],
    prepared_on_postgresql: Database,
    spare_databases: tuple[Content, list[str]],
) -> Iterator[Database]:
    (server, _), (first_content, spare) = postgresql_template, spare_databases
    url = spare.pop() if spare else server.database(template=prepared_on_postgresql.url)
    yield Database(url, prepared_on_postgresql.key)
    server.disconnect(url)
    if restore(url, first_content):
        spare.append(url)
    else:
        server.drop(url)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """The database of the application. A module that tests both databases overrides this."""
    return sqlite_database


@pytest.fixture
def config(tmp_path: Path, database: Database, library_folder: Path) -> Config:
    """`max_body` is small, so that a test can exceed it quickly."""
    return Config(
        data=tmp_path,
        database=database.url,
        library=library_folder,
        secret_key=SECRET,
        max_body=100_000,
        insecure_cookies=True,
        rate=0,
        stranger_rate=0,
        stranger_posts=0,
        insecure_webhooks=True,
    )


_routed = cache(routed)


def created(config: Config, *, library: Library | LibraryInUse, clock: Callable[[], datetime] = now) -> Flask:
    """As `create_app`, but the routes are registered only once, because that takes longer than most tests.

    A test that adds its own route uses `create_app`.
    """
    app = copy(_routed(secure=not config.insecure_cookies))
    app.config, app.extensions = copy(app.config), dict(app.extensions)
    furnish(app, config, library=library, clock=clock)
    return app


@pytest.fixture
def app(config: Config, library: Library, clock: Callable[[], datetime]) -> Any:
    app = created(config, library=library, clock=clock)
    yield app
    app.extensions["rms"].store.close()


@pytest.fixture
def key(database: Database) -> str:
    return database.key


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def client(app: Flask, key: str) -> FlaskClient:
    """A client that sends its API key with every request."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def signed_in(username: str, app: Flask, *, at: datetime) -> str:
    """The token of a new session of this user, who has accepted the notice."""
    store = app.extensions["rms"].store
    token = log_in(context_for(store, at=at), username, PASSWORD, throttle=Throttle(store, SECRET))
    user = find_user(context_for(store), username)
    accept_notice(context_for(store, at=at, by=user), NOTICE_VERSION, token=token)
    return token


@pytest.fixture
def as_user(app: Flask, clock: Callable[[], datetime]) -> AsUser:
    """Makes a client with the API key of a new user. The default username is made from the role."""

    def make(role: Role, *, username: str | None = None, office: str | None = None) -> FlaskClient:
        store, at, name = app.extensions["rms"].store, clock(), username or f"a.{role}"
        create_user(context_for(store, at=at, by="test"), name, PASSWORD, role=role, office=office)
        client = app.test_client()
        key = create_api_key(context_for(store, at=at, by="test"), name, name="test")
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    return make


@pytest.fixture
def browser_client(app: Flask, clock: Callable[[], datetime]) -> FlaskClient:
    """A browser after sign-in. Forms need their token, as in any browser."""
    client = app.test_client()
    token = signed_in(USERNAME, app, at=clock())
    client.set_cookie(session_cookie(app), token)
    client.environ_base["HTTP_ACCEPT"] = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
    return client


@pytest.fixture
def valid_body() -> dict[str, Any]:
    """An assessment with a middle answer to every item except one, which is unknown."""
    return {
        "offender_number": "10000",
        "sex": "male",
        "date_of_birth": "1985-05-17",
        "release_date": "2026-12-01",
        "instrument": "rms",
        "answers": {
            **dict.fromkeys(("acad", "fanm", "rela", "emot", "alco", "attitude"), 1),
            **dict.fromkeys(("empl", "comp", "drug"), 2),
            **dict.fromkeys(("ment", "heal", "conv_weapon", "conv_escape", "revocations"), 0),
            **dict.fromkeys(("conv_violence", "address_changes"), 1),
            **dict.fromkeys(("conv_property", "conv_drug", "conv_other", "supervision_periods"), 2),
            "years_served": 2.5,
            "age_first_conviction": 18,
            "months_employed": 4,
        },
        "unknown": {"sexs": "Nothing is on record."},
    }
