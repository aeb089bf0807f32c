"""The service as it is really started, at a socket in a folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from api.config import Config

Answer = tuple[int, bytes]
READY = b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def gunicorn(*options: str) -> list[str]:
    """The command that serves RMS."""
    settings = ("-c", "python:api.runtime.gunicorn_settings")
    return [sys.executable, "-m", "gunicorn", *options, *settings, "api.runtime.wsgi:app()"]


@contextmanager
def serving(config: Config, library_folder: Path, **settings: str) -> Iterator[Path]:
    """Start gunicorn with its settings and stop it in order; yields its socket."""
    place = config.data / "http"
    env = {
        **os.environ,
        "RMS_DATA": str(config.data),
        "RMS_LIBRARY": str(library_folder),
        "RMS_SECRET_KEY": config.secret_key,
        "RMS_BIND": f"unix:{place}",
        **settings,
    }
    process = subprocess.Popen(gunicorn(), env=env, stderr=subprocess.DEVNULL)
    try:
        _wait_for(place)
        yield place
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


def exchanged(place: Path, *parts: bytes, hang_up: bool = False) -> Answer:
    """Status and body; with `hang_up`, nothing more is sent and only the answer is waited for."""
    with closing(socket.socket(socket.AF_UNIX)) as link:
        link.settimeout(20)
        link.connect(str(place))
        for part in parts:
            link.sendall(part)
        if hang_up:
            link.shutdown(socket.SHUT_WR)
        received = b""
        while more := link.recv(65_536):
            received += more
    front, _, body = received.partition(b"\r\n\r\n")
    return int(front.split()[1]), body


def _wait_for(place: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with suppress(OSError):
            if exchanged(place, READY)[0] == 200:
                return
        time.sleep(0.05)
    raise AssertionError("The service did not come up.")
