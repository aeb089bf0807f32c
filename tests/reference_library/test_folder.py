"""A library as a folder: whole or not there, the same bits after a round trip, and no byte altered unseen."""

import gc
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from reference_library import check, copied, library_folder, load, verify, write
from reference_library.folder import MANIFEST
from rms.engine.simulation import simulate_many, weigh
from rms.errors import LibraryDamaged
from tests.rms.engine.libraries import library as built
from tests.rms.engine.libraries import past_cases, random_values

PAST = past_cases(11, count=200, persons=150)
LIBRARY = built(PAST)
FILES = sorted(
    [
        "instrument.toml",
        MANIFEST,
        *(f"{name}.npy" for name in ("case_number", "person", "sex", "birth_year", "values")),
        *(
            f"{process}.{part}"
            for process in ("recidivism", "violence")
            for part in (
                "rows.npy",
                "actual.npy",
                "persons.npy",
                "places.npy",
                "columns.npy",
                "usual_distances.npy",
                "faiss",
            )
        ),
    ]
)


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    return write(LIBRARY, tmp_path_factory.mktemp("original"))


@pytest.fixture
def folder(original, tmp_path) -> Path:
    return Path(shutil.copytree(original, tmp_path / original.name))


def damage(path: Path) -> str:
    with pytest.raises(LibraryDamaged) as caught:
        load(path)
    assert check(path) == [caught.value.detail]
    return caught.value.detail


@pytest.mark.parametrize("policy", ["pool", "nearest"])
def test_a_round_trip_changes_no_bit_of_any_answer(tmp_path, policy):
    made = built(PAST, policy=policy)
    loaded = load(write(made, tmp_path))
    people = random_values(np.random.default_rng(2), 60, coarse=False)
    persons = np.where(np.arange(60) % 2, PAST.cases.person[:60], 0).astype(np.uint64)
    for process in ("recidivism", "violence"):
        asked = [weigh(people, persons, lib.process(process), lib.policy) for lib in (made, loaded)]
        for name in ("rows", "distances", "weights", "enough"):
            np.testing.assert_array_equal(getattr(asked[0], name), getattr(asked[1], name))
        scores = [simulate_many(people, persons, lib)[process] for lib in (made, loaded)]
        assert scores[0].status == scores[1].status
        for name in ("score", "interval_low", "interval_high", "effective_size", "typicality"):
            np.testing.assert_array_equal(getattr(scores[0], name), getattr(scores[1], name))
    assert loaded.need_errors == made.need_errors
    assert loaded.manifest.items() >= made.manifest.items()
    assert [p.process.code for p in loaded.processes] == [p.process.code for p in made.processes]


def test_its_arrays_are_mapped_and_cannot_be_written(folder):
    library = load(folder)
    with pytest.raises(ValueError, match="read-only"):
        library.cases.values[0, 0] = 1
    assert isinstance(library.cases.values.base, np.memmap)


def test_the_folder_holds_these_files(original):
    assert sorted(file.name for file in original.iterdir()) == FILES
    assert original.name.startswith("small-1.0-") and len(original.name.split("-")[2]) == 12


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0], ids=["first byte", "middle", "last byte"])
def test_one_byte_altered(folder, name, where):
    content = bytearray((folder / name).read_bytes())
    content[int(where * (len(content) - 1))] ^= 0x01
    (folder / name).write_bytes(content)
    assert name in damage(folder)


@pytest.mark.parametrize("name", FILES)
def test_one_file_missing(folder, name):
    (folder / name).unlink()
    assert name in damage(folder)


