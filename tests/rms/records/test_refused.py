"""Bad input, one line each: the message and its place."""

import json
from datetime import timedelta

import pytest

from rms.errors import InvalidInput
from rms.records import reading
from rms.records.current import custody_on
from rms.records.layout import LAYOUT
from rms.records.lines import LONGEST_LINE, MOST_PARTS
from tests.rms.records.examples import DECLARATION, GOOD, UK_DATES, batches, csv_of, only_batch, told

AS_AT = DECLARATION.as_at
# file, changed cells, column that is named, code
CELLS = [
    ("offences", {"offence": ""}, "offence", "missing_value"),
    ("offences", {"person": "NULL"}, "person", "missing_value"),
    ("offences", {"offence": "x" * 65}, "offence", "too_long"),
    ("offences", {"date": "2026-02-30"}, "date", "invalid_cell"),
    ("offences", {"date": "04/03/2026"}, "date", "other_date_format"),
    ("offences", {"date": "03/04/24"}, "date", "invalid_cell"),
    ("offences", {"date": "2026-12-01"}, "date", "after_as_at"),
    ("offences", {"date": "1066-10-14"}, "date", "day_out_of_range"),
    ("offences", {"code": "028/"}, "code", "incomplete_code"),
    ("offences", {"code": "28"}, "code", "invalid_cell"),
    ("offences", {"stage": "arrested"}, "stage", "unknown_choice"),
    ("offences", {"outcome": "23"}, "outcome", "invalid_cell"),
    ("offences", {"outcome": "1.5"}, "outcome", "invalid_cell"),
    ("offences", {"domestic_abuse": "1"}, "domestic_abuse", "unknown_choice"),
    ("offences", {"latitude": "north", "longitude": "-1.89"}, "latitude", "invalid_cell"),
    ("offences", {"latitude": "inf", "longitude": "-1.89"}, "latitude", "invalid_cell"),
    ("offences", {"latitude": "52.48"}, "longitude", "half_a_point"),
    ("offences", {"latitude": "-1.89", "longitude": "52.48"}, "latitude", "swapped_coordinates"),
    ("offences", {"latitude": "406689", "longitude": "286822"}, "latitude", "other_grid"),
    ("offences", {"latitude": "52.48", "longitude": "-11.5"}, "longitude", "outside_uk"),  # in the Atlantic
    ("offences", {"latitude": "91", "longitude": "0"}, "latitude", "outside_uk"),
    ("offences", {"latitude": "53.7", "longitude": "-4.6"}, "latitude", "not_on_land"),  # in the Irish Sea
    ("sentences", {"from": "2026-03-05", "to": "2026-03-04"}, "to", "end_before_start"),
    ("registrations", {"from": "2026-03-05", "to": "2026-03-04"}, "to", "end_before_start"),
    ("registrations", {"level": "2"}, "level", "wrong_level"),
    ("registrations", {"kind": "mappa", "level": "fixed"}, "level", "wrong_level"),
    ("registrations", {"kind": "domestic_abuse", "level": "1"}, "level", "wrong_level"),
    ("registrations", {"from": ""}, "from", "missing_value"),
    ("plans", {"managed": "maybe"}, "managed", "unknown_choice"),
    ("plans", {"to": "2026-03-03"}, "to", "end_before_start"),
    ("drug_markers", {"kind": "heroin"}, "kind", "unknown_choice"),
    ("drug_markers", {"to": "2026-03-03"}, "to", "end_before_start"),
    ("intelligence", {"grade": "F"}, "grade", "unknown_choice"),
    ("intelligence", {"date": "2027-01-01"}, "date", "after_as_at"),
    ("associations", {"other": "P0001"}, "other", "with_oneself"),
    ("associations", {"strength": "0"}, "strength", "invalid_cell"),
    ("associations", {"from": "2026-03-05", "to": "2026-03-04"}, "to", "end_before_start"),
    ("areas", {"parent": "W01"}, "parent", "own_parent"),
    ("areas", {"kind": "county"}, "kind", "unknown_choice"),
    ("people", {"surname": ""}, "surname", "missing_value"),
    ("people", {"surname": "x" * 201}, "surname", "too_long"),
    ("people", {"surname": "a\x07b"}, "surname", "unsafe_text"),
    ("people", {"date_of_birth": "2027-01-01"}, "date_of_birth", "after_as_at"),
    (
        "people",
        {"date_of_birth": "1990-09-14", "deceased_on": "1989-01-01"},
        "deceased_on",
        "death_before_birth",
    ),
    ("people", {"sex": "f"}, "sex", "unknown_choice"),
    ("people", {"offender_number": "20005.0"}, "offender_number", "invalid_cell"),
    ("people", {"record_link": "http://records.example/1"}, "record_link", "invalid_cell"),
    ("people", {"record_link": "javascript:alert(1)"}, "record_link", "invalid_cell"),
    ("people", {"record_link": "https://user@records.example/"}, "record_link", "invalid_cell"),
]


