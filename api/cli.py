"""The command line: all commands, and the exit code of each error."""

import re
import sys
from collections.abc import Mapping, Sequence

import click

from api.commands.accounts import key, user
from api.commands.boundaries import boundaries
from api.commands.harm import harm
from api.commands.instrument import instrument
from api.commands.keeping import retention, subject_access
from api.commands.library import library, simulate
from api.commands.network import network
from api.commands.people import people
from api.commands.prediction import model, predict, train
from api.commands.records import assess, audit, db
from api.commands.rules import rules
from api.commands.serving import demo, openapi, serve
from rms.errors import InstrumentInvalid, InvalidInput, LibraryInvalid, Problem, RMSError, field_in_words
from rms.records.reading import place

# 0 means success, 1 an unexpected failure, 2 a mistake in the command line.
EXIT_CODES: Mapping[str, int] = {
    "invalid_input": 3,
    "malformed_json": 3,
    "library_invalid": 3,
    "instrument_invalid": 3,
    "protected_attribute": 3,
    "not_found": 3,
    "conflict": 3,
    "on_hold": 3,
    "another_must_approve": 3,
    "held_elsewhere": 3,
    "limit_reached": 3,
    "instrument_not_in_use": 3,
    "too_many_jobs": 3,
    "changed_meanwhile": 3,
    "result_expired": 3,
    "import_stopped": 3,
    "people_import_failed": 3,
    "list_export_failed": 3,
    "library_damaged": 4,
    "library_altered": 4,
    "record_damaged": 4,
    "storage_unavailable": 5,
    "storage_full": 5,
    "storage_read_only": 5,
    "storage_lost": 5,
    "configuration_invalid": 6,
}


@click.group()
@click.version_option(package_name="rms")
def rms() -> None:
    """RMS: what happened to people who resemble this person."""


for command in (train, predict, model):
    harm.add_command(command)
for command in (
    *(serve, demo, openapi),
    *(assess, instrument, library, simulate),
    *(db, audit, people, harm, network, rules, boundaries, user, key, retention, subject_access),
):
    rms.add_command(command)


def main() -> None:
    """Run the command line. An error becomes sentences on standard error and an exit code."""
    try:
        rms(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except RMSError as error:
        _print_error(error)
        sys.exit(EXIT_CODES.get(error.code, 1))
    except OSError as error:
        click.echo(f"rms: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
        sys.exit(EXIT_CODES["storage_unavailable"])


def _print_error(error: RMSError) -> None:
    problems = error.problems if isinstance(error, InvalidInput | LibraryInvalid | InstrumentInvalid) else ()
    if not problems:
        click.echo(f"rms: {error.detail}", err=True)
    inside = "key" if isinstance(error, InstrumentInvalid) else "column"
    for problem in problems:
        location = _location(problem, inside=inside)
        click.echo(f"rms: {location}: {problem.detail}" if location else f"rms: {problem.detail}", err=True)


def _location(problem: Problem, *, inside: str) -> str:
    """Where a problem is, in words: a file, a line, and a column or key; an option of the command; a field.

    A field of a JSON or TOML file comes with those around it: `features 2, geometry`.
    """
    if row := re.fullmatch(r"/([0-9]+)(?:/(.+))?", problem.pointer):
        line, name = row.groups()
        return f"line {line}, {inside} {name}" if name else f"line {line}"
    if re.match(r"/[^/]+\.(csv|ndjson)(/|$)", problem.pointer):
        return place(problem)
    name, *others = problem.pointer.removeprefix("/").split("/")
    option = None if others else _options(sys.argv[1:]).get(name)
    return option or field_in_words(problem.pointer)


def _options(words: Sequence[str]) -> dict[str, str]:
    """Field → how an option or argument of the command that these words call is written."""
    command: click.Command = rms
    for word in words:
        if not isinstance(command, click.Group) or word not in command.commands:
            break
        command = command.commands[word]
    return {
        str(one.name): max(one.opts, key=len)
        if isinstance(one, click.Option)
        else one.make_metavar(click.Context(command))
        for one in command.params
    }


if __name__ == "__main__":
    main()
