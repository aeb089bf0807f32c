"""Instruments on the command line: list, start, check, and build a library of one that is a file."""

import csv
from pathlib import Path

import pytest

from reference_library import load
from rms.instrument import instrument
from tests.api.commands.command_line import quick_rms, rms


@pytest.fixture
def started(tmp_path: Path) -> Path:
    file = tmp_path / "county.toml"
    made = quick_rms("instrument", "new", file)
    assert (made.returncode, made.stdout.strip()) == (0, str(file)), made.stderr
    return file


def cases_of(folder: Path) -> Path:
    """Cases for the instrument that `rms instrument new` writes."""
    path = folder / "cases.csv"
    columns = ("case_number", "person", "sex", "age", "alcohol", "PriorConv", "parole_breaches")
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow((*columns, "probation_breaches", "reconviction_days", "days_at_liberty"))
        for n in range(300):
            convictions = ("0", "1-2", "3 or more", "7")[n % 4]
            event = str(100 + n) if n % 3 == 0 else ""
            row = (n + 1, f"80-A-{n}", "MF"[n % 2], 20 + n % 40, n % 3 if n % 5 else "", convictions)
            sheet.writerow((*row, n % 4, ("none", "2")[n % 2], event, 1500))
    return path


def test_the_start_of_an_instrument_has_no_problem_and_builds_a_library(
    tmp_path: Path, started: Path
) -> None:
    checked = rms("instrument", "check", started)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == "county 1.0: no problems. 5 items; simulates recidivism.\n"
    out = tmp_path / "libraries"
    built = rms("library", "build", "--instrument", started, "--csv", cases_of(tmp_path), "--out", out)
    assert built.returncode == 0, built.stderr
    library = load(Path(built.stdout.strip()))
    assert (library.reference.name, library.instrument.text) == (
        "county",
        started.read_text(encoding="utf-8"),
    )
    assert "300 cases of 300 people" in built.stderr


def test_an_existing_file_is_not_changed(tmp_path: Path, started: Path) -> None:
    before = started.read_text(encoding="utf-8")
    again = quick_rms("instrument", "new", started)
    assert (again.returncode, started.read_text(encoding="utf-8")) == (3, before)
    assert again.stderr == f"rms: {started} exists already. Choose another name.\n"
    for name in ("County.toml", "county.txt", "2.toml"):
        assert quick_rms("instrument", "new", tmp_path / name).returncode == 3
        assert not (tmp_path / name).exists()


def test_every_problem_of_a_file_is_printed_with_its_line_and_key(started: Path) -> None:
    text = started.read_text(encoding="utf-8")
    lines = text.splitlines()
    started.write_text(
        text.replace('kind = "count"', 'kind = "cnt"').replace('name = "county"', 'name = "The County"'),
        encoding="utf-8",
    )
    checked = quick_rms("instrument", "check", started)
    name = next(at for at, line in enumerate(lines, start=1) if line.startswith("name ="))
    kind = next(at for at, line in enumerate(lines, start=1) if line.startswith('kind = "count"'))
    assert checked.returncode == 3
    assert checked.stderr.splitlines() == [
        f"rms: line {name}, key name: The name must start with a lower-case letter, followed by up to 63 "
        "lower-case letters, digits or _.",
        f'rms: line {kind}, key kind: "cnt" is not allowed. '
        "kind must be ordinal, count, number, choice or date.",
    ]


def test_the_instruments_in_the_data_folder_are_known_by_name(tmp_path: Path, started: Path) -> None:
    folder = tmp_path / "instruments"
    folder.mkdir()
    started.rename(folder / "county.toml")
    (folder / "broken.toml").write_text("name = ", encoding="utf-8")
    settings = {"RMS_DATA": str(tmp_path)}
    listed = quick_rms("instrument", "list", env=settings)
    assert [line.split("  ")[0] for line in listed.stdout.splitlines()] == [
        f"broward {instrument('broward').version}",
        "county 1.0",
        f"georgia {instrument('georgia').version}",
        f"rms {instrument('rms').version}",
    ]
    assert listed.stderr == "broken.toml: 1 problem(s); run `rms instrument check` on it\n"
    columns = quick_rms("library", "columns", "--instrument", "county", env=settings)
    assert (
        "prior_convictions   one of 0, 1-2, 3 or more, or a number that is in one of them." in columns.stdout
    )
    assert "Or named PriorConv." in columns.stdout
    unknown = quick_rms("library", "columns", "--instrument", "oasys", env=settings)
    assert unknown.returncode == 2
    assert "Choose one of: broward, county, georgia, rms." in unknown.stderr
