"""Boundaries of areas on the command line."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from api.config import database_url
from api.services.context import Context
from api.services.maps.boundaries import check_boundaries
from api.storage import Store


@click.group()
def boundaries() -> None:
    """Check the boundaries of areas for the map.

    RMS reads the files that end with .geojson in the folder boundaries of RMS_DATA: see docs/maps.md.
    """


@boundaries.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a file of boundaries.

    Prints every problem with its place in FILE to standard error.
    """
    store = Store(database_url(os.environ))
    try:
        store.check()
        areas = check_boundaries(Context(store, datetime.now(UTC)), file)
    finally:
        store.close()
    click.echo(
        f"{file.name}: no problems. It has the boundaries of {areas:,} {'area' if areas == 1 else 'areas'}."
    )
