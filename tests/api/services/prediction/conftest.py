"""A force with a trained model. Loading takes seconds, so tests get copies of one database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.storage import Store
from tests.api.trained_force import load_force, train


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory: pytest.TempPathFactory, migrated_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    shutil.copytree(migrated_folder, folder, dirs_exist_ok=True)
    store = Store(f"sqlite:///{folder / 'rms.sqlite'}")
    load_force(store)
    train(store)
    store.close()
    return folder


@pytest.fixture
def url(trained_folder: Path, tmp_path: Path) -> str:
    shutil.copytree(trained_folder, tmp_path, dirs_exist_ok=True)
    return f"sqlite:///{tmp_path / 'rms.sqlite'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()
