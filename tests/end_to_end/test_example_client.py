"""The example client as its readers run it: whatever is killed in the middle, it ends with every line."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.storage.sqlite import writing_engine
from tests.end_to_end.server import ROOT, Server

CLIENT = ROOT / "docs/example_client.py"
LONG = 120.0


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    server = Server(data, RMS_RATE="0")
    yield server
    if server.process.poll() is None:
        server.stop()


def started(server: Server, folder: Path, *, count: int) -> subprocess.Popen[str]:
    """The client with a made-up file of so many lines."""
    files = [str(folder / name) for name in ("people.ndjson", "result.ndjson")]
    return subprocess.Popen(
        [sys.executable, str(CLIENT), f"http://127.0.0.1:{server.port}", *files, "--make", str(count)],
        env={**os.environ, "RMS_KEY": server.access["api_key"], "no_proxy": "127.0.0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(client: subprocess.Popen[str]) -> dict[str, Any]:
    """What the client says at its end."""
    said, progress = client.communicate(timeout=1000)
    assert client.returncode == 0
    assert "?" not in progress  # of how many is told from the first line on
    return dict(json.loads(said))


def jobs(server: Server) -> list[dict[str, Any]]:
    with closing(server.client()) as client:
        return list(client.get("/api/v1/jobs").json()["jobs"])


def until_half_is_done(server: Server, *, count: int) -> None:
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        if any(0 < job["done"] < count for job in jobs(server)):
            return
        time.sleep(0.02)
    raise AssertionError("No job was ever in the middle.")


def assert_complete(server: Server, folder: Path, *, count: int) -> None:
    """Exactly so many assessments, each the first of its person, and a result that tells of every line."""
    told = [json.loads(line) for line in (folder / "result.ndjson").read_text().splitlines()]
    numbers = [f"EX{number:06}" for number in range(1, count + 1)]
    assert [line["line"] for line in told] == list(range(1, count + 1))
    assert [line["id"] for line in told] == numbers
    assert {line["status"] for line in told} <= {"created", "already_there"}
    with closing(server.client()) as client:
        for number in numbers[:: max(1, count // 50)]:
            assert client.get(f"/api/v1/assessments/{number}").status == 200
        found = client.get("/api/v1/assessments?offender_number=EX&count=true&limit=1").json()
        assert client.get(f"/api/v1/assessments/{numbers[0]}-01").status == 404
    assert found["total"] == count


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_the_client_is_killed_half_way(server: Server, tmp_path: Path, count: int) -> None:
    first = started(server, tmp_path, count=count)
    until_half_is_done(server, count=count)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    first.communicate()
    assert not (tmp_path / "result.ndjson").exists()
    again = ended(started(server, tmp_path, count=count))
    assert again["lines"] == again["created"] == count
    assert len(jobs(server)) == 1
    assert_complete(server, tmp_path, count=count)
    (tmp_path / "people.job").unlink(missing_ok=True)
    once_more = ended(started(server, tmp_path, count=count))
    assert once_more == {"lines": count, "created": 0, "already_there": count, "refused": 0}
    assert_complete(server, tmp_path, count=count)


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_the_server_is_killed_half_way(server: Server, tmp_path: Path, count: int) -> None:
    client = started(server, tmp_path, count=count)
    until_half_is_done(server, count=count)
    server.kill()
    let_leases_run_out(server.data)
    again = Server(server.data, port=server.port, RMS_RATE="0")
    said = ended(client)
    assert said == {"lines": count, "created": count, "already_there": 0, "refused": 0}
    assert_complete(again, tmp_path, count=count)
    again.stop()


def let_leases_run_out(data: Path) -> None:
    """A minute passes."""
    engine = writing_engine(f"sqlite:///{data / 'rms.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE jobs SET leased_until = '2000-01-01 00:00:00.000000'")
    engine.dispose()
