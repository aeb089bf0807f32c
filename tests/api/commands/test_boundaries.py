"""`rms boundaries check`: every problem of a file with its place."""

from pathlib import Path

import pytest

from api.storage import Store, upgrade
from tests.api.commands.command_line import Done, quick_rms
from tests.api.mapped_force import boundaries, load_mapped


@pytest.fixture
def data(tmp_path: Path) -> Path:
    url = f"sqlite:///{tmp_path / 'rms.sqlite'}"
    upgrade(url)
    store = Store(url)
    load_mapped(store)
    store.close()
    return tmp_path


def checked(data: Path, text: str) -> Done:
    file = data / "wards.geojson"
    file.write_text(text, encoding="utf-8")
    return quick_rms("boundaries", "check", file, env={"RMS_DATA": str(data)})


def test_a_file_without_problems(data: Path) -> None:
    done = checked(data, boundaries())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "wards.geojson: no problems. It has the boundaries of 2 areas.\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "[-1.88, 52.44]",
            "[52.44, -1.88]",
            "features 1, geometry, coordinates 1.2: Area W1: [52.44, -1.88] has latitude and longitude "
            "exchanged. Give the longitude first.",
        ),
        (
            "[-1.88, 52.44]",
            "[406689, 286822]",
            "features 1, geometry, coordinates 1.2: Area W1: [406689, 286822] is in another grid. Convert "
            "the file to degrees (WGS 84).",
        ),
        (
            '"W2"',
            '"W9"',
            'features 2, properties, code: There is no area with the code "W9". Import it first, or correct '
            "the code.",
        ),
        (
            ", [-1.92, 52.44]]]",
            "]]",
            "features 1, geometry, coordinates 1: Area W1: The ring is open. Its last position must be the "
            "same as its first.",
        ),
        ('"features": [', '\n"features": [}', "line 2: The file is not JSON: Expecting value, at column 14."),
    ],
)
def test_a_problem_is_told_with_its_place(data: Path, old: str, new: str, told: str) -> None:
    done = checked(data, boundaries().replace(old, new, 1))
    assert done.returncode == 3
    assert done.stderr.splitlines()[0] == f"rms: {told}"


def test_a_file_that_cannot_be_read(data: Path) -> None:
    done = quick_rms("boundaries", "check", data / "none.geojson", env={"RMS_DATA": str(data)})
    assert done.returncode == 3
    assert done.stderr == f"rms: {data / 'none.geojson'} cannot be read: No such file or directory.\n"
    (data / "latin.geojson").write_bytes(b'{"name": "\xe9"}')
    done = quick_rms("boundaries", "check", data / "latin.geojson", env={"RMS_DATA": str(data)})
    assert (
        done.stderr == "rms: latin.geojson is not UTF-8. It may be Windows-1252 (ANSI). Save it as UTF-8.\n"
    )
