"""The library for scores: a copy in memory that is only used while its folder is complete and unaltered."""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from api.telemetry.log_format import line
from api.telemetry.metrics import LIBRARY_ALTERED
from reference_library import (
    FileStates,
    described,
    file_states,
    library_folder,
    load,
    verify,
)
from rms.engine.library import Library
from rms.engine.result import LibraryReference
from rms.errors import LibraryAltered, LibraryDamaged
from rms.instrument import Instrument


class LibraryInUse:
    """The library of the folder `path`, or only `library` if there is no folder to compare it with.

    With `sha256`, only the library with this hash.

    `whole` compares the times and sizes of the files with those when they were last read. If they differ, it
    reads every byte again. `check` always reads every byte. While the folder is damaged, there are no scores.
    The description of the library can be read at any time.
    """

    def __init__(self, path: Path | None = None, library: Library | None = None, *, sha256: str = "") -> None:
        self._path = path
        self._sha256 = sha256
        self._library = library
        self._described = library
        self._states: FileStates | None = None
        self._damage = ""
        self._lock = Lock()
        self.check()

    @property
    def is_described(self) -> bool:
        """Whether the description of the library can be read. It cannot if the manifest is damaged."""
        return self._described is not None

    @property
    def sha256(self) -> str:
        """Its hash; empty if it is not known."""
        return self._described.reference.sha256 if self._described else self._sha256

    @property
    def reference(self) -> LibraryReference:
        return self._known().reference

    @property
    def instrument(self) -> Instrument:
        return self._known().instrument

    @property
    def synthetic(self) -> bool:
        return self._known().synthetic

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Empty if it cannot be read."""
        return self._described.manifest if self._described else {}

    @property
    def damage(self) -> str:
        """The damage of the folder, for administrators; empty if there is none."""
        self.look()
        return self._damage

    def whole(self) -> Library:
        """The library, to calculate scores.

        Raises
        ------
        LibraryAltered
            If its folder is damaged.
        """
        if damage := self.damage:
            raise LibraryAltered(damage)
        assert self._library is not None
        return self._library

    def if_whole(self) -> Library | None:
        return None if self.damage else self._library

    def check(self) -> None:
        """Read every byte of the folder, to find damage."""
        with self._lock:
            self._read()

    def look(self) -> None:
        """Read the folder again if a file in it has changed."""
        if self._path is None or self._is_as_read():
            return
        with self._lock:
            if not self._is_as_read():  # another thread may have read it in the meantime
                self._read()

    def _is_as_read(self) -> bool:
        return self._states is not None and self._now() == self._states

    def _now(self) -> FileStates | None:
        assert self._path is not None
        try:
            return file_states(self._path if self._library else library_folder(self._path))
        except LibraryDamaged:
            return None

    def _read(self) -> None:
        if self._path is None:
            return
        states, damage = self._now(), ""
        try:
            self._verify_or_load(self._path)
        except LibraryDamaged as error:
            damage = error.detail
        except OSError as error:
            damage = f"The library cannot be read or copied into memory: {error.strerror}."
        self._record(damage)
        self._damage, self._states = damage, states  # in this order: `look` reads without the lock

    def _verify_or_load(self, path: Path) -> None:
        """Verify the library, or load it if the service started without an undamaged one."""
        if self._library is not None:
            verify(path, self._library)
            return
        try:
            found = load(path)
            if self._sha256 not in ("", found.reference.sha256):
                raise LibraryDamaged(f"The folder {path.name} has another library than the one in use.")
            self._library = self._described = found
        except (LibraryDamaged, OSError):
            self._described = self._described or _described(path, self._sha256)
            raise
        self._path = library_folder(path)

    def _record(self, damage: str) -> None:
        LIBRARY_ALTERED.set(1 if damage else 0)
        if damage and damage != self._damage:
            line("library_altered", reason=damage)
        elif self._damage and not damage:
            line("library_whole_again")

    def _known(self) -> Library:
        if self._described is None:
            raise LibraryAltered(self._damage)
        return self._described


def _described(path: Path, sha256: str) -> Library | None:
    try:
        found = described(path)
    except LibraryDamaged:
        return None
    return found if sha256 in ("", found.reference.sha256) else None
