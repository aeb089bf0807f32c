"""Libraries on the command line: build, check, simulate, and errors in sentences."""

import csv
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from api.commands.library import COLUMNS
from reference_library import expected_columns, load, read_people
from reference_library.facts import RESERVED
from reference_library.synthetic import synthetic_cases
from rms.engine.simulation import simulate_many
from rms.instrument import instrument, names
from tests.api.commands.command_line import ROOT, quick_rms, rms

Rows = list[dict[str, str]]
CASES = 400


def write_csv(path: Path, rows: Rows) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, fieldnames=list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    return path


def read_csv(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def cases() -> Rows:
    return synthetic_cases()[:CASES]


@pytest.fixture
def people(cases: Rows, tmp_path: Path) -> Path:
    return write_csv(tmp_path / "people.csv", cases[:25])


SHARED = ROOT.parent / "shared" / "cases"


@pytest.mark.parametrize("people", ["m1_people_plain.csv", "m2_people_pandas.csv"])
def test_a_person_is_not_compared_with_their_own_cases_however_the_number_is_written(
    tmp_path: Path, people: str
) -> None:
    """C05: `20005.0`, as a table of floats writes the number 20005, is the same person."""
    if not (SHARED / people).exists():
        pytest.skip("the files of the cases are not part of the project: C05 was NOT tried")
    build = ("library", "build", "--instrument", "rms", "--policy", "nearest", "--out", tmp_path)
    built = quick_rms(*build, "--csv", SHARED / "m0_library.csv")
    assert built.returncode == 0, built.stderr
    scores = tmp_path / "scores.csv"
    folder = built.stdout.strip()
    done = quick_rms("simulate", "--library", folder, "--csv", SHARED / people, "--out", scores)
    assert done.returncode == 0, done.stderr
    [own] = [row for row in read_csv(scores) if (row["id"], row["process"]) == ("own", "recidivism")]
    assert own["score"] == "1.3574508341346223"


def test_build_check_simulate(tmp_path: Path, cases: Rows) -> None:
    source = write_csv(tmp_path / "cases.csv", cases)
    build = ("library", "build", "--instrument", "rms", "--csv", source, "--out", tmp_path / "libraries")
    made = quick_rms(*build)
    assert made.returncode == 0, made.stderr
    folder = Path(made.stdout.strip())
    assert folder.parent == tmp_path / "libraries" and folder.name.startswith("rms-1.0-")
    people = len({row["offender_number"] for row in cases})
    said = made.stderr.splitlines()
    assert said[0] == f"{CASES} cases of {people} people"
    assert [line.split(":")[0] for line in said[1:]] == ["recidivism", "violence"]

    checked = quick_rms("library", "check", folder)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith(load(folder).reference.sha256)

    people = write_csv(tmp_path / "people.csv", cases[:25])
    out = tmp_path / "out.csv"
    simulated = rms("simulate", "--library", tmp_path / "libraries", "--csv", people, "--out", out)
    assert (simulated.returncode, simulated.stdout, simulated.stderr) == (0, "", "")
    assert_same_as_in_process(out, people, folder)

    again = quick_rms(*build)
    assert again.stdout == made.stdout  # the same cases are the same library


def assert_same_as_in_process(out: Path, people: Path, folder: Path) -> None:
    rows = read_csv(out)
    assert tuple(rows[0]) == COLUMNS
    library = load(folder)
    rows_read = read_people(people, library.instrument)
    expected = simulate_many(rows_read.values, rows_read.persons, library)
    assert [(row["id"], row["process"]) for row in rows] == [
        (id, p) for id in rows_read.ids for p in expected
    ]
    for at, row in enumerate(rows):
        scores, person = expected[row["process"]], at // len(expected)
        assert row["status"] == scores.status[person]
        for column in COLUMNS[3:]:
            cell = float(row[column] or "nan")
            np.testing.assert_array_equal(cell, getattr(scores, column)[person])


def test_the_ten_nearest(tmp_path: Path, cases: Rows) -> None:
    source = write_csv(tmp_path / "cases.csv", cases[:150])
    arguments = ("--instrument", "rms", "--csv", source, "--out", tmp_path / "nearest", "--policy", "nearest")
    made = quick_rms("library", "build", *arguments, "--name", "county", "--version", "2024.1")
    assert made.returncode == 0, made.stderr
    assert "county-2024.1-" in made.stdout
    assert load(tmp_path / "nearest").policy.name == "nearest"


def test_another_library_with_the_same_name_and_version_is_pointed_out(tmp_path: Path, cases: Rows) -> None:
    first, second = (write_csv(tmp_path / f"{count}.csv", cases[:count]) for count in (150, 151))
    out = ("--instrument", "rms", "--out", tmp_path / "out", "--policy", "nearest")
    made = [quick_rms("library", "build", *out, "--csv", source) for source in (first, first, second)]
    assert [one.returncode for one in made] == [0, 0, 0]
    assert ["other content" in one.stderr for one in made] == [False, False, True], made[1].stderr
    assert made[0].stdout.strip() in made[2].stderr
    again = quick_rms("library", "build", *out, "--csv", second, "--version", "1.1")
    assert "other content" not in again.stderr


def test_what_is_wrong_with_a_name_stands_alone(tmp_path: Path, cases: Rows) -> None:
    """No JSON pointer of a command's own option."""
    source = write_csv(tmp_path / "cases.csv", cases[:20])
    refused = quick_rms(
        *("library", "build", "--instrument", "rms", "--csv", source, "--out", tmp_path, "--name", "a/b")
    )
    assert refused.stderr.startswith('rms: "a/b" cannot be part of a library')


def test_facts_of_the_cases(tmp_path: Path, cases: Rows) -> None:
    source = write_csv(tmp_path / "cases.csv", cases[:150])
    (tmp_path / "facts.toml").write_text('source = "our own records"\nsynthetic = true\n', encoding="utf-8")
    arguments = ("--instrument", "rms", "--csv", source, "--out", tmp_path / "out", "--facts")
    assert quick_rms("library", "build", *arguments, tmp_path / "facts.toml").returncode == 0
    library = load(tmp_path / "out")
    assert library.manifest["source"] == "our own records" and library.synthetic


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        pytest.param("cut_off = 2020-12-31", {"cut_off": "2020-12-31"}, id="C06 date"),
        pytest.param(
            "[more]\nday = 2020-12-31\ntimes = [10:00:00, 2020-12-31T10:00:00Z]",
            {"more": {"day": "2020-12-31", "times": ["10:00:00", "2020-12-31T10:00:00+00:00"]}},
            id="C06 dates and times in a table",
        ),
        pytest.param('period = """2014\nto 2017"""', {"period": "2014\nto 2017"}, id="C06 two lines"),
        pytest.param("offices = 12", {"offices": 12}, id="C06 number"),
    ],
)
def test_facts_that_are_kept(tmp_path: Path, cases: Rows, facts: str, kept: dict[str, object]) -> None:
    source = write_csv(tmp_path / "cases.csv", cases[:150])
    (tmp_path / "facts.toml").write_text(facts, encoding="utf-8")
    arguments = ("--instrument", "rms", "--csv", source, "--out", tmp_path / "out", "--facts")
    built = quick_rms("library", "build", *arguments, tmp_path / "facts.toml")
    assert built.returncode == 0, built.stderr
    library = load(tmp_path / "out")
    assert {name: library.manifest[name] for name in kept} == kept
    assert quick_rms("library", "check", tmp_path / "out").returncode == 0


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param("source =", "facts.toml is not TOML", id="not TOML"),
        pytest.param("a = " + "9" * 5000, "facts.toml is not TOML", id="number of thousands of digits"),
        pytest.param("a = " + "[" * 5000, "facts.toml is not TOML", id="nested too deeply"),
        pytest.param(
            'synthetic = "false"',
            ", synthetic: synthetic must be true or false",
            id="flag in quotes",
        ),
        *(
            pytest.param(f'{name} = "0"', f", {name}: RMS writes {name} itself", id=f"C06 {name}")
            for name in sorted(RESERVED)
        ),
        pytest.param(
            "[sha256]\na = 1",
            ", sha256: RMS writes sha256 itself",
            id="C06 table of a reserved name",
        ),
        pytest.param("a = nan", ", a: a must be a finite number", id="C06 nan"),
        pytest.param("[a]\nb = [1.0, -inf]", ", a, b 2: a, b 2 must be a finite number", id="C06 infinite"),
        pytest.param("a = 9223372036854775808", ", a: a must be a whole number", id="C06 above 64 bits"),
        pytest.param('source = "a\\u0000b"', ", source: source must not have control", id="C06 NUL"),
        pytest.param("period = [2014, 2017]", ", period: period must be text", id="C06 list that is printed"),
        pytest.param("source = 3", ", source: source must be text", id="number that is printed"),
        pytest.param("period = 2014.5", ", period: period must be text", id="decimal number that is printed"),
        pytest.param("[source]\na = 1", ", source: source must be text", id="C06 table that is printed"),
    ],
)
def test_facts_that_are_refused_before_the_cases_are_read(tmp_path: Path, facts: str, said: str) -> None:
    (tmp_path / "cases.csv").write_text("not a file of cases", encoding="utf-8")
    (tmp_path / "facts.toml").write_text(facts, encoding="utf-8")
    arguments = ("--instrument", "rms", "--csv", tmp_path / "cases.csv", "--out", tmp_path / "out", "--facts")
    refused = quick_rms("library", "build", *arguments, tmp_path / "facts.toml")
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1), refused.stderr
    assert refused.stderr.startswith("rms: facts.toml") and said in refused.stderr
    assert not (tmp_path / "out").exists()


