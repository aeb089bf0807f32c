"""Copies of files in memory that no process can change or cut short.

A mapped file on disk is not safe to score with: writing to it changes scores, and truncating it ends
the process that reads it (SIGBUS). So a copy in a sealed `memfd` is mapped instead. Processes that inherit
its descriptor share the one copy. See memfd_create(2) and F_ADD_SEALS in fcntl(2); they exist only on Linux.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from reference_library.regular_files import opened

MOST_BYTES = 4 * 1024**3  # of one file
SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


@dataclass(frozen=True)
class Copies:
    """The copied files of the folder called `name`: file name → descriptor."""

    name: str
    descriptors: Mapping[str, int]

    def path(self, file: str) -> Path:
        """Where this process can open the copy of `file` to read it."""
        return Path(f"/proc/self/fd/{self.descriptors[file]}")

    def close(self) -> None:
        """Close the descriptors. What is mapped stays mapped."""
        for descriptor in self.descriptors.values():
            os.close(descriptor)

    def hand_on(self) -> str:
        """Let the program that replaces this process inherit the copies; pass it the returned text."""
        for descriptor in self.descriptors.values():
            os.set_inheritable(descriptor, True)
        return json.dumps(vars(self))

    @classmethod
    def inherited(cls, text: str) -> Self:
        return cls(**json.loads(text))


def sealed_copies(files: Iterable[Path], *, name: str) -> Copies:
    """
    Raises
    ------
    OSError
        If a file cannot be read, or there is no memory for its copy.
    """
    descriptors = {}
    with ExitStack() as undo:
        for file in files:
            descriptors[file.name] = _sealed_copy(file)
            undo.callback(os.close, descriptors[file.name])
        undo.pop_all()
    return Copies(name, descriptors)


def _sealed_copy(file: Path) -> int:
    descriptor = os.memfd_create(file.name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with opened(file, most=MOST_BYTES) as source, open(descriptor, "wb", closefd=False) as copy:
            shutil.copyfileobj(source, copy)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
