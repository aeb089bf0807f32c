"""The command line as a whole: its help, its exit codes, and errors in sentences."""

import re
from pathlib import Path

import click
import pytest

from api.cli import EXIT_CODES
from api.cli import rms as group
from rms import errors
from tests.api.commands.command_line import quick_rms, rms


def commands(command: click.Command, *path: str) -> list[tuple[str, ...]]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [path, *(found for name, child in below for found in commands(child, *path, name))]


COMMANDS = commands(group)


def test_the_commands_exist() -> None:
    expected = [("serve",), ("demo",), ("assess",), ("library", "build"), ("library", "check"), ("simulate",)]
    assert set(COMMANDS) >= {*expected, ("db", "upgrade")}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_says_what_it_does(path: tuple[str, ...]) -> None:
    command: click.Command = group
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help is not None and re.match(r"[A-Z].+[.:]", command.help)
    assert "Raises" not in command.help and not command.get_short_help_str(60).endswith("...")
    text = command.get_help(click.Context(command, info_name="rms"))
    assert max(len(line) for line in text.splitlines()) <= 80
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            choice = isinstance(parameter.type, click.Choice)
            assert parameter.help or parameter.show_default or choice, parameter.name


def test_help_and_version() -> None:
    done = rms("--help")
    assert done.returncode == 0 and "what happened" in done.stdout
    assert quick_rms("--version").stdout.strip()


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("library", "build"),
        ("simulate", "--library", "x"),
        ("library", "build", "--instrument", "none", "--csv", "x", "--out", "y"),
        ("assess", "not-there.json"),
        ("demo", "--port", "0"),
    ],
    ids=" ".join,
)
def test_mistakes_in_the_command_line(arguments: tuple[str, ...]) -> None:
    done = quick_rms(*arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert "Usage:" in done.stderr and "Error:" in done.stderr


def error_types(of: type[errors.RMSError]) -> list[type[errors.RMSError]]:
    return [of, *(found for child in of.__subclasses__() for found in error_types(child))]


@pytest.mark.parametrize("refusal", error_types(errors.RMSError)[1:], ids=lambda refusal: refusal.code)
def test_every_error_of_a_command_has_an_exit_code(refusal: type[errors.RMSError]) -> None:
    # Only the service checks who asks: anyone with a shell here has the database.
    if refusal.code in (
        "not_authenticated",
        "forbidden",
        "notice_not_accepted",
    ) or refusal.__module__ not in ("rms.errors",):
        return
    assert EXIT_CODES[refusal.code] in range(3, 7)


FUTURE = ("--as-at", "2999-01-01")
ADD_USER = ("user", "add", "not a name", "--role", "analyst", "--password", "short")


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (("harm", "refresh", *FUTURE), ["--as-at: 2999-01-01 is in the future."]),
        (("harm", "predict", *FUTURE), ["--as-at: 2999-01-01 is in the future."]),
        (("network", "refresh", *FUTURE), ["--as-at: 2999-01-01 is in the future."]),
        (("network", "refresh", "--sample", "1"), ["--sample: The sample is 1."]),
        (("harm", "train", "--version", "A 1", "--by", "x", "--reason", "x"), ["--version: A version has"]),
        (
            ("harm", "model", "use", "1", "--by", "x", "--reason", " "),
            ["--reason: Give a reason, on one line of up to"],
        ),
        (("harm", "rebase", "--reason", "x"), ["scores: Nobody has a harm score on this date"]),
        (ADD_USER, ["USERNAME: ", "--password: "]),
    ],
)
def test_a_wrong_value_is_told_with_the_option_as_it_is_written(
    arguments: tuple[str, ...], begins: list[str], sqlite_url: str, tmp_path: Path
) -> None:
    done = quick_rms(*arguments, env={"RMS_DATABASE": sqlite_url, "RMS_DATA": str(tmp_path)})
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (3, len(begins)), done.stderr
    for line, begin in zip(lines, begins, strict=True):
        assert line.startswith(f"rms: {begin}")
