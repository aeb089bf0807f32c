from datetime import date

import pytest

from rms.errors import InvalidInput
from rms.harm.severity import CodePeriod, Severity
from rms.harm.severity_files import severity_table
from tests.rms.harm.tables import BURGLARY, THEFT, TOML

ON = date(2026, 1, 1)


def problems(text: str, codes: str | None = None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        severity_table(text, codes=codes)
    return [(problem.pointer, problem.detail) for problem in refused.value.problems]


def test_a_table_from_a_file():
    table = severity_table(TOML)
    assert (table.name, table.unit, table.valid_from, table.valid_to) == ("county-2026", "days", ON, None)
    assert table.source == "Cambridge Crime Harm Index 2026, all offences."
    assert table.groups == {"Residential burglary": BURGLARY, "Other theft": THEFT}
    assert table.codes == {
        "02803": (CodePeriod(BURGLARY),),
        "04900": (
            CodePeriod(Severity("Theft", "Other theft", 3.0), date(1999, 1, 1), date(2003, 12, 31)),
            CodePeriod(THEFT, date(2004, 1, 1)),
        ),
    }


def test_codes_from_a_csv_file():
    rows = (
        "\ufeffGroup, code ,days,from,to",
        '"Other theft",4100,,2010-01-01,',
        "",
        "Other theft,42/0, 0.5 ,,2020-12-31",
    )
    table = severity_table(TOML, codes="\r\n".join(rows))
    assert table.codes["04100"] == (CodePeriod(THEFT, date(2010, 1, 1)),)
    assert table.codes["04200"] == (
        CodePeriod(Severity("Theft", "Other theft", 0.5), None, date(2020, 12, 31)),
    )
    assert table.days_of("02803", ON) == 273.5


def test_a_table_of_weights():
    text = TOML.replace('unit = "days"', 'unit = "weight"').replace("days =", "weight =")
    table = severity_table(text, codes="code,group,weight\n4100,Other theft,33\n")
    assert (table.weight_of("02803", ON), table.weight_of("04100", ON)) == (273.5, 33)
    assert table.days_of("02803", ON) is None
    assert problems(text, "code,group,days\n")[0][1].startswith('There is no column "days".')


# What is replaced in the file by what, where the problem is, and what it says.
WRONG = [
    ('"days"', '"years"', "/3/unit", '"years" is not allowed. unit must be "days" or "weight".'),
    ("days = 2\n", "days = -2\n", "/21/days", "-2 is not allowed. days must be a number from 0 to 100,000."),
    ("days = 2\n", "days = inf\n", "/21/days", "days must be a number from 0 to 100,000."),
    ("days = 2\n", "", "/18", "days is missing."),
    ('title = "', 'titel = "', "/2/titel", "There is no key titel here. Do you mean title?"),
    ("2026-01-01", '"2026-01-01"', "/4/valid_from", "valid_from must be a date without quotes"),
    (
        "source",
        "valid_to = 2025-12-31\nsource",
        "/5/valid_to",
        "must be 2026-01-01, the day of valid_from, or",
    ),
    ('"28/3"', '"28/"', "/8/code", '"28/" is not allowed. The offence code must be a Home Office code'),
    ('"28/3"', '"49/0"', "/9/code", "The code 04900 is there twice for the same days."),
    (
        "from = 2004-01-01",
        "from = 2003-12-31",
        "/10/code",
        "The code 04900 is there twice for the same days.",
    ),
    ("to = 2003-12-31", "to = 1998-12-31", "/9/to", "to must be 1999-01-01, the day of from, or later."),
    ('group = "Resid', 'group = "Ressid', "/8/group", 'Do you mean "Residential burglary"?'),
    ('name = "Other theft"', 'name = "Residential burglary"', "/20/name", "There are two groups"),
]


@pytest.mark.parametrize(("old", "new", "pointer", "detail"), WRONG)
def test_a_problem_has_its_line_and_key_and_says_what_is_allowed(old, new, pointer, detail):
    assert old in TOML
    found = problems(TOML.replace(old, new, 1))
    assert any(at == pointer and detail in text for at, text in found), found
    assert all(text.endswith((".", "?")) for _, text in found)


def test_a_text_that_is_not_toml_is_refused_with_its_line():
    ((pointer, detail),) = problems(TOML + "[[groups]\n")
    assert (pointer, detail[:23]) == ("/22", "The file is not TOML: E")


def test_all_problems_are_found_at_once():
    broken = TOML.replace('"28/3"', '"28/"').replace("from = 2004-01-01", "from = 2000-01-01")
    assert [pointer for pointer, _ in problems(broken)] == ["/8/code", "/10/code"]


WRONG_CSV = [
    ("", "/1", "The column code is missing. The columns are code, group, days, from, to."),
    ("code\n", "/1", "The column group is missing."),
    ("code,group,harm\n", "/1", 'There is no column "harm". The columns are code, group, days, from, to.'),
    ("code,group,code\n", "/1", "The column code is there twice."),
    ("code,group\n28/4\n", "/2", "The row has 1 cells and must have 2."),
    ("code,group\n28/,Other theft\n", "/2/code", '"28/" is not allowed.'),
    ("code,group\n28/4,\n", "/2/group", 'There is no group "". The groups are Residential burglary, Other'),
    ("code,group,days\n28/4,Other theft,many\n", "/2/days", '"many" is not allowed. days must be empty or a'),
    ("code,group,days\n28/4,Other theft,-1\n", "/2/days", '"-1" is not allowed.'),
    ('code,group,days\n28/4,Other theft,"3,5"\n', "/2/days", '"3,5" is not allowed.'),
    ("code,group,from\n28/4,Other theft,01/02/2020\n", "/2/from", "from must be empty or a date, such as"),
    ("code,group,from,to\n28/4,Other theft,2020-01-02,2020-01-01\n", "/2/to", "2020-01-02, the day of from"),
    ("code,group\n28/4,Other theft\n2804,Other theft\n", "/3/code", "The code 02804 is there twice"),
    ("code,group\n28/3,Other theft\n", "/2/code", "The code 02803 is there twice"),
    ('code,group\n28/4,"Other theft', "/2", "This is not CSV"),
]


@pytest.mark.parametrize(("codes", "pointer", "detail"), WRONG_CSV)
def test_a_problem_of_the_csv_file_has_its_line_and_column(codes, pointer, detail):
    ((at, text),) = problems(TOML, codes)
    assert at == pointer and detail in text


def test_a_row_with_a_line_break_does_not_move_the_lines_below():
    codes = 'code,group\n28/4,"Other\ntheft"\n28/,Other theft\n'
    assert [pointer for pointer, _ in problems(TOML, codes)] == ["/3/group", "/4/code"]
