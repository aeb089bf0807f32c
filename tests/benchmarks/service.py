"""A database for a benchmark: new, with one user and one API key; and a service over it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.services.access.accounts import create_api_key, create_user
from api.services.users import Role
from api.storage import Store, upgrade
from tests.api.contexts import context_for
from tests.end_to_end.server import Client, free_port
from tests.postgresql import Server

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
NAME, PASSWORD = "benchmark", "nobody signs in with this"
SECRET = "no secret, for nobody signs in during a benchmark"


@dataclass(frozen=True)
class Served:
    port: int
    key: str
    workers: tuple[int, ...]  # process ids


def processor_time(service: Served) -> float:
    """The seconds of processor time that the workers have used so far."""
    ticks = 0
    for worker in service.workers:
        _, _, fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")
        ticks += sum(map(int, fields.split()[11:13]))  # as a user, and in the kernel
    return ticks / os.sysconf("SC_CLK_TCK")


def new_database(url: str) -> str:
    """Make it, and return the key."""
    upgrade(url)
    with closing(Store(url)) as store:
        create_user(context_for(store, at=NOW, by=NAME), NAME, PASSWORD, role=Role.CASE_WORKER)
        return create_api_key(context_for(store, at=NOW, by=NAME), NAME, name=NAME)


@contextmanager
def served(library: Path, workers: int, folder: Path, *, server: Server | None = None) -> Iterator[Served]:
    """A service over a new database of the PostgreSQL `server`, or of SQLite; stopped at the end."""
    with tempfile.TemporaryDirectory(dir=folder) as data:
        url, port = server.database() if server else f"sqlite:///{data}/rms.sqlite", free_port()
        key = new_database(url)
        environment = {
            **os.environ,
            "RMS_DATA": data,
            "RMS_DATABASE": url,
            "RMS_LIBRARY": str(library),
            "RMS_SECRET_KEY": SECRET,
            "RMS_BIND": f"127.0.0.1:{port}",
            "RMS_WORKERS": str(workers),
            "RMS_RATE": "0",
        }
        command = [sys.executable, "-m", "api.cli", "serve"]
        with (
            (folder / "service.log").open("wb") as log,
            subprocess.Popen(command, env=environment, stderr=log) as service,
        ):
            try:
                yield Served(port, key, _workers(service.pid, port, expected=workers))
            finally:
                service.send_signal(signal.SIGTERM)


def _workers(master: int, port: int, *, expected: int) -> tuple[int, ...]:
    """The workers' process ids, once all of them are there and the service is ready."""
    end = time.monotonic() + 60.0
    while time.monotonic() < end:
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        if len(children) == expected and ready(port):
            return tuple(int(child) for child in children)
        time.sleep(0.1)
    raise RuntimeError(f"No {expected} workers within a minute.")


def ready(port: int) -> bool:
    """Whether a service there takes requests."""
    with suppress(OSError), closing(Client(port, None)) as client:
        return client.get("/ready").status == 200
    return False
