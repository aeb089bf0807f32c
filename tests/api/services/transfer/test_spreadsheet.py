"""A spreadsheet holds what it is given, as a reader of spreadsheets sees it."""

import errno
import gc
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook

from api.services.transfer import export_files
from api.services.transfer.export_fields import FIELDS as FIELDS_OF_EXPORTS
from api.services.transfer.export_fields import Field, Holds, unchanged
from api.services.transfer.export_files import Spreadsheet

FIELDS = (
    Field("id", "Assessment", "id", unchanged),
    Field("score", "Score", "score", unchanged, Holds.NUMBER, 2),
    Field("release_date", "Release date", "release_date", unchanged, Holds.DAY),
    Field("assessed_at", "Submitted at", "submitted_at", unchanged, Holds.INSTANT),
    Field("latest", "Latest assessment of the person", "latest", unchanged, Holds.BOOLEAN),
)
NOTES = (("Purpose", "=A1"), ("Rows", "00123"), ("Notice", "word " * 100))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "job.1.result.unfinished"
    path.touch(mode=0o600)
    return path


def written(path: Path, *batches: list[list[str]]) -> None:
    with Spreadsheet(path, FIELDS) as sheet:
        for rows in batches:
            sheet.add(list(zip(*rows, strict=True)))
        sheet.finish(NOTES)


def read(path: Path) -> Workbook:
    return load_workbook(BytesIO(path.read_bytes()))


TEXTS = ("00123", "12E5", "1.5", "2026-01-01", "TRUE", "#N/A", "=1+1", "{=1}", "@SUM(A1)", "+1")
LINKS = ("http://example.org", "mailto:a@b", "internal:Sheet!A1")


