"""Records on the command line: an assessment submitted, the database made or updated."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from api.config import data_folder, database_url, from_environment, library_folder
from api.schemas.assessments.answer import answer
from api.schemas.assessments.assessment import assessment_from
from api.schemas.json_body import parsed
from api.services.assessments.assessments import submit_assessment
from api.services.context import Context
from api.services.database_identity import accept_restored, refuse_another, start_again
from api.services.governance.audit import verdict_on
from api.services.transfer.jobs import mark_of
from api.storage import Audit, Head, KeptHead, Store, rewrite, upgrade, without_password
from reference_library import load
from rms.errors import InvalidInput, Problem, RecordDamaged

BY = "command line"
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", default=BY, show_default=True, help="Who submits it, for the record.")
def assess(file: Path, by: str) -> None:
    """Submit the assessment in a JSON file and print the answer.

    The file is what POST /api/v1/assessments takes. RMS_DATA, RMS_DATABASE and RMS_LIBRARY say where to.
    """
    library = load(library_folder(os.environ))
    at = datetime.now(UTC)
    assessment = assessment_from(parsed(file.read_bytes()), instrument=library.instrument, on=at.date())
    store = Store(database_url(os.environ))
    try:
        store.check()
        submission = submit_assessment(Context(store, at, by), assessment, library=library)
    finally:
        store.close()
    click.echo(json.dumps(answer(submission), indent=2, ensure_ascii=False))


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.option(
    "--start-again", "again", is_flag=True, help="Make an empty database in place of one that is gone."
)
def upgrade_database(again: bool) -> None:
    """Make the database, or bring it to this version.

    RMS_DATABASE or RMS_DATA say where; its address is printed, without a password. Where a database was in
    use and is gone, or is another one now, this is refused.
    """
    url, kept = database_url(os.environ), KeptHead(data_folder(os.environ))
    data_folder(os.environ).mkdir(parents=True, exist_ok=True)
    if again:
        start_again(url, kept, by=BY, at=datetime.now(UTC))
    else:
        refuse_another(url, kept)
        upgrade(url)
    click.echo(without_password(url))


@db.command("accept-restored")
def accept_restored_database() -> None:
    """Go on with a database from an older backup.

    First the whole file and the whole record are checked. What was stored after the backup is lost; that an
    older database was accepted is on record.
    """
    kept = KeptHead(data_folder(os.environ))
    entries = accept_restored(database_url(os.environ), kept, by=BY, at=datetime.now(UTC))
    click.echo(f"Accepted: {entries} entries, all whole.")


@db.command("rewrite")
def rewrite_database() -> None:
    """Write the database anew: no gap holds what was erased.

    For when nobody works: meanwhile nothing can be stored. PostgreSQL's VACUUM is its operator's.
    """
    done = rewrite(database_url(os.environ))
    click.echo("Written anew." if done else "PostgreSQL does this itself: VACUUM FULL, by whoever runs it.")


@click.group()
def audit() -> None:
    """The record of who did what: a chain of hashes."""


@audit.command("head")
def print_head() -> None:
    """Print the last entry's number and hash.

    To be kept where whoever has the database cannot reach.
    """
    with _audit() as record:
        head = record.head()
    click.echo(f"{head.sequence} {head.hash}")


@audit.command()
@click.option(
    "--head",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `rms audit head` printed earlier: entries cut off the end show only against it.",
)
def verify(head: Path | None) -> None:
    """Say whether the record is whole.

    Whatever is wrong with it is told, and the exit code is then 4.
    """
    known = None if head is None else _known_head(head)
    store = Store(database_url(os.environ))
    try:
        store.check()
        verdict = verdict_on(store, known_head=known)
    finally:
        store.close()
    for problem in verdict.problems:
        click.echo(problem, err=True)
    if not verdict.whole:
        raise RecordDamaged("The record is damaged, as told above.")
    click.echo(f"{verdict.entries} entries, all whole.")


@audit.command("mark")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def print_mark(file: Path) -> None:
    """Print the mark of a file, as the record has it.

    For a file that was exported or imported. The mark is made with RMS_SECRET_KEY: a file from before
    the key was changed is not found.
    """
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    click.echo(mark_of(sha256, secret=from_environment(os.environ).secret_key))


@contextmanager
def _audit() -> Iterator[Audit]:
    store = Store(database_url(os.environ))
    try:
        store.check()
        with store.reading() as tx:
            yield tx.audit
    finally:
        store.close()


def _known_head(file: Path) -> Head:
    number, _, hash = file.read_text(encoding="utf-8", errors="replace").strip().partition(" ")
    if not (number.isdecimal() and number.isascii() and HASH.fullmatch(hash)):
        detail = f"{file.name} does not hold a number and a hash, as `rms audit head` prints them."
        raise InvalidInput([Problem("", "no_head", detail)])
    return Head(int(number), hash)
