"""The files of jobs, in their own folder: the file that was sent for a job, and its result.

A file is written under another name, flushed to the disk and then moved, so it is never incomplete. Only
the user of the service can read it, and its name is random. The name of a result has the lease it was made
under, so a process that lost its lease cannot replace the result of another.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from api.storage.transfer.jobs import Job
from rms.errors import StorageFull, StorageUnavailable

INPUT, RESULT, CHECKSUM, UNFINISHED = ".input", ".result", ".sha256", ".unfinished"
NEW = 24 * 3600  # seconds in which the job of a file may still be added


class JobFiles:
    """The files in `folder`, which is created with the first file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def result(self, job: Job) -> Path:
        return self._folder / f"{job.id}.{job.lease}{RESULT}"

    def checksum(self, job: Job) -> str:
        """The SHA-256 of the result, as `keep_checksum` has stored it; empty if it has not."""
        with suppress(FileNotFoundError):
            return self._checksum(job).read_text(encoding="ascii")
        return ""

    def keep_checksum(self, job: Job, sha256: str) -> None:
        """Store the checksum beside the result: it is deleted with the result."""
        with self._whole(self._checksum(job)) as path:
            path.write_text(sha256, encoding="ascii")

    def input(self, id: str) -> Path:
        """The file that was sent for the job. It is deleted when the job has finished."""
        return self._folder / f"{id}{INPUT}"

    @contextmanager
    def writing_result(self, job: Job) -> Iterator[Path]:
        """A path to write to. If no error is raised, its file becomes the job's result."""
        with self._whole(self.result(job)) as path:
            yield path

    @contextmanager
    def writing_input(self, id: str) -> Iterator[BinaryIO]:
        """A file to write to. If no error is raised, it becomes the file sent for the job."""
        with self._whole(self.input(id)) as path, path.open("wb") as file:
            yield file

    def bytes_of(self, ids: Iterable[str]) -> int:
        """How many bytes the files of these jobs take, with unfinished ones."""
        known, total = set(ids), 0
        with suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                if path.name.partition(".")[0] in known:
                    total += _bytes_of(path)
        return total

    def hand_over(self, sent: str, *, to: str) -> None:
        """Move the file that was sent under one ID to another."""
        try:
            self.input(sent).replace(self.input(to))
            _flush(self._folder)
        except OSError as error:
            raise StorageUnavailable("The file of a job could not be written.") from error

    def discard_input(self, id: str) -> None:
        self.input(id).unlink(missing_ok=True)

    def settle(self, job: Job) -> None:
        """Delete all files of a job except its result and checksum."""
        for path in self._folder.glob(f"{job.id}.*"):
            if path not in (self.result(job), self._checksum(job)):
                _remove(path)

    def discard_result(self, job: Job) -> None:
        """Delete what was made under the lease of this job."""
        self.result(job).unlink(missing_ok=True)
        self._checksum(job).unlink(missing_ok=True)

    def remove(self, id: str) -> None:
        """Delete all files of a job."""
        for path in self._folder.glob(f"{id}.*"):
            _remove(path)

    def sweep(self, kept: Iterable[str], *, now: float) -> None:
        """Delete the files of all jobs that are not in `kept`; `now` is in seconds since 1970."""
        known = set(kept)
        with suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                with suppress(FileNotFoundError):
                    if path.name.partition(".")[0] not in known and _may_go(path, now=now):
                        _remove(path)

    def _checksum(self, job: Job) -> Path:
        return self._folder / f"{job.id}.{job.lease}{CHECKSUM}"

    @contextmanager
    def _whole(self, target: Path) -> Iterator[Path]:
        unfinished = target.with_name(target.name + UNFINISHED)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished.touch(mode=0o600)
            yield unfinished
            _flush(unfinished)
            unfinished.replace(target)
            _flush(self._folder)
        except OSError as error:
            failure = StorageFull if error.errno == errno.ENOSPC else StorageUnavailable
            raise failure("The file of a job could not be written.") from error
        finally:
            unfinished.unlink(missing_ok=True)


def _bytes_of(path: Path) -> int:
    """The bytes of a file, or of all files in a folder of unfinished parts."""
    with suppress(FileNotFoundError):
        if path.is_dir():
            return sum(map(_bytes_of, path.iterdir()))
        return path.stat().st_size
    return 0


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _may_go(path: Path, *, now: float) -> bool:
    """The job of a result was there before. The job of any other file may still be added."""
    return path.name.endswith((RESULT, CHECKSUM)) or now - path.stat().st_mtime > NEW


def _flush(path: Path) -> None:
    """Wait until it is on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