def test_c06_every_name_that_rms_writes_is_reserved(tmp_path: Path, cases: Rows) -> None:
    source = write_csv(tmp_path / "cases.csv", cases[:150])
    quick_rms("library", "build", "--instrument", "rms", "--csv", source, "--out", tmp_path / "out")
    assert set(load(tmp_path / "out").manifest) == RESERVED | {"synthetic"}


@pytest.mark.parametrize("name", ["a" * 65, "a/b", ".a", "", "é" * 33])
def test_a_name_is_checked_before_the_cases_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "cases.csv").write_text("not a file of cases", encoding="utf-8")
    arguments = ("--instrument", "rms", "--csv", tmp_path / "cases.csv", "--out", tmp_path / "out")
    refused = quick_rms("library", "build", *arguments, "--version", name)
    assert refused.returncode == 3 and "part of a library's name" in refused.stderr


def test_c05_a_person_is_never_compared_with_their_own_case_however_the_mark_is_spelled(
    tmp_path: Path, cases: Rows
) -> None:
    """By the ten nearest, the person's own case alone would change the score."""
    rows = [{**row, "offender_number": str(20_000 + n)} for n, row in enumerate(cases[:200])]
    source, built = write_csv(tmp_path / "cases.csv", rows), tmp_path / "out"
    arguments = ("--instrument", "rms", "--csv", source, "--out", built, "--policy", "nearest")
    assert quick_rms("library", "build", *arguments).returncode == 0

    def answers(mark: str) -> list[tuple[str, ...]]:
        person = {**rows[5], "offender_number": mark}
        people, out = write_csv(tmp_path / "people.csv", [person]), tmp_path / "out.csv"
        quick_rms("simulate", "--library", built, "--csv", people, "--out", out)
        return [tuple(row.values())[1:] for row in read_csv(out)]

    plain, stranger = answers("20005"), answers("A1")
    assert plain != stranger
    assert answers("20005.0") == answers(" 20005 ") == answers("20005-02") == plain
    for spelled in ("020005", "2.0005E+04", "20,005", "20005.5", "NaN"):
        assert {status for _, status, *_ in answers(spelled)} == {"invalid_input"}


