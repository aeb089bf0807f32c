from collections.abc import Iterator
from pathlib import Path

import pytest

from api.storage import Store, upgrade


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'rms.sqlite'}"
    upgrade(url)
    return url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()
