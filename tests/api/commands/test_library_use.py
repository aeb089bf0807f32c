"""Which library is in use, on the command line: `rms library use`, `list` and `end`."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reference_library import load
from tests.api.commands.command_line import Done, quick_rms
from tests.api.conftest import small_library

Run = Callable[..., Done]


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [small_library(tmp_path_factory.mktemp(version), version=version) for version in ("1", "2")]


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str, folders: list[Path]) -> Mapping[str, str]:
    for folder in folders:
        shutil.copytree(folder, tmp_path / "libraries" / folder.name)
    return {"RMS_DATA": str(tmp_path), "RMS_DATABASE": sqlite_url}


@pytest.fixture
def run(settings: Mapping[str, str]) -> Run:
    return lambda *arguments: quick_rms(*arguments, env=settings)


def test_a_library_is_used_listed_and_on_record(run: Run, folders: list[Path]) -> None:
    sha256 = load(folders[1]).reference.sha256
    used = run("library", "use", "2", "--by", "ada")
    assert used.stdout == f"small 2 is now in use for the instrument rms: {sha256}\n"
    assert run("library", "use", "small", sha256[:12]).stdout == (
        "small 2 is already in use for the instrument rms.\n"
    )
    listed = run("library", "list").stdout.splitlines()
    assert [(line.split("  ")[0], line.rpartition("  ")[2]) for line in listed] == [
        ("small 1", "not in use"),
        ("small 2", "in use"),
    ]
    assert run("audit", "verify").stdout == "1 entries, all intact.\n"


def test_without_a_decision_the_library_that_is_served_is_listed_as_in_use(
    run: Run, settings: Mapping[str, str], folders: list[Path]
) -> None:
    shutil.rmtree(Path(settings["RMS_DATA"]) / "libraries" / folders[1].name)
    assert run("library", "list").stdout.rstrip().endswith("  in use")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("use", "3"), 3, "There is no such library. There are: small 1 "),
        (("use", "other", "1"), 3, "There is no such library"),
        (("use",), 2, "Missing argument"),
        (("use", "small"), 3, "There is no such library"),  # the name alone may mean another one tomorrow
        (("use", "a", "b", "c", "d"), 2, "Give a name, a version and a hash"),
        (("end", "rms"), 3, "In use: none"),
    ],
)
def test_what_is_not_there_is_refused(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    refused = run("library", *arguments)
    assert (refused.returncode, said in refused.stderr) == (code, True), refused.stderr


def test_a_library_is_named_as_the_message_shows_it(
    run: Run, settings: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two libraries with the same name and version, as after a second build: only the hash differs."""
    other = small_library(tmp_path_factory.mktemp("other"), version="2", policy="nearest")
    shutil.copytree(other, Path(settings["RMS_DATA"]) / "libraries" / other.name)
    refused = run("library", "use", "small", "2")
    said = refused.stderr.strip().rpartition("hash: ")[2].rstrip(".").split(", ")
    assert (refused.returncode, len(said)) == (3, 2), refused.stderr
    sha256 = load(other).reference.sha256
    assert f"small 2 {sha256[:12]}" in said
    ways = (("small", "2", sha256[:12]), ("2", sha256[:12]), ("small", sha256), (sha256[:12],), (other.name,))
    for way in ways:
        used = run("library", "use", *way)
        assert (used.returncode, sha256 in used.stdout or "already in use" in used.stdout) == (0, True), way
    assert run("library", "use", "small", "1", sha256[:12]).returncode == 3


def test_the_last_instrument_cannot_be_ended(run: Run) -> None:
    run("library", "use", "1")
    refused = run("library", "end", "rms")
    assert (refused.returncode, "the only instrument in use" in refused.stderr) == (3, True)


def test_an_assessment_is_made_with_the_library_on_record(
    run: Run, tmp_path: Path, valid_body: dict[str, Any]
) -> None:
    body = tmp_path / "assessment.json"
    body.write_text(json.dumps(valid_body), encoding="utf-8")
    refused = run("assess", body)
    assert refused.returncode == 4 and "rms library use NAME VERSION" in refused.stderr
    run("library", "use", "2")
    assert json.loads(run("assess", body).stdout)["library"]["version"] == "2"
