"""Records on the command line: an assessment submitted, the database made or updated."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from api.config import data_folder, database_url, library_folder
from api.schemas.answer import answer
from api.schemas.assessment import assessment_from
from api.schemas.json_body import parsed
from api.services.assessments import submit_assessment
from api.storage import Store, upgrade
from reference_library import load

BY = "command line"


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
        submission = submit_assessment(assessment, by=by, library=library, store=store, at=at)
    finally:
        store.close()
    click.echo(json.dumps(answer(submission), indent=2, ensure_ascii=False))


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def upgrade_database() -> None:
    """Make the database, or bring it to this version.

    RMS_DATABASE or RMS_DATA say where; its address is printed.
    """
    url = database_url(os.environ)
    data_folder(os.environ).mkdir(parents=True, exist_ok=True)
    upgrade(url)
    click.echo(url)
