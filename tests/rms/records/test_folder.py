"""Which files of a folder are imported."""

import pytest

from rms.errors import InvalidInput
from rms.records.folder import files_to_import
from rms.records.layout import LAYOUT


def test_files_come_after_those_they_refer_to() -> None:
    names = [f"{name}.csv" for name in sorted(LAYOUT)]
    files = files_to_import([*names, "import.toml", "notes.txt", ".hidden"])
    assert [file.layout for file in files] == list(LAYOUT.values())


@pytest.mark.parametrize(
    ("names", "problems"),
    [
        (["people.csv"], [("/import.toml", "missing_file")]),
        (["import.toml"], [("", "nothing_to_import")]),
        (["import.toml", "people.csv", "ofences.csv"], [("/ofences.csv", "unknown_file")]),
        (["import.toml", "people.csv", "Offences.CSV"], [("/Offences.CSV", "unknown_file")]),
        (["import.toml", "people.csv", "people.ndjson"], [("/people.csv", "both_formats")]),
    ],
)
def test_a_folder_that_is_not_clear_is_refused(names: list[str], problems: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidInput) as refused:
        files_to_import(names)
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == problems
