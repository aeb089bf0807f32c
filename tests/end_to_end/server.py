"""The demonstration as it is really started, and a client that knows nothing but HTTP."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LONG = 240.0  # seconds; the first start builds the library and a fictional force

BODY: dict[str, Any] = {
    "offender_number": "77001",
    "sex": "male",
    "date_of_birth": "1985-05-17",
    "instrument": "rms",
    "answers": {
        **dict.fromkeys(("acad", "fanm", "rela", "emot", "alco", "attitude"), 1),
        **dict.fromkeys(("empl", "comp", "drug"), 2),
        **dict.fromkeys(("ment", "heal", "conv_weapon", "conv_escape", "revocations"), 0),
        **dict.fromkeys(("conv_violence", "address_changes"), 1),
        **dict.fromkeys(("conv_property", "conv_drug", "conv_other", "supervision_periods"), 2),
        **{"years_served": 2.5, "age_first_conviction": 18, "months_employed": 4},
    },
    "unknown": {"sexs": "Nothing is on record."},
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """One connection, kept open; `key` goes with every request."""

    def __init__(self, port: int, key: str | None) -> None:
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._key = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **headers: str) -> Answer:
        return self._answer("GET", path, None, headers)

    def post(self, body: Any) -> Answer:
        content = json.dumps(body).encode()
        return self._answer("POST", "/api/v1/assessments", content, {"Content-Type": "application/json"})

    def close(self) -> None:
        self._link.close()

    def _answer(self, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> Answer:
        self._link.request(method, path, content, {**self._key, **headers})
        response = self._link.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())


class Server:
    """`rms demo` over a data folder, with these settings."""

    def __init__(self, data: Path, *, port: int | None = None, **settings: str) -> None:
        self.data, self.port = data, port or free_port()
        command = [sys.executable, "-m", "api.cli", "demo", "--data", str(data), "--port", str(self.port)]
        env = {name: value for name, value in os.environ.items() if not name.startswith("RMS_")} | settings
        self._log = (data.parent / f"{data.name}.log").open("wb")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self._wait()

    @property
    def access(self) -> dict[str, Any]:
        return dict(json.loads((self.data / "demo.json").read_text(encoding="utf-8")))

    @property
    def workers(self) -> list[int]:
        """The process ids of the master's children."""
        master = self.process.pid
        return [int(id) for id in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def client(self, *, key: str | None = "") -> Client:
        return Client(self.port, self.access["api_key"] if key == "" else key)

    def stop(self) -> str:
        """Stop it in order, and return what it said on standard output."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=40)
        self._log.close()
        assert self.process.returncode == 0
        return said

    def kill(self) -> None:
        """Worker and master at once, without a word."""
        workers = self.workers
        assert workers
        for process in (*workers, self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        assert self.process.wait(timeout=20) == -signal.SIGKILL
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()

    def _wait(self) -> None:
        end = time.monotonic() + LONG
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError), closing(Client(self.port, None)) as client:
                if client.get("/ready").status == 200:
                    return
            time.sleep(0.05)
        self.process.kill()
        self.process.communicate()
        self._log.close()
        raise AssertionError(f"It did not come up: {Path(self._log.name).read_text()[-2000:]}")


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
