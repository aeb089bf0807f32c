"""The file that a command writes. It appears when it is complete and never replaces its own source."""

import os
from pathlib import Path

from rms.errors import InvalidInput, Problem


class ResultFile:
    """A temporary file that replaces `path` if the block succeeds, and is deleted if it fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._direct = path.is_symlink() or (path.exists() and not path.is_file())  # such as /dev/stdout
        self._draft = path if self._direct else path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> Path:
        return self._draft

    def __exit__(self, kind: object, *_: object) -> None:
        if self._direct:
            return
        if kind is None:
            self._draft.replace(self._path)
        self._draft.unlink(missing_ok=True)


def check_paths(out: Path, *, source: Path, of: str) -> None:
    """Before anything is read, check that the result has a folder and does not replace its own input.

    Raises
    ------
    InvalidInput
        If it has none, or would. `of` says what the input is a file of.
    """
    if not out.parent.is_dir():
        raise InvalidInput([Problem("", "no_folder", f"There is no folder {out.parent}.")])
    if out.exists() and out.samefile(source):
        detail = f"The result would replace the file of {of}. Choose another file."
        raise InvalidInput([Problem("", "same_file", detail)])
