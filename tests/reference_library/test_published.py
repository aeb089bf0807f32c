"""Files as agencies publish them: spellings, bands, several columns in one item, other names of columns."""

from pathlib import Path

import numpy as np
import pytest

from reference_library import read_past_cases, read_people
from reference_library.cells import cell_parser, description_parser
from rms.errors import InvalidInput, LibraryInvalid
from rms.instrument import Instrument, Item, checked_instrument, instrument
from tests.reference_library import published
from tests.reference_library.published import file_of

FORM = """
name = "small"
version = "1"
title = "A small form"
description = "Items that are read in several ways."
[sections]
now = "Now"

[[items]]
code = "age_band"
label = "Age"
kind = "ordinal"
section = "now"
dynamic = false
levels = [
  { value = 0, label = "Under 25", csv = ["under 25", "<25"], maximum = 24 },
  { value = 1, label = "25 to 47", csv = "25-47", minimum = 25, maximum = 47 },
  { value = 2, label = "48 or older", csv = "48 or older", minimum = 48 },
]

[[items]]
code = "gang"
label = "Gang"
kind = "choice"
section = "now"
dynamic = false
unknown_allowed = true
columns = ["gang_prison", "gang_police"]
combine = "@COMBINE@"
levels = [
  { value = "no", label = "No", csv = ["0", "No", "false"] },
  { value = "yes", label = "Yes", csv = ["1", "Yes", "true"] },
]

[[items]]
code = "revocations"
label = "Revocations"
kind = "count"
section = "now"
dynamic = false
columns = ["parole", "probation"]
combine = "sum"
minimum = 0
maximum = 20
csv = { none = 0, "10 or more" = 10 }

[[items]]
code = "priors"
label = "Priors"
kind = "ordinal"
section = "now"
dynamic = false
columns = ["felony", "misd"]
combine = "sum"
levels = [
  { value = 0, label = "None", csv = "0", minimum = 0, maximum = 0 },
  { value = 1, label = "1 to 4", csv = "1-4", minimum = 1, maximum = 4 },
  { value = 2, label = "5 or more", csv = "5 or more", minimum = 5 },
]

[[processes]]
code = "recidivism"
label = "Recidivism"
stayed = "No arrest."
returned = "An arrest."
outcome = { column = "again", stayed = ["0", "No"], returned = ["1", "Yes"] }
otherwise = { start = "released", event = "arrested", within = 365 }

[csv]
case_number = "case"
person = "case"

[csv.other_names]
case = ["ID", "id"]
felony = "fel"
"""
SMALL = checked_instrument(FORM.replace("@COMBINE@", "first"))
GOOD = {
    "case": "1",
    "age_band": "25-47",
    "gang_prison": "No",
    "gang_police": "",
    "parole": "1",
    "probation": "none",
    "felony": "0",
    "misd": "2",
    "again": "0",
}


def values(folder: Path, form: Instrument = SMALL, **cells: str) -> list[float]:
    people = read_people(file_of(folder, [{**GOOD, **cells}]), form)
    assert not people.problems, people.problems
    return people.values[0].tolist()


NAN = float("nan")


@pytest.mark.parametrize(
    ("cells", "item", "value"),
    [
        ({"age_band": "under 25"}, 0, 0),
        ({"age_band": "<25"}, 0, 0),
        ({"age_band": "24"}, 0, 0),
        ({"age_band": "25.0"}, 0, 1),
        ({"age_band": "48 or older"}, 0, 2),
        ({"age_band": "91"}, 0, 2),
        ({"gang_prison": "true"}, 1, 1),
        ({"gang_prison": "", "gang_police": "Yes"}, 1, 1),
        ({"gang_prison": "No", "gang_police": "Yes"}, 1, 0),
        ({"gang_prison": "", "gang_police": ""}, 1, NAN),
        ({"parole": "2", "probation": "3"}, 2, 5),
        ({"parole": "10 or more", "probation": "none"}, 2, 10),
        ({"felony": "0", "misd": "0"}, 3, 0),
        ({"felony": "2", "misd": "2"}, 3, 1),
        ({"felony": "5 or more", "misd": "1-4"}, 3, 2),
    ],
)
def test_a_cell_is_read(tmp_path: Path, cells: dict[str, str], item: int, value: float) -> None:
    np.testing.assert_array_equal(values(tmp_path, **cells)[item], value)


def test_the_highest_of_several_levels(tmp_path: Path) -> None:
    highest = checked_instrument(FORM.replace("@COMBINE@", "highest"))
    assert values(tmp_path, highest, gang_prison="No", gang_police="Yes")[1] == 1
    assert values(tmp_path, highest, gang_prison="Yes", gang_police="")[1] == 1


