"""Every problem of an instrument's file is named, with its line and key."""

from importlib.resources import files

import pytest

from rms.errors import InstrumentInvalid, ProtectedAttribute
from rms.instrument import checked_instrument, instrument, instrument_problems, names
from rms.instrument.places import lines_of
from tests.rms.instrument.examples import SOUND, edited


def places(text: str) -> list[str]:
    return [problem.pointer for problem in instrument_problems(text)]


# What is edited in a sound instrument → the line and key of each problem, and words of the first.
EDITS = [
    ('name = "small"', "name = ", ["/2"], "not TOML: Invalid value"),
    ('name = "small"', 'name = "Small form"', ["/2/name"], "lower-case letter"),
    ('name = "small"', 'name = "rms"\nold = 1', ["/3/old"], "There is no key old here"),
    ('version = "1"', 'version = "1/2"', ["/3/version"], "letters, digits, dots or _"),
    ('version = "1"', "version = 1", ["/3/version"], "version must be text in quotes"),
    ('title = "A small form"\n', "", ["/1"], "title is missing"),
    ('title = "A small form"', 'titel = "A small form"', ["/1", "/4/titel"], "title is missing"),
    ('kind = "count"', 'kind = "guess"', ["/30/kind"], "kind must be ordinal, count, number, choice or date"),
    ('label = "Drug use"\nkind', "kind", ["/17"], "label is missing"),
    ("value = 1", "value = true", ["/24/value"], "true is not allowed"),
    ("value = 1", "value = 0", ["/24/levels"], "the same value"),
    ('label = "Some"', 'label = "Some", colour = "red"', ["/24/colour"], "There is no key colour here"),
    (
        'section = "now"\ndynamic = true\nneed',
        'section = "then"\ndynamic = true\nneed',
        ["/21/section"],
        "then",
    ),
    ("maximum = 50", "maxmum = 50", ["/34/maxmum"], "Do you mean maximum?"),
    ("maximum = 50", "maximum = inf", ["/34/maximum"], "maximum must be a number"),
    (
        'column = "address_changes"',
        'columns = ["moves", "evictions"]',
        ["/26"],
        "combine is missing. It must be sum, highest or first",
    ),
    (
        'kind = "date"',
        'kind = "count"\nminimum = 0\nmaximum = 99',
        ["/15/source"],
        'csv = { "48 or older" = 55 }',
    ),
    ("maximum = 50", 'maximum = 50\ncombine = "total"', ["/35/combine"], "sum, highest or first"),
    ("maximum = 50", "maximum = 50\nwhole = true", ["/35/whole"], "nly a number"),
    ('item = "drug"', 'item = "nothing"', ["/39/item"], "which does not point back"),
    ('outcome = { column = "arrested", ', "outcome = { ", ["/46/outcome"], "column is missing"),
    ('person = "id"', "person = [1]", ["/50/person"], "person must be text"),
    ('other = "moves"', 'others = "moves"', ["/55/others"], "Comparables have no column others"),
    ('other = "moves"', 'other = "removes"', ["/55/other"], "Comparables show removes"),
    ('code = "moves"', 'code = "race"', ["/26", "/55/other"], "protected attribute"),
]


@pytest.mark.parametrize(("old", "new", "expected", "said"), EDITS)
def test_a_problem_has_its_line_and_key(old: str, new: str, expected: list[str], said: str) -> None:
    problems = instrument_problems(edited(old, new))
    assert [problem.pointer for problem in problems] == expected
    assert said in problems[0].detail


def test_all_problems_are_named_at_once() -> None:
    text = SOUND
    for old, new in (
        ('name = "small"', 'name = "9"'),
        ("value = 1", "value = 1.5"),
        ('kind = "count"', "kind = 1"),
    ):
        text = text.replace(old, new)
    assert places(text) == ["/2/name", "/24/value", "/30/kind"]


@pytest.mark.parametrize(
    "text",
    ["", "items = 3", "items = [1]\nprocesses = [2]", "[[items]]", "[csv]\nperson = 1", "sections = []"],
)
def test_a_file_of_another_kind_is_described_without_failing(text: str) -> None:
    assert instrument_problems(text)


