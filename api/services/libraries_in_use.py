"""The libraries in use: one for each instrument, as decided on record. Every process follows the record."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from api.services.library_in_use import LibraryInUse
from api.storage import LibraryUse, Store
from api.telemetry.log_format import line
from api.telemetry.metrics import LIBRARY_ALTERED
from reference_library import Copies, copied, described, folders_in, loaded
from rms.engine.library import Library
from rms.errors import InstrumentNotInUse, LibraryDamaged, StorageUnavailable
from rms.instrument import Process

HANDED_ON = "RMS_LIBRARY_COPY"  # the copies that the processes of the server inherit; do not set it by hand


def in_force(decisions: Iterable[LibraryUse]) -> tuple[LibraryUse, ...]:
    """The last decision about each instrument. The instrument in use longest comes first."""
    latest: dict[str, LibraryUse] = {}
    for decision in decisions:
        if decision.is_end:
            latest.pop(decision.instrument, None)
        else:
            latest[decision.instrument] = decision
    return tuple(latest.values())


def folder_of(use: LibraryUse, path: Path) -> Path:
    """Where a library on record is, below or beside the folder `path` of RMS_LIBRARY.

    If no library has its hash, the folder that it had: it may be restored.
    """
    for folder in folders_in(path):
        try:
            if described(folder).reference.sha256 == use.sha256:
                return folder
        except LibraryDamaged:
            continue
    parent = path.parent if folders_in(path)[:1] == [path] else path
    conventional = parent / f"{use.name}-{use.version}-{use.sha256[:12]}"
    return path if use.by_setting and not conventional.exists() else conventional


def hand_on(folders: Iterable[Path]) -> Mapping[str, str]:
    """Copy libraries into memory for the program that replaces this process, and for all its workers.

    Returns
    -------
    The environment variables for that program.

    Raises
    ------
    LibraryDamaged
        If a library is damaged.
    OSError
        If one cannot be read, or there is not enough memory for a copy.
    """
    handed = []
    for folder in folders:
        copies = copied(folder)
        loaded(copies)
        handed.append(copies.hand_on())
    return {HANDED_ON: json.dumps(handed)}


def inherited(env: Mapping[str, str]) -> tuple[Library, ...]:
    """The libraries that this process has inherited."""
    libraries = []
    for text in json.loads(env.get(HANDED_ON, "[]")):
        try:
            libraries.append(loaded(Copies.inherited(text)))
        except LibraryDamaged:
            continue
    return tuple(libraries)


@dataclass(frozen=True)
class Libraries:
    """The libraries in use at one moment, by instrument. The first is the default."""

    by_instrument: Mapping[str, LibraryInUse]
    decisions: tuple[LibraryUse, ...] = field(default=())

    def __iter__(self) -> Iterator[LibraryInUse]:
        return iter(self.by_instrument.values())

    @property
    def default(self) -> LibraryInUse:
        return next(iter(self))

    @property
    def several(self) -> bool:
        return len(self.by_instrument) > 1

    def of(self, instrument: object) -> LibraryInUse:
        """The library of the instrument of this name; the default if there is none."""
        named = self.by_instrument.get(instrument) if isinstance(instrument, str) else None
        return named or self.default

    def has(self, instrument: str) -> bool:
        """Whether a library of this instrument is in use. A damaged one may not say of which it is."""
        return instrument in self.by_instrument or "" in self.by_instrument

    def named(self, instrument: str) -> LibraryInUse:
        """
        Raises
        ------
        InstrumentNotInUse
            If no library of this instrument is in use.
        """
        if not self.has(instrument):
            raise InstrumentNotInUse(instrument, in_use=self.by_instrument)
        return self.of(instrument)

    @property
    def processes(self) -> tuple[Process, ...]:
        """Every process that the libraries simulate. Those of the default library come first."""
        processes: dict[str, Process] = {}
        for library in self:
            for process in library.instrument.processes:
                processes.setdefault(process.code, process)
        return tuple(processes.values())

    @property
    def process_labels(self) -> dict[str, str]:
        """The label of each of these processes, by its code."""
        return {process.code: process.label for process in self.processes}


class LibrariesInUse:
    """Follows the record of the libraries in use. `now` says which they are, without looking at the record.

    Without any decision on record, it is the only library at `path`.
    """

    def __init__(self, store: Store, path: Path, inherited: Sequence[Library] = ()) -> None:
        self._record: tuple[Store, Path] | None = (store, path)
        self._inherited = {library.reference.sha256: library for library in inherited}
        self._decisions = -1  # how many there are on record
        self._lock = Lock()
        self._now = Libraries({})
        self._follow(store, path)

    @classmethod
    def fixed(cls, library: LibraryInUse) -> "LibrariesInUse":
        """Only this library, whatever is on record."""
        libraries = cls.__new__(cls)
        libraries._record = None
        libraries._now = Libraries({_name(library): library})
        return libraries

    @property
    def path(self) -> Path | None:
        """The folder of RMS_LIBRARY; None if the library is fixed."""
        return self._record and self._record[1]

    def now(self) -> Libraries:
        return self._now

    def look(self) -> None:
        """Take up new decisions, and read a folder again if a file in it has changed."""
        self._examine(LibraryInUse.look)

    def check(self) -> None:
        """Take up new decisions, and read every byte of the folders, to find damage."""
        self._examine(LibraryInUse.check)

    def _examine(self, examine: Callable[[LibraryInUse], None]) -> None:
        if self._record is not None:
            self._follow(*self._record)
        for library in self._now:
            examine(library)
        LIBRARY_ALTERED.set(max(1 if library.damage else 0 for library in self._now))

    def _follow(self, store: Store, path: Path) -> None:
        with self._lock:
            try:
                with store.reading() as tx:
                    count = tx.library_uses.count()
                    if count == self._decisions:
                        return
                    uses = in_force(tx.library_uses.all())
            except StorageUnavailable:  # it is asked again at the next look
                self._now = self._now if self._now.by_instrument else self._without_record(path)
                return
            before, self._now = self._now, self._opened(uses, path)
            self._decisions = count
        for use in set(self._now.decisions) - set(before.decisions) if before.by_instrument else ():
            line("library_used", name=use.name, version=use.version, sha256=use.sha256)

    def _opened(self, uses: Sequence[LibraryUse], path: Path) -> Libraries:
        if not uses:
            return self._without_record(path)
        known = {library.sha256: library for library in self._now if library.sha256}
        opened = {use.instrument: known.get(use.sha256) or self._open(use, path) for use in uses}
        return Libraries(opened, tuple(uses))

    def _open(self, use: LibraryUse, path: Path) -> LibraryInUse:
        copy = self._inherited.pop(use.sha256, None)
        return LibraryInUse(folder_of(use, path), copy, sha256=use.sha256)

    def _without_record(self, path: Path) -> Libraries:
        """The only library at `path`."""
        library = LibraryInUse(path)
        return Libraries({_name(library): library})


def _name(library: LibraryInUse) -> str:
    return library.instrument.name if library.is_described else ""
