"""An agency's own instruments: the files of one folder, beside those that come with RMS."""

from pathlib import Path

import pytest

from reference_library import instruments_in, read_instrument
from rms.errors import InstrumentInvalid, InvalidInput, NotFound
from rms.instrument import instrument, names
from tests.rms.instrument.examples import SOUND

SHIPPED = instrument("rms").version


def written(folder: Path, file: str, *, name: str = "small", version: str = "1", title: str = "Ours") -> Path:
    text = SOUND.replace('name = "small"', f'name = "{name}"').replace(
        'version = "1"', f'version = "{version}"'
    )
    path = folder / file
    path.write_text(text.replace("A small form", title), encoding="utf-8")
    return path


def test_without_a_folder_there_are_those_of_rms(tmp_path: Path) -> None:
    known = instruments_in(tmp_path / "instruments")
    assert tuple(known.newest) == names()
    assert not known.problems


@pytest.mark.parametrize(
    ("versions", "newest"),
    [(("1", "1.1"), "1.1"), (("1.9", "1.10"), "1.10"), (("2.0", "2.rc"), "2.0"), (("10", "9"), "10")],
)
def test_the_name_means_the_newest_version(tmp_path: Path, versions: tuple[str, ...], newest: str) -> None:
    for version in versions:
        written(tmp_path, f"small-{version}.toml", version=version)
    known = instruments_in(tmp_path)
    assert known.find("small").version == newest
    assert sorted(own.version for own in known.every if own.name == "small") == sorted(versions)


def test_a_newer_version_of_an_instrument_of_rms_replaces_it(tmp_path: Path) -> None:
    written(tmp_path, "ours.toml", name="rms", version=f"{SHIPPED}.1")
    known = instruments_in(tmp_path)
    assert known.find("rms").title == "Ours"
    assert instrument("rms") in known.every


def test_a_file_with_problems_adds_nothing_and_the_others_stay(tmp_path: Path) -> None:
    written(tmp_path, "a.toml")
    written(tmp_path, "b.toml", title="Another text of the same version")
    written(tmp_path, "c.toml", version="1/2")
    written(tmp_path, "d.toml", name="rms", version=SHIPPED)
    written(tmp_path, ".hidden.toml", name="hidden")
    (tmp_path / "e.toml").write_bytes(b"name = 1\n\xff")
    (tmp_path / "f.toml").mkdir()
    known = instruments_in(tmp_path)
    assert tuple(known.newest) == (*names(), "small")
    problems = {file: [problem.pointer for problem in found] for file, found in known.problems.items()}
    assert problems == {
        "b.toml": [""],
        "c.toml": ["/3/version"],
        "d.toml": ["/3/version"],
        "e.toml": ["/2"],
        "f.toml": [""],
    }
    assert (
        known.problems["b.toml"][0].detail == "small 1 is also in a.toml. Give one of them another version."
    )


def test_an_unknown_name_is_refused_with_the_names(tmp_path: Path) -> None:
    written(tmp_path, "a.toml")
    with pytest.raises(NotFound, match="broward, georgia, rms, small"):
        instruments_in(tmp_path).find("oasys")


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    assert read_instrument(written(tmp_path, "a.toml")).title == "Ours"
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_instrument(tmp_path / "none.toml")
    with pytest.raises(InstrumentInvalid):
        read_instrument(written(tmp_path, "b.toml", name="No name"))