@pytest.mark.parametrize("name", FILES)
def test_one_file_cut_short(folder, name):
    os.truncate(folder / name, (folder / name).stat().st_size // 2)
    assert name in damage(folder)


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", '{"sha256": 1}', "\ufffd"])
def test_no_manifest_at_all(folder, content):
    (folder / MANIFEST).write_text(content, encoding="utf-8")
    assert MANIFEST in damage(folder)


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest.update(synthetic=False),
        lambda manifest: manifest.update(policy="nearest"),
        lambda manifest: manifest["files"].pop("values.npy"),
        lambda manifest: manifest["processes"].pop("violence"),
        lambda manifest: manifest["processes"]["recidivism"]["metric"]["tables"][2]["contribution"].reverse(),
        lambda manifest: manifest.update(sha256="0" * 64),
        lambda manifest: manifest.update(added="something"),
    ],
)
def test_an_edited_manifest(folder, edit):
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    edit(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert "changed after it was written" in damage(folder)


def test_where_a_library_is_looked_for(folder, tmp_path):
    assert library_folder(folder) == library_folder(tmp_path) == folder
    assert check(tmp_path) == []
    assert "no such folder" in damage(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert MANIFEST in damage(tmp_path / "empty")


def test_of_several_libraries_one_has_to_be_named(folder, tmp_path):
    other = write(built(past_cases(12, count=120)), tmp_path)
    sentence = damage(tmp_path)
    assert folder.name in sentence and other.name in sentence
    assert check(other) == check(folder) == []


def test_written_twice_it_is_one_folder(tmp_path):
    first = write(LIBRARY, tmp_path)
    before = {file.name: file.stat().st_mtime_ns for file in first.iterdir()}
    assert write(LIBRARY, tmp_path) == first
    assert {file.name: file.stat().st_mtime_ns for file in first.iterdir()} == before
    assert list(tmp_path.iterdir()) == [first]


def test_a_damaged_one_is_not_written_over(folder, tmp_path):
    (folder / "values.npy").unlink()
    with pytest.raises(LibraryDamaged, match=r"values\.npy"):
        write(LIBRARY, tmp_path)


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from reference_library import write
from tests.rms.engine.libraries import library, past_cases
made = [library(past_cases(seed, count=110)) for seed in (1, 2)]
print("ready", flush=True)
for n in range(10**9):
    for library in made:
        write(library, Path(sys.argv[1]) / str(n))
"""


def test_killed_while_writing_it_leaves_whole_libraries_or_none(tmp_path):
    dice, whole = random.Random(4), 0
    for round_ in range(4):
        parent = tmp_path / str(round_)
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(parent)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        while not any(parent.glob(f"*/[!.]*/{MANIFEST}")):
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        for place in parent.glob("[0-9]*"):
            for found in place.glob("[!.]*"):
                assert check(found) == []
                whole += 1
            # What was begun may lie beside them, under a name no library has.
            if not list(place.glob("[!.]*")):
                assert MANIFEST in damage(place)
    assert whole >= 4


def sizes(folder: Path) -> list[int]:
    return sorted({file.stat().st_size for file in folder.iterdir()})


@pytest.mark.parametrize("which", range(6))
def test_no_room_for_a_file(original, tmp_path, which):
    """A real refusal by the system: no file of this process may grow beyond some size."""
    limit = sizes(original)[which * len(sizes(original)) // 6] - 1
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(OSError, match="too large|written completely"):
            write(LIBRARY, tmp_path / "full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "full").iterdir()) == []
    assert check(write(LIBRARY, tmp_path / "full")) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, made as large as a test says; only where one may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()

    def sized(kilobytes: int) -> Path:
        subprocess.run(["umount", place], capture_output=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("no file system can be mounted here")
        return place

    yield sized
    subprocess.run(["umount", place], capture_output=True)


def test_a_full_disk_leaves_nothing(small_disk, capfd):
    needed = None
    for kilobytes in range(8, 200, 4):
        place = small_disk(kilobytes)
        try:
            folder = write(LIBRARY, place)
        except OSError:
            assert list(place.iterdir()) == [], kilobytes
        else:
            needed = kilobytes
            assert check(folder) == []
            break
    assert needed is not None and needed > 60
    capfd.readouterr()  # FAISS tells of its own failures on standard error


@pytest.mark.parametrize("name", FILES)
def test_what_is_done_to_the_folder_does_not_reach_a_loaded_library(folder, name):
    """The file is cut short below the mapped arrays: once, that ended the process (SIGBUS)."""
    library = load(folder)
    os.truncate(folder / name, 0)
    people, persons = random_values(np.random.default_rng(2), 20, coarse=False), np.zeros(20, np.uint64)
    scores = [simulate_many(people, persons, lib)["violence"].score for lib in (library, LIBRARY)]
    np.testing.assert_array_equal(*scores)
    with pytest.raises(LibraryDamaged, match=name):
        verify(folder, library)


def test_nobody_can_write_to_the_copies_or_cut_them_short(folder):
    with closing(copied(folder)) as copies:
        for name in copies.descriptors:
            with pytest.raises(PermissionError):
                os.truncate(copies.path(name), 0)
            with pytest.raises(PermissionError), copies.path(name).open("r+b", buffering=0) as file:
                file.write(b"x")


def test_copies_leave_no_descriptor_open(folder):
    gc.collect()  # what earlier tests have left
    before = descriptors()
    load(folder)
    (folder / "values.npy").unlink()
    damage(folder)
    gc.collect()
    assert descriptors() == before


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_program_that_replaces_this_one_inherits_the_copies(folder):
    copies = copied(folder)
    program = (
        "import sys; from reference_library import Copies, loaded\n"
        "print(loaded(Copies.inherited(sys.argv[1])).reference.sha256)"
    )
    text = copies.hand_on()
    (folder / "values.npy").unlink()
    command = [sys.executable, "-c", program, text]
    done = subprocess.run(command, capture_output=True, text=True, pass_fds=copies.descriptors.values())
    copies.close()
    assert done.stdout.strip() == json.loads((folder / MANIFEST).read_text())["sha256"], done.stderr