@pytest.mark.parametrize(
    ("cells", "pointer", "said"),
    [
        ({"age_band": "old"}, "/2/age_band", "one of under 25, <25, 25-47, 48 or older, or a number"),
        ({"age_band": "24.5"}, "/2/age_band", "is not allowed"),
        ({"gang_police": "maybe"}, "/2/gang_police", "Gang must be one of 0, No, false, 1, Yes, true."),
        ({"parole": "", "probation": "1"}, "/2/parole", "The cell is empty"),
        ({"age_band": "-99"}, "/2/age_band", '"-99" is not allowed. Age must be one of under 25'),
        ({"age_band": "-0.5"}, "/2/age_band", "is not allowed"),
        ({"parole": "1", "probation": ""}, "/2/probation", "The cell is empty"),
        (
            {"parole": "15", "probation": "10 or more"},
            "/2/parole",
            '"15" in parole and "10 or more" in probation add up to 25. '
            "Revocations must be a whole number from 0 to 20.",
        ),
        ({"parole": "few"}, "/2/parole", "a number from 0, or one of its spellings"),
        ({"misd": "-1"}, "/2/misd", "a number from 0"),
        ({"felony": "1.5", "misd": "0.5", "parole": "1.5"}, "/2/parole", "add up to 1.5. Revocations must"),
    ],
)
def test_a_cell_is_refused(tmp_path: Path, cells: dict[str, str], pointer: str, said: str) -> None:
    [problem] = read_people(file_of(tmp_path, [{**GOOD, **cells}]), SMALL).problems
    assert problem.pointer == pointer
    assert said in problem.detail


def band(minimum: float | None, maximum: float | None) -> Item:
    known = [
        f"{end} = {value}" for end, value in (("minimum", minimum), ("maximum", maximum)) if value is not None
    ]
    lowest = FORM.replace("maximum = 24", ", ".join(known)).replace("@COMBINE@", "first")
    return checked_instrument(lowest).item("age_band")


@pytest.mark.parametrize(
    ("ends", "cell", "is_in_it"),
    [
        ((None, 24), "24", True),
        ((None, 24), "0", True),
        ((None, 24), "-1", False),  # such as a code for "missing"
        ((None, 24), "-99", False),
        ((-1, 24), "-1", True),
        ((-1, 24), "-99", False),
        ((None, -1), "-99", True),
        ((0, 0), "-99", False),
    ],
)
def test_a_lowest_band_has_negative_numbers_only_if_the_instrument_says_so(
    ends: tuple[float | None, float | None], cell: str, is_in_it: bool
) -> None:
    read = cell_parser(band(*ends))
    if is_in_it:
        assert read(cell) == 0
    else:
        with pytest.raises(ValueError, match=f'"{cell}" is not allowed'):
            read(cell)


def test_several_columns_that_are_all_empty_are_named_together(tmp_path: Path) -> None:
    certain = FORM.replace("@COMBINE@", "highest").replace("unknown_allowed = true\n", "")
    row = {**GOOD, "gang_prison": "", "gang_police": ""}
    [problem] = read_people(file_of(tmp_path, [row]), checked_instrument(certain)).problems
    assert (problem.pointer, problem.detail) == (
        "/2/gang_prison",
        "The cells of gang_prison, gang_police are empty. Gang must be one of 0, No, false, 1, Yes, true.",
    )


def renamed(row: dict[str, str], **names: str) -> dict[str, str]:
    return {names.get(column, column): cell for column, cell in row.items()}


def test_a_column_with_its_other_name_is_read_and_named_in_problems(tmp_path: Path) -> None:
    rows = [renamed(GOOD | {"case": str(n), "again": str(n % 2)}, case="ID", felony="fel") for n in (1, 2)]
    assert read_past_cases(file_of(tmp_path, rows), SMALL).cases.case_number.tolist() == [1, 2]
    rows[1]["fel"] = "lots"
    with pytest.raises(LibraryInvalid) as refused:
        read_past_cases(file_of(tmp_path, rows), SMALL)
    assert [problem.pointer for problem in refused.value.problems] == ["/3/fel"]


