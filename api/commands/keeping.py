"""Retention and subject access on the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from api.commands.records import BY
from api.config import LONGEST_RETENTION, data_folder, database_url, secret_key, setting
from api.schemas.governance.erasures import number_of
from api.schemas.governance.subject_access import pieces
from api.services.context import Context
from api.services.governance.erasures import approvers, due, erase_expired
from api.services.governance.subject_access import record_of
from api.services.harm.explaining import person_of
from api.services.people.naming import PersonNamed, person_ids, person_in
from api.storage import JobFiles, Store, rewrite
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
    secret = secret_key(os.environ) if "RMS_SECRET_KEY" in os.environ else None
    with _context() as context:
        count = due(context, months)
        click.echo(
            f"Last assessed before {count.before}: {count.people} to erase, {count.held} more on legal hold."
        )
        if dry_run:
            return
        asks, approves = approvers(context, approved_by)
        erased = sum(
            1
            for _ in erase_expired(
                context, months, asks=asks, approves=approves, files=_files(), secret=secret
            )
        )
    rewrite(database_url(os.environ))
    click.echo(f"{erased} erased.")


@click.command("subject-access")
@click.argument("person", required=False)
@click.option("--source", help="The source system, instead of PERSON.")
@click.option("--id", "source_id", help="The ID of the person in the source system.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="A new folder. Only you can read it.",
)
def subject_access(person: str | None, source: str | None, source_id: str | None, out: Path) -> None:
    """Write everything RMS holds about a person to a folder.

    PERSON is their offender number, or the address of their page. The folder gets record.json and a PDF
    report of each assessment.
    """
    if (person is None) == (source is None or source_id is None):
        raise click.UsageError("Give an offender number or the address of a page, or --source and --id.")
    _require_new_folder(out)
    with _context() as context:
        record = record_of(context, _named(context, person, source, source_id))
        out.mkdir(mode=0o700)
        record = replace(record, submissions=_with_reports(record.submissions, out))
        with (out / "record.json").open("w", encoding="utf-8") as file:
            file.writelines(pieces(record))
    click.echo(f"{len(list(out.glob('*.pdf')))} reports written.")


def _named(context: Context, text: str | None, source: str | None, source_id: str | None) -> PersonNamed:
    """Whom the command names; an empty number, and so unknown, if the text names nobody."""
    if text is None:
        return person_of(context, source=source, source_id=source_id)
    if number := number_of(text):
        return number
    return person_in(text, person_ids(secret_key(os.environ))) or ""


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


def _files() -> JobFiles:
    return JobFiles(data_folder(os.environ) / "jobs")


@contextmanager
def _context() -> Iterator[Context]:
    store = Store(database_url(os.environ))
    try:
        store.check()
        yield Context(store, datetime.now(UTC), BY, zone=setting(os.environ, "time_zone"))
    finally:
        store.close()