def test_a_wrong_file_is_refused_with_its_problems() -> None:
    with pytest.raises(InstrumentInvalid) as refused:
        checked_instrument(edited("value = 1", "value = 0"))
    assert [problem.pointer for problem in refused.value.problems] == ["/24/levels"]
    with pytest.raises(ProtectedAttribute):
        checked_instrument(edited('label = "Moves"', 'label = "Moves for religion"'))


def test_another_text_cannot_have_the_version_of_an_instrument_of_rms() -> None:
    shipped = files("rms.instrument").joinpath("rms.toml").read_text(encoding="utf-8")
    assert checked_instrument(shipped).name == "rms"
    changed = shipped + "\n# Another text.\n"
    [problem] = instrument_problems(changed)
    assert (problem.pointer, problem.code) == ("/2/version", "version_in_use")
    version = instrument("rms").version
    assert not instrument_problems(changed.replace(f'"{version}"', f'"{version}.1"'))


@pytest.mark.parametrize("name", names())
def test_the_instruments_of_rms_have_no_problem(name: str) -> None:
    assert not instrument_problems(
        files("rms.instrument").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    )


def test_lines_are_found_in_every_way_to_write_toml() -> None:
    text = "\n".join(
        [
            "# [[items]]",
            'a."b.c" = """',
            "[[items]]",
            '"""',
            "[[items]]",
            "list = [ # one",
            "  1.5, { x = 1, y = [2] },",
            "]",
            "[[items]]",
            "[items.deep]",
            "day = 2026-03-04T05:06:07Z",
            "'quoted' = 'a # b'",
            "[[items.sub]]",
            "z = 1",
        ]
    )
    lines = lines_of(text)
    assert {pointer: line for pointer, line in lines.items() if line > 2} == {
        "/items/0": 5,
        "/items/0/list": 6,
        "/items/0/list/0": 7,
        "/items/0/list/1": 7,
        "/items/0/list/1/x": 7,
        "/items/0/list/1/y": 7,
        "/items/0/list/1/y/0": 7,
        "/items/1": 9,
        "/items/1/deep": 10,
        "/items/1/deep/day": 11,
        "/items/1/deep/quoted": 12,
        "/items/1/sub/0": 13,
        "/items/1/sub/0/z": 14,
    }


SEX = """
[[items]]
code = "sex"
label = "Sex"
kind = "choice"
source = "sex"
section = "now"
dynamic = false
COLUMN
levels = [
  { value = "male", label = "Male", csv = ["male", "M"] },
  { value = "female", label = "Female", csv = "F" },
]

[[needs]]"""


# The item's column, the columns of [csv] → the column that is read for both, and what its cells mean.
SEX_COLUMNS = [
    ("", "", "sex", {"male": "male", "M": "male", "F": "female"}),
    ('column = "Gender"', "", "Gender", {"male": "male", "M": "male", "F": "female"}),
    ("", 'sex = "Gender"', "Gender", {"male": "male", "M": "male", "F": "female"}),
    ('column = "Gender"', 'sex = "Gender"\nsex_values = { M = "male" }', "Gender", {"M": "male"}),
]


@pytest.mark.parametrize(("item", "of_csv", "column", "values"), SEX_COLUMNS)
def test_the_column_of_the_sex_is_named_in_one_place(
    item: str, of_csv: str, column: str, values: dict[str, str]
) -> None:
    text = edited("\n[[needs]]", SEX.replace("COLUMN", item)).replace(
        'person = "id"', f'person = "id"\n{of_csv}'
    )
    read = checked_instrument(text)
    assert (read.item("sex").column, read.columns.sex, read.columns.sex_values) == (column, column, values)


def test_two_columns_of_the_sex_are_refused() -> None:
    text = edited("\n[[needs]]", SEX.replace("COLUMN", 'column = "Gender"'))
    [problem] = instrument_problems(text.replace('person = "id"', 'person = "id"\nsex = "sex_of_person"'))
    assert problem.pointer.endswith("/sex")
    assert "from the column Gender, and csv from the column sex_of_person" in problem.detail


@pytest.mark.parametrize(
    ("code", "is_allowed"), [("HOME_2", True), ("home", True), ("drug use", False), ("a.b", False)]
)
def test_the_code_of_a_need_can_be_in_the_name_of_a_field(code: str, is_allowed: bool) -> None:
    problems = instrument_problems(SOUND.replace('"DRUG"', f'"{code}"'))
    assert [problem.pointer for problem in problems] == ([] if is_allowed else ["/37/code"])