@pytest.mark.parametrize("format", ["csv", "ndjson"])
@pytest.mark.parametrize(("file", "changed", "column", "code"), CELLS)
def test_a_row_is_refused_with_its_file_line_and_column(
    format: str, file: str, changed: dict[str, str], column: str, code: str
) -> None:
    row = {**GOOD[file], **changed}
    content = csv_of(file, **changed) if format == "csv" else json.dumps(row) + "\n"
    batch = only_batch(content, f"{file}.{format}")
    line = 2 if format == "csv" else 1
    assert told(batch.problems) == [(f"{file}.{format}, line {line}, {column}", code)]
    assert (batch.rows, batch.refused) == ([], 1)
    assert batch.problems[0].detail.endswith(".")
    assert column in batch.problems[0].detail


def test_the_good_rows_have_nothing_wrong() -> None:
    for file in LAYOUT:
        batch = only_batch(csv_of(file), f"{file}.csv")
        assert (len(batch.rows), batch.problems, batch.refused) == (1, [], 0)


# The first line of offences.csv, column that is named, code
HEADERS = [
    ("offence,person,code,date,colour", "colour", "unknown_column"),
    ("offence,person,code,date,Jane Smith", "column 5", "unknown_column"),
    ("offence,person,code", "date", "missing_column"),
    ("offence,person,code,date,date", "date", "doubled_column"),
    ("offence,person,code,date,", "column 5", "unnamed_column"),
    ("C0001,P0001,028/03,2026-03-04", "", "no_header"),
    ("offence;person;code;date", "", "wrong_separator"),
    ('offence,person,code,"date', "", "malformed_csv"),
]


