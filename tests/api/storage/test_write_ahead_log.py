"""The write-ahead log as a restart reads it, beside the plain loop that its format describes."""

import os
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2 as sqlite

from api.storage.write_ahead_log import (
    MAGIC,
    Chain,
    LogFile,
    LogHeader,
    checksum,
    whole_frames,
)


@dataclass(frozen=True)
class Made:
    """A log as SQLite makes it, of pages whose content comes from `seed`."""

    page_size: int
    big_endian: bool
    frames: int
    seed: bytes

    def content(self) -> bytes:
        header = struct.pack(">6I", MAGIC | self.big_endian, 3007000, self.page_size, 0, 7, 4_000_000_000)
        last = self.checksum(header)
        made = header + struct.pack(">2I", *last)
        for place in range(self.frames):
            page = ((self.seed + bytes([place % 256])) * self.page_size)[: self.page_size]
            begun = struct.pack(">2I", place + 1, place + 9)
            last = self.checksum(begun + page, after=last)
            made += begun + header[16:24] + struct.pack(">2I", *last) + page
        return made

    def checksum(self, content: bytes, *, after: tuple[int, int] = (0, 0)) -> tuple[int, int]:
        words = struct.unpack(f"{'>' if self.big_endian else '<'}{len(content) // 4}I", content)
        return checksum(words, after=after)

    def whole(self, content: bytes) -> int:
        """How many frames a restart finds, frame by frame, as the format says."""
        if len(content) < 32 or self.checksum(content[:24]) != struct.unpack(">2I", content[24:32]):
            return 0
        last, size, found = self.checksum(content[:24]), 24 + self.page_size, 0
        while len(frame := content[32 + found * size : 32 + (found + 1) * size]) == size:
            last = self.checksum(frame[:8] + frame[24:], after=last)
            number = int.from_bytes(frame[:4])
            if not number or frame[8:16] != content[16:24] or last != struct.unpack(">2I", frame[16:24]):
                break
            found += 1
        return found


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def found(path: Path, *, most: int) -> int:
    header = LogHeader(path.read_bytes()[:32])
    with opened(path) as descriptor:
        none = Chain(header.content, 0, header.checksum)
        return whole_frames(descriptor, header, after=none, most=most) if header.is_whole else 0


logs = st.builds(
    Made,
    page_size=st.sampled_from([512, 1024]),
    big_endian=st.booleans(),
    frames=st.integers(0, 6) | st.sampled_from([127, 128, 129, 300]),
    seed=st.binary(min_size=1, max_size=7),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "rms.sqlite-wal"


@given(log=logs, place=st.floats(0, 1), mask=st.integers(0, 255), cut=st.floats(0, 1) | st.just(1))
@settings(max_examples=60, deadline=None)
def test_as_many_frames_fit_as_the_plain_loop_finds(
    file: Path, log: Made, place: float, mask: int, cut: float
) -> None:
    content = bytearray(log.content())
    content[int(place * (len(content) - 1))] ^= mask
    content = content[: int(cut * len(content))]
    file.write_bytes(content)
    assert found(file, most=log.frames) == log.whole(bytes(content))


def written(folder: Path, *, commits: int, page_size: int) -> Path:
    """A database of SQLite whose commits are all in its log, one row each."""
    file = folder / "made.sqlite"
    with closing(sqlite.connect(str(file), isolation_level=None)) as connection:
        for statement in (f"page_size={page_size}", "journal_mode=WAL", "wal_autocheckpoint=0"):
            connection.execute(f"PRAGMA {statement}").fetchall()
        connection.execute("CREATE TABLE numbers (number INTEGER, text TEXT)")
        for number in range(commits):
            connection.execute("INSERT INTO numbers VALUES (?, ?)", (number, "x" * 40 * number))
        crashed = folder / "crashed.sqlite"
        for name in ("", "-wal"):
            crashed.with_name(crashed.name + name).write_bytes(file.with_name(file.name + name).read_bytes())
    return crashed


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_sqlite_finds_after_a_crash_what_is_found_here(tmp_path: Path, page_size: int) -> None:
    """Each frame in turn damaged: SQLite shows the rows up to the last commit before it."""
    database = written(tmp_path, commits=8, page_size=page_size)
    log, size = database.with_name("crashed.sqlite-wal"), 24 + page_size
    content = log.read_bytes()
    frames = (len(content) - 32) // size
    assert found(log, most=frames + 5) == frames > 8
    ends = [place for place in range(frames) if content[32 + place * size + 4 :][:4] != bytes(4)]
    for place in range(0, frames, max(frames // 12, 1)):
        damaged = bytearray(content)
        damaged[32 + place * size + 24 + page_size // 2] ^= 1
        copy = tmp_path / f"copy{place}.sqlite"
        copy.write_bytes(database.read_bytes())
        copy.with_name(f"{copy.name}-wal").write_bytes(damaged)
        assert found(copy.with_name(f"{copy.name}-wal"), most=frames) == place
        commits = sum(end < place for end in ends)
        with closing(sqlite.connect(str(copy))) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            rows = connection.execute("SELECT count(*) FROM numbers").fetchone()[0] if tables else -1
        assert rows == max(commits - 1, -1)  # the first commit makes the table


@pytest.mark.parametrize("field", range(3))
def test_a_header_that_is_not_sqlites_is_refused(field: int) -> None:
    content = bytearray(Made(512, big_endian=False, frames=1, seed=b"x").content())
    content[field * 4 : field * 4 + 4] = b"\xff" * 4
    assert LogHeader(bytes(content[:32])).is_whole is False


def test_another_log_with_the_same_header_is_told_apart(file: Path) -> None:
    file.write_bytes(content := Made(512, big_endian=False, frames=5, seed=b"a").content())
    log = LogFile(file)
    before = log.chain(content[:32], 4, after=None, whole=True)
    assert before is not None and before.frames == 4
    for whole in (True, False):
        assert log.chain(content[:32], 5, after=before, whole=whole) is not None
        assert log.chain(content[:32], 3, after=before, whole=whole) is None
    file.write_bytes(Made(512, big_endian=False, frames=5, seed=b"b").content())
    assert log.chain(content[:32], 5, after=None, whole=True) is not None
    for whole in (True, False):
        assert log.chain(content[:32], 5, after=before, whole=whole) is None
    log.close()


def test_only_the_whole_log_shows_what_was_altered_in_the_part_read_before(file: Path) -> None:
    content = bytearray(Made(512, big_endian=False, frames=5, seed=b"a").content())
    file.write_bytes(content)
    with closing(LogFile(file)) as log:
        before = log.chain(bytes(content[:32]), 4, after=None, whole=True)
        content[100] ^= 1
        file.write_bytes(content)
        assert log.chain(bytes(content[:32]), 5, after=before, whole=False) is not None
        assert log.chain(bytes(content[:32]), 5, after=before, whole=True) is None
