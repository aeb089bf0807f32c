"""Files that are read only if they are regular ones, and no longer than they may be.

A device has no end, and a pipe keeps its reader waiting.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path


@contextmanager
def opened(path: Path, *, most: int) -> Iterator[BufferedReader]:
    """The file, to be read.

    Raises
    ------
    OSError
        If it cannot be opened, is not a regular file, or has more than `most` bytes.
    """
    # A pipe that nobody writes to would otherwise not open.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with ExitStack() as closing:
        closing.callback(os.close, descriptor)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        if status.st_size > most:
            raise _too_long(path, most)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file


def content(path: Path, *, most: int) -> bytes:
    """All of the file; errors as of `opened`."""
    with opened(path, most=most) as file:
        found = file.read(most + 1)
    if len(found) > most:  # it has become longer, or it is a file that does not say how long it is
        raise _too_long(path, most)
    return found


def _too_long(path: Path, most: int) -> OSError:
    return OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
