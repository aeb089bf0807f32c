"""A fictional force that is imported, on each of the two databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.demonstration.force import write_force
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.storage import Store
from tests.api.contexts import context_for
from tests.api.services.records.conftest import DAY

PEOPLE = 150


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    found = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(found, str)
    return found


@pytest.fixture(scope="session")
def force(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("force")
    write_force(folder, seed=11, people=PEOPLE, day=DAY)
    return folder


@pytest.fixture
def store(url: str, force: Path) -> Iterator[Store]:
    store = Store(url)
    import_folder(context_for(store), FolderOnDisk(force))
    yield store
    store.close()
