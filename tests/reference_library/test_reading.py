"""CSV files read through an instrument: every bad cell is told by line and column, nothing is guessed."""

from pathlib import Path

import numpy as np
import pytest

from reference_library import expected_columns, read_past_cases, read_people
from reference_library.reading import read_actual
from reference_library.synthetic import synthetic_cases
from reference_library.tables import Reading, Table
from rms.assessment import person_key
from rms.errors import InvalidInput, LibraryInvalid
from rms.instrument import DaysOutcome, FlagOutcome, instrument, instrument_from, names
from tests.reference_library.rows import HEADER, csv_text, rows, write_rows
from tests.rms.engine.libraries import SMALL

GOOD = csv_text(rows())
SOME_CASES = synthetic_cases()[:200]
FIRST, REST = GOOD.split("\n", 1)


def file_of(folder: Path, content: str | bytes) -> Path:
    path = folder / "cases.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path) -> dict[str, str]:
    """Pointer → code of every problem the file has as past cases."""
    with pytest.raises((InvalidInput, LibraryInvalid)) as caught:
        read_past_cases(path, SMALL)
    pointers = {problem.pointer: problem.code for problem in caught.value.problems}
    assert len(pointers) == len(caught.value.problems)
    assert all(problem.detail.endswith(".") for problem in caught.value.problems)
    return pointers


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("", {"/1": "empty_file"}, id="empty"),
        pytest.param("\n\n", {"/1": "empty_file"}, id="blank lines"),
        pytest.param(FIRST + "\n", {"/1": "no_cases"}, id="header only"),
        pytest.param(GOOD.encode("utf-16"), {"/1": "not_utf8"}, id="utf-16"),
        pytest.param((GOOD + "9,Ren\xe9,").encode("latin-1"), {"/8": "not_utf8"}, id="latin-1 on line 8"),
        pytest.param(GOOD + '9,"P9,male', {"/8": "not_csv"}, id="unclosed quote"),
        pytest.param(GOOD + '9,"P"9,male', {"/8": "not_csv"}, id="text after a quote"),
        pytest.param(GOOD.replace("P1,", "P\0,", 1), {"/2/person": "nul"}, id="NUL"),
        pytest.param(
            "note\n1\n",
            {f"/1/{name}": "missing_column" for name in HEADER},
            id="another file",
        ),
        pytest.param(GOOD.replace(",", ";"), {"/1": "wrong_separator"}, id="semicolons"),
        pytest.param(GOOD.replace(",", "\t"), {"/1": "wrong_separator"}, id="tabs"),
        pytest.param(
            GOOD.replace(",", '";"').replace("\n", "\r"),
            {"/1": "wrong_separator"},
            id="semicolons and quotes",
        ),
        pytest.param(GOOD.replace("drug,", "drugs,", 1), {"/1/drug": "missing_column"}, id="misspelt column"),
        pytest.param(
            GOOD.replace("violent", "drug", 1),
            {"/1/violent": "missing_column", "/1/drug": "doubled_column"},
            id="missing and doubled column",
        ),
        pytest.param(
            FIRST + "\n1,2,3\n" + REST + "1,2,3,4,5,6,7,8,9,10,11,12\n",
            {"/2": "wrong_length", "/9": "wrong_length"},
            id="too short and too long a row",
        ),
    ],
)
def test_a_file_that_is_no_table(tmp_path, content, expected):
    assert refused(file_of(tmp_path, content)) == expected


