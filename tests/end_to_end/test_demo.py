"""`rms demo` from the first start on: what it makes, what it says, what it leaves alone."""

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from api.demonstration.demo import OF_FORCE, PEOPLE, USERS
from reference_library import load
from tests.api.commands.command_line import quick_rms
from tests.api.own_instrument import write_library
from tests.end_to_end.server import ROOT, Server


def count(data: Path, statement: str) -> int:
    with closing(sqlite3.connect(data / "rms.sqlite")) as database:
        return int(database.execute(statement).fetchone()[0])


def test_the_first_start(first_start: tuple[Path, str]) -> None:
    data, said = first_start
    access = json.loads((data / "demo.json").read_text(encoding="utf-8"))
    assert set(access) == {"address", "api_key", "users"}
    assert [set(user) for user in access["users"]] == [{"username", "password", "role"}] * (
        len(USERS) + len(OF_FORCE)
    )
    for text in (access["address"], access["api_key"], *(user["password"] for user in access["users"])):
        assert text in said
    for secret in ("demo.json", "secret", "rms.sqlite", "audit-head.json"):
        assert (data / secret).stat().st_mode & 0o077 == 0, secret
    assert sorted(entry.name for entry in data.iterdir() if not entry.name.startswith("rms.sqlite-")) == [
        "audit-head.json",
        "boundaries",
        "demo.json",
        "libraries",
        "rms.sqlite",
        "secret",
    ]


def test_the_packaged_library(first_start: tuple[Path, str]) -> None:
    library = load(first_start[0] / "libraries")
    assert library.synthetic and library.policy.name == "pool"
    assert len(library.cases) == 5_941
    assert library.manifest["labels"]["recidivism"] == {"1": 3_267, "2": 956, "none": 1_718}
    assert library.manifest["labels"]["violence"]["2"] == 300
    assert library.reference.name == "synthetic"


def test_the_caseload(data: Path) -> None:
    assert count(data, "SELECT count(DISTINCT offender_number) FROM assessments") == 300
    assert count(data, "SELECT count(*) FROM person_records WHERE source = 1") == PEOPLE
    assert count(data, "SELECT count(*) FROM harm_scores") > PEOPLE // 2
    both = "SELECT count(DISTINCT people.id) FROM people JOIN person_records ON person = people.id"
    assert (
        count(data, f"{both} WHERE next_sequence > 0") == 300
    )  # all who are assessed are known to the force
    assert count(data, "SELECT count(*) FROM assessments WHERE sequence > 0 AND kind = 'assessment'") > 50
    assert count(data, "SELECT count(*) FROM assessments WHERE kind = 'what_if'") > 5
    assert count(data, "SELECT count(*) FROM simulations") == 2 * count(
        data, "SELECT count(*) FROM assessments"
    )


def test_a_second_start_is_the_same_demonstration(data: Path) -> None:
    before = json.loads((data / "demo.json").read_text(encoding="utf-8"))
    assessments = count(data, "SELECT count(*) FROM assessments")
    server = Server(data)
    with closing(server.client(key=before["api_key"])) as client:
        assert client.get("/api/v1/assessments").status == 200
    assert server.access == {**before, "address": f"http://127.0.0.1:{server.port}"}
    server.stop()
    assert count(data, "SELECT count(*) FROM assessments") == assessments


def refused(data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "demo", "--data", str(data), "--port", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_records_that_are_no_demonstration_are_left_alone(tmp_path: Path, data: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(data / "rms.sqlite", own)
    before = (own / "rms.sqlite").read_bytes()
    done = refused(own)
    assert done.returncode == 6 and "not a demonstration" in done.stderr
    assert [file.name for file in own.iterdir()] == ["rms.sqlite"]
    assert (own / "rms.sqlite").read_bytes() == before


def test_a_second_instrument_is_added_and_the_first_stays_in_use(data: Path) -> None:
    """docs/instruments.md in the demonstration: what is served and what is listed agree."""
    write_library(data / "libraries")
    server = Server(data)

    def listed() -> dict[str, str]:
        lines = quick_rms("library", "list", env=settings).stdout.splitlines()
        return {line.split("  ")[0]: line.rpartition("  ")[2] for line in lines}

    def served() -> dict[str, bool]:
        """The instruments in use, and which is the default."""
        with closing(server.client()) as client:
            known = client.get("/api/v1/instruments").json()["instruments"]
        return {one["name"]: one["default"] for one in known if one["in_use"]}

    settings = {"RMS_DATA": str(data), "RMS_DATABASE": f"sqlite:///{data / 'rms.sqlite'}"}
    assert listed() == {"county 1.0": "not in use", "synthetic 1.0": "in use"}
    assert served() == {"rms": True}
    assert quick_rms("library", "use", "county", "1.0", env=settings).returncode == 0
    end = time.monotonic() + 30
    while "county" not in served() and time.monotonic() < end:
        time.sleep(0.5)
    assert served() == {"rms": True, "county": False}
    assert listed() == {"county 1.0": "in use", "synthetic 1.0": "in use"}
    server.stop()


def test_a_damaged_library_is_not_served(data: Path) -> None:
    (victim,) = (data / "libraries").glob("*/values.npy")
    victim.write_bytes(victim.read_bytes()[:-1] + b"\0\0")
    (data / "rms.sqlite").unlink()
    done = refused(data)
    assert done.returncode == 4 and "values.npy" in done.stderr


def test_a_start_that_was_interrupted_is_made_again(data: Path) -> None:
    """A demonstration without its database: what lies about from it is replaced."""
    key = json.loads((data / "demo.json").read_text(encoding="utf-8"))["api_key"]
    (data / "rms.sqlite").unlink()
    (data / "rms.sqlite-wal").write_bytes(b"\0" * 4096)
    (data / ".demo-draft").mkdir()
    server = Server(data)
    assert server.access["api_key"] != key
    with closing(server.client()) as client:
        assert client.get("/api/v1/assessments").status == 200
    server.stop()
    assert count(data, "SELECT count(DISTINCT offender_number) FROM assessments") == 300
    assert not (data / ".demo-draft").exists()
