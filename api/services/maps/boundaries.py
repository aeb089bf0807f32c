"""The boundaries of the agency's areas: the files `*.geojson` in the folder `boundaries` in RMS_DATA."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from api.services.context import Context
from reference_library import FileStates, file_states, regular_files
from rms.encodings import not_utf8
from rms.errors import InvalidInput, Problem
from rms.maps.boundaries import Boundaries, read_boundaries

ENDING = ".geojson"
MOST_BYTES = 32 * 1024**2  # of one file


@dataclass(frozen=True)
class ReadBoundaries:
    """The boundary of each area by its code. `version` is another one when a file has changed.

    `problems`: what is wrong with a file, by its name. Such a file gives no boundary.
    """

    of_areas: Boundaries
    problems: Mapping[str, tuple[Problem, ...]]
    version: str


class KnownBoundaries:
    """The boundaries in a folder, which need not exist. Its files are read again when they change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._states: FileStates | None = None
        self._read = _boundaries_in(folder)

    def now(self) -> ReadBoundaries:
        states = file_states(self._folder)
        if states != self._states:
            self._read, self._states = _boundaries_in(self._folder), states
        return self._read


def check_boundaries(context: Context, path: Path) -> int:
    """How many areas the file has boundaries of. The error has every problem, also unknown areas.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or has problems.
    """
    with context.store.reading() as tx:
        codes = {office.code for office in tx.offices.all() if office.code}
    return len(_boundaries(path, known=codes))


def _boundaries_in(folder: Path) -> ReadBoundaries:
    """The files in order of their names: of an area that is in several, the first counts."""
    found: dict[str, Boundaries] = {}
    problems = {}
    for path in sorted(folder.glob(f"*{ENDING}")):
        if path.name.startswith("."):
            continue
        try:
            found[path.name] = _boundaries(path)
        except InvalidInput as error:
            problems[path.name] = error.problems
    of_areas = {code: one for file in reversed(found.values()) for code, one in file.items()}
    version = sha256(repr(sorted(of_areas.items())).encode()).hexdigest()[:12]
    return ReadBoundaries(of_areas, problems, version)


def _boundaries(path: Path, *, known: Collection[str] | None = None) -> Boundaries:
    try:
        text = regular_files.content(path, most=MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        detail = f"{path} cannot be read: {error.strerror}."
        raise InvalidInput([Problem("", "no_file", detail)]) from error
    except UnicodeDecodeError as error:
        raise InvalidInput([Problem("", "not_utf8", not_utf8(path.name, error.object))]) from error
    return read_boundaries(text, known=known)
