"""A demonstration that was started once and stopped in order; each test runs over a copy of its folder."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.server import Server


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data folder as the first start leaves it, and what that start said. All test processes share it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "first-start"
    folder.mkdir(exist_ok=True)
    said = folder / "said.txt"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first process starts it, the others wait
        if not said.exists():
            said.write_text(Server(folder / "data").stop(), encoding="utf-8")
    return folder / "data", said.read_text(encoding="utf-8")


@pytest.fixture
def data(first_start: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(first_start[0], tmp_path / "data"))


@pytest.fixture(scope="module")
def served(first_start: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A second start, for all tests of a module."""
    server = Server(Path(shutil.copytree(first_start[0], tmp_path_factory.mktemp("served") / "data")))
    yield server
    server.stop()
