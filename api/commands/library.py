"""Reference libraries on the command line: built, checked, and asked about many people at once."""

import csv
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from api.commands.progress import announced_steps, counted
from api.config import library_folder
from reference_library import (
    PACKAGED_STEPS,
    People,
    build,
    check,
    expected_columns,
    load,
    packaged_library,
    read_past_cases,
    read_people,
    steps,
    write,
)
from rms.engine.library import Library
from rms.engine.policy import POLICIES
from rms.engine.simulation import Scores, simulate_many
from rms.errors import InvalidInput, LibraryDamaged, Problem
from rms.instrument import instrument, names

COLUMNS = (
    "id",
    "process",
    "status",
    "score",
    "interval_low",
    "interval_high",
    "effective_size",
    "typicality",
)
INVALID = "invalid_input"
BATCH = 1024

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def library() -> None:
    """Reference libraries: past cases and what became of them."""


@library.command("build")
@click.option(
    "--instrument",
    "form",
    type=click.Choice(names()),
    required=True,
    help="The form the cases were rated on.",
)
@click.option("--csv", "cases", type=EXISTING, required=True, help="Past cases, one a row.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where its folder goes."
)
@click.option(
    "--policy",
    type=click.Choice(sorted(POLICIES)),
    default="pool",
    show_default=True,
    help="What a score is made of: a pool shown by ten, or the ten nearest.",
)
@click.option("--name", help="Its name; the instrument's if not given.")
@click.option("--version", default="1.0", show_default=True, help="Which of that name it is.")
@click.option(
    "--facts", type=EXISTING, help="TOML of what is known of the cases: source, period, outcome_source …"
)
def build_library(
    form: str, cases: Path, out: Path, policy: str, name: str | None, version: str, facts: Path | None
) -> None:
    """Build a library from past cases.

    The cases stand in a CSV file; the folder it is written to is printed.
    """
    asked = instrument(form)
    with announced_steps(1 + steps(asked)) as begin:
        begin("Reading the cases")
        past = read_past_cases(cases, asked)
        built = build(
            past,
            policy=policy,
            name=_plain(name or form),
            version=_plain(version),
            facts={"synthetic": False, **asked.datasheet, **_facts(facts)},
            on_step=begin,
        )
        folder = write(built, out)
    for process, labels in built.manifest["labels"].items():
        click.echo(
            f"{process}: {labels['1']} with actual 1, {labels['2']} with actual 2, {labels['none']} without",
            err=True,
        )
    click.echo(folder)


@library.command("packaged")
def packaged() -> None:
    """Build the packaged synthetic library.

    RMS_LIBRARY or RMS_DATA say where; its folder is printed.
    """
    with announced_steps(PACKAGED_STEPS) as begin:
        folder = packaged_library(library_folder(os.environ), on_step=begin)
    click.echo(folder)


@library.command("check")
@click.argument("folder", type=click.Path(path_type=Path))
def check_library(folder: Path) -> None:
    """Say whether a library is whole and unchanged."""
    if problems := check(folder):
        raise LibraryDamaged(" ".join(problems))
    click.echo(f"{load(folder).reference.sha256}  whole and unchanged")


@library.command("columns")
@click.option("--instrument", "form", type=click.Choice(names()), required=True, help="Whose cases.")
def columns(form: str) -> None:
    """Say which columns a file of past cases has.

    One line for each: its name, what its cells take, and what an empty cell says.
    """
    expected = expected_columns(instrument(form))
    width = max(len(column.name) for column in expected)
    for column in expected:
        empty = f"empty: {column.empty}" if column.empty else "never empty"
        left_out = "" if column.needed else "; may be left out"
        click.echo(f"{column.name:{width}}  {column.takes}; {empty}{left_out}")


@click.command()
@click.option(
    "--library", "folder", type=click.Path(path_type=Path), required=True, help="The library's folder."
)
@click.option(
    "--csv", "people", type=EXISTING, required=True, help="People, one a row, as the library's form asks."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The CSV file to write."
)
def simulate(folder: Path, people: Path, out: Path) -> None:
    """Simulate everybody in a CSV file.

    The result has one row for each person and process. Rows with bad cells stand in it as
    invalid_input, and every bad cell is told on standard error.
    """
    _refuse_unfit(out, source=people)
    asked = load(folder)
    read = read_people(people, asked.instrument)
    with _Replaced(out) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        with counted(len(read.ids), doing="Simulating") as done:
            for at in range(0, len(read.ids), BATCH):
                writer.writerows(_rows(read, at, asked))
                done(len(read.ids[at : at + BATCH]))
    if read.problems:
        raise InvalidInput(read.problems)


def _rows(read: People, at: int, asked: Library) -> Iterator[tuple[str, ...]]:
    chosen = slice(at, at + BATCH)
    scores = simulate_many(read.values[chosen], read.persons[chosen], asked)
    for row, (id, bad) in enumerate(zip(read.ids[chosen], read.bad[chosen], strict=True)):
        for process, found in scores.items():
            yield (id, process, *((INVALID, "", "", "", "", "") if bad else _figures(found, row)))


def _figures(found: Scores, row: int) -> tuple[str, ...]:
    figures = (found.score, found.interval_low, found.interval_high, found.effective_size, found.typicality)
    return (str(found.status[row]), *("" if np.isnan(x[row]) else repr(float(x[row])) for x in figures))


class _Replaced:
    """A draft beside `path` that takes its place when the block ends well, and is gone when it does not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._through = path.is_symlink() or (path.exists() and not path.is_file())  # as /dev/stdout is
        self._draft = path if self._through else path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> Path:
        return self._draft

    def __exit__(self, kind: object, *_: object) -> None:
        if self._through:
            return
        if kind is None:
            self._draft.replace(self._path)
        self._draft.unlink(missing_ok=True)


def _refuse_unfit(out: Path, *, source: Path) -> None:
    """Before anything is read: a result must have a folder to go to, and must not replace its own input."""
    if not out.parent.is_dir():
        raise InvalidInput([Problem("/out", "no_folder", f"There is no folder {out.parent}.")])
    if out.exists() and out.samefile(source):
        raise InvalidInput(
            [Problem("/out", "same_file", "The result would replace the people it is made of.")]
        )


def _facts(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput([Problem("", "not_toml", f"{path.name} is not TOML: {error}.")]) from error
    if not isinstance(facts.get("synthetic", False), bool):
        detail = f"synthetic in {path.name} is true or false, without quotes."
        raise InvalidInput([Problem("/synthetic", "not_a_flag", detail)])
    return facts


def _plain(name: str) -> str:
    """A word that can be part of a folder's name."""
    if not name.replace(".", "").replace("_", "").isalnum() or name.startswith("."):
        detail = f"{name!r} is no name for a library: letters, digits, dots and underscores are."
        raise InvalidInput([Problem("/name", "invalid_name", detail)])
    return name
