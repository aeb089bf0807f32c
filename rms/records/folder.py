"""Which files of a folder are imported, and in which order. The caller lists and opens the files."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rms.errors import InvalidInput, Problem, listed
from rms.records.declaration import FILE as DECLARATION_FILE
from rms.records.layout import LAYOUT, FileLayout
from rms.records.reading import Batch, read_csv, read_ndjson

FORMATS: dict[str, Callable[..., Iterator[Batch]]] = {"csv": read_csv, "ndjson": read_ndjson}


@dataclass(frozen=True)
class FolderFile:
    """A file to import. `read` is `read_csv` or `read_ndjson`."""

    name: str
    layout: FileLayout
    read: Callable[..., Iterator[Batch]]


def files_to_import(names: Iterable[str]) -> tuple[FolderFile, ...]:
    """The files to import out of the names of all files of a folder, each after those it refers to.

    Files of other formats are left out.

    Raises
    ------
    InvalidInput
        If `import.toml` or every file is missing, if a CSV or NDJSON file has another name than those of the
        layout, or if one is there in both formats.

    Examples
    --------
    >>> [file.name for file in files_to_import(["offences.ndjson", "people.csv", "import.toml", "x.txt"])]
    ['people.csv', 'offences.ndjson']
    """
    given = sorted(set(names))
    found = {file.name: file for file in _every_file() if file.name in given}
    if problems := list(_problems(given, found)):
        raise InvalidInput(problems)
    return tuple(found.values())


def _every_file() -> Iterator[FolderFile]:
    for layout in LAYOUT.values():
        for format, read in FORMATS.items():
            yield FolderFile(f"{layout.name}.{format}", layout, read)


def _problems(given: Iterable[str], found: dict[str, FolderFile]) -> Iterator[Problem]:
    if DECLARATION_FILE not in given:
        detail = f"The folder has no {DECLARATION_FILE}. It names the source and says how days are written."
        yield Problem(f"/{DECLARATION_FILE}", "missing_file", detail)
    if not found:
        detail = f"The folder has no file to import. The files are {listed(LAYOUT)}, as .csv or .ndjson."
        yield Problem("", "nothing_to_import", detail)
    for name in given:
        if name not in found and name.lower().endswith(tuple(f".{format}" for format in FORMATS)):
            detail = f"No file has this name. The names are {listed(LAYOUT)}, with .csv or .ndjson."
            yield Problem(f"/{name}", "unknown_file", detail)
    for layout in LAYOUT.values():
        if all(f"{layout.name}.{format}" in found for format in FORMATS):
            detail = f"{layout.name} is there as .csv and as .ndjson. Keep one of them."
            yield Problem(f"/{layout.name}.csv", "both_formats", detail)
