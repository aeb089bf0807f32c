"""What is kept, for how long, and for whom: retention and subject access on the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from api.commands.records import BY
from api.config import LONGEST_RETENTION, database_url, setting
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
@click.option("--dry-run", is_flag=True, help="Count, and erase nobody.")
@click.option(
    "--approved-by", multiple=True, help="Two administrators, one after the other, stand behind it."
)
def retention(dry_run: bool, approved_by: tuple[str, ...]) -> None:
    """Erase whoever was last assessed too long ago.

    That is RMS_RETENTION_MONTHS. Whose records are held, stays. Only counts are printed.
    """
    months = _months()
    with _context() as context:
        found = due(context, months)
        click.echo(
            f"Last assessed before {found.before}: {found.people} to be erased, {found.held} more held."
        )
        if dry_run:
            return
        asks, approves = approvers(context, approved_by)
        gone = sum(1 for _ in erase_expired(context, months, asks=asks, approves=approves))
    rewrite(database_url(os.environ))
    click.echo(f"{gone} erased.")


@click.command("subject-access")
@click.argument("number")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="A new folder, for its owner's eyes only.",
)
def subject_access(number: str, out: Path) -> None:
    """Write all that is held about a person.

    That is record.json, and a report of each assessment.
    """
    _refuse_as_new_folder(out)
    with _context() as context:
        record = record_of(context, number_of(number))
        out.mkdir(mode=0o700)
        printed = replace(record, submissions=_printed(record.submissions, out))
        with (out / "record.json").open("w", encoding="utf-8") as file:
            file.writelines(pieces(printed))
    click.echo(f"{len(list(out.glob('*.pdf')))} assessments.")


def _refuse_as_new_folder(out: Path) -> None:
    """Before anything is read: what is there already may be about somebody else.

    Raises
    ------
    Conflict
        If it is there, or there is nothing to make it in.
    """
    if out.exists():
        raise Conflict(f"{out} is there already: name a folder that is not, for this person alone.")
    if not out.parent.is_dir():
        raise Conflict(f"There is no folder {out.parent} to make {out.name} in.")


def _printed(submissions: Iterator[Submission], out: Path) -> Iterator[Submission]:
    """Each as it passes by, with its report in the folder."""
    for one in submissions:
        (out / f"report-{one.id}.pdf").write_bytes(report_pdf(report(one)))
        yield one


def _months() -> int:
    months: int = setting(os.environ, "retention_months")
    if not months:
        raise ConfigurationInvalid(
            f"RMS_RETENTION_MONTHS must be a whole number from 1 to {LONGEST_RETENTION}; "
            "without it nothing expires."
        )
    return months


@contextmanager
def _context() -> Iterator[Context]:
    store = Store(database_url(os.environ))
    try:
        store.check()
        yield Context(store, datetime.now(UTC), BY)
    finally:
        store.close()
