"""SQLite's write-ahead log as a restart reads it: up to the first frame that does not fit.

Each frame holds a page, and a checksum of all that comes before it in the log. A running SQLite never
compares these checksums. A restart does, and drops everything from the first frame that does not fit.

    log    header (32 bytes), then frames
    frame  page number, size after commit | salts | checksum (24 bytes in all), then the page
    index  48 bytes twice, with the salts of the log at byte 32; then where each page is in the log;
           who copies the log into the database file holds a lock on its byte 121

The checksum is linear modulo 2^32: the checksum of a frame is the one before it times a matrix, plus the
frame's words times weights. So many frames are compared at once. https://sqlite.org/walformat.html
"""

import ctypes
import fcntl
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HEADER_BYTES, FRAME_HEADER_BYTES, INDEX_HEADER_BYTES = 32, 24, 48
SALTS = slice(32, 40)  # in the index
COPYING_LOCK = 121  # the byte of the index that SQLite locks while it copies the log
LOCK = "hhqqi0q"  # type, from where, first byte, bytes, process: `struct flock`
MAPPINGS, DESCRIPTORS = Path("/proc/self/maps"), Path("/proc/self/fd")
MAGIC = 0x377F0682  # the last bit says that checksums are made of big-endian words
VERSION = 3007000
PAGE_SIZES = frozenset(2**power for power in range(9, 17))
AT_ONCE = 128  # frames: half a megabyte, which stays in the processor's cache
WORD = 2**32

Checksum = tuple[int, int]
Words = NDArray[np.uint32]


@dataclass(frozen=True)
class LogHeader:
    """The first bytes of a log."""

    content: bytes

    @cached_property
    def is_whole(self) -> bool:
        if len(self.content) < HEADER_BYTES:
            return False
        magic, version = _field(self.content, 0), _field(self.content, 1)
        if magic & ~1 != MAGIC or version != VERSION or self.page_size not in PAGE_SIZES:
            return False
        return checksum(np.frombuffer(self.content, self.words, 6).tolist()) == self.checksum

    @property
    def page_size(self) -> int:
        return _field(self.content, 2)

    @property
    def frame_bytes(self) -> int:
        return FRAME_HEADER_BYTES + self.page_size

    @property
    def words(self) -> str:
        """How checksums read words; everything else in a log is big-endian."""
        return ">u4" if _field(self.content, 0) & 1 else "<u4"

    @property
    def salts(self) -> Words:
        return np.frombuffer(self.content, ">u4", 2, 16)

    @property
    def checksum(self) -> Checksum:
        return _field(self.content, 6), _field(self.content, 7)

    def offset(self, frame: int) -> int:
        """Where in the log the frame begins; the first has the number 0."""
        return HEADER_BYTES + frame * self.frame_bytes


@lru_cache(maxsize=4)
def log_header(content: bytes) -> LogHeader:
    return LogHeader(content)


def _field(content: bytes, place: int) -> int:
    return int.from_bytes(content[4 * place : 4 * place + 4])


@dataclass(frozen=True)
class Chain:
    """The first frames of a log, which all fit.

    `checksum` is that of the last. With it the database has `database_bytes`.
    """

    header: bytes
    frames: int
    checksum: Checksum
    database_bytes: int = 0

    def is_of(self, header: bytes, frames: int) -> bool:
        return (self.header, self.frames) == (header, frames)


class LogIndex:
    """The index at `path`, without links, as SQLite has mapped it into this process.

    It is not opened a second time: to close a file ends all locks that SQLite holds on it in this process.
    """

    def __init__(self, path: Path) -> None:
        self._address = _mapped_at(path)
        self._descriptor = _opened_as(path)

    def is_being_copied(self) -> bool | None:
        """Whether a connection, of any process, copies the log into the database file; None if not known."""
        if self._descriptor is None:
            return None
        asked = struct.pack(LOCK, fcntl.F_WRLCK, os.SEEK_SET, COPYING_LOCK, 1, 0)
        try:  # as no process, so that a lock of this process shows, too
            found = fcntl.fcntl(self._descriptor, fcntl.F_OFD_GETLK, asked)
        except OSError:
            return None
        return bool(struct.unpack(LOCK, found)[0] != fcntl.F_UNLCK)

    def fits(self, header: bytes) -> bool:
        """Whether it belongs to a log with this header. True if it is being written, or cannot be read."""
        salts = self.salts()
        return not salts or salts == header[16:24]

    def salts(self) -> bytes:
        """Those of its log. Each log has others. Empty if the index is being written, or cannot be read."""
        if self._address is None:
            return b""
        content = ctypes.string_at(self._address, 2 * INDEX_HEADER_BYTES)
        is_whole = content[:INDEX_HEADER_BYTES] == content[INDEX_HEADER_BYTES:]
        return content[SALTS] if is_whole else b""


