"""What is read from an import folder, and that it is what was written."""

import csv
import io
import string
from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput
from rms.records.cells import Refused, converters
from rms.records.declaration import DateFormat, Declaration
from rms.records.layout import LAYOUT, Column, FileLayout, Kind
from rms.records.offence_codes import offence_code
from rms.records.reading import OPENING, Batch, read_csv, read_ndjson
from rms.records.rows import PersonRow, RegistrationRow, Row
from rms.records.writing import write_csv, write_ndjson
from rms.safe_text import is_safe
from tests.rms.records.examples import DECLARATION, GOOD, batches, csv_of, only_batch

AS_AT = DECLARATION.as_at


@pytest.mark.parametrize("file", LAYOUT.values(), ids=lambda file: file.name)
def test_the_columns_of_a_file_are_the_fields_of_its_row(file: FileLayout) -> None:
    assert [column.attribute for column in file.columns] == [field.name for field in fields(file.row)]
    assert all(column.refers_to in {"", *LAYOUT} for column in file.columns)
    assert set(GOOD[file.name]) <= {column.name for column in file.columns}


def test_a_file_refers_only_to_itself_and_to_files_before_it() -> None:
    names = list(LAYOUT)
    for place, file in enumerate(LAYOUT.values()):
        assert {column.refers_to for column in file.columns} <= {"", *names[: place + 1]}


# The text of a cell and what is read, in a column of offences.
CELLS: list[tuple[str, str, Any]] = [
    ("code", "28/3", "02803"),
    ("code", "028/03", "02803"),
    ("code", "02803", "02803"),
    ("code", "2803", "02803"),
    ("code", "2803.0", "02803"),
    ("code", "28E", "28E"),
    ("code", "\tth68032a", "TH68032A"),
    ("stage", "Convicted", "convicted"),
    ("stage", "Awaiting court", "awaiting_court"),
    ("stage", "", None),
    ("outcome", "14.0", 14),
    ("outcome", " 8 ", 8),
    ("outcome", "N/A", None),
    ("domestic_abuse", "YES", True),
    ("domestic_abuse", "no", False),
    ("domestic_abuse", "", None),  # not known, never "no"
    ("area", "null", None),
    ("date", " 2024-02-29 ", date(2024, 2, 29)),
    ("date", "2026-11-30", AS_AT),
]


@pytest.mark.parametrize(("column", "cell", "value"), CELLS)
def test_cells(column: str, cell: str, value: Any) -> None:
    (row,) = only_batch(csv_of("offences", **{column: cell})).rows
    assert getattr(row, {"date": "day"}.get(column, column)) == value


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        ("52.48", "-1.89", (52.48, -1.89)),
        ("60.155", "-1.145", (60.155, -1.145)),  # Lerwick
        ("49.915", "-6.315", (49.915, -6.315)),  # St Mary’s, Scilly
        ("54.48", "-8.09", (54.48, -8.09)),  # Belleek, Fermanagh
        ("51", "0", (51.0, 0.0)),
        ("0", "0", (None, None)),  # no location
        ("0.0", "-0.0", (None, None)),
        ("", "", (None, None)),
        ("5.248e1", "-1.89", (52.48, -1.89)),
    ],
)
def test_points(latitude: str, longitude: str, point: tuple[float | None, float | None]) -> None:
    (row,) = only_batch(csv_of("offences", latitude=latitude, longitude=longitude)).rows
    assert (row.latitude, row.longitude) == point


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("surname", '"=HYPERLINK(""http://x.example"")"', '=HYPERLINK("http://x.example")'),  # text
        ("surname", "Suharto", "Suharto"),
        ("surname", "Null", "Null"),
        ("surname", "O’Connor-Łukasz 𠮷", "O’Connor-Łukasz 𠮷"),
        ("pnc", "2001/0171310S", "2001/0171310S"),  # kept as written, although it is not valid
        ("date_of_birth", "1970-01-01", None),
        ("date_of_birth", "1900-01-01", None),
        ("date_of_birth", "1990-01-01", date(1990, 1, 1)),
        ("offender_number", "a204", "A204"),
        ("record_link", "https://records.example/p?id=1", "https://records.example/p?id=1"),
        ("in_custody", "", None),
    ],
)
def test_people(column: str, cell: str, value: Any) -> None:
    (row,) = only_batch(csv_of("people", **{column: cell}), "people.csv").rows
    assert getattr(row, column) == value


