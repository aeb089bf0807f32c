"""What is read is a regular file, and no longer than it may be."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reference_library.regular_files import content, opened


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def directory(path: Path) -> None:
    path.mkdir()


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [directory, device, os.mkfifo])
def test_what_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    make(path)
    before = descriptors()
    with pytest.raises(OSError, match="not a regular file"):
        content(path, most=10)
    assert descriptors() == before


def test_no_more_is_read_than_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert content(path, most=10) == b"0123456789"
    with pytest.raises(OSError, match="more than 9 bytes"):
        content(path, most=9)


def test_a_file_that_does_not_say_how_long_it_is(tmp_path: Path) -> None:
    """Like a file of the kernel, which reports a length of 0."""
    path = Path("/proc/self/status")
    assert path.stat().st_size == 0
    with pytest.raises(OSError, match="more than 100 bytes"):
        content(path, most=100)


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with opened(tmp_path / "link", most=1) as file:
        assert file.read() == b"x"
