"""Instruments on the command line: list them, start a new one, check a file."""

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from api.config import instruments_folder
from reference_library import Instruments, instruments_in, read_instrument
from rms.errors import InvalidInput, NotFound, Problem
from rms.instrument import Instrument
from rms.instrument.checking import is_name

ENDING = ".toml"


class InstrumentChoice(click.ParamType[Instrument]):
    """The name of an instrument, which means its newest version, or the file of one."""

    name = "NAME|FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Instrument:
        if isinstance(value, Instrument):
            return value
        if value.endswith(ENDING) or os.sep in value:
            return read_instrument(Path(value))
        try:
            return known_instruments().find(value)
        except NotFound as error:
            self.fail(f"{error.detail} Or name a file that ends with {ENDING}.", param, ctx)


of_instrument = click.option(
    "--instrument",
    "form",
    type=InstrumentChoice(),
    required=True,
    help="Instrument the cases were rated with: its name, or a TOML file.",
)


def known_instruments() -> Instruments:
    """The instruments that come with RMS and those in the folder instruments of RMS_DATA."""
    return instruments_in(instruments_folder(os.environ))


@click.group()
def instrument() -> None:
    """List, start and check instruments.

    An instrument says what the form asks, and how a file of cases is read.
    """


@instrument.command("list")
def list_instruments() -> None:
    """List all instruments.

    These are those of RMS, and those in the folder instruments of RMS_DATA. Standard error names each file
    there that has a problem.
    """
    known = known_instruments()
    for form in known.every:
        click.echo(f"{form.name} {form.version}  {form.title}")
    for file, problems in known.problems.items():
        click.echo(f"{file}: {len(problems)} problem(s); run `rms instrument check` on it", err=True)


@instrument.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check_instrument(file: Path) -> None:
    """Check the file of an instrument.

    Prints every problem with its line and key to standard error.
    """
    form = read_instrument(file)
    processes = ", ".join(process.code for process in form.processes)
    click.echo(f"{form.name} {form.version}: no problems. {len(form.items)} items; simulates {processes}.")


@instrument.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def new_instrument(file: Path) -> None:
    """Write the commented start of an instrument.

    FILE ends with .toml, such as county.toml. The instrument gets the name of the file. An existing file is
    not changed.
    """
    if file.suffix != ENDING or not is_name(file.stem):
        detail = f"{file.name} must be a name in lower-case letters, digits and _, followed by {ENDING}."
        raise InvalidInput([Problem("", "invalid_name", detail)])
    start = files("reference_library").joinpath("new_instrument.toml").read_text(encoding="utf-8")
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(start.replace("@NAME@", file.stem))
    except FileExistsError as error:
        detail = f"{file} exists already. Choose another name."
        raise InvalidInput([Problem("", "file_exists", detail)]) from error
    click.echo(file)