def test_a_file_that_is_not_there(tmp_path):
    assert refused(tmp_path / "none.csv") == {"": "no_file"}
    assert refused(tmp_path) == {"": "no_file"}


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("sex", ""),
        ("sex", "Male"),
        ("age", ""),
        ("age", "9"),
        ("age", "111"),
        ("age", "30.5"),
        ("age", "2001-01-01"),
        ("drug", "4"),
        ("drug", "-1"),
        ("drug", "1.5"),
        ("drug", "much"),
        ("thefts", "-1"),
        ("thefts", "100"),
        ("thefts", "1.5"),
        ("thefts", "1e3"),
        ("thefts", "１２"),
        ("thefts", "1_0"),
        ("thefts", "0x1"),
        ("thefts", "NA"),
        ("years", "nan"),
        ("years", "inf"),
        ("years", "61"),
        ("years", "2,5"),
        ("years", "9" * 400),
        ("offence", "arson"),
        ("again", "2"),
        ("again", "yes"),
        ("violent", "-"),
        ("case", ""),
        ("case", "A1"),
        ("case", "１２"),
        ("case", "-5"),
        ("case", "9" * 19),
        ("person", ""),
    ],
)
def test_a_bad_cell(tmp_path, column, cell):
    cells = rows()
    cells[3][column] = f'"{cell}"'
    pointers = refused(write_rows(tmp_path / "cases.csv", cells))
    assert list(pointers) == [f"/5/{column}"]


def test_every_bad_cell_of_every_row_is_told(tmp_path):
    cells = rows(40)
    expected = set()
    for line, row in enumerate(cells, start=2):
        for column in ("age", "drug", "years", "again"):
            row[column] = "?"
            expected.add(f"/{line}/{column}")
    assert expected == set(refused(write_rows(tmp_path / "cases.csv", cells)))
    people = read_people(tmp_path / "cases.csv", SMALL)
    assert {problem.pointer for problem in people.problems} == {p for p in expected if "again" not in p}
    assert people.bad.all()


def with_broken_rows(path: Path) -> Path:
    """Bad cells on lines 3 and 7, a row too short on line 4 and one too long on line 6."""
    cells = rows()
    cells[1] |= {"drug": "9", "age": "old", "case": "A"}
    cells[5]["work"] = "9"
    lines = csv_text(cells).split("\n")
    lines[3], lines[5] = "1,2,3", lines[5] + ",7"
    return file_of(path, "\n".join(lines))


def test_rows_of_a_wrong_length_hide_nothing_and_problems_are_told_as_they_stand(tmp_path):
    assert list(refused(with_broken_rows(tmp_path)).items()) == [
        ("/3/case", "invalid_case_number"),
        ("/3/age", "invalid_cell"),
        ("/3/drug", "invalid_cell"),
        ("/4", "wrong_length"),
        ("/6", "wrong_length"),
        ("/7/work", "invalid_cell"),
    ]


def test_people_on_rows_of_a_wrong_length_keep_their_place(tmp_path):
    people = read_people(with_broken_rows(tmp_path), SMALL)
    assert [problem.pointer for problem in people.problems] == ["/3/age", "/3/drug", "/4", "/6", "/7/work"]
    assert people.bad.tolist() == [False, True, True, False, True, True]
    assert people.ids == ["10001", "A", "4", "10004", "6", "10006"]
    assert len(people.values) == len(people.persons) == 6


FORMS = [SMALL, *map(instrument, names())]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_expected_columns_are_those_a_file_needs(tmp_path, form):
    expected = expected_columns(form)
    listed = [column.name for column in expected]
    assert len(set(listed)) == len(listed)
    for left_out in expected:
        header = ",".join(name for name in listed if name != left_out.name)
        with pytest.raises((InvalidInput, LibraryInvalid)) as caught:
            read_past_cases(file_of(tmp_path, header + "\n"), form)
        (problem,) = caught.value.problems
        missing = (f"/1/{left_out.name}", "missing_column")
        assert (problem.pointer, problem.code) == (missing if left_out.needed else ("/1", "no_cases"))


def test_the_expected_columns_of_the_form_are_those_of_the_packaged_cases():
    assert {column.name for column in expected_columns(instrument("rms"))} == set(synthetic_cases()[0])


@pytest.mark.parametrize("column", expected_columns(instrument("rms")), ids=lambda column: column.name)
def test_a_cell_may_be_empty_where_it_is_said_to(tmp_path, column):
    header, form = list(SOME_CASES[0]), instrument("rms")
    cells = [dict(row) for row in SOME_CASES]
    cells[3][column.name] = ""
    path = write_rows(tmp_path / "cases.csv", cells, header=header)
    if column.empty:
        assert len(read_past_cases(path, form).cases) == len(cells)
    else:
        with pytest.raises(LibraryInvalid) as caught:
            read_past_cases(path, form)
        assert [problem.pointer for problem in caught.value.problems] == [f"/5/{column.name}"]


