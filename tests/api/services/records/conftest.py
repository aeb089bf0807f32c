"""A fictional force as an import folder, and a store on each of the two databases."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from api.demonstration.force import write_force
from api.storage import Store

DAY = date(2026, 3, 1)
PEOPLE = 300


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    found = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(found, str)
    return found


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def written_force(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("force")
    write_force(folder, seed=7, people=PEOPLE, day=DAY)
    return folder


@pytest.fixture
def force(written_force: Path, tmp_path: Path) -> Path:
    """The folder, to be changed."""
    return Path(shutil.copytree(written_force, tmp_path / "force"))