@pytest.mark.parametrize(("header", "column", "code"), HEADERS)
def test_a_file_with_a_wrong_header_is_refused(header: str, column: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        batches(f"{header}\nC0001,P0001,028/03,2026-03-04\n")
    assert told(refused.value.problems) == [
        (", ".join(filter(None, ["offences.csv", "line 1", column])), code)
    ]


GOOD_FILE = "offence,person,code,date\nC0001,P0001,028/03,2026-03-04\n"


@pytest.mark.parametrize("name", ["offences.csv", "offences.ndjson"])
@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (GOOD_FILE.encode("utf-16"), "not_utf8", " is UTF-16. Save it as UTF-8"),
        (b"\xfe\xff" + GOOD_FILE.encode("utf-16-be"), "not_utf8", " is UTF-16. Save it as UTF-8"),
        (GOOD_FILE.encode("utf-16-le"), "not_utf8", " is UTF-16. Save it as UTF-8"),
        (GOOD_FILE.encode("utf-16-be"), "not_utf8", " is UTF-16. Save it as UTF-8"),
        (GOOD_FILE.encode("utf-32"), "not_utf8", " is UTF-32. Save it as UTF-8"),
        (b"offence,caf\xe9\n", "not_utf8", " is not UTF-8. It may be Windows-1252"),
        (b"PK\x03\x04 and so on\n", "spreadsheet", "CSV UTF-8"),
        (b"\x1f\x8b\x08 and so on\n", "not_utf8", "compressed"),
        (b"x" * (LONGEST_LINE + 1) + b"\n" + GOOD_FILE.encode(), "line_too_long", "65,536"),
        (b"", "empty_file", "empty"),
        (b"\n\n", "empty_file", "empty"),
    ],
    ids=[
        *("UTF-16", "UTF-16 BE", "UTF-16 LE without a mark", "UTF-16 BE without a mark", "UTF-32"),
        *("Windows-1252", "a spreadsheet", "gzip", "too long", "empty", "blank lines"),
    ],
)
def test_a_file_that_is_no_text_is_refused(name: str, content: bytes, code: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        batches(content, name)
    assert told(refused.value.problems) == [(f"{name}, line 1", code)]
    assert words in refused.value.problems[0].detail


# Lines after a good one, code of the problem on line 3. The line after it is read.
LINES = [
    (b"C0002,P0001,028/03,2026-03-04,more", "wrong_length"),
    (b"C0002,P0001,028/03", "wrong_length"),
    (b'C0002,"P0001,028/03,2026-03-04', "malformed_csv"),
    (b'C0002,"P"0001,028/03,2026-03-04', "malformed_csv"),
    (b"C0002,P0001\0,028/03,2026-03-04", "nul"),
    (b"C0002,P0001,028/03,2026-03-04\0", "nul"),
    (b"C0002,Caf\xe9,028/03,2026-03-04", "not_utf8"),
    (b"C0002," + b"x" * LONGEST_LINE + b",028/03,2026-03-04", "line_too_long"),
]


@pytest.mark.parametrize(("line", "code"), LINES, ids=[code for _, code in LINES])
def test_a_broken_line_does_not_affect_the_next(line: bytes, code: str) -> None:
    batch = only_batch(GOOD_FILE.encode() + line + b"\nC0003,P0001,028/03,2026-03-04\n")
    assert [row.offence for row in batch.rows] == ["C0001", "C0003"]
    assert batch.lines == [2, 4]
    assert [(problem.pointer.split("/")[2], problem.code) for problem in batch.problems] == [("3", code)]


def test_bytes_that_are_not_utf_8_are_told_with_their_column() -> None:
    batch = only_batch(GOOD_FILE.encode() + b"C0002,Caf\xe9,028/03,2026-03-04\n")
    assert told(batch.problems) == [("offences.csv, line 3, person", "not_utf8")]
    assert "Windows-1252" in batch.problems[0].detail


@pytest.mark.parametrize("end", range(1, len("C0002,P0001,028/03,2026-03-04") + 1))
def test_of_a_csv_file_that_is_cut_off_nothing_of_the_half_row_is_taken(end: int) -> None:
    batch = only_batch(GOOD_FILE + "C0002,P0001,028/03,2026-03-04"[:end])
    assert [row.offence for row in batch.rows] == ["C0001"]
    assert told(batch.problems) == [("offences.csv, line 3", "no_line_ending")]


def test_of_an_ndjson_file_that_is_cut_off_nothing_of_the_half_row_is_taken() -> None:
    line = json.dumps(GOOD["offences"])
    for end in range(1, len(line)):
        batch = only_batch(f"{line}\n{line[:end]}", "offences.ndjson")
        assert len(batch.rows) == 1
        assert told(batch.problems) == [("offences.ndjson, line 2", "no_line_ending")]
    assert only_batch(f"{line}\n{line}", "offences.ndjson").repeated == 1  # its last brace closes it


@pytest.mark.parametrize(
    ("line", "where", "code"),
    [
        ("[]", "", "malformed_json"),
        ("{", "", "malformed_json"),
        ('{"date": NaN}', "", "malformed_json"),
        ("[" * 100_000, "", "line_too_long"),
        ("[" * 60_000, "", "malformed_json"),
        ('{"date": ' + "9" * 5000 + "}", "", "malformed_json"),
        ('{"offence": "C0001", "colour": 1}', ", colour", "unknown_column"),
        ('{"offence": "C0001", "offence": "C0002"}', ", offence", "doubled_column"),
        ('{"offence": "C0001", "date": true}', ", date", "wrong_type"),
        ('{"offence": 1.0}', ", offence", "wrong_type"),
        ('{"offence": ["C0001"]}', ", offence", "wrong_type"),
    ],
)
def test_a_line_of_ndjson_that_is_no_row(line: str, where: str, code: str) -> None:
    batch = only_batch(json.dumps(GOOD["offences"]) + f"\n{line}\n", "offences.ndjson")
    assert len(batch.rows) == 1
    assert told(batch.problems) == [(f"offences.ndjson, line 2{where}", code)]


def test_a_line_of_ndjson_names_every_field_that_is_missing() -> None:
    batch = only_batch('{"offence": "C0001"}\n', "offences.ndjson")
    assert told(batch.problems) == [
        (f"offences.ndjson, line 1, {column}", "missing_value") for column in ("person", "code", "date")
    ]


def test_every_wrong_cell_of_a_row_is_told() -> None:
    batch = only_batch(csv_of("offences", code="028/", date="soon", stage="arrested"))
    assert [problem.pointer for problem in batch.problems] == [
        f"/offences.csv/2/{column}" for column in ("code", "date", "stage")
    ]


def test_one_id_with_different_content_is_refused_and_a_repeated_row_counts_once() -> None:
    rows = ["C0001,P0001,028/03,2026-03-04"] * 13 + [
        "C0001,P0001,2803,2026-03-04",
        "C0001,P0002,028/03,2026-03-04",
    ]
    content = "offence,person,code,date\n" + "\n".join(rows) + "\n"
    for size in (1, 2, 5, 100):
        read = batches(content, size=size)
        assert sum(len(batch.rows) for batch in read) == 1
        assert sum(batch.repeated for batch in read) == 13
        assert sum(batch.refused for batch in read) == 1
        (problem,) = [problem for batch in read for problem in batch.problems]
        assert told([problem]) == [("offences.csv, line 16, offence", "doubled_id")]
        assert problem.detail == "Line 2 has the same offence with other content. An ID stands for one row."


def test_minus_one_and_minus_two_are_different_content() -> None:
    """Python gives both the same hash."""
    rows = [f"C0001,P0001,028/03,2026-03-04,52.5,{longitude}" for longitude in ("-1.0", "-2.0")]
    (batch,) = batches("\n".join(["offence,person,code,date,latitude,longitude", *rows, ""]), size=10)
    assert (len(batch.rows), batch.repeated) == (1, 0)
    assert told(batch.problems) == [("offences.csv, line 3, offence", "doubled_id")]


def test_an_impossible_period_in_custody_is_told_and_the_person_is_kept() -> None:
    content = csv_of("people", in_custody="yes", custody_from="2019-03-26", release_date="2019-03-01")
    batch = only_batch(content, "people.csv")
    (person,) = batch.rows
    assert (person.custody_from, person.release_date, person.in_custody) == (None, None, True)
    assert told(batch.problems) == [("people.csv, line 2, release_date", "impossible_custody")]
    assert batch.refused == 0


@pytest.mark.parametrize(
    ("in_custody", "release", "is_doubtful"),
    [
        ("yes", AS_AT - timedelta(days=1), True),
        ("yes", AS_AT, False),  # released on the day of the data
        ("yes", AS_AT + timedelta(days=1), False),
        ("no", AS_AT - timedelta(days=1), False),
        ("", AS_AT - timedelta(days=1), False),
        ("yes", "", False),
    ],
)
def test_custody_after_the_release_date_is_told_and_the_row_is_taken(
    in_custody: str, release: object, is_doubtful: bool
) -> None:
    content = csv_of("people", in_custody=in_custody, release_date=str(release))
    batch = only_batch(content, "people.csv")
    (person,) = batch.rows
    assert (person.in_custody, str(person.release_date or "")) == (
        {"yes": True, "no": False, "": None}[in_custody],
        str(release),
    )
    doubts = [("people.csv, line 2, release_date", "release_passed")]
    assert (told(batch.problems), batch.refused) == (doubts if is_doubtful else [], 0)
    if is_doubtful:  # it is read as a release that has happened
        assert custody_on([person], AS_AT) == (False, release)


@pytest.mark.parametrize(
    ("cell", "day", "code"),
    [
        ("04/03/2024", (2024, 3, 4), None),
        ("4/3/2024", (2024, 3, 4), None),
        ("2024-03-04", None, "other_date_format"),
        ("03/04/24", None, "invalid_cell"),
        ("30/02/2024", None, "invalid_cell"),
    ],
)
def test_days_are_read_only_as_the_folder_says(
    cell: str, day: tuple[int, int, int] | None, code: str | None
) -> None:
    batch = only_batch(csv_of("offences", date=cell), declaration=UK_DATES)
    assert [(row.day.year, row.day.month, row.day.day) for row in batch.rows] == ([day] if day else [])
    assert [problem.code for problem in batch.problems] == ([code] if code else [])


SECRETS = ["Jane", "Smith", "1967/9893091D", "065656/91H", "Ruritanian", "A1234", "P0001", "0042"]


@pytest.mark.parametrize("file", LAYOUT)
def test_no_message_repeats_what_could_be_about_a_person(file: str) -> None:
    """Also not what stands in the wrong column."""
    columns = [column.name for column in LAYOUT[file].columns]
    content = (
        ",".join(columns)
        + "\n"
        + "".join(",".join([secret + "\t"] * len(columns)) + "\n" for secret in SECRETS)
    )
    batch = only_batch(content, f"{file}.csv")
    assert batch.refused == len(SECRETS)
    text = " ".join(problem.pointer + problem.detail for problem in batch.problems)
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        (
            {"date": "2026-02-30"},
            '"2026-02-30" is not allowed. date must be a day as year-month-day, such as 2026-11-30.',
        ),
        ({"outcome": "23"}, '"23" is not allowed. outcome must be a whole number 1 to 22.'),
        ({"stage": "Smith"}, "stage must be one of suspected, charged, awaiting_court, convicted."),
        (
            {"date": "Smith"},
            "This value is not allowed. date must be a day as year-month-day, such as 2026-11-30.",
        ),
    ],
)
def test_a_message_shows_a_value_that_looks_like_one_of_the_column(
    changed: dict[str, str], shown: str
) -> None:
    assert only_batch(csv_of("offences", **changed)).problems[0].detail == shown


