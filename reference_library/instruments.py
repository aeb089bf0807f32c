"""Instruments in files: those of an agency, beside those that come with RMS.

An agency's instruments are the `*.toml` files of one folder. A file adds an instrument, or another version of
one. Without a version, the name of an instrument means its newest version.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reference_library.regular_files import content
from rms.encodings import line_at, not_utf8
from rms.errors import InstrumentInvalid, InvalidInput, NotFound, Problem
from rms.instrument import Instrument, checked_instrument, instrument, names

MOST_BYTES = 4 * 1024**2  # of one file
ENDING = ".toml"


@dataclass(frozen=True)
class Instruments:
    """The instruments that come with RMS and those of an agency, sorted by name and version.

    `problems`: what is wrong with a file of the agency, by its name. Such a file adds no instrument.
    """

    every: tuple[Instrument, ...]
    problems: Mapping[str, tuple[Problem, ...]]

    @property
    def newest(self) -> Mapping[str, Instrument]:
        """The newest version of each instrument, by its name."""
        return {known.name: known for known in self.every}

    def find(self, name: str) -> Instrument:
        """
        Raises
        ------
        NotFound
            If there is no instrument of this name; the message lists the names.
        """
        if name not in self.newest:
            listed = ", ".join(self.newest)
            raise NotFound(f"There is no instrument {name!r}. Choose one of: {listed}.")
        return self.newest[name]


def instruments_in(folder: Path) -> Instruments:
    """All instruments, with those of an agency's folder, which need not exist."""
    found, problems = {(own.name, own.version): own for own in map(instrument, names())}, {}
    places = dict.fromkeys(found, "RMS itself")
    for path in files_in(folder):
        try:
            read = read_instrument(path)
        except (InvalidInput, InstrumentInvalid) as error:
            problems[path.name] = error.problems
            continue
        key = read.name, read.version
        if key in found and found[key].text != read.text:
            detail = f"{read.name} {read.version} is also in {places[key]}. Give one of them another version."
            problems[path.name] = (Problem("", "version_in_use", detail),)
        else:
            found[key], places[key] = read, path.name
    return Instruments(tuple(sorted(found.values(), key=_order)), problems)


def files_in(folder: Path) -> list[Path]:
    """The files of an agency's instruments, sorted by name; hidden ones are left out."""
    return sorted(path for path in folder.glob(f"*{ENDING}") if not path.name.startswith("."))


def read_instrument(path: Path) -> Instrument:
    """
    Raises
    ------
    InvalidInput
        If the file cannot be read, or is not UTF-8.
    InstrumentInvalid
        With every problem of the instrument, each with its line.
    """
    try:
        text = content(path, most=MOST_BYTES).decode("utf-8")
    except OSError as error:
        detail = f"{path} cannot be read: {error.strerror}."
        raise InvalidInput([Problem("", "no_file", detail)]) from error
    except UnicodeDecodeError as error:
        line = line_at(error.object, error.start)
        raise InvalidInput([Problem(f"/{line}", "not_utf8", not_utf8(path.name, error.object))]) from error
    return checked_instrument(text)


def _order(known: Instrument) -> tuple[str, list[tuple[int, int, str]]]:
    return known.name, version_order(known.version)


def version_order(version: str) -> list[tuple[int, int, str]]:
    """A key that sorts versions as people count them: numbers by their size, and a number after a word.

    >>> sorted(["1.10", "1.9", "1.9.1", "2.0", "2.rc"], key=version_order)
    ['1.9', '1.9.1', '1.10', '2.rc', '2.0']
    """
    parts = re.findall(r"[0-9]+|[^0-9._]+", version)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
