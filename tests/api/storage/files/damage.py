"""What can happen to the files of a SQLite database while it is in use."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from api.storage.write_ahead_log import FRAME_HEADER_BYTES, HEADER_BYTES

PAGE = 4096
FRAME = FRAME_HEADER_BYTES + PAGE


def beside(file: Path, name: str) -> Path:
    return file.with_name(f"{file.name}-{name}")


def altered(file: Path, place: int, *, content: bytes = b"") -> None:
    """The log with these bytes at that place, or with the bits of one byte turned round."""
    with beside(file, "wal").open("r+b", buffering=0) as log:
        log.seek(place)
        content = content or bytes([log.read(1)[0] ^ 0xFF])
        log.seek(place)
        log.write(content)


def length(file: Path) -> int:
    return beside(file, "wal").stat().st_size


def middle(file: Path) -> int:
    return HEADER_BYTES + (length(file) // FRAME // 2) * FRAME


ALTERED: dict[str, Callable[[Path], object]] = {
    "cut to half": lambda file: os.truncate(beside(file, "wal"), length(file) // 2),
    "cut to nothing": lambda file: os.truncate(beside(file, "wal"), 0),
    "cut by one byte": lambda file: os.truncate(beside(file, "wal"), length(file) - 1),
    "header overwritten": lambda file: altered(file, 0, content=bytes(HEADER_BYTES)),
    "salt in the header altered": lambda file: altered(file, 17),
    "byte in a page altered": lambda file: altered(file, middle(file) + 2000),
    "page number altered": lambda file: altered(file, middle(file) + 3),
    "checksum altered": lambda file: altered(file, middle(file) + 20),
    "byte in the first page altered": lambda file: altered(file, HEADER_BYTES + 100),
    "byte in the last page altered": lambda file: altered(file, length(file) - 1),
    "all of it zeros": lambda file: altered(file, 0, content=bytes(length(file))),
}


def run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True)


def backed_up(file: Path) -> Path:
    """A copy as `sqlite3 rms.sqlite ".backup copy.sqlite"` makes it."""
    copy = file.parent / "backup" / "copy.sqlite"
    copy.parent.mkdir()
    source, target = sqlite.connect(str(file)), sqlite.connect(str(copy))
    source.backup(target)
    source.close()
    target.close()
    return copy


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def log_replaced(file: Path, _copy: Path) -> None:
    log_of(file).rename(file.parent / "elsewhere")
    log_of(file).touch()


def header_overwritten(file: Path, _copy: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(b"\0" * 100)


MOVED: dict[str, Callable[[Path, Path], object]] = {
    "deleted": lambda file, _: file.unlink(),
    "moved away": lambda file, _: file.rename(file.parent / "elsewhere"),
    "another moved into its place": lambda file, copy: copy.replace(file),
    "folder moved away": lambda file, _: file.parent.rename(file.parent.with_name("elsewhere")),
    "folder replaced": lambda file, copy: (
        file.parent.rename(file.parent.with_name("elsewhere")),
        run("cp", "-r", file.parent.with_name("elsewhere"), file.parent),
    ),
}
LOG_LOST: dict[str, Callable[[Path, Path], object]] = {
    "log deleted": lambda file, _: log_of(file).unlink(),
    "log and index deleted": lambda file, _: (log_of(file).unlink(), run("rm", f"{file}-shm")),
    "log replaced": log_replaced,
}
WRITTEN: dict[str, Callable[[Path, Path], object]] = {
    "another copied over it": lambda file, copy: run("cp", copy, file),
    "another copied over it with its date": lambda file, copy: run("cp", "-p", copy, file),
    "cut to nothing": lambda file, _: os.truncate(file, 0),
    "cut to half": lambda file, _: os.truncate(file, file.stat().st_size // 2),
    "header overwritten": header_overwritten,
}
ALL = MOVED | LOG_LOST | WRITTEN
