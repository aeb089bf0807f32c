"""Assessments, the database and the audit log on the command line."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from api.config import data_folder, database_url, from_environment, library_folder, setting
from api.schemas.assessments.answer import answer
from api.schemas.assessments.assessment import Body, assessment_from
from api.schemas.json_body import parsed
from api.services.assessments.assessments import submit_assessment
from api.services.context import Context
from api.services.database_identity import accept_restored, refuse_another, start_again
from api.services.governance.audit import verdict_on
from api.services.libraries import folder_for
from api.services.transfer.jobs import mark_of
from api.storage import Audit, Head, KeptHead, Store, damage, rewrite, upgrade, without_password
from reference_library import load
from rms.errors import InvalidInput, Problem, RecordDamaged

BY = "command line"
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", default=BY, show_default=True, help="Who submits it, for the audit log.")
def assess(file: Path, by: str) -> None:
    """Submit the assessment in a JSON file and print the answer.

    The file has the same content as the body of POST /api/v1/assessments. RMS_DATA and RMS_DATABASE set the
    database. The library is the one in use for the instrument; see `rms library use`.
    """
    body = parsed(file.read_bytes())
    store = Store(database_url(os.environ))
    context = Context(store, datetime.now(UTC), by, zone=setting(os.environ, "time_zone"))
    try:
        store.check()
        named = body.get("instrument") if isinstance(body, dict) else None
        folder = folder_for(context, library_folder(os.environ), instrument=named)
        library = load(folder)
        assessment = assessment_from(Body(body), instrument=library.instrument, on=context.today)
        submission = submit_assessment(context, assessment, library=library)
    finally:
        store.close()
    click.echo(json.dumps(answer(submission), indent=2, ensure_ascii=False))


@click.group()
def db() -> None:
    """Create, upgrade and maintain the database."""


@db.command("upgrade")
@click.option(
    "--start-again", "again", is_flag=True, help="Create an empty database in place of a missing one."
)
def upgrade_database(again: bool) -> None:
    """Create the database, or upgrade it to this version.

    Choose where with RMS_DATABASE or RMS_DATA. Prints the address of the database without its password.
    Refuses if a database was in use and is now missing or is a different one.
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
    """Accept a database restored from an older backup.

    First checks the whole file and the whole audit log. Everything stored after the backup is lost. The audit
    log has an entry for this.
    """
    kept = KeptHead(data_folder(os.environ))
    entries = accept_restored(database_url(os.environ), kept, by=BY, at=datetime.now(UTC))
    click.echo(f"Accepted: {entries} audit entries, all intact.")


@db.command("rewrite")
def rewrite_database() -> None:
    """Rewrite the database, so that no gap contains erased data.

    Run this when nobody is working: nothing can be stored meanwhile. On PostgreSQL, your database
    administrator runs VACUUM FULL instead.
    """
    done = rewrite(database_url(os.environ))
    click.echo("Rewritten." if done else "Nothing was done. On PostgreSQL run VACUUM FULL instead.")


@click.group()
def audit() -> None:
    """Verify the audit log: who did what, and when."""


@audit.command("head")
def print_head() -> None:
    """Print the number and hash of the last audit entry.

    Keep them where nobody with access to the database can change them.
    """
    with _audit_log() as audit_log:
        head = audit_log.head()
    click.echo(f"{head.sequence} {head.hash}")


@audit.command()
@click.option(
    "--head",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with an earlier output of `rms audit head`. Without it, removed last entries go unnoticed.",
)
def verify(head: Path | None) -> None:
    """Check that the audit log is complete and unaltered.

    Also checks that SQLite's file is not damaged. If something is wrong, standard error says what it is and
    the exit code is 4.
    """
    known = None if head is None else _known_head(head)
    store = Store(database_url(os.environ))
    try:
        store.check()
        if problems := damage(database_url(os.environ), quick=True):
            raise RecordDamaged(f"The database file is damaged. Restore a backup. {problems[0]}")
        verdict = verdict_on(store, known_head=known)
    finally:
        store.close()
    for problem in verdict.problems:
        click.echo(problem, err=True)
    if not verdict.whole:
        raise RecordDamaged("The audit log is damaged. See the problems above.")
    click.echo(f"{verdict.entries} entries, all intact.")


@audit.command("mark")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def print_mark(file: Path) -> None:
    """Print the mark of a file, to find it in the audit log.

    Use it for a file that was exported or imported. The mark depends on RMS_SECRET_KEY. After you change the
    key, you cannot find earlier files.
    """
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    click.echo(mark_of(sha256, secret=from_environment(os.environ).secret_key))


@contextmanager
def _audit_log() -> Iterator[Audit]:
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
        detail = f"{file.name} does not contain a number and a hash, as `rms audit head` prints them."
        raise InvalidInput([Problem("", "no_head", detail)])
    return Head(int(number), hash)
