"""What a person sees who opens an export in LibreOffice: every ID, date and figure as RMS wrote it."""

import csv
import shutil
import subprocess
from collections.abc import Iterator
from io import StringIO
from itertools import islice, repeat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from api.services.transfer.export_fields import FIELDS, Holds
from tests.api.web.pages import opened
from tests.api.web.transfer.exporting import downloaded, send

SOFFICE = shutil.which("soffice")
# Numbers that a spreadsheet takes for figures, dates and truth values if it may guess.
NUMBERS = ("00123", "12E5", "1234567890123456", "1E400", "3DEC", "TRUE", "0X1F")
ONE_DAY_OF_TWO_YEARS = {"date_of_birth": "1931-12-31", "release_date": "2052-02-29"}
# LibreOffice's number for how a column of a CSV file is read: as it looks like, as text, as a date.
READ_AS = {Holds.TEXT: 2, Holds.DAY: 5}
LOOKS_LIKE = 1

OFFICE, TABLE, TEXT = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text")
)
TRUTH = {
    "of:=TRUE()": "true",
    "of:=FALSE()": "false",
}  # in an .xlsx file

Cell = tuple[str, str | float]


@pytest.fixture
def exported(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any], tmp_path: Path
) -> Path:
    """A folder with the same assessments as `made.xlsx` and as `made.csv`, with every field."""
    for number in NUMBERS:
        body = {**valid_body, "offender_number": number}
        client.post("/api/v1/assessments", json=body | (ONE_DAY_OF_TWO_YEARS if number == "12E5" else {}))
    what_if = {**valid_body, "offender_number": "00123", "kind": "what_if", "baseline_id": "00123-01"}
    client.post("/api/v1/assessments", json=what_if)
    for ending in ("xlsx", "csv"):
        fields = [field.name for field in FIELDS]
        criteria = "all=true&include=what_if"
        answer = send(browser_client, criteria, purpose="statistics", fields=fields, format=ending)
        download = opened(browser_client, answer.location).first("a", download="").attributes["href"]
        (tmp_path / f"made.{ending}").write_bytes(downloaded(browser_client, download))
    return tmp_path


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_keeps_every_id_date_and_figure(exported: Path) -> None:
    text = (exported / "made.csv").read_text(encoding="utf-8")
    codes, *lines = csv.reader(StringIO(text, newline=""))
    assert {line[codes.index("offender_number")] for line in lines} == set(NUMBERS)
    expected = [
        [_cell(field.holds, text) for field, text in zip(FIELDS, line, strict=True)] for line in lines
    ]

    sheets = _as_opened(exported / "made.xlsx")
    assert list(sheets) == ["Assessments", "Read this", "Columns"]
    head, *rows = sheets["Assessments"]
    zone = {Holds.INSTANT: " (UTC)"}
    assert head == [("string", f"{field.label}{zone.get(field.holds, '')}") for field in FIELDS]
    assert rows == expected

    # A person who opens a CSV file chooses “Text” for IDs. LibreOffice reads no date with a time zone.
    read_as = "/".join(f"{n}/{READ_AS.get(field.holds, LOOKS_LIKE)}" for n, field in enumerate(FIELDS, 1))
    chosen = f"Text - txt - csv (StarCalc):44,34,76,1,{read_as},1033,false,true"
    ((head, *rows),) = _as_opened(exported / "made.csv", f"--infilter={chosen}").values()
    assert head == [("string", code) for code in codes]
    at = codes.index("assessed_at")
    assert [row[at] for row in rows] == [("string", line[at]) for line in lines]
    assert [row[:at] + row[at + 1 :] for row in rows] == [row[:at] + row[at + 1 :] for row in expected]


def _cell(holds: Holds, text: str) -> Cell | None:
    """The type and the value that a cell must have."""
    if not text:
        return None
    return {
        Holds.TEXT: lambda: ("string", text),
        Holds.NUMBER: lambda: ("float", float(text)),
        Holds.DAY: lambda: ("date", text),
        Holds.INSTANT: lambda: ("date", text.removesuffix("+00:00")),
        Holds.BOOLEAN: lambda: ("boolean", text),
    }[holds]()


def _as_opened(path: Path, *options: str) -> dict[str, list[list[Cell | None]]]:
    """The sheets of a file as LibreOffice reads it: the cells of each row that is not empty."""
    assert SOFFICE
    own = f"-env:UserInstallation=file://{path.parent}/libreoffice"
    convert = [SOFFICE, own, "--headless", *options, "--convert-to", "fods", "--outdir", str(path.parent)]
    subprocess.run([*convert, str(path)], check=True, capture_output=True, timeout=100)
    found = {}
    for sheet in ElementTree.parse(path.with_suffix(".fods")).iter(f"{TABLE}table"):
        cells = (list(islice(_cells(row), len(FIELDS))) for row in sheet.iter(f"{TABLE}table-row"))
        found[sheet.attrib[f"{TABLE}name"]] = [row for row in cells if any(row)]
    return found


def _cells(row: ElementTree.Element) -> Iterator[Cell | None]:
    for cell in row.iter(f"{TABLE}table-cell"):
        yield from repeat(_value(cell), int(cell.get(f"{TABLE}number-columns-repeated", 1)))


def _value(cell: ElementTree.Element) -> Cell | None:
    if truth := TRUTH.get(cell.get(f"{TABLE}formula", "")):
        return "boolean", truth
    match cell.get(f"{OFFICE}value-type"):
        case None:
            return None
        case "string":
            return "string", "\n".join("".join(part.itertext()) for part in cell.iter(f"{TEXT}p"))
        case "float":
            return "float", float(cell.attrib[f"{OFFICE}value"])
        case kind:
            return kind, cell.attrib[f"{OFFICE}{kind}-value"]
