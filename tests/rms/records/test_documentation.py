"""`docs/people.md` describes every column and every problem, and its example can be read."""

import ast
import io
import re
from pathlib import Path

import pytest

from rms.people.offices import MOST_LEVELS, MOST_OFFICES
from rms.records import reading
from rms.records.areas import AREAS_AT_ONCE
from rms.records.declaration import read_declaration
from rms.records.layout import LAYOUT, FileLayout
from rms.records.lines import LONGEST_LINE, MOST_PARTS
from rms.records.reading import OPENING, read_csv, read_ndjson

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/people.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", LAYOUT.values(), ids=lambda file: file.name)
def test_the_columns_are_documented_as_declared(file: FileLayout) -> None:
    section = PAGE.partition(f"### {file.name}\n\n")[2]
    assert section.startswith(file.meaning)
    table = section.partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    assert table.splitlines() == [
        f"| `{c.name}` | {c.accepts} | {'yes' if c.required else 'no'} | {c.meaning} |" for c in file.columns
    ]


MODULES = sorted([*(ROOT / "rms/records").glob("*.py"), ROOT / "rms/csv_text.py"])
CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+|nul")


def texts() -> set[str]:
    """Every text in the modules that look for problems, apart from names of columns and choices."""
    nodes = (node for path in MODULES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    columns = [column for file in LAYOUT.values() for column in file.columns]
    words = {word for c in columns for word in (c.name, c.attribute, *c.choices)}
    return {text for text in found if CODE.fullmatch(text)} - words - set(LAYOUT)


def test_every_code_of_a_problem_is_documented_and_no_other() -> None:
    tables = PAGE.partition("## What is refused")[2].partition("## Source systems")[0]
    documented = {word for word in re.findall(r"`([a-z0-9_]+)`", tables) if CODE.fullmatch(word)}
    columns = {column.name for file in LAYOUT.values() for column in file.columns}
    made = {f"unknown_{name}" for name in ("area", "person", "offence")}
    assert documented - columns == texts() | made | {"erased_person"}  # only storage knows those


def test_the_bounds_are_documented_as_they_are() -> None:
    assert f"{reading.MOST_LINES // 10**6} million lines" in PAGE
    for bound in (reading.MOST_BLANK, MOST_OFFICES, MOST_OFFICES + 1, AREAS_AT_ONCE, LONGEST_LINE):
        assert f"{bound:,}" in PAGE
    assert f"more than {MOST_LEVELS} levels below the agency" in PAGE
    assert f"{LONGEST_LINE * MOST_PARTS // 10**6} million characters" in PAGE


def test_the_example_is_read_without_a_problem() -> None:
    blocks = dict(re.findall(r"`([a-z]+\.[a-z]+)`:\n\n```[a-z]+\n(.*?)```", PAGE, re.DOTALL))
    assert len(blocks) == 5
    declaration = read_declaration(blocks.pop("import.toml"))
    for name, text in blocks.items():
        file, _, format = name.partition(".")
        read = read_csv if format == "csv" else read_ndjson
        stream = io.TextIOWrapper(io.BytesIO(text.encode()), **OPENING)
        (batch,) = read(stream, LAYOUT[file], declaration=declaration)
        assert (len(batch.rows), batch.problems) == (len(text.splitlines()) - (format == "csv"), [])


def test_the_longest_line_is_documented() -> None:
    assert f"more than {LONGEST_LINE:,} characters" in PAGE