def _mapped_at(path: Path) -> int | None:
    """Where the beginning of the file is in memory. Only Linux says so."""
    try:
        inode, lines = path.stat().st_ino, MAPPINGS.read_text(errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        place, _, offset, _, mapped, *name = line.split(maxsplit=5)
        if int(mapped) == inode and not int(offset, 16) and name and name[0].endswith(path.name):
            return int(place.partition("-")[0], 16)
    return None


def _opened_as(path: Path) -> int | None:
    """The descriptor with which SQLite has opened the file. Only Linux says so."""
    try:
        wanted, descriptors = path.stat(), [int(found.name) for found in DESCRIPTORS.iterdir()]
    except OSError:
        return None
    for descriptor in descriptors:
        with suppress(OSError):  # it was the one of the folder itself
            if os.path.samestat(os.fstat(descriptor), wanted):
                return descriptor
    return None


class LogFile:
    """The log, held open to be read. SQLite locks nothing in it, so it can be closed at any time."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        os.close(self._descriptor)

    def header(self) -> bytes:
        return os.pread(self._descriptor, HEADER_BYTES, 0)

    def is_as_long_as(self, header: bytes, frames: int) -> bool:
        """Whether so many frames can be in it, behind this header."""
        if not frames:
            return True
        begun = log_header(header)
        return begun.is_whole and os.fstat(self._descriptor).st_size >= begun.offset(frames)

    def stamp(self) -> tuple[int, int, int]:
        """Size and times of change: they differ after each write. No program can set the last one back."""
        status = os.fstat(self._descriptor)
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns

    def chain(self, header: bytes, frames: int, *, after: Chain | None, whole: bool) -> Chain | None:
        """So many frames behind this header; None if one does not fit.

        Those in `after`, which were read before, are read again only if the `whole` log is. In any case they
        must still be there, and none of them may have become another.
        """
        begun = log_header(header)
        if not begun.is_whole:
            return None
        none = Chain(header, 0, begun.checksum)
        known = after if after and after.header == header else none
        if frames < known.frames or self._last(begun, known.frames)[1] != known.checksum:
            return None
        start = none if whole else known
        if whole_frames(self._descriptor, begun, after=start, most=frames) < frames:
            return None
        pages, checksum = self._last(begun, frames)
        return Chain(header, frames, checksum, pages * begun.page_size)

    def _last(self, header: LogHeader, frames: int) -> tuple[int, Checksum]:
        """What the last of so many frames says: the pages of the database, and its checksum."""
        if not frames:
            return 0, header.checksum
        content = os.pread(self._descriptor, FRAME_HEADER_BYTES, header.offset(frames - 1))
        return _field(content, 1), (_field(content, 4), _field(content, 5))


def whole_frames(descriptor: int, header: LogHeader, *, after: Chain, most: int) -> int:
    """How many of the first frames, up to `most`, a restart finds, where it finds those in `after`."""
    count, last = after.frames, after.checksum
    frames = np.empty((min(most - count, AT_ONCE), header.frame_bytes // 4), np.uint32)
    while count < most:
        wanted = frames[: most - count]
        read = os.preadv(descriptor, [wanted.data.cast("B")], header.offset(count))
        fitting, last = _fitting(wanted[: read // header.frame_bytes], header, after=last)
        count += fitting
        if fitting < len(wanted):
            break
    return count


def _fitting(frames: Words, header: LogHeader, *, after: Checksum) -> tuple[int, Checksum]:
    weights, carried = _weights(header.page_size)
    words, fields = frames.view(header.words), frames[:, :6].view(">u4")
    checksums = np.empty((len(frames) + 1, 2), np.uint32)  # before the first frame, and after each
    checksums[0], checksums[1:] = after, fields[:, 4:]
    made = np.einsum("ij,kj->ik", words, weights) + checksums[:-1] @ carried
    fits = (made == checksums[1:]).all(axis=1)
    fits &= (fields[:, 2:4] == header.salts).all(axis=1) & (fields[:, 0] != 0)
    count = len(fits) if fits.all() else int(fits.argmin())
    first, second = checksums[count].tolist()
    return count, (first, second)


@cache
def _weights(page_size: int) -> tuple[Words, Words]:
    """What each word of a frame adds to either part of the checksum; and what the checksum before it adds.

    The salts and the checksum in the header of a frame are no part of what is added up.
    """
    summed = [0, 1, *range(6, 6 + page_size // 4)]
    weights = np.zeros((2, 6 + page_size // 4), np.uint32)
    first, second = (1, 1), (0, 1)  # what the two words of the last pair add
    for place in range(len(summed) - 2, -1, -2):
        weights[:, summed[place]], weights[:, summed[place + 1]] = first, second
        first, second = _carried(first), _carried(second)
    # A pair of words is added before it is carried, the checksum before it is carried at once.
    matrix = [checksum([0] * len(summed), after=one) for one in ((1, 0), (0, 1))]
    return weights, np.array(matrix, np.uint32)


def _carried(state: Checksum) -> Checksum:
    """After another pair of words that are zero."""
    return checksum((0, 0), after=state)


def checksum(words: Iterable[int], *, after: Checksum = (0, 0)) -> Checksum:
    """The checksum as SQLite makes it, pair by pair.

    >>> checksum([1, 2]), checksum([3, 4], after=(1, 3)) == checksum([1, 2, 3, 4])
    ((1, 3), True)
    """
    first, second = after
    pairs = iter(words)
    for word, next_word in zip(pairs, pairs, strict=True):
        first = (first + word + second) % WORD
        second = (second + next_word + first) % WORD
    return first, second