@pytest.mark.parametrize(
    ("dates", "actual"),
    [
        (("2014-01-01", ""), 1),
        (("2014-01-01", "2015-01-01"), 2),
        (("2014-01-01", "2015-01-02"), 1),
        (("2014-01-01", "2014-01-01"), 2),
        (("", "2014-01-01"), 0),
    ],
)
def test_a_file_with_dates_in_place_of_the_outcome(
    tmp_path: Path, dates: tuple[str, str], actual: int
) -> None:
    others = [("2014-01-01", ""), ("2014-01-01", "2014-06-01")]
    without = {column: cell for column, cell in GOOD.items() if column != "again"}
    rows = [
        {**without, "case": str(number), "released": start, "arrested": event}
        for number, (start, event) in enumerate([dates, *others], start=1)
    ]
    assert read_past_cases(file_of(tmp_path, rows), SMALL).actual["recidivism"].tolist() == [actual, 1, 2]


@pytest.mark.parametrize(
    ("dates", "pointer"),
    [(("2014-01-02", "2014-01-01"), "/2/arrested"), (("1/2/2014", ""), "/2/released")],
)
def test_dates_that_cannot_be(tmp_path: Path, dates: tuple[str, str], pointer: str) -> None:
    without = {column: cell for column, cell in GOOD.items() if column != "again"}
    row = {**without, "released": dates[0], "arrested": dates[1]}
    with pytest.raises(LibraryInvalid) as refused:
        read_past_cases(file_of(tmp_path, [row]), SMALL)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_a_missing_column_is_named_with_all_its_names(tmp_path: Path) -> None:
    row = {column: cell for column, cell in GOOD.items() if column not in ("again", "felony", "case")}
    with pytest.raises(InvalidInput) as refused:
        read_past_cases(file_of(tmp_path, [row]), SMALL)
    assert {problem.pointer: problem.detail for problem in refused.value.problems} == {
        "/1/case": "There is no column named case or ID or id.",
        "/1/felony": "There is no column named felony or fel.",
        "/1/again": "There is no column named again or released and arrested.",
    }


def test_a_column_that_is_there_twice_with_the_same_cells_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(f"{','.join(GOOD)},misd\n{','.join(GOOD.values())},2\n", encoding="utf-8")
    assert not read_people(path, SMALL).problems
    path.write_text(f"{','.join(GOOD)},misd\n{','.join(GOOD.values())},3\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="Two columns are named misd, and their cells on line 2 differ"):
        read_people(path, SMALL)


def test_the_published_file_of_georgia(tmp_path: Path) -> None:
    """C13: case numbers as ID, helper columns without their name, bands and Yes/No."""
    rows, form = published.georgia(), instrument("georgia")
    past = read_past_cases(file_of(tmp_path, rows), form)
    assert past.cases.case_number.tolist() == [int(row["ID"]) for row in rows]
    for name, column in (("arrests_felony", "Prior_Arrest_Episodes_Felony"), ("arrests_violation", "_v1")):
        read = past.cases.values[:, form.position[name]]
        assert read.tolist() == [float(row[column].split()[0]) for row in rows]
    flags = ("false", "FALSE", "No", "False", "0")
    for name, column in (
        ("arrests_gun", "Prior_Arrest_Episodes_GunCharges"),
        ("convictions_violation", "_v2"),
    ):
        read = past.cases.values[:, form.position[name]]
        assert read.tolist() == [float(row[column] not in flags) for row in rows]
    labels = [2 if row["Recidivism_Within_3years"] == "true" else 1 for row in rows]
    assert past.actual["recidivism"].tolist() == labels


def test_the_published_file_of_broward(tmp_path: Path) -> None:
    """C13: no group of the charge and no flag of violence; `priors_count` is there twice."""
    rows, form = published.broward(), instrument("broward")
    path = file_of(tmp_path, rows)
    lines = path.read_text(encoding="utf-8").splitlines()
    priors = ["priors_count", *(row["priors_count"] for row in rows)]
    path.write_text("".join(f"{line},{cell}\n" for line, cell in zip(lines, priors, strict=True)), "utf-8")
    past = read_past_cases(path, form)
    group = past.cases.values[:, form.position["charge_group"]]
    levels = form.item("charge_group").levels
    assert [levels[int(at)].value for at in group] == [
        published.CHARGES[row["c_charge_desc"]] for row in rows
    ]
    assert set(past.actual["violence"]) == {1, 2}
    assert not any(
        row["vr_offense_date"]
        for row, actual in zip(rows, past.actual["violence"], strict=True)
        if actual == 1 and row["vr_offense_date"].startswith("2014")
    )


def test_words_are_only_read_in_the_column_of_descriptions() -> None:
    item = instrument("broward").item("charge_group")
    with pytest.raises(ValueError, match="Kind of charge must be one of"):
        cell_parser(item)("Battery")
    assert description_parser(item)("BATTERY on law officer") == 0
