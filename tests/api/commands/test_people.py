"""Case records on the command line: likely duplicates, subject access, and people who were erased."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from api.services.people.naming import person_ids
from api.services.records import linkage
from api.storage import RecordMarks, Store
from tests.api.commands.command_line import quick_rms
from tests.api.contexts import START
from tests.api.two_sources import folders
from tests.end_to_end.server import free_port

SECRET = "a secret of at least 32 characters"


def test_duplicates_are_looked_for_and_counted(sqlite_url: str, tmp_path: Path) -> None:
    env = {"RMS_DATABASE": sqlite_url, "RMS_DATA": str(tmp_path)}
    for folder in folders(tmp_path):
        assert quick_rms("people", "import", folder, env=env).returncode == 0
    first = quick_rms("people", "duplicates", env=env)
    assert first.stdout.splitlines() == [
        "Records that are new or have changed: 9.",
        "Likely duplicates found: 3. Waiting for a decision: 3.",
    ]
    again = quick_rms("people", "duplicates", "--by", "the nightly run", env=env)
    assert again.stdout.splitlines()[0] == "Records that are new or have changed: 0."
    everybody = quick_rms("people", "duplicates", "--all", env=env)
    assert everybody.stdout.splitlines()[1] == "Likely duplicates found: 3. Waiting for a decision: 3."
    with patch.object(linkage, "MOST_ALIKE", 1):
        cut = quick_rms("people", "duplicates", "--all", env=env).stdout.splitlines()
    assert cut[1].startswith("Records of which more than 300 are alike, so that RMS did not compare all")
    assert cut[2] == "Likely duplicates found: 0. Waiting for a decision: 0."
    store = Store(sqlite_url)
    with store.reading() as tx:
        entries = [entry for entry in tx.audit.entries() if entry.action == "duplicates.proposed"]
    store.close()
    assert [(entry.actor, entry.detail["found"]) for entry in entries] == [
        ("command line", 3),
        ("the nightly run", 0),
        ("command line", 3),
        ("command line", 0),
    ]


def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "import.toml").write_text('source = "x"\nas_at = 2026-03-01\ndates = "year-month-day"\n')
    (tmp_path / "people.csv").write_text("person,surname\nP1,Lee\n", encoding="utf-16")
    out = tmp_path / "problems.csv.txt"
    env = {"RMS_DATABASE": sqlite_url, "RMS_DATA": str(tmp_path)}
    (tmp_path / "areas.csv").write_text("area,name,kind,parent\nW1,Castle ward,ward,X9\n")
    done = quick_rms("people", "import", tmp_path, "--problems", out, env=env)
    assert done.returncode == 3
    said = "people.csv is UTF-16. Save it as UTF-8 (in a spreadsheet program: “CSV UTF-8”)."
    assert done.stderr.splitlines()[-1] == f"rms: people.csv, line 1: {said}"
    assert done.stdout.splitlines() == [
        "areas.csv: 0 added, 0 changed, 0 unchanged, 1 refused",
        "people.csv: 0 added, 0 changed, 0 unchanged, 0 refused, not read to its end",
    ]
    with out.open(encoding="utf-8", newline="") as file:
        written = [(row["place"], row["code"]) for row in csv.DictReader(file)]
    assert written == [("areas.csv, line 2, parent", "unknown_area"), ("people.csv, line 1", "not_utf8")]
    (tmp_path / "import.toml").write_text("source = 1\n")
    assert quick_rms("people", "import", tmp_path, "--problems", out, env=env).returncode == 3
    assert "import.toml, source,invalid_value" in out.read_text(encoding="utf-8").replace('"', "")


def test_data_of_a_day_to_come_are_refused(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "import.toml").write_text('source = "x"\nas_at = 2962-03-01\ndates = "year-month-day"\n')
    (tmp_path / "people.csv").write_text("person,surname\nP1,Lee\n")
    env = {"RMS_DATABASE": sqlite_url, "RMS_DATA": str(tmp_path)}
    done = quick_rms("people", "import", tmp_path, env=env)
    assert done.returncode == 3
    assert done.stderr.startswith("rms: import.toml, as_at: as_at, 2962-03-01, is after today.")


@pytest.fixture
def crimes(sqlite_url: str, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A folder that was imported, and the environment of the command."""
    env = {"RMS_DATABASE": sqlite_url, "RMS_DATA": str(tmp_path), "RMS_SECRET_KEY": SECRET}
    folder, _ = folders(tmp_path)
    assert quick_rms("people", "import", folder, env=env).returncode == 0
    return folder, env


