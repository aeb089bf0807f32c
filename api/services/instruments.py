"""The instruments of the service: those of RMS, those of the agency, and those of the libraries in use."""

from collections.abc import Mapping
from pathlib import Path

from api.services.libraries_in_use import Libraries
from reference_library import FileStates, Instruments, file_states, instruments_in
from rms.errors import NotFound, Problem
from rms.instrument import Instrument


class KnownInstruments:
    """The instruments of RMS and of the agency's folder. Its files are read again when they change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._states: FileStates | None = None
        self._known = instruments_in(folder)

    def _now(self) -> Instruments:
        states = file_states(self._folder)
        if states is None or states != self._states:
            self._known, self._states = instruments_in(self._folder), states
        return self._known

    @property
    def problems(self) -> Mapping[str, tuple[Problem, ...]]:
        """What is wrong with a file in the folder, by its name."""
        return self._now().problems

    def every(self, *, in_use: Libraries) -> tuple[Instrument, ...]:
        """Every instrument, sorted by name. That of a library in use replaces newer versions."""
        used = {library.instrument.name: library.instrument for library in in_use if library.is_described}
        return tuple({**self._now().newest, **used}[name] for name in sorted({*self._now().newest, *used}))

    def find(self, name: str, *, in_use: Libraries) -> Instrument:
        """
        Raises
        ------
        NotFound
            If there is no instrument of this name.
        """
        for known in self.every(in_use=in_use):
            if known.name == name:
                return known
        raise NotFound("There is no instrument of this name. GET /api/v1/instruments lists them.")
