"""`rms serve` refuses with a sentence and an exit code what would otherwise fail in every worker."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from api.cli import EXIT_CODES
from api.commands.serving import require_free
from api.storage import upgrade
from reference_library import write
from rms.errors import ConfigurationInvalid
from tests.api.commands.command_line import quick_rms
from tests.rms.engine.libraries import library, past_cases

SECRET = "a secret of thirty-two characters or more"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(library(past_cases(1, count=120), policy="nearest"), tmp_path / "libraries")
    upgrade(f"sqlite:///{tmp_path / 'rms.sqlite'}")
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"RMS_SECRET_KEY": "short"}, "configuration_invalid", "RMS_SECRET_KEY"),
        ({"RMS_WORKERS": "x"}, "configuration_invalid", "RMS_WORKERS must be"),
        ({"RMS_THREADS": "-1"}, "configuration_invalid", "RMS_THREADS must be"),
        ({"RMS_BIND": "foo"}, "configuration_invalid", "RMS_BIND must be"),
        ({"RMS_LIBRARY": "/nowhere"}, "library_damaged", "/nowhere"),
        ({"RMS_DATABASE": "sqlite:////nowhere/rms.sqlite"}, "storage_unavailable", "rms db upgrade"),
    ],
)
def test_wrong_settings_are_refused(data, changes, code, named):
    settings = {"RMS_DATA": str(data), "RMS_SECRET_KEY": SECRET, "RMS_BIND": f"127.0.0.1:{free_port()}"}
    done = quick_rms("serve", env=settings | changes)
    assert done.returncode == EXIT_CODES[code], done.stderr
    assert named in done.stderr and done.stderr.count("\n") == 1 and done.stdout == ""


def test_a_damaged_library_does_not_stop_the_service(data):
    """Stored assessments can be read without it. Nothing is scored until it is restored."""
    file = next((data / "libraries").glob("*/values.npy"))
    whole, port = file.read_bytes(), free_port()
    os.truncate(file, 100)
    settings = {"RMS_DATA": str(data), "RMS_SECRET_KEY": SECRET, "RMS_BIND": f"127.0.0.1:{port}"}
    env = {name: value for name, value in os.environ.items() if not name.startswith("RMS_")} | settings
    command = [sys.executable, "-m", "api.cli", "serve"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as service:
        try:
            answer = ready(port)
            assert (answer["status"], answer["code"]) == (503, "library_altered")
            file.write_bytes(whole)
            assert ready(port)["status"] == "ok"
        finally:
            service.send_signal(signal.SIGTERM)
            _, errors = service.communicate(timeout=30)
    assert service.returncode == 0
    assert "values.npy" in errors and "cannot calculate scores" in errors


def ready(port: int) -> dict[str, object]:
    """The answer of /ready, as soon as there is one."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as link:
            link.request("GET", "/ready")
            return dict(json.loads(link.getresponse().read()))
        time.sleep(0.05)
    raise AssertionError("The service did not start.")


def test_a_taken_port_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigurationInvalid, match="Choose another port"):
            require_free(f"127.0.0.1:{taken.getsockname()[1]}")
    require_free(f"127.0.0.1:{free_port()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