def test_lines_are_those_of_the_file_even_after_cells_of_several_lines(tmp_path):
    header = (*HEADER, "note")
    cells = [{**row, "note": '"one\ntwo"'} for row in rows(4)]
    cells[2]["drug"] = "9"
    cells[3]["drug"] = "9"
    assert set(refused(write_rows(tmp_path / "cases.csv", cells, header=header))) == {"/6/drug", "/8/drug"}


def test_doubled_case_numbers_name_the_line_they_stand_on_first(tmp_path):
    cells = rows()
    cells[4]["case"] = "0" + cells[1]["case"]
    with pytest.raises(LibraryInvalid) as caught:
        read_past_cases(write_rows(tmp_path / "cases.csv", cells), SMALL)
    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code) == ("/6/case", "doubled_case_number")
    assert "line 3" in problem.detail


def test_what_says_nothing_is_refused(tmp_path):
    cells = [{**row, "drug": "", "violent": "0"} for row in rows()]
    assert refused(write_rows(tmp_path / "cases.csv", cells)) == {
        "/1/drug": "never_known",
        "/1/violent": "one_outcome",
    }


@pytest.mark.parametrize(
    "spelled",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace(",", " , "),
        lambda text: "".join(
            ",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in text.splitlines()
        ),
    ],
    ids=["BOM", "CRLF", "CR", "blank lines", "spaces", "quotes"],
)
def test_the_same_cases_however_the_file_is_spelled(tmp_path, spelled):
    plain = read_past_cases(file_of(tmp_path, GOOD), SMALL)
    other = read_past_cases(file_of(tmp_path, spelled(GOOD)), SMALL)
    for name in ("case_number", "person", "sex", "birth_year", "values"):
        np.testing.assert_array_equal(getattr(plain.cases, name), getattr(other.cases, name))
    for process in plain.actual:
        np.testing.assert_array_equal(plain.actual[process], other.actual[process])


@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "in quotes"])
def test_a_last_row_that_may_be_cut_off_is_refused(tmp_path, quote):
    start, separator, last = GOOD.rstrip("\n").rpartition(",")
    with pytest.raises(LibraryInvalid) as refused:
        read_past_cases(file_of(tmp_path, f"{start}{separator}{quote}{last}{quote}"), SMALL)
    assert [problem.code for problem in refused.value.problems] == ["no_line_ending"]


def test_cells_become_numbers(tmp_path):
    cells = rows()
    cells[0] |= {"sex": "female", "age": "41", "drug": "2.0", "work": "", "thefts": "007", "years": "+1.25"}
    cells[0] |= {"offence": "other", "person": "p7-03", "again": "", "violent": "1"}
    past = read_past_cases(write_rows(tmp_path / "cases.csv", cells), SMALL)
    np.testing.assert_array_equal(past.cases.values[0], [1, 41, 2, np.nan, 7, 1.25, 2])
    assert past.cases.person[0] == person_key("P7")
    assert past.cases.sex[0] == 1
    assert (past.actual["recidivism"][0], past.actual["violence"][0]) == (0, 2)


@pytest.mark.parametrize(
    ("event", "follow_up", "actual"),
    [
        ("1", "1", 2),
        ("0", "2000", 2),
        ("730", "730", 2),
        ("730", "", 2),
        ("731", "2000", 0),
        ("1095", "2000", 0),
        ("1096", "2000", 1),
        ("1096", "", 1),
        ("", "1095", 1),
        ("", "9000", 1),
        ("", "1094", 0),
        ("", "0", 0),
        ("", "", 0),
    ],
)
def test_the_actual_by_days_at_liberty(event, follow_up, actual):
    reading = Reading(Table({"event": [event], "seen": [follow_up]}, [2]))
    assert read_actual(reading, DaysOutcome("event", "seen")).tolist() == [actual]
    assert reading.problems == []