def test_a_level_may_be_a_number_as_spreadsheets_write_it() -> None:
    (row,) = only_batch(csv_of("registrations", kind="mappa", level="2.0"), "registrations.csv").rows
    assert isinstance(row, RegistrationRow) and row.level == "2"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_a_byte_order_mark_and_blank_lines(ending: str) -> None:
    lines = ["offence,person,code,date", "", "C0001,P0001,028/03,2026-03-04", ",,,", '"","",,', "  "]
    batch = only_batch("\ufeff" + ending.join(lines) + ending)
    assert (batch.lines, batch.problems, batch.refused) == ([3], [], 0)


def test_columns_in_any_order() -> None:
    batch = only_batch(" date ,code,person,offence\n2026-03-04,028/03,P0001,C0001\n")
    assert batch.rows == only_batch(csv_of("offences")).rows


def test_batches_end_at_the_same_lines_whatever_they_contain() -> None:
    rows = ["C0001,P0001,028/03,2026-03-04", "", "bad", *(f"C{n:04},P0001,2803,2026-03-04" for n in range(9))]
    read = batches("offence,person,code,date\n" + "".join(f"{row}\n" for row in rows), size=4)
    assert [batch.last_line for batch in read] == [5, 9, 13]


def test_json_may_write_numbers_truth_values_and_null() -> None:
    line = (
        '{"offence": 12345, "person": "P0001", "code": 2803, "date": "2026-03-04", "latitude": 52.48,'
        ' "longitude": -1.89, "outcome": 8, "domestic_abuse": true, "stage": null}\n'
    )
    (row,) = only_batch(line, "offences.ndjson").rows
    assert (row.offence, row.code, row.latitude, row.outcome) == ("12345", "02803", 52.48, 8)
    assert (row.domestic_abuse, row.stage) == (True, None)


# Rows of every file, at random.

IDS = st.text(string.ascii_letters + string.digits + "-/ ,\"'éß王", min_size=5, max_size=12).filter(
    lambda text: text == text.strip()
)
TEXTS = st.text(max_size=20).filter(lambda text: text == text.strip() != "" and is_safe(text))
CODES = st.from_regex(r"[0-9]{1,3}/[0-9]{2}|[0-9]{5}|[A-Z]{2}[0-9]{5}", fullmatch=True).map(offence_code)
BIRTHS = st.dates(date(1930, 1, 1), date(2010, 1, 1))
LATER = st.dates(date(2010, 1, 2), AS_AT)


def values(column: Column) -> st.SearchStrategy[Any]:
    known: st.SearchStrategy[Any] = {
        Kind.ID: IDS,
        Kind.TEXT: TEXTS,
        Kind.DAY: BIRTHS if column.name == "date_of_birth" else LATER,
        Kind.CHOICE: st.sampled_from(column.choices or ("",)),
        Kind.YES_NO: st.booleans(),
        Kind.CODE: CODES,
        Kind.OFFENDER_NUMBER: st.text(string.ascii_uppercase + string.digits, min_size=5, max_size=20),
        Kind.COORDINATE: st.floats(49, 61) if column.name == "latitude" else st.floats(-9, 2),
        Kind.WHOLE_NUMBER: st.integers(column.lowest, column.highest or 2**31 - 1),
        Kind.LINK: st.just("https://records.example/p?id=1"),
    }[column.kind]
    return known if column.required else st.none() | known


@st.composite
def rows_of(draw: st.DrawFn, file: FileLayout) -> Row | None:
    drawn = [draw(values(column)) for column in file.columns]
    try:
        made: Row = file.row(*drawn)
    except InvalidInput:  # what only the rows refuse, such as an end before the start
        return None
    return made


@st.composite
def files(draw: st.DrawFn) -> tuple[FileLayout, list[Row]]:
    file = draw(st.sampled_from(list(LAYOUT.values())))
    rows = draw(st.lists(rows_of(file), max_size=6))
    by_id = {getattr(row, file.columns[0].attribute): row for row in rows if row is not None}
    return file, list(by_id.values())