# C12: the mark of the person of each case, by the place of the case in the file.
MARKS = {
    "plain": lambda n: f"A{n}",
    "40 people with a second case": lambda n: f"A{n % 160}-{n // 160:02}",
    "one first part": lambda n: f"80-A-{1000 + n}",
    "three first parts": lambda n: f"{80 + n % 3}-A-{1000 + n}",
}


@pytest.mark.parametrize(
    ("form", "people", "is_refused"),
    [
        pytest.param("plain", 200, False, id="C12 plain"),
        pytest.param("40 people with a second case", 160, False, id="C12 suffixes"),
        pytest.param("one first part", 1, True, id="C12 one first part"),
        pytest.param("three first parts", 3, True, id="C12 three first parts"),
    ],
)
def test_a_build_says_how_many_people_there_are_and_refuses_marks_that_share_a_first_part(
    tmp_path: Path, cases: Rows, form: str, people: int, is_refused: bool
) -> None:
    rows = [{**row, "offender_number": MARKS[form](n)} for n, row in enumerate(cases[:200])]
    source = write_csv(tmp_path / "cases.csv", rows)
    arguments = ("library", "build", "--instrument", "rms", "--csv", source, "--out", tmp_path / "out")
    built = quick_rms(*arguments)
    assert built.returncode == (3 if is_refused else 0)
    if is_refused:
        assert f"200 different marks are read as {people} people" in built.stderr
        assert not (tmp_path / "out").exists()
        built = quick_rms(*arguments, "--yes")
        assert built.returncode == 0
    said = built.stderr.splitlines()
    assert said[0] == f"200 cases of {people} people"
    warnings = [line for line in said if line.startswith("warning: ")]
    assert len(warnings) == (2 if is_refused else 0)
    assert all("every answer will be insufficient_library" in line for line in warnings)


