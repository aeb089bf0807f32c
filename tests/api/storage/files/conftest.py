"""What the tests of the files of a SQLite database share."""

from pathlib import Path

import pytest


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other process takes long for a checkpoint here."""
    monkeypatch.setattr("api.storage.database_file.PATIENCE", 0.1)