@pytest.mark.parametrize("text", [*TEXTS, *LINKS, " a  b ", "a\nb", 'é"<&>'])
def test_text_stays_text(path: Path, text: str) -> None:
    written(path, [[text, "", "", "", ""]])
    cell = read(path)["Assessments"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert cell.alignment.indent == 1  # a number before it does not touch it


@pytest.mark.parametrize(("text", "escaped"), [("a\x01b", "a_x0001_b"), ("_x0041_", "_x005F_x0041_")])
def test_control_characters_are_escaped_as_excel_does(path: Path, text: str, escaped: str) -> None:
    written(path, [[text, "", "", "", ""]])
    assert read(path)["Assessments"]["A2"].value == escaped


def test_numbers_days_instants_and_truth_values(path: Path) -> None:
    rows = [["10000", "1.80", "1985-05-17", "2026-03-06T09:30:05+00:00", "true"]]
    rows += [["10001", "", "", "", "false"], ["10002", "", "", "", ""]]
    written(path, rows)
    _, full, false, empty = read(path)["Assessments"].iter_rows()
    assert [cell.value for cell in full] == [
        "10000",
        1.8,
        datetime(1985, 5, 17),  # noqa: DTZ001  # spreadsheets know no zones
        datetime(2026, 3, 6, 9, 30, 5),  # noqa: DTZ001
        True,
    ]
    formats = ["@", "0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "General"]
    assert [cell.number_format for cell in full] == formats
    assert [cell.value for cell in false] == ["10001", None, None, None, False]
    assert [cell.value for cell in empty] == ["10002", None, None, None, None]


def test_head_filter_notes_and_columns(path: Path) -> None:
    written(path)
    book = read(path)
    assert book.sheetnames == ["Assessments", "Read this", "Columns"]
    sheet, notes, columns = book.worksheets
    headings = (
        "Assessment",
        "Score",
        "Release date",
        "Submitted at (UTC)",
        "Latest assessment of the person",
    )
    assert list(sheet.values) == [headings]
    assert all(cell.font.bold and cell.alignment.wrap_text for cell in sheet[1])
    assert (sheet.row_dimensions[1].height, notes.row_dimensions[1].height) == (45, None)
    assert notes.row_dimensions[3].height == 15 * 6
    assert [one.freeze_panes for one in book.worksheets] == ["A2", None, "A2"]
    assert tuple(notes.values) == NOTES
    assert all(cell.data_type == "s" for row in notes for cell in row)
    assert list(columns.values) == [
        ("Heading", "Code in CSV files and the API", "What it contains"),
        ("Assessment", "id", "text"),
        ("Score", "score", "number with 2 decimals"),
        ("Release date", "release_date", "date"),
        ("Submitted at (UTC)", "assessed_at", "date and time (UTC)"),
        ("Latest assessment of the person", "latest", "TRUE or FALSE"),
    ]


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [("Europe/London", (9, 30), (0, 30)), ("America/Denver", (2, 30), (17, 30)), ("UTC", (9, 30), (23, 30))],
)
def test_times_are_those_of_the_zone_that_the_heading_names(
    path: Path, zone: str, winter: tuple[int, int], summer: tuple[int, int]
) -> None:
    moments = ("2026-03-06T09:30:05+00:00", "2026-06-09T23:30:00+00:00")
    with Spreadsheet(path, FIELDS, zone=ZoneInfo(zone)) as sheet:
        sheet.add([["1", "2"], ["", ""], ["", ""], list(moments), ["", ""]])
        sheet.finish(NOTES)
    head, *times = [row[3].value for row in read(path)["Assessments"].iter_rows()]
    assert head == f"Submitted at ({zone})"
    assert [(time.hour, time.minute) for time in times] == [winter, summer]
    assert [time.day for time in times] == [6, 10 if zone == "Europe/London" else 9]
    assert read(path)["Columns"]["C5"].value == f"date and time ({zone})"


def test_no_two_columns_have_the_same_heading() -> None:
    headings = [field.label for field in FIELDS_OF_EXPORTS]
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize(("texts", "wide"), [(["12PR77-03"], 14), (["x" * 30, "y"], 32), (["x" * 500], 60)])
def test_a_column_is_as_wide_as_its_texts_up_to_a_limit(path: Path, texts: list[str], wide: int) -> None:
    written(path, [[text, "", "", "", ""] for text in texts[:1]], [[text, "", "", "", ""] for text in texts])
    sheet = read(path)["Assessments"]
    assert wide <= sheet.column_dimensions["A"].width - 0.7 <= wide + 1
    longest_words = [max(map(len, cell.value.split())) for cell in sheet[1]]
    widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]]
    assert all(width > longest for width, longest in zip(widths, longest_words, strict=True))


def test_a_full_sheet_is_followed_by_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_files, "MOST_ROWS", 4)
    rows = [[str(number), "", "", "", ""] for number in range(7)]
    written(path, rows[:2], rows[2:])
    book = read(path)
    assert book.sheetnames == ["Assessments", "Assessments 2", "Assessments 3", "Read this", "Columns"]
    found = [sheet.cell(row, 1).value for sheet in book.worksheets[:3] for row in range(2, sheet.max_row + 1)]
    assert found == [row[0] for row in rows]
    assert {sheet["A1"].value for sheet in book.worksheets[:3]} == {"Assessment"}
    assert [sheet.auto_filter.ref for sheet in book.worksheets[:3]] == ["A1:E4", "A1:E4", "A1:E2"]


def test_what_is_unfinished_is_its_owners_alone_and_goes(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Spreadsheet(path, FIELDS) as sheet:
        sheet.add([["10000"], ["1.5"], [""], [""], [""]])
        (folder,) = (one for one in path.parent.iterdir() if one != path)
        assert folder.name.startswith(path.name)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
        raise ZeroDivisionError
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of the half-written archive
def test_a_full_disk_is_an_error_of_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "job.1.result.unfinished"
    path.symlink_to("/dev/full")
    with pytest.raises(OSError) as raised:
        written(path, [["10000", "1.83", "", "", ""]])
    assert raised.value.errno == errno.ENOSPC
    del raised
    gc.collect()