@pytest.mark.parametrize(
    ("people", "policy", "warned"),
    [(99, "pool", True), (100, "pool", False), (9, "nearest", True), (10, "nearest", False)],
)
def test_c12_a_build_warns_exactly_if_every_answer_is_insufficient(
    tmp_path: Path, cases: Rows, people: int, policy: str, warned: bool
) -> None:
    rows = [
        {**row, "offender_number": f"A{n % people}", "days_at_liberty": "1560", "reconviction_days": days}
        for n, row in enumerate(cases[: people + 20])
        for days in ("41" if n % 3 else "",)
    ]
    source = write_csv(tmp_path / "cases.csv", rows)
    arguments = ("--instrument", "rms", "--csv", source, "--out", tmp_path / "out", "--policy", policy)
    built = quick_rms("library", "build", *arguments)
    assert built.returncode == 0, built.stderr
    stranger = write_csv(tmp_path / "people.csv", [{**rows[0], "offender_number": "B1"}])
    out = tmp_path / "out.csv"
    quick_rms("simulate", "--library", tmp_path / "out", "--csv", stranger, "--out", out)
    of_process = {row["process"]: row["status"] == "insufficient_library" for row in read_csv(out)}
    for process, is_insufficient in of_process.items():
        assert (f"warning: {process}:" in built.stderr) == is_insufficient
    assert of_process["recidivism"] == warned


def test_wrong_rows_are_in_the_result_and_are_all_named(
    tmp_path: Path, cases: Rows, library_folder: Path
) -> None:
    rows = [dict(row) for row in cases[:12]]
    rows[2]["drug"], rows[2]["conv_violence"], rows[7]["sex"], rows[11]["age"] = "7", "1.5", "", "9"
    out = tmp_path / "out.csv"
    people = write_csv(tmp_path / "people.csv", rows)
    simulated = quick_rms("simulate", "--library", library_folder, "--csv", people, "--out", out)
    assert simulated.returncode == 3
    named = [line.split(": ")[1] for line in simulated.stderr.splitlines()]
    assert named == [
        "line 4, column drug",
        "line 4, column conv_violence",
        "line 9, column sex",
        "line 13, column age",
    ]
    answered = read_csv(out)
    assert len(answered) == 2 * len(rows)
    bad = {row["case_number"] for row in (rows[2], rows[7], rows[11])}
    for row in answered:
        assert (row["status"] == "invalid_input") == (row["id"] in bad)
        assert (row["typicality"] == "") == (row["id"] in bad)


def test_a_thousand_bad_cells(tmp_path: Path, cases: Rows, library_folder: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [{**row, "drug": "x"} for row in cases] * 3)
    simulated = quick_rms(
        "simulate", "--library", library_folder, "--csv", people, "--out", tmp_path / "out.csv"
    )
    assert simulated.returncode == 3
    named = [line for line in simulated.stderr.splitlines() if "column drug: " in line]
    assert len(named) == 3 * CASES
    assert {row["status"] for row in read_csv(tmp_path / "out.csv")} == {"invalid_input"}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "header"),
        (b"\xff\xfea", "people.csv is UTF-16. Save it as UTF-8"),
        (b"sex,age\nmale,30\n", "no column named"),
        (b'"unclosed', "not well-formed"),
    ],
)
def test_a_broken_file_changes_nothing(
    tmp_path: Path, library_folder: Path, content: bytes, named: str
) -> None:
    (tmp_path / "people.csv").write_bytes(content)
    out = tmp_path / "out.csv"
    out.write_text("the earlier result\n", encoding="utf-8")
    simulated = quick_rms(
        "simulate", "--library", library_folder, "--csv", tmp_path / "people.csv", "--out", out
    )
    assert simulated.returncode == 3 and named in simulated.stderr and "Traceback" not in simulated.stderr
    assert out.read_text(encoding="utf-8") == "the earlier result\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.csv", "people.csv"]


def test_a_broken_file_builds_nothing(tmp_path: Path, cases: Rows) -> None:
    rows = [dict(row) for row in cases[:150]]
    rows[5]["alco"], rows[6]["reconviction_days"], rows[9]["case_number"] = "often", "soon", "10001"
    source = write_csv(tmp_path / "cases.csv", rows)
    made = quick_rms("library", "build", "--instrument", "rms", "--csv", source, "--out", tmp_path / "out")
    assert made.returncode == 3 and made.stdout == ""
    named = [line.split(": ")[1] for line in made.stderr.splitlines()]
    assert named == ["line 7, column alco", "line 8, column reconviction_days", "line 11, column case_number"]
    assert not (tmp_path / "out").exists()


