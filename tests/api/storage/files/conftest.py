"""What the tests of the files of a SQLite database share."""

from pathlib import Path

import pytest


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
