"""Retention and subject access on the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from api.commands.records import BY
from api.config import LONGEST_RETENTION, database_url, now, setting
from api.schemas.governance.erasures import number_of
from api.schemas.governance.subject_access import pieces
from api.services.context import Context
from api.services.governance.erasures import approvers, due, erase_expired
from api.services.governance.subject_access import record_of
from api.storage import Store, rewrite
from rms.errors import ConfigurationInvalid, Conflict
from rms.reports.content import report
from rms.reports.pdf import report_pdf
from rms.submission import Submission


@click.command()
@click.option("--dry-run", is_flag=True, help="Count people without erasing anyone.")
@click.option(
    "--approved-by",
    multiple=True,
    help="An administrator who approves. Name two: give this option twice.",
)
def retention(dry_run: bool, approved_by: tuple[str, ...]) -> None:
    """Erase people whose last assessment is too old.

    RMS_RETENTION_MONTHS sets the age. People with a legal hold are not erased. Prints counts only.
    """
    months = _months()
    with _context() as context:
        count = due(context, months)
        click.echo(
            f"Last assessed before {count.before}: {count.people} to erase, {count.held} more on legal hold."
        )
        if dry_run:
            return
        asks, approves = approvers(context, approved_by)
        erased = sum(1 for _ in erase_expired(context, months, asks=asks, approves=approves))
    rewrite(database_url(os.environ))
    click.echo(f"{erased} erased.")


@click.command("subject-access")
@click.argument("number")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="A new folder. Only you can read it.",
)
def subject_access(number: str, out: Path) -> None:
    """Write everything RMS holds about a person to a folder.

    The folder gets record.json and a PDF report of each assessment.
    """
    _require_new_folder(out)
    with _context() as context:
        record = record_of(context, number_of(number))
        out.mkdir(mode=0o700)
        record = replace(record, submissions=_with_reports(record.submissions, out))
        with (out / "record.json").open("w", encoding="utf-8") as file:
            file.writelines(pieces(record))
    click.echo(f"{len(list(out.glob('*.pdf')))} reports written.")


def _require_new_folder(out: Path) -> None:
    """Check the folder before anything is read. An existing one may be about another person.

    Raises
    ------
    Conflict
        If the folder exists, or its parent does not.
    """
    if out.exists():
        raise Conflict(f"{out} exists. Choose a new folder for this person.")
    if not out.parent.is_dir():
        raise Conflict(f"There is no folder {out.parent} to create {out.name} in.")


def _with_reports(submissions: Iterator[Submission], out: Path) -> Iterator[Submission]:
    """The submissions. The report of each is written to the folder as it is read."""
    for submission in submissions:
        (out / f"report-{submission.id}.pdf").write_bytes(report_pdf(report(submission)))
        yield submission


def _months() -> int:
    months: int = setting(os.environ, "retention_months")
    if not months:
        raise ConfigurationInvalid(
            f"RMS_RETENTION_MONTHS must be a whole number from 1 to {LONGEST_RETENTION}. "
            "Without it nothing expires."
        )
    return months


@contextmanager
def _context() -> Iterator[Context]:
    store = Store(database_url(os.environ))
    try:
        store.check()
        yield Context(store, now(os.environ), BY)
    finally:
        store.close()
