import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from api.services.access.accounts import create_user
from api.services.users import Role
from rms.engine.library import Library
from tests.api.case_records import load, officer
from tests.api.conftest import PASSWORD, USERNAME, Clock, Prepared, created
from tests.api.contexts import context_for
from tests.api.web.browsers import as_browser, browser
from tests.api.web.pages import path_of, save, sign_in, typed


@pytest.fixture
def filled(valid_body: dict[str, Any]) -> dict[str, str]:
    """The form as typed for `valid_body`."""
    return typed(valid_body)


@pytest.fixture
def submitted(browser_client: FlaskClient, filled: dict[str, str]) -> str:
    """The address of a submitted assessment."""
    response = save(browser_client, "/assessments/new", filled)
    assert response.status_code == 303, response.text
    return path_of(response)


@pytest.fixture(scope="module")
def shared_client(
    tmp_path_factory: pytest.TempPathFactory, prepared: Prepared, library: Library, library_folder: Path
) -> Iterator[FlaskClient]:
    """A signed-in browser for all tests of a module: only for those that store nothing."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(prepared.folder, folder, dirs_exist_ok=True)
    app = created(
        Config(
            data=folder,
            database=f"sqlite:///{folder / 'rms.sqlite'}",
            library=library_folder,
            secret_key="not secret, for these are only tests",
            insecure_cookies=True,
        ),
        library=library,
        clock=Clock(),
    )
    client = app.test_client()
    sign_in(client, USERNAME, PASSWORD)
    yield client
    app.extensions["rms"].store.close()


@pytest.fixture
def enter(app: Flask, clock: Clock) -> Iterator[Callable[..., FlaskClient]]:
    """A new user's browser, who is named after the role if not otherwise."""

    def make(role: Role, username: str = "", office: str | None = None) -> FlaskClient:
        name = username or f"a.{role}"
        context = context_for(app.extensions["rms"].store, at=clock())
        create_user(context, name, PASSWORD, role=role, office=office)
        return browser(app, name, clock)

    yield make


@pytest.fixture
def assessed(browser_client: FlaskClient, filled: dict[str, str]) -> str:
    assert save(browser_client, "/assessments/new", filled).status_code == 303
    return "10000"


@pytest.fixture
def force(app: Flask) -> Flask:
    """The application with the records of a small force."""
    load(app.extensions["rms"].store)
    return app


@pytest.fixture
def sergeant(force: Flask, clock: Clock) -> FlaskClient:
    """An offender manager of Castle ward, where everybody lives but one."""
    return officer(force, clock)


@pytest.fixture
def supervisor(force: Flask) -> FlaskClient:
    return as_browser(Role.SUPERVISOR, force)


@pytest.fixture
def administrator(force: Flask) -> FlaskClient:
    return as_browser(Role.ADMINISTRATOR, force)
