"""Reference libraries on the command line: build and check them, and simulate many people."""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from api.commands.instrument import of_instrument
from api.commands.progress import announced_steps, counted
from api.commands.result_file import ResultFile, check_paths
from api.config import database_url, library_folder
from api.services.context import Context
from api.services.libraries import available, end_use, use_library, uses
from api.storage import Store
from reference_library import (
    PACKAGED_STEPS,
    People,
    build,
    check,
    expected_columns,
    insufficient,
    load,
    packaged_library,
    people_in,
    read_facts,
    read_past_cases,
    read_people,
    shared_marks,
    steps,
    write,
)
from rms.engine.library import Library
from rms.engine.policy import POLICIES
from rms.engine.simulation import Scores, simulate_many
from rms.errors import InvalidInput, LibraryDamaged, Problem, shown
from rms.instrument import Instrument

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
LONGEST_NAME = 64  # bytes
BY = "command line"

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def library() -> None:
    """Build and check reference libraries of past cases."""


@library.command("build")
@of_instrument
@click.option("--csv", "cases", type=EXISTING, required=True, help="CSV file of past cases, one a row.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder in which to create the library's folder.",
)
@click.option(
    "--policy",
    type=click.Choice(sorted(POLICIES)),
    default="pool",
    show_default=True,
    help="How a score is made: from a pool of cases, or from the ten nearest.",
)
@click.option("--name", help="Name of the library. The default is the instrument's name.")
@click.option("--version", default="1.0", show_default=True, help="Version of the library.")
@click.option(
    "--facts", type=EXISTING, help="TOML file of facts about the cases: source, period, outcome_source …"
)
@click.option(
    "--yes", is_flag=True, help="Build even if most marks of persons are read as the same few people."
)
def build_library(
    form: Instrument,
    cases: Path,
    out: Path,
    policy: str,
    name: str | None,
    version: str,
    facts: Path | None,
    yes: bool,
) -> None:
    """Build a library from a CSV file of past cases.

    Prints the folder of the library. Standard error says how many people the cases are of and how many
    cases have each outcome, and warns if no score will be possible.
    """
    name, version = _checked_name(name or form.name), _checked_name(version)
    given = {"synthetic": False, **form.datasheet, **(_facts_in(facts) if facts else {})}
    with announced_steps(1 + steps(form)) as begin:
        begin("Reading the cases")
        past = read_past_cases(cases, form)
        if (shared := shared_marks(past)) and not yes:
            raise InvalidInput([shared])
        built = build(past, policy=policy, name=name, version=version, facts=given, on_step=begin)
        folder = write(built, out)
    others = [one for one in available(out) if one.name == f"{name} {version}" and one.folder != folder]
    click.echo(f"{len(past.cases):,} cases of {people_in(past):,} people", err=True)
    for process, labels in built.manifest["labels"].items():
        click.echo(
            f"{process}: {labels['1']} with actual 1, {labels['2']} with actual 2, {labels['none']} without",
            err=True,
        )
    for warning in insufficient(past, policy=policy):
        click.echo(f"warning: {warning}", err=True)
    if others:
        click.echo(
            f"warning: {others[0].folder} is named {name} {version} too and has other content. To tell them "
            "apart, build this one with another --version.",
            err=True,
        )
    click.echo(folder)


@library.command("packaged")
def packaged() -> None:
    """Build the packaged synthetic library.

    Choose where with RMS_LIBRARY or RMS_DATA. Prints the folder of the library.
    """
    with announced_steps(PACKAGED_STEPS) as begin:
        folder = packaged_library(library_folder(os.environ), on_step=begin)
    click.echo(folder)


@library.command("check")
@click.argument("folder", type=click.Path(path_type=Path))
def check_library(folder: Path) -> None:
    """Check that a library is complete and unchanged."""
    if problems := check(folder):
        raise LibraryDamaged(" ".join(problems))
    click.echo(f"{load(folder).reference.sha256}  complete and unchanged")


@library.command("list")
def list_libraries() -> None:
    """List the libraries, and which are in use.

    They are in the folder of RMS_LIBRARY or RMS_DATA, or beside the library that RMS_LIBRARY names.
    """
    with _context() as context:
        used = {use.sha256 for use in uses(context, library_folder(os.environ))}
    for one in available(library_folder(os.environ)):
        if one.described is None:
            click.echo(f"{one.folder.name}  damaged: {one.damage}")
            continue
        reference, form = one.described.reference, one.described.instrument
        state = "in use" if reference.sha256 in used else "not in use"
        click.echo(f"{one.name}  {reference.sha256[:12]}  instrument {form.name} {form.version}  {state}")


