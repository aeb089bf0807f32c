"""Files as pandas, R and spreadsheets write them: what is read, and what is refused by line and column."""

from pathlib import Path

import numpy as np
import pytest

from reference_library import read_past_cases, read_people
from reference_library.synthetic import synthetic_cases
from rms.assessment import person_key
from rms.errors import InvalidInput, LibraryInvalid
from rms.instrument import PersonMark, instrument, instrument_from
from tests.reference_library.rows import HEADER, csv_text, rows, write_rows
from tests.rms.engine.libraries import SMALL

RMS = instrument("rms")
CASES = synthetic_cases()[:150]
GOOD = csv_text(rows())
WHOLE_MARKS = instrument_from(SMALL.text.replace("[csv]", '[csv]\nperson_mark = "whole"'))


def file_of(folder: Path, content: str) -> Path:
    path = folder / "cases.csv"
    path.write_bytes(content.encode())
    return path


def rms_file(folder: Path, **changed: str) -> Path:
    cells = [dict(row) for row in CASES]
    cells[3] |= changed
    return write_rows(folder / "cases.csv", cells, header=list(cells[0]))


def value(folder: Path, code: str, cell: str) -> float:
    """The value of this item when its cell is spelled like this."""
    item = RMS.item(code)
    past = read_past_cases(rms_file(folder, **{item.column: cell}), RMS)
    row = list(past.cases.case_number).index(int(CASES[3]["case_number"]))
    return float(past.cases.values[row, RMS.position[code]])


@pytest.mark.parametrize(
    ("code", "cell", "expected"),
    [
        pytest.param("years_served", "0.3333333333333333", 1 / 3, id="C03 a third"),
        pytest.param("years_served", "0.30000000000000004", 0.1 + 0.2, id="C03 a sum"),
        pytest.param("years_served", "0.27652292950034224", 101 / 365.25, id="C03 days in years"),
        pytest.param("years_served", ".5", 0.5, id="C03 no zero before the point"),
        pytest.param("years_served", "3.", 3.0, id="C03 nothing after the point"),
        pytest.param("years_served", "1e-05", 0.00001, id="C03 exponent"),
        pytest.param("age", "30.0", 30.0, id="C04 a whole number of an item"),
        pytest.param("drug", "2.0", 2.0, id="C04 a level"),
    ],
)
def test_numbers_of_items(tmp_path: Path, code: str, cell: str, expected: float) -> None:
    assert value(tmp_path, code, cell) == expected


def test_c04_whole_numbers_with_a_point_are_the_same_cases(tmp_path: Path) -> None:
    """pandas writes a column of whole numbers with an empty cell as 412.0."""
    columns = (
        "case_number",
        "birth_year",
        "reconviction_days",
        "days_at_liberty",
        "violent_reconviction_days",
    )
    pointed = [{**row, **{name: row[name] and f"{row[name]}.0" for name in columns}} for row in CASES]
    header = list(CASES[0])
    plain = read_past_cases(write_rows(tmp_path / "plain.csv", CASES, header=header), RMS)
    other = read_past_cases(write_rows(tmp_path / "pointed.csv", pointed, header=header), RMS)
    for name in ("case_number", "person", "sex", "birth_year", "values"):
        np.testing.assert_array_equal(getattr(plain.cases, name), getattr(other.cases, name))
    for process in plain.actual:
        np.testing.assert_array_equal(plain.actual[process], other.actual[process])


def test_c04_flags_with_a_point(tmp_path: Path) -> None:
    pointed = [{**row, "again": row["again"] and f"{row['again']}.0"} for row in rows()]
    plain = read_past_cases(write_rows(tmp_path / "plain.csv", rows()), SMALL)
    other = read_past_cases(write_rows(tmp_path / "pointed.csv", pointed), SMALL)
    np.testing.assert_array_equal(plain.actual["recidivism"], other.actual["recidivism"])


# C05: the mark in the library, the mark in the file of people, and what RMS makes of the second.
SAME, OTHER, REFUSED = "the same person", "another person", "refused"
MARKS = [
    ("20005", "20005", SAME),
    ("20005", "20005.0", SAME),
    ("20005.0", "20005", SAME),
    ("20005.0", "20005.00", SAME),
    ("20005", " 20005 ", SAME),
    ("20005", "20005-02", SAME),
    ("20005", "20005–02", SAME),
    ("20005-01", "20005.0", SAME),
    ("a204", "A204-02", SAME),
    ("12E5", "12e5", SAME),
    ("00123", "00123", SAME),
    ("00123", "123", REFUSED),
    ("123", "00123", REFUSED),
    ("00123", "123.0", REFUSED),
    ("00123", "124", OTHER),
    ("20005", "20006", OTHER),
    ("20005", "20005.5", REFUSED),
    ("20005", "2.0005E+04", REFUSED),
    ("20005", "20,005", REFUSED),
    ("20005", "20005,0", REFUSED),
    ("20005", "-20005", REFUSED),
    ("20005", "NaN", REFUSED),
    ("20005", "#N/A", REFUSED),
]


