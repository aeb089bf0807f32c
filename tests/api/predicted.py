"""Fixtures: a fictional force with a current model. Tests get copies, because loading takes seconds."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from api.storage import Store
from tests.api.conftest import Clock, Database, Prepared
from tests.api.trained_force import AT, load_force, train, use
from tests.api.web.browsers import as_browser


@pytest.fixture(scope="session")
def predicted_folder(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Path:
    folder = tmp_path_factory.mktemp("predicted")
    shutil.copytree(prepared.folder, folder, dirs_exist_ok=True)
    store = Store(f"sqlite:///{folder / 'rms.sqlite'}")
    load_force(store)
    train(store)
    use(store)
    store.close()
    return folder


@pytest.fixture
def database(predicted_folder: Path, prepared: Prepared, tmp_path: Path) -> Database:
    shutil.copytree(predicted_folder, tmp_path, dirs_exist_ok=True)
    return Database(f"sqlite:///{tmp_path / 'rms.sqlite'}", prepared.key)


@pytest.fixture
def clock() -> Clock:
    return Clock(AT + timedelta(hours=1))


@pytest.fixture
def supervisor(app: Flask) -> FlaskClient:
    return as_browser(Role.SUPERVISOR, app)


@pytest.fixture
def administrator(app: Flask) -> FlaskClient:
    return as_browser(Role.ADMINISTRATOR, app)