@library.command("use")
@click.argument("names", nargs=-1, required=True, metavar="[NAME] VERSION [HASH]")
@click.option("--by", default=BY, show_default=True, help="Who decides it, for the audit log.")
def use(names: tuple[str, ...], by: str) -> None:
    """Use a library for new assessments.

    It is used with its instrument, from now on. HASH is 12 digits or more of its hash, as `rms library list`
    prints it; it is enough alone, and so is the name of the library's folder. First checks every file. The
    decision is put on record in the audit log. A running RMS takes it up within seconds.
    """
    if len(names) > 3:
        raise click.UsageError("Give a name, a version and a hash, or those of them that name one library.")
    with _context(by) as context:
        chosen = use_library(context, library_folder(os.environ), *names)
    known = f"{chosen.library.reference.name} {chosen.library.reference.version}"
    form = chosen.library.instrument.name
    if chosen.was_in_use:
        click.echo(f"{known} is already in use for the instrument {form}.")
    else:
        click.echo(f"{known} is now in use for the instrument {form}: {chosen.library.reference.sha256}")


@library.command("end")
@click.argument("form", metavar="INSTRUMENT")
@click.option("--by", default=BY, show_default=True, help="Who decides it, for the audit log.")
def end(form: str, by: str) -> None:
    """End the use of an instrument's library.

    No new assessments are made with it. Stored assessments can still be read. At least one instrument stays
    in use.
    """
    with _context(by) as context:
        end_use(context, form)
    click.echo(f"No library of the instrument {form} is in use any more.")


@contextmanager
def _context(by: str = BY) -> Iterator[Context]:
    store = Store(database_url(os.environ))
    try:
        store.check()
        yield Context(store, datetime.now(UTC), by)
    finally:
        store.close()


@library.command("columns")
@of_instrument
def columns(form: Instrument) -> None:
    """Print the columns of a CSV file of past cases.

    Prints one line a column: its name, what its cells may contain, and what an empty cell means.
    """
    expected = expected_columns(form)
    width = max(len(column.name) for column in expected)
    for column in expected:
        empty = f"Empty: {column.empty}." if column.empty else "Never empty."
        left_out = "" if column.needed else " Optional."
        others = f" Or named {', '.join(column.others)}." if column.others else ""
        instead = f" Without it: {' and '.join(column.instead)}." if column.instead else ""
        click.echo(f"{column.name:{width}}  {column.takes}. {empty}{left_out}{others}{instead}")


@click.command()
@click.option(
    "--library", "folder", type=click.Path(path_type=Path), required=True, help="Folder of the library."
)
@click.option(
    "--csv",
    "people",
    type=EXISTING,
    required=True,
    help="CSV file of people, one a row, with the items of the library's instrument.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV file to write."
)
def simulate(folder: Path, people: Path, out: Path) -> None:
    """Calculate scores for all people in a CSV file.

    The result has one row for each person and process. Rows with wrong cells have the status
    invalid_input, and standard error names each wrong cell.
    """
    check_paths(out, source=people, of="people")
    library = load(folder)
    rows = read_people(people, library.instrument, past=library.cases.person)
    with ResultFile(out) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        with counted(len(rows.ids), doing="Simulating") as done:
            for start in range(0, len(rows.ids), BATCH):
                writer.writerows(_results(rows, start, library))
                done(len(rows.ids[start : start + BATCH]))
    if rows.problems:
        raise InvalidInput(rows.problems)


def _results(rows: People, start: int, library: Library) -> Iterator[tuple[str, ...]]:
    batch = slice(start, start + BATCH)
    scores = simulate_many(rows.values[batch], rows.persons[batch], library)
    for row, (id, bad) in enumerate(zip(rows.ids[batch], rows.bad[batch], strict=True)):
        for process, of_process in scores.items():
            yield (id, process, *((INVALID, "", "", "", "", "") if bad else _figures(of_process, row)))


def _figures(scores: Scores, row: int) -> tuple[str, ...]:
    figures = (
        scores.score,
        scores.interval_low,
        scores.interval_high,
        scores.effective_size,
        scores.typicality,
    )
    return (
        str(scores.status[row]),
        *("" if np.isnan(figure[row]) else repr(float(figure[row])) for figure in figures),
    )


def _facts_in(path: Path) -> dict[str, Any]:
    """The facts in a file. A problem names the file too, because options have the names of some facts."""
    try:
        return read_facts(path)
    except InvalidInput as refused:
        raise InvalidInput(
            replace(one, pointer=one.pointer and f"/{path.name}{one.pointer}") for one in refused.problems
        ) from refused


def _checked_name(name: str) -> str:
    """A word that can be part of a folder's name."""
    is_word = name.replace(".", "").replace("_", "").isalnum() and not name.startswith(".")
    if not is_word or len(name.encode()) > LONGEST_NAME:
        detail = (
            f"{shown(name)} cannot be part of a library's name. Use up to {LONGEST_NAME} letters, digits, "
            "dots and underscores."
        )
        raise InvalidInput([Problem("", "invalid_name", detail)])
    return name