@pytest.mark.parametrize(
    ("event", "follow_up", "contradictory"),
    [
        ("800", "700", True),
        ("701", "700", True),
        ("700", "700", False),
        ("800", "", False),
        ("", "700", False),
    ],
)
def test_an_event_beyond_the_days_observed(event, follow_up, contradictory):
    reading = Reading(Table({"event": ["", event], "seen": ["", follow_up]}, [2, 4]))
    read_actual(reading, DaysOutcome("event", "seen"))
    assert [(p.pointer, p.code) for p in reading.problems] == (
        [("/4/event", "contradictory_days")] if contradictory else []
    )
    assert all("event" in problem.detail and "seen" in problem.detail for problem in reading.problems)


@pytest.mark.parametrize("cell", ["-1", "1.5", "1e-3", "７３０", "soon", "NaN"])
@pytest.mark.parametrize("column", ["event", "seen"])
def test_days_that_are_none(column, cell):
    reading = Reading(Table({"event": [""], "seen": [""]} | {column: [cell]}, [2]))
    read_actual(reading, DaysOutcome("event", "seen"))
    assert [(problem.pointer, cell in problem.detail) for problem in reading.problems] == [
        (f"/2/{column}", True)
    ]


def test_the_actual_by_flag():
    cells = ["0", "no", "1", "", "maybe", "yes"]
    reading = Reading(Table({"again": cells}, list(range(2, 8))))
    actual = read_actual(reading, FlagOutcome("again", stayed=("0", "no"), returned=("1",)))
    assert actual.tolist() == [1, 1, 2, 0, 0, 0]
    assert [problem.pointer for problem in reading.problems] == ["/6/again", "/7/again"]
    assert "0, no, 1 or an empty cell" in reading.problems[0].detail


@pytest.mark.parametrize("cell", ["19x0", "１９８０", "80", "1879", "2101", "2999", "1980.5"])
def test_a_bad_year_of_birth(tmp_path, cell):
    text = SMALL.text.replace('sex = "sex"\n\n', 'sex = "sex"\nbirth_year = "born"\n\n')
    born = instrument_from(text)
    assert born.columns.birth_year == "born"
    cells = [{**row, "born": "1980"} for row in rows()]
    cells[0]["born"], cells[4]["born"], cells[5]["born"] = "", "1880", "2100"
    path = tmp_path / "cases.csv"
    past = read_past_cases(write_rows(path, cells, header=(*HEADER, "born")), born)
    assert past.cases.birth_year.tolist() == [0, 1980, 1980, 1980, 1880, 2100]
    cells[2]["born"] = cell
    with pytest.raises(LibraryInvalid) as caught:
        read_past_cases(write_rows(path, cells, header=(*HEADER, "born")), born)
    assert [problem.pointer for problem in caught.value.problems] == ["/4/born"]


@pytest.mark.parametrize(
    ("header", "ids"),
    [
        (("rid", *HEADER), ["r1", "3", "r3"]),
        (HEADER, ["10001", "10002", "10003"]),
        (HEADER[2:], ["2", "3", "4"]),
    ],
    ids=["rid, where it is filled in", "case number", "line"],
)
def test_people_are_called_by_their_row(tmp_path, header, ids):
    cells = [{**row, "rid": rid} for row, rid in zip(rows(3), ("r1", "", "r3"), strict=True)]
    people = read_people(write_rows(tmp_path / "people.csv", cells, header=header), SMALL)
    assert people.ids == ids


def test_people_need_no_outcome_and_no_number(tmp_path):
    people = read_people(write_rows(tmp_path / "people.csv", rows(), header=HEADER[2:9]), SMALL)
    assert len(people.ids) == 6 and people.persons.tolist() == [0] * 6 and not people.bad.any()
    nobody = read_people(file_of(tmp_path, FIRST + "\n"), SMALL)
    assert nobody.ids == [] and nobody.values.shape == (0, 7)
