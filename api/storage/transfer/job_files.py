"""The files of jobs, in a folder of their own: what was sent for one, and what came of it.

A file is written under another name, brought to the disk and then moved whole: there is never half of
one. It is its owner's alone, and named by random texts. A result carries the lease it was made under, so
that a process that was overtaken can put nothing in the place of another's.
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

INPUT, RESULT, UNFINISHED = ".input", ".result", ".unfinished"
NEW = 24 * 3600  # seconds in which a file may be of a job that is about to be added


class JobFiles:
    """The files in `folder`, which is made when it is first written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def result(self, job: Job) -> Path:
        return self._folder / f"{job.id}.{job.lease}{RESULT}"

    def input(self, id: str) -> Path:
        """What was sent for the job, until it is finished."""
        return self._folder / f"{id}{INPUT}"

    @contextmanager
    def writing_result(self, job: Job) -> Iterator[Path]:
        """A path to write to; left without an error, the file there is on disk as the job's result."""
        with self._whole(self.result(job)) as path:
            yield path

    @contextmanager
    def writing_input(self, id: str) -> Iterator[BinaryIO]:
        """A file to write to; left without an error, it is on disk as what was sent for the job."""
        with self._whole(self.input(id)) as path, path.open("wb") as file:
            yield file

    def bytes_of(self, ids: Iterable[str]) -> int:
        """How much room the files of these jobs take, unfinished ones included."""
        known, total = set(ids), 0
        with suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                if path.name.partition(".")[0] in known:
                    total += _bytes_of(path)
        return total

    def hand_over(self, sent: str, *, to: str) -> None:
        """What was sent under one id is that of another from now on."""
        try:
            self.input(sent).replace(self.input(to))
            _flush(self._folder)
        except OSError as error:
            raise StorageUnavailable("The file of a job could not be written.") from error

    def discard_input(self, id: str) -> None:
        self.input(id).unlink(missing_ok=True)

    def settle(self, job: Job) -> None:
        """Remove all files of a job but its result."""
        for path in self._folder.glob(f"{job.id}.*"):
            if path != self.result(job):
                _remove(path)

    def discard_result(self, job: Job) -> None:
        """Remove what was made under the lease of this job."""
        self.result(job).unlink(missing_ok=True)

    def remove(self, job: Job) -> None:
        """Remove all files of a job."""
        for path in self._folder.glob(f"{job.id}.*"):
            _remove(path)

    def sweep(self, kept: Iterable[str], *, now: float) -> None:
        """Remove the files of every job that is not kept; `now` is in seconds since 1970."""
        known = set(kept)
        with suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                with suppress(FileNotFoundError):
                    if path.name.partition(".")[0] not in known and _may_go(path, now=now):
                        _remove(path)

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
    """The room that a file takes, or a folder of unfinished parts with all that is in it."""
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
    """A result is of a job that was there; anything else may be of one that is about to be added."""
    return path.name.endswith(RESULT) or now - path.stat().st_mtime > NEW


def _flush(path: Path) -> None:
    """Return when the disk has it."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