@pytest.mark.parametrize(("case", "person", "expected"), MARKS)
def test_c05_a_mark_is_read_in_the_same_way_on_both_sides(
    tmp_path: Path, case: str, person: str, expected: str
) -> None:
    cells = rows()
    cells[0]["person"] = f'"{case}"'
    past = read_past_cases(write_rows(tmp_path / "cases.csv", cells), SMALL).cases.person
    cells[0]["person"] = f'"{person}"'
    people = read_people(write_rows(tmp_path / "people.csv", cells), SMALL, past=past)
    if expected is REFUSED:
        assert [problem.pointer for problem in people.problems] == ["/2/person"]
        assert people.bad.tolist() == [True, *[False] * 5]
        return
    assert not people.problems
    assert (people.persons[0] == past[0]) == (expected is SAME)


@pytest.mark.parametrize(
    "mark", ["", "NaN", "nan", "NA", "NULL", "#N/A", "-02", "20005.5", "2E+05", "20,005"]
)
def test_c05_a_case_without_a_mark_is_refused(tmp_path: Path, mark: str) -> None:
    cells = rows()
    cells[2]["person"] = f'"{mark}"'
    with pytest.raises(LibraryInvalid) as refused:
        read_past_cases(write_rows(tmp_path / "cases.csv", cells), SMALL)
    assert [problem.pointer for problem in refused.value.problems] == ["/4/person"]


def test_people_without_a_mark_are_nobody_in_the_library(tmp_path: Path) -> None:
    cells = [{**row, "person": ""} for row in rows(3)]
    people = read_people(write_rows(tmp_path / "people.csv", cells), SMALL)
    assert people.persons.tolist() == [0, 0, 0] and not people.problems


@pytest.mark.parametrize(
    ("mark", "of", "before_hyphen", "whole"),
    [
        ("80-A-1000", "80-A-1000", SAME, SAME),
        ("80-A-1000", "80-A-1001", SAME, OTHER),
        ("80-A-1000", "80A1000", OTHER, SAME),
        ("80-a-1000", "80 A 1000", OTHER, SAME),
        ("20005.0", "20005", SAME, SAME),
    ],
)
def test_c12_an_instrument_says_how_its_mark_is_read(
    mark: str, of: str, before_hyphen: str, whole: str
) -> None:
    for read, expected in ((PersonMark.BEFORE_HYPHEN, before_hyphen), (PersonMark.WHOLE, whole)):
        assert (person_key(mark, read=read) == person_key(of, read=read)) == (expected is SAME)


def test_c12_a_file_is_read_as_its_instrument_says(tmp_path: Path) -> None:
    cells = [{**row, "person": f"80-A-{1000 + place}"} for place, row in enumerate(rows())]
    path = write_rows(tmp_path / "cases.csv", cells)
    for form, people in ((SMALL, 1), (WHOLE_MARKS, 6)):
        past = read_past_cases(path, form).cases.person
        assert len(set(past.tolist())) == people
        np.testing.assert_array_equal(read_people(path, form, past=past).persons, past)


TAIL = "," * (len(HEADER) - 1)
FIRST, REST = GOOD.split("\n", 1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD + f"{TAIL}\n" * 3, id="rows of commas at the end"),
        pytest.param(GOOD.replace("\n", f"\n{TAIL}\n", 3), id="rows of commas between"),
        pytest.param(GOOD + ",\n , ,\n" + '"",""\n', id="rows without content of any length"),
        pytest.param(GOOD.replace("\n", ",,\n"), id="columns without a name or content"),
        pytest.param(
            "," + FIRST + "\n" + "".join(f"{n},{line}\n" for n, line in enumerate(REST.splitlines())),
            id="the index of pandas",
        ),
        pytest.param(
            FIRST + ",decile,decile\n" + "".join(f"{line},3,4\n" for line in REST.splitlines()),
            id="a doubled column that nobody reads",
        ),
        pytest.param(GOOD.replace("\n", "\r"), id="old line endings"),
        pytest.param(GOOD.replace("\n", "\r\n") + f"{TAIL}\r\n", id="Windows line endings"),
    ],
)
def test_the_same_cases_however_a_program_writes_them(tmp_path: Path, text: str) -> None:
    plain = read_past_cases(write_rows(tmp_path / "plain.csv", rows()), SMALL)
    other = read_past_cases(file_of(tmp_path, text), SMALL)
    np.testing.assert_array_equal(plain.cases.values, other.cases.values)
    np.testing.assert_array_equal(plain.cases.person, other.cases.person)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param(GOOD + TAIL, {"/8": "no_line_ending"}, id="a last row of commas that may be cut off"),
        pytest.param(GOOD.replace(",", "|"), {"/1": "wrong_separator"}, id="C15 bars"),
        pytest.param(
            GOOD.replace(",", ";").replace("case", '"case, number"'),
            {"/1": "wrong_separator"},
            id="C15 mixed",
        ),
        pytest.param(
            GOOD.replace("case", "drug"),
            {"/1/case": "missing_column", "/1/drug": "doubled_column"},
            id="doubled",
        ),
    ],
)
def test_refused_files(tmp_path: Path, text: str, problems: dict[str, str]) -> None:
    with pytest.raises((InvalidInput, LibraryInvalid)) as refused:
        read_past_cases(file_of(tmp_path, text), SMALL)
    assert {problem.pointer: problem.code for problem in refused.value.problems} == problems


def test_a_doubled_column_that_is_read_is_refused_even_if_it_is_optional(tmp_path: Path) -> None:
    text = "rid," + FIRST + ",rid\n" + "".join(f"a,{line},b\n" for line in REST.splitlines())
    with pytest.raises(InvalidInput) as refused:
        read_people(file_of(tmp_path, text), SMALL)
    assert [problem.pointer for problem in refused.value.problems] == ["/1/rid"]
