"""Case records on the command line."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from tqdm import tqdm

from api.config import database_url, secret_key, setting
from api.services.context import Context
from api.services.governance.erased_records import allow_all_records, allow_record
from api.services.records.duplicates import propose_duplicates
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import FileRefused, FolderReport, import_folder
from api.services.records.linkage import MOST_ALIKE
from api.storage import RecordMarks, Store
from rms.errors import InvalidInput, Problem
from rms.records.reading import place

BY = "command line"
MOST_SHOWN = 20  # problems
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def people() -> None:
    """Import case records and find likely duplicates.

    docs/people.md describes the files.
    """


@people.command("import")
@click.argument("folder", type=FOLDER)
@click.option("--by", default=BY, show_default=True, help="Who imports it, for the audit log.")
@click.option("--problems", type=NEW_FILE, help="Write every problem to this CSV file.")
def import_records(folder: Path, by: str, problems: Path | None) -> None:
    """Import a folder of case records.

    The folder has import.toml and CSV or NDJSON files. A folder that was imported before changes nothing. If
    the import is stopped, run it again: it goes on where it stopped.
    """
    try:
        with _context(by) as context, _progress() as on_batch:
            report = import_folder(context, FolderOnDisk(folder), marks=_marks(), on_batch=on_batch)
    except InvalidInput as error:
        if isinstance(error, FileRefused):
            _print(error.report)
        if problems is not None:
            before = _problems(error.report) if isinstance(error, FileRefused) else []
            _write([*before, *error.problems], problems)
        raise
    _print(report)
    if problems is not None:
        _write(_problems(report), problems)


@people.command()
@click.option("--all", "everybody", is_flag=True, help="Compare all records with each other again.")
@click.option("--by", default=BY, show_default=True, help="Who looks for them, for the audit log.")
def duplicates(everybody: bool, by: str) -> None:
    """Look for likely duplicates, and print how many there are.

    Without --all, only records that are new or have changed since the last time are compared with the others.
    RMS only proposes pairs. Supervisors decide on them on the page /people/duplicates.
    """
    with _context(by) as context:
        searched = propose_duplicates(context, everybody=everybody)
    click.echo(f"Records that are new or have changed: {searched.changed:,}.")
    if searched.too_alike:
        click.echo(
            f"Records of which more than {MOST_ALIKE} are alike, so that RMS did not compare all of them: "
            f"{searched.too_alike:,}."
        )
    click.echo(f"Likely duplicates found: {searched.found:,}. Waiting for a decision: {searched.waiting:,}.")


@people.command("allow-again")
@click.argument("source")
@click.argument("source_id", metavar="[ID]", required=False)
@click.option("--all", "everybody", is_flag=True, help="All erased records of the source, instead of ID.")
@click.option("--reason", required=True, help="Why imports may take them again, for the record.")
@click.option("--by", default=BY, show_default=True, help="Who allows it, for the audit log.")
def allow_again(source: str, source_id: str | None, everybody: bool, reason: str, by: str) -> None:
    """Let imports take the record of an erased person again.

    SOURCE is the source system and ID its ID of the person. RMS recognises the record with RMS_SECRET_KEY. If
    that key is lost, no import of the source is possible until you allow all its erased records with --all.
    """
    if everybody == (source_id is not None):
        raise click.UsageError("Give the ID of a person, or --all.")
    with _context(by) as context:
        if source_id is None:
            count = allow_all_records(context, source, reason=reason)
        else:
            allow_record(context, source, source_id, reason=reason, secret=secret_key(os.environ))
            count = 1
    click.echo(f"Records that the next import can take again: {count:,}.")


def _marks() -> RecordMarks | None:
    """What recognises the rows of erased people. None if RMS_SECRET_KEY is not set."""
    return RecordMarks(secret_key(os.environ)) if "RMS_SECRET_KEY" in os.environ else None


@contextmanager
def _context(by: str) -> Iterator[Context]:
    store = Store(database_url(os.environ))
    try:
        store.check()
        yield Context(store, datetime.now(UTC), by, zone=setting(os.environ, "time_zone"))
    finally:
        store.close()


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """A line on the terminal with the file and how many of its lines are done."""
    with tqdm(disable=None, leave=False, bar_format="{desc}") as bar:
        yield lambda name, line: bar.set_description_str(f"{name}: {line:,} lines")


def _print(report: FolderReport) -> None:
    for file in report.files:
        repeated = f", {file.repeated:,} repeated" if file.repeated else ""
        click.echo(
            f"{file.name}: {file.added:,} added, {file.changed:,} changed, {file.unchanged:,} unchanged, "
            f"{file.refused:,} refused{repeated}{', not read to its end' if file.is_stopped else ''}"
        )
    problems = _problems(report)
    for problem in problems[:MOST_SHOWN]:
        click.echo(f"{place(problem)}: {problem.detail}", err=True)
    if len(problems) > MOST_SHOWN:
        click.echo(f"… {len(problems):,} problems. Use --problems FILE for the whole list.", err=True)


def _problems(report: FolderReport) -> list[Problem]:
    """In the order of files and lines."""
    return [problem for file in report.files for problem in file.problems]


def _write(problems: Iterable[Problem], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(("place", "code", "problem"))
        for problem in problems:
            sheet.writerow((place(problem), problem.code, problem.detail))
