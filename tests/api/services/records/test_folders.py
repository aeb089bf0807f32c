"""ZIP files of a folder: what is read of them has bounds, and whatever is damaged is said to be."""

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from api.services.records import folders
from api.services.records.folders import ANY_RATIO, MOST_DIRECTORY, MOST_RATIO, ZippedFolder
from rms.errors import InvalidInput

MOST = 10**9
ROWS = b"".join(b"P%d,Okoro\n" % at for at in range(2_000))
END_OF_ENTRY, DIRECTORY_SIZE = 22, 12


def zipped(files: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.comment = comment
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


FOLDER = zipped({"import.toml": b"source", "people.csv": ROWS})


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[bytes], ZippedFolder]:
    def make(content: bytes) -> ZippedFolder:
        path = tmp_path / "folder.zip"
        path.write_bytes(content)
        return ZippedFolder(path, most=MOST)

    return make


Make = Callable[[bytes], ZippedFolder]


def code_of(folder: Make, content: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        folder(content)
    (problem,) = refused.value.problems
    return problem.code


def contents(folder: ZippedFolder) -> dict[str, bytes]:
    found = {}
    for name in folder.names():
        with folder.opened(name) as file:
            found[name] = file.read()
    return found


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("comment", [b"", b"of the night"])
def test_what_is_in_it_is_read(folder: Make, method: int, comment: bytes) -> None:
    files = {"import.toml": b"source", "people.csv": ROWS}
    assert contents(folder(zipped(files, method=method, comment=comment))) == files


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_methods_with_a_bound_of_memory_are_unpacked(folder: Make, method: int) -> None:
    assert code_of(folder, zipped({"people.csv": ROWS}, method=method)) == "unsupported_zip"


def test_a_file_with_a_password_is_not_read(folder: Make) -> None:
    content = bytearray(FOLDER)
    content[FOLDER.index(b"PK\x01\x02") + 8] |= 1
    assert code_of(folder, bytes(content)) == "unsupported_zip"


def test_a_damaged_zip_is_told_as_such_wherever_the_damage_is(folder: Make) -> None:
    rng = random.Random(15)
    outcomes = []
    content = zipped({"import.toml": b"source", "people.csv": ROWS[:3_000]})
    places = [*range(40), *range(len(content) - 160, len(content)), *rng.sample(range(len(content)), 60)]
    for place in places:
        for spoiled in (
            content[:place],
            content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :],
            content[:place] + b"\xff" * 8 + content[place + 8 :],
        ):
            try:
                contents(folder(spoiled))
            except InvalidInput as error:
                outcomes.append(error.problems[0].code)
    assert set(outcomes) <= {"damaged_zip", "unsupported_zip", "file_twice", "too_large", "too_many_files"}
    assert outcomes.count("damaged_zip") > len(places)


def test_an_error_of_the_reader_is_no_damage(folder: Make) -> None:
    with pytest.raises(RuntimeError, match="of the reader"), folder(FOLDER).opened("people.csv"):
        raise RuntimeError("of the reader")


def test_the_directory_has_a_bound_and_no_more_of_it_is_read(folder: Make) -> None:
    many = zipped({f"{at:06}.txt": b"" for at in range(20_000)}, method=zipfile.ZIP_STORED)
    tracemalloc.start()
    assert code_of(folder, many) == "too_many_files"
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * MOST_DIRECTORY
    some = zipped({f"{at:06}.txt": b"" for at in range(1_500)}, method=zipfile.ZIP_STORED)
    assert len(folder(some).names()) == 1_500


def test_a_directory_that_claims_to_be_large_is_not_believed(folder: Make) -> None:
    content = bytearray(FOLDER)
    struct.pack_into("<L", content, len(content) - END_OF_ENTRY + DIRECTORY_SIZE, 2**32 - 2)
    assert code_of(folder, bytes(content)) == "damaged_zip"


def test_files_are_not_many_times_larger_than_the_zip_file(
    folder: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b"\n" * (ANY_RATIO + 1)
    assert code_of(folder, zipped({"people.csv": lines})) == "too_large"
    assert folder(zipped({"people.csv": lines[1:]})).names() == ["people.csv"]
    monkeypatch.setattr(folders, "ANY_RATIO", 0)
    noise = random.Random(1).randbytes(10_000)
    few, many = (b"\n" * len(noise) * (MOST_RATIO + more) for more in (-50, 50))
    assert folder(zipped({"noise": noise, "people.csv": few}))
    assert code_of(folder, zipped({"noise": noise, "people.csv": many})) == "too_large"
