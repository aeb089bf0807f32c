"""Import folders: on the disk, or sent as a ZIP file. Their files are read as streams, never unpacked."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, TextIO

from reference_library import regular_files
from rms.errors import InvalidInput, NotFound, Problem
from rms.records.reading import OPENING

CHUNK = 65_536
MOST_BYTES = 64 * 1024**3  # of a file
# Bounds of a ZIP file. The directory with the names of its files is read while its sender waits.
MOST_DIRECTORY = 128 * 1024  # bytes, with the comment at its end: names of about 2,000 files
MOST_RATIO = 100  # of the files’ bytes to those of the ZIP file. Case records have about 5
ANY_RATIO = 16 * 1024**2  # bytes of files that may have any ratio
# bzip2 and LZMA are left out: Python’s zipfile unpacks them without a bound of memory.
UNPACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1  # the bit of an entry
# What zipfile raises for a damaged file.
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, OverflowError),
)
DAMAGED = Problem("", "damaged_zip", "The ZIP file is damaged or incomplete. Create it again.")
NOT_UNPACKED = Problem(
    "",
    "unsupported_zip",
    "RMS reads ZIP files with the method Deflate or without compression, and without a password.",
)
TOO_MANY_FILES = Problem(
    "", "too_many_files", "The ZIP file has too many files. Send only import.toml and the files to import."
)


class Folder(Protocol):
    """A folder with files of case records."""

    def names(self) -> list[str]:
        """The names of its files."""

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """A file, to be read."""


class FolderOnDisk:
    """A folder of the file system.

    Raises
    ------
    NotFound
        If there is none.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise NotFound(f"There is no folder {path.name}.")
        self._path = path

    def names(self) -> list[str]:
        return [path.name for path in self._path.iterdir()]

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        with regular_files.opened(self._path / name, most=MOST_BYTES) as file:
            yield file


class ZippedFolder:
    """A folder that was sent as a ZIP file, with its files at the top.

    Raises
    ------
    InvalidInput
        If it is no ZIP file, has too many files or one that RMS does not unpack, or if its files would have
        more than `most` bytes together, or more than MOST_RATIO times those of the ZIP file.
    """

    def __init__(self, path: Path, *, most: int) -> None:
        self._path = path
        size = path.stat().st_size
        entries = [entry for entry in _directory(path) if not entry.is_dir()]
        self._names = [entry.filename for entry in entries]
        if not all(0 <= entry.header_offset < size for entry in entries):
            raise InvalidInput([DAMAGED])
        if not all(entry.compress_type in UNPACKED and not entry.flag_bits & ENCRYPTED for entry in entries):
            raise InvalidInput([NOT_UNPACKED])
        if len(set(self._names)) < len(self._names):
            raise InvalidInput([Problem("", "file_twice", "The ZIP file has two files of one name.")])
        _check_size(sum(entry.file_size for entry in entries), packed=size, most=most)

    def names(self) -> list[str]:
        return self._names

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        with ExitStack() as stack:
            try:
                file = stack.enter_context(stack.enter_context(zipfile.ZipFile(self._path)).open(name))
            except DAMAGE as error:
                raise InvalidInput([DAMAGED]) from error
            yield stack.enter_context(io.BufferedReader(_Unpacked(file), CHUNK))


class _Directory(io.FileIO):
    """A ZIP file of which only as much is read as its directory may have."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._left = MOST_DIRECTORY

    def read(self, size: int | None = -1, /) -> bytes:
        most = self._left + 1
        content = super().read(most if size is None or size < 0 else min(size, most)) or b""
        self._left -= len(content)
        if self._left < 0:
            raise InvalidInput([TOO_MANY_FILES])
        return content


class _Unpacked(io.RawIOBase):
    """A file of a ZIP file. Reading raises `InvalidInput` if it is damaged."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        try:
            content = self._file.read(len(view))
        except DAMAGE as error:
            raise InvalidInput([DAMAGED]) from error
        view[: len(content)] = content
        return len(content)


def _directory(path: Path) -> list[zipfile.ZipInfo]:
    with _Directory(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return archive.infolist()
        except (*DAMAGE, OSError) as error:  # OSError: a place in the file that cannot be
            raise InvalidInput([DAMAGED]) from error


def _check_size(unpacked: int, *, packed: int, most: int) -> None:
    if unpacked > most:
        detail = f"The files in the ZIP file have more than {most:,} bytes together. Split the folder."
    elif unpacked > max(MOST_RATIO * packed, ANY_RATIO):
        detail = f"RMS unpacks up to {MOST_RATIO} times the size of a ZIP file. These files have more."
    else:
        return
    raise InvalidInput([Problem("", "too_large", detail)])


@contextmanager
def opened_as_text(folder: Folder, name: str) -> Iterator[TextIO]:
    """The same as text, as `rms.records.reading` reads it."""
    with folder.opened(name) as binary, io.TextIOWrapper(binary, **OPENING) as stream:
        yield stream