def test_subject_access_of_a_person_without_a_number(
    crimes: tuple[Path, dict[str, str]], sqlite_url: str, tmp_path: Path
) -> None:
    _, env = crimes
    store = Store(sqlite_url)
    with store.reading() as tx:
        key = tx.records.person_of("crimes", "P2") or 0
    store.close()
    address = f"https://rms.example/people/by-key/{person_ids(SECRET).text(key)}"
    for place, named in enumerate(((address,), ("--source", "crimes", "--id", "P2"))):
        out = tmp_path / f"out {place}"
        done = quick_rms("subject-access", *named, "--out", out, env=env)
        assert (done.returncode, done.stderr) == (0, "")
        record = json.loads((out / "record.json").read_text(encoding="utf-8"))
        assert (record["person"], record["offender_number"]) == ("person P2 of crimes", "")
        assert record["also_held"]["person_records"][0]["surname"] == "Wei"
    out = tmp_path / "none"
    for named in (("--source", "crimes", "--id", "P9"), ("x" * 22,), (address.replace("key/", "key/x"),)):
        assert quick_rms("subject-access", *named, "--out", out, env=env).returncode == 3, named
    for named in ((), ("P2", "--source", "crimes", "--id", "P2"), ("--id", "P2")):
        assert quick_rms("subject-access", *named, "--out", out, env=env).returncode == 2, named
    assert not out.exists()


def erase(url: str, id: str) -> None:
    store = Store(url)
    with store.transaction() as tx:
        users = [
            tx.accounts.add_user(name, password_hash="x", role="administrator", by="test", at=START).id
            for name in ("ada", "ben")
        ]
        person = tx.records.person_of("crimes", id) or 0
        asked = {"reason": "court_order", "text": "x", "requested_by": users[0], "by": "ada", "at": START}
        tx.erasures.request(person, **asked, expires_at=START + timedelta(days=1))
        request = tx.erasures.of(person, at=START)
        assert request is not None
        tx.erasures.erase(request, marks=RecordMarks(SECRET), approved_by=users[1], by="ben", at=START)
    store.close()


def test_an_erased_person_comes_back_only_if_somebody_allows_it(
    crimes: tuple[Path, dict[str, str]], sqlite_url: str
) -> None:
    folder, env = crimes
    erase(sqlite_url, "P2")
    again = quick_rms("people", "import", folder, env=env)
    assert again.returncode == 0 and "people.csv: 0 added, 0 changed, 4 unchanged, 1 refused" in again.stdout
    assert again.stderr.splitlines() == [
        "people.csv, line 3, person: person was erased from RMS. "
        "The row is not taken until an administrator allows this record again."
    ]
    without_key = quick_rms("people", "import", folder, env={**env, "RMS_SECRET_KEY": SECRET[::-1]})
    assert without_key.returncode == 3 and "RMS_SECRET_KEY" in without_key.stderr

    reason = ("--reason", "Convicted again.")
    for wrong in (("crimes",), ("crimes", "P2", "--all")):
        assert quick_rms("people", "allow-again", *wrong, *reason, env=env).returncode == 2
    unknown = quick_rms("people", "allow-again", "crimes", "P1", *reason, env=env)
    assert unknown.returncode == 3 and "P1" not in unknown.stderr
    allowed = quick_rms("people", "allow-again", "crimes", "P2", *reason, env=env)
    assert (allowed.returncode, allowed.stdout) == (0, "Records that the next import can take again: 1.\n")
    assert "1 added" in quick_rms("people", "import", folder, env=env).stdout


def test_a_changed_key_is_noticed_at_the_start(crimes: tuple[Path, dict[str, str]], sqlite_url: str) -> None:
    _, env = crimes
    erase(sqlite_url, "P2")
    stops = {"RMS_BIND": f"127.0.0.1:{free_port()}", "RMS_LIBRARY": "/nowhere"}  # after the warning
    said = quick_rms("serve", env={**env, **stops, "RMS_SECRET_KEY": SECRET[::-1]}).stderr.splitlines()
    assert said[0].startswith(
        "rms: People of these sources were erased under another RMS_SECRET_KEY: crimes. RMS cannot recognise"
    )
    assert len(said) == 2 and "/nowhere" in said[1]
    assert "erased" not in quick_rms("serve", env={**env, **stops}).stderr


def test_all_of_a_source_can_be_allowed(crimes: tuple[Path, dict[str, str]], sqlite_url: str) -> None:
    folder, env = crimes
    erase(sqlite_url, "P2")
    lost = {**env, "RMS_SECRET_KEY": SECRET[::-1]}
    allowed = quick_rms("people", "allow-again", "crimes", "--all", "--reason", "Lost.", env=lost)
    assert (allowed.returncode, allowed.stdout[-4:]) == (0, " 1.\n")
    assert (
        quick_rms("people", "allow-again", "crimes", "--all", "--reason", "Lost.", env=lost).returncode == 3
    )
    assert "1 added" in quick_rms("people", "import", folder, env=lost).stdout
