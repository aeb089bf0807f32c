"""What is kept, for how long, and for whom: retention and subject access on the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from api.config import database_url, whole_number
from api.services.erasures import approvers, due, erase_expired
from api.storage import Store, rewrite
from rms.errors import ConfigurationInvalid

LONGEST = 1200


@click.command()
@click.option("--dry-run", is_flag=True, help="Count, and erase nobody.")
@click.option(
    "--approved-by", multiple=True, help="Two administrators, one after the other, stand behind it."
)
def retention(dry_run: bool, approved_by: tuple[str, ...]) -> None:
    """Erase everybody who was last assessed more than RMS_RETENTION_MONTHS ago.

    Whose records are held, stays. Only counts are printed.
    """
    months, at = _months(), datetime.now(UTC)
    with _store() as store:
        found = due(months, store=store, on=at.date())
        click.echo(
            f"Last assessed before {found.before}: {found.people} to be erased, {found.held} more held."
        )
        if dry_run:
            return
        asks, approves = approvers(approved_by, store=store)
        gone = sum(1 for _ in erase_expired(months, asks=asks, approves=approves, store=store, at=at))
    rewrite(database_url(os.environ))
    click.echo(f"{gone} erased.")


def _months() -> int:
    months = whole_number(os.environ, "RMS_RETENTION_MONTHS", 0)
    if not 1 <= months <= LONGEST:
        raise ConfigurationInvalid(
            f"RMS_RETENTION_MONTHS is a number of months from 1 to {LONGEST}; without it nothing expires."
        )
    return months


@contextmanager
def _store() -> Iterator[Store]:
    store = Store(database_url(os.environ))
    try:
        store.check()
        yield store
    finally:
        store.close()