@pytest.mark.parametrize("dates", DateFormat)
@given(files())
def test_what_is_written_is_read_again(dates: DateFormat, drawn: tuple[FileLayout, list[Row]]) -> None:
    file, rows = drawn
    declaration = Declaration("crime records", AS_AT, dates)
    for write, read in ((write_csv, read_csv), (write_ndjson, read_ndjson)):
        stream = io.StringIO(newline="")
        write(stream, rows, file, dates=dates)
        stream.seek(0)
        if not rows and read is read_ndjson:
            continue  # an empty file is refused
        read_rows: list[Row] = []
        for batch in read(stream, file, declaration=declaration, size=3):
            assert batch.problems == []
            read_rows += batch.rows
        assert read_rows == rows


def plainly(content: str, file: FileLayout) -> tuple[list[Row], list[str], int]:
    """The oracle: each line by the csv module, each cell on its own, all earlier rows in a dictionary."""
    lines = content.splitlines(keepends=True)
    names = [name.strip() for name in next(csv.reader(lines[:1]))]
    taken: dict[object, tuple[object, ...]] = {}
    rows: list[Row] = []
    pointers: list[str] = []
    repeated = 0
    for number, line in enumerate(lines[1:], 2):
        converts = converters(file, DECLARATION)  # new ones, so that nothing is remembered
        try:
            (cells,) = csv.reader([line], strict=True)
        except (csv.Error, ValueError):
            cells = []
        if not line.strip(', \t\r\n"'):
            continue
        if len(cells) != len(names):
            pointers.append(f"/{file.name}.csv/{number}")
            continue
        read: dict[str, object] = {}
        wrong: list[str] = []
        for name, cell in zip(names, cells, strict=True):
            try:
                read[name] = converts[name](cell)
            except Refused:
                wrong.append(name)
        if wrong:
            pointers += [f"/{file.name}.csv/{number}/{name}" for name in wrong]
            continue
        given_values = tuple(read.get(column.name) for column in file.columns)
        try:
            row: Row = file.row(*given_values)
        except InvalidInput as error:
            pointers += [f"/{file.name}.csv/{number}{problem.pointer}" for problem in error.problems]
            continue
        if given_values[0] not in taken:
            taken[given_values[0]] = given_values
            rows.append(row)
        elif taken[given_values[0]] == given_values:
            repeated += 1
        else:
            pointers.append(f"/{file.name}.csv/{number}/{names[0]}")
    return rows, sorted(pointers), repeated


CELL = st.sampled_from(
    ["C0001", "C0002", "P0001", "NULL", "", " ", "028/03", "2803", "028/", "2026-03-04", "2026-02-30", "soon"]
    + ['"C0003"', '"a,b"', '"a""b"', '"', 'a"b', "52.48", "-1.89", "0", "0.0", "1e1", "yes", "é", "x" * 70]
)
MOSTLY_RIGHT = st.tuples(
    st.sampled_from(["C0001", "C0002", "C0003", "C1", '"C0001"', ""]),
    st.sampled_from(["P0001", " P0001 ", "NULL"]),
    st.sampled_from(["028/03", "2803", "28/"]),
    st.sampled_from(["2026-03-04", "2026-02-30", "2027-01-01"]),
    st.sampled_from(["52.48", "0", "0.0", "", "-1.89", "406689"]),
    st.sampled_from(["-1.89", "0", "", "286822"]),
).map(list)


@given(st.lists(MOSTLY_RIGHT | st.lists(CELL, max_size=7), max_size=12), st.integers(1, 5))
def test_reading_is_what_the_plain_reading_gives(rows: list[list[str]], size: int) -> None:
    lines = ["offence,person,code,date,latitude,longitude", *map(",".join, rows)]
    content = "".join(f"{line}\n" for line in lines)
    read: list[Batch] = batches(content, size=size)
    expected_rows, expected_pointers, expected_repeated = plainly(content, LAYOUT["offences"])
    assert [row for batch in read for row in batch.rows] == expected_rows
    assert sorted(p.pointer for batch in read for p in batch.problems) == expected_pointers
    assert sum(batch.repeated for batch in read) == expected_repeated


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_fail_otherwise(content: bytes) -> None:
    for file, read in (("offences", read_csv), ("people", read_ndjson)):
        for raw in (content, b"offence,person,code,date\n" + content):
            stream = io.TextIOWrapper(io.BytesIO(raw), **OPENING)
            try:
                list(read(stream, LAYOUT[file], declaration=DECLARATION))
            except InvalidInput as error:
                assert error.problems


def test_a_person_of_whom_only_the_surname_is_known() -> None:
    assert PersonRow("P0001", None, "Suharto").forename is None
