"""The head of the audit, kept in a file outside of the database.

A database that lost its end, or that was made anew, verifies as whole: only a head kept elsewhere
shows what is missing. RMS notes it here while it runs, so it can be a few seconds old, never too new.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.storage.audit import Head
from reference_library.regular_files import content
from rms.errors import StorageLost

NAME = "audit-head.json"
MOST_BYTES = 10_000
REPAIR = (
    "It says where the record ends. Check the database with `rms audit verify`, then run `rms db "
    "accept-restored`."
)


@dataclass(frozen=True)
class Noted:
    """`overwritten`: the database file was replaced or overwritten after this head, while RMS was running."""

    head: Head
    overwritten: bool = False


class KeptHead:
    """The file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME

    def read(self) -> Noted | None:
        """What was noted; None if nothing ever was.

        Raises
        ------
        StorageLost
            If the file cannot be read or does not hold a head.
        """
        try:
            document = json.loads(content(self.file, most=MOST_BYTES))
            return Noted(Head(int(document["entries"]), str(document["hash"])), bool(document["overwritten"]))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageLost(f"{NAME} in RMS_DATA cannot be read: {error.strerror}. {REPAIR}") from error
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise StorageLost(f"{NAME} in RMS_DATA is damaged. {REPAIR}") from error

    def write(self, noted: Noted) -> None:
        """Replace the file, which is for its owner alone: whole and on disk, or not at all."""
        with self._turn():
            self._replace(noted)

    def advance(self, head: Head, *, after: Noted | None) -> None:
        """Save this head, unless the file no longer says what it said before."""
        with self._turn():
            if self.read() == after:
                self._replace(Noted(head))

    def note_overwritten(self) -> None:
        """Save that the database was overwritten after the saved head; nothing if there is no such head."""
        with self._turn():
            noted = self.read()
            if noted is not None and not noted.overwritten:
                self._replace(Noted(noted.head, overwritten=True))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Only one thread of one process writes."""
        folder = os.open(self.file.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _replace(self, noted: Noted) -> None:
        draft = self.file.with_name(f".{NAME}.{os.getpid()}.part")
        written = {"entries": noted.head.sequence, "hash": noted.head.hash, "overwritten": noted.overwritten}
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(written, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.file)