def test_every_spelling_is_named_and_what_it_means() -> None:
    printed = quick_rms("library", "columns", "--instrument", "georgia").stdout.splitlines()
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in printed}
    assert lines["Recidivism_Within_3years"] == (
        "0 or No or no or FALSE or False or false: actual 1. "
        "1 or Yes or yes or TRUE or True or true: actual 2. Empty: outcome not known."
    )
    assert lines["Prior_Conviction_Episodes_Viol"].startswith(
        "one of 0, No, no, FALSE, False, false, 1, Yes, yes, TRUE, True, true. "
    )


@pytest.mark.parametrize("form", names())
def test_the_columns_are_printed_one_a_line(form: str) -> None:
    printed = quick_rms("library", "columns", "--instrument", form)
    assert (printed.returncode, printed.stderr) == (0, "")
    expected = expected_columns(instrument(form))
    lines = printed.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [column.name for column in expected]
    for line, column in zip(lines, expected, strict=True):
        assert column.takes in line
        assert ("Never empty." in line, " Optional." in line) == (not column.empty, not column.needed)


def test_a_damaged_library(tmp_path: Path, library_folder: Path, people: Path) -> None:
    folder = Path(shutil.copytree(library_folder, tmp_path / library_folder.name))
    (folder / "violence.faiss").unlink()
    for arguments in (
        ("library", "check", folder),
        ("simulate", "--library", folder, "--csv", people, "--out", tmp_path / "out.csv"),
    ):
        refused = quick_rms(*arguments)
        assert refused.returncode == 4 and refused.stdout == ""
        assert refused.stderr.startswith("rms: ") and "violence.faiss" in refused.stderr
    assert not (tmp_path / "out.csv").exists()


LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}));"
    "from api.cli import main; sys.argv[0] = 'rms'; main()"
)


@pytest.mark.parametrize("command", ["build", "simulate"])
def test_no_room_left(tmp_path: Path, cases: Rows, library_folder: Path, command: str) -> None:
    """The system really refuses: no file that this process writes may grow beyond some size.

    The copy of the library in memory is such a file too, and must fit.
    """
    source = write_csv(tmp_path / "cases.csv", cases[:150] if command == "build" else 6 * cases)
    largest = max(file.stat().st_size for file in library_folder.iterdir())
    out = tmp_path / "out"
    arguments = (
        ["library", "build", "--instrument", "rms", "--csv", source, "--out", out]
        if command == "build"
        else ["simulate", "--library", library_folder, "--csv", source, "--out", out / "out.csv"]
    )
    out.mkdir()
    code = LIMITED.format(largest if command == "simulate" else 9_000)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr and done.stderr.startswith("rms: ")
    assert list(out.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] not in (largest, 9_000)


def test_no_memory_for_the_library(tmp_path: Path, people: Path, library_folder: Path) -> None:
    arguments = ("simulate", "--library", library_folder, "--csv", people, "--out", tmp_path / "out.csv")
    command = [sys.executable, "-c", LIMITED.format(2_000), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 5 and done.stderr.startswith("rms: "), done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("name", ["a/b", "../up", "", ".hidden", "a b"])
def test_invalid_names_of_a_library(tmp_path: Path, cases: Rows, name: str) -> None:
    source = write_csv(tmp_path / "cases.csv", cases[:150])
    arguments = ("--csv", source, "--out", tmp_path / "out", "--version", name)
    refused = quick_rms("library", "build", "--instrument", "rms", *arguments)
    assert refused.returncode == 3 and "name" in refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_result_never_replaces_its_own_input(people: Path, library_folder: Path) -> None:
    before = people.read_bytes()
    done = quick_rms("simulate", "--library", library_folder, "--csv", people, "--out", people)
    assert done.returncode == 3 and "replace" in done.stderr
    assert people.read_bytes() == before


def test_a_result_needs_an_existing_folder(people: Path, library_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "scores.csv"
    done = quick_rms("simulate", "--library", library_folder, "--csv", people, "--out", out)
    assert done.returncode == 3 and str(out.parent) in done.stderr


def test_a_result_can_go_to_standard_output(people: Path, library_folder: Path, tmp_path: Path) -> None:
    done = rms("simulate", "--library", library_folder, "--csv", people, "--out", "/dev/stdout")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(",".join(COLUMNS)) and done.stdout.count("\n") == 51
    assert Path("/dev/stdout").is_symlink()


def test_a_result_goes_where_a_link_points(people: Path, library_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "scores.csv")
    quick_rms("simulate", "--library", library_folder, "--csv", people, "--out", tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink() and len(read_csv(tmp_path / "scores.csv")) == 50