BLANK = {"csv": ["\n", ",,,\n", '"",""\n'], "ndjson": ["\n", "  \n", "\t\n"]}


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_blank_lines_have_a_bound_over_all_batches(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BLANK", 6)
    row = csv_of("offences") if format == "csv" else json.dumps(GOOD["offences"]) + "\n"
    content = row + "".join(BLANK[format] * 2)
    found = batches(content, f"offences.{format}", size=3)
    assert (sum(len(batch.rows) for batch in found), sum(batch.refused for batch in found)) == (1, 0)
    with pytest.raises(InvalidInput) as refused:
        batches(content + BLANK[format][0], f"offences.{format}", size=3)
    assert told(refused.value.problems) == [(f"offences.{format}", "too_many_blank_lines")]


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_lines_have_a_bound_whatever_they_contain(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    header = csv_of("offences").splitlines(keepends=True)[0] if format == "csv" else "x\n"
    monkeypatch.setattr(reading, "MOST_LINES", 10)
    assert sum(batch.refused for batch in batches(header + "x\n" * 9, f"offences.{format}", size=4)) >= 9
    with pytest.raises(InvalidInput) as refused:
        batches(header + "x\n" * 10, f"offences.{format}", size=4)
    assert told(refused.value.problems) == [(f"offences.{format}", "too_many_lines")]


def test_the_bounds_allow_the_largest_forces() -> None:
    assert reading.MOST_LINES >= 8_000_001  # offences of a million people
    assert reading.MOST_BLANK >= 1_048_575  # rows of a spreadsheet without its header


def test_a_line_without_an_end_is_not_read_to_its_end() -> None:
    long = "x" * LONGEST_LINE * (MOST_PARTS // 2)
    (batch,) = batches(csv_of("offences") + f"{long}\n")
    assert (len(batch.rows), [problem.code for problem in batch.problems]) == (1, ["line_too_long"])
    with pytest.raises(InvalidInput) as refused:
        batches(csv_of("offences") + long * 3)
    assert told(refused.value.problems) == [("offences.csv", "line_too_long")]
