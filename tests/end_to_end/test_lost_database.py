"""The database deleted, moved, replaced or cut under the running service, and what its restart then finds."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite

from tests.end_to_end.server import BODY, ROOT, Client, Server, free_port

Happened = Callable[[Path, Path], object]
POSTS = 3


def log(database: Path) -> Path:
    return database.with_name("rms.sqlite-wal")


def moved_away(database: Path, _backup: Path) -> None:
    database.rename(database.with_name("elsewhere.sqlite"))


def log_altered(database: Path, _backup: Path) -> None:
    with log(database).open("r+b", buffering=0) as file:
        file.seek(log(database).stat().st_size // 2)
        file.write(b"altered")


def earlier_log(database: Path, _backup: Path) -> None:
    """Written over the log that SQLite has begun again since, after it had copied all of the earlier one."""
    earlier = log(database).read_bytes()
    subprocess.run([sys.executable, "-c", BEGIN_AGAIN, str(database)], check=True)
    assert log(database).read_bytes()[16:24] != earlier[16:24]
    with log(database).open("r+b", buffering=0) as file:
        file.write(earlier.ljust(log(database).stat().st_size, b"\0"))


BEGIN_AGAIN = """
import sys
from pysqlite3 import dbapi2 as sqlite
connection = sqlite.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
connection.execute("PRAGMA user_version = 7")
"""


# What happens, and whether `rms db upgrade` then refuses the database or finds all that was acknowledged.
KINDS: dict[str, tuple[Happened, bool]] = {
    "deleted": (lambda database, _: database.unlink(), True),
    "deleted with its log": (lambda database, _: (database.unlink(), log(database).unlink()), True),
    "moved away": (moved_away, True),
    "an older one moved into its place": (lambda database, backup: backup.replace(database), True),
    "an older one copied over it": (lambda database, backup: shutil.copy(backup, database), True),
    "cut to nothing": (lambda database, _: os.truncate(database, 0), True),
    "cut to half": (lambda database, _: os.truncate(database, database.stat().st_size // 2), True),
    "log deleted": (lambda database, _: log(database).unlink(), False),
    "log cut to half": (
        lambda database, _: os.truncate(log(database), log(database).stat().st_size // 2),
        True,
    ),
    "log cut to nothing": (lambda database, _: os.truncate(log(database), 0), True),
    "log altered in the middle": (log_altered, True),
    "an earlier log written over it": (earlier_log, True),
}


def rms(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    env = {name: value for name, value in os.environ.items() if not name.startswith("RMS_")}
    (library,) = (data / "libraries").glob("*/")
    env |= {"RMS_DATA": str(data), "RMS_LIBRARY": str(library), "RMS_BIND": f"127.0.0.1:{free_port()}"}
    env |= {"RMS_SECRET_KEY": (data / "secret").read_text(encoding="utf-8")}
    command = [sys.executable, "-m", "api.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


def backed_up(database: Path) -> Path:
    backup = database.with_name("backup.sqlite")
    command = [sys.executable, "-c", BACKUP, str(database), str(backup)]
    subprocess.run(command, check=True)
    return backup


BACKUP = """
import sys
from pysqlite3 import dbapi2 as sqlite
source, target = map(sqlite.connect, sys.argv[1:])
source.backup(target)
"""


def acknowledged(client: Client, number: str) -> list[str]:
    answers = [client.post({**BODY, "offender_number": number}) for _ in range(POSTS)]
    assert [answer.status for answer in answers] == [201] * POSTS
    return [answer.json()["id"] for answer in answers]


def wait_for_head(database: Path) -> None:
    """The head is noted every two seconds; what was stored after it, only a newer backup brings back."""
    file, end = database.with_name("audit-head.json"), time.monotonic() + 20
    with closing(sqlite.connect(str(database))) as connection:
        (last,) = connection.execute("SELECT max(sequence) FROM audit").fetchone()
    while json.loads(file.read_bytes())["entries"] < last:
        assert time.monotonic() < end
        time.sleep(0.05)


def stored(database: Path) -> set[str]:
    with closing(sqlite.connect(str(database))) as connection:
        return {id for (id,) in connection.execute("SELECT id FROM assessments")}


# Each start of the service takes seconds. `tests/api/storage/files` has all kinds, in one process.
EACH_COMMIT = {
    "an older one copied over it",
    "log deleted",
    "log altered in the middle",
}


@pytest.mark.parametrize(
    ("happened", "refused"),
    [
        pytest.param(*kind, id=name, marks=() if name in EACH_COMMIT else pytest.mark.soak)
        for name, kind in KINDS.items()
    ],
)
def test_nothing_is_acknowledged_that_a_restart_does_not_find(
    data: Path, happened: Happened, refused: bool
) -> None:
    server, database = Server(data), data / "rms.sqlite"
    try:
        with closing(server.client()) as client:
            earlier = acknowledged(client, "88001")
            backup = backed_up(database)
            earlier += acknowledged(client, "88002")
            wait_for_head(database)
            happened(database, backup)
            later = [client.post({**BODY, "offender_number": "88003"}) for _ in range(POSTS)]
            assert [answer.status for answer in later] == [503] * POSTS
            with closing(server.client(key=None)) as stranger:
                ready = stranger.get("/ready")
                assert (ready.status, ready.json()["code"]) == (503, "storage_lost")
                assert stranger.get("/health").status == 200
            time.sleep(3)  # until the service has noted what it saw
    finally:
        server.kill()
    upgraded = rms(data, "db", "upgrade")
    if refused:
        started = rms(data, "serve")
        assert (upgraded.returncode, started.returncode) == (5, 5), upgraded.stderr + started.stderr
        assert "backup" in upgraded.stderr and "Traceback" not in upgraded.stderr + started.stderr
    else:
        assert upgraded.returncode == 0, upgraded.stderr
        assert set(earlier) <= stored(database)


def test_a_backup_restored_as_the_manual_says(data: Path) -> None:
    server, database = Server(data), data / "rms.sqlite"
    with closing(server.client()) as client:
        kept = acknowledged(client, "88001")
        backup = backed_up(database)
        lost = acknowledged(client, "88002")
        wait_for_head(database)
        database.unlink()
        assert client.get("/ready").status == 503
    server.stop()
    for name in ("rms.sqlite-wal", "rms.sqlite-shm"):
        (data / name).unlink(missing_ok=True)
    shutil.copy(backup, database)
    assert rms(data, "db", "upgrade").returncode == 5
    accepted = rms(data, "db", "accept-restored")
    assert accepted.returncode == 0, accepted.stderr
    assert rms(data, "db", "upgrade").returncode == 0
    again = Server(data)
    with closing(again.client()) as client:
        assert acknowledged(client, "88002") == lost
    again.stop()
    assert set(kept) <= stored(database)
    assert rms(data, "audit", "verify").returncode == 0
