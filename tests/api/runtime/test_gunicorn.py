"""The service as it is really started: gunicorn, its settings, the environment."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from api.config import Config
from api.runtime import gunicorn_settings
from tests.api.runtime.serving import READY, exchanged, serving
from tests.end_to_end.server import free_port


@pytest.fixture
def metrics_port() -> int:
    return free_port()


@pytest.fixture
def served(config: Config, library_folder: Path, metrics_port: int) -> Iterator[Path]:
    """A running service, by its socket; gone again in order."""
    settings = {"RMS_MAX_BODY": "100000", "RMS_METRICS_BIND": f"127.0.0.1:{metrics_port}"}
    with serving(config, library_folder, **settings) as place:
        yield place


def test_served(served: Path, key: str, valid_body: dict[str, Any]) -> None:
    head = (
        f"POST /api/v1/assessments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\nConnection: close\r\n"
    ).encode()
    body = json.dumps(valid_body).encode()
    padded = body + b" " * (100_000 - len(body))

    status, answer = exchanged(served, head, b"Content-Length: %d\r\n\r\n" % len(body), body)
    assert (status, json.loads(answer)["id"]) == (201, "10000")

    status, answer = exchanged(served, head, b"Content-Length: 10000000\r\n\r\n")
    assert (status, json.loads(answer)["code"]) == (413, "body_too_large")

    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    status, answer = exchanged(served, chunked, b"%x\r\n%s\r\n0\r\n\r\n" % (len(padded), padded))
    assert (status, json.loads(answer)["id"]) == (201, "10000-01")

    status, answer = exchanged(served, chunked, b"%x\r\n%s\r\n1\r\n \r\n0\r\n\r\n" % (len(padded), padded))
    assert (status, json.loads(answer)["code"]) == (413, "body_too_large")


def test_a_body_cut_short_is_never_taken(served: Path, key: str, valid_body: dict[str, Any]) -> None:
    rows = b"".join(
        json.dumps({**valid_body, "offender_number": f"P{n}"}).encode() + b"\n" for n in range(50)
    )
    one = json.dumps(valid_body).encode()
    form = b"grant_type=client_credentials&client_id=rmsc_a&client_secret=secret"
    multipart = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n"
    posts = [
        ("/api/v1/assessments", "application/json", one),
        ("/api/v1/assessments", "application/json", one + b" " * 60),
        ("/api/v1/imports", "application/x-ndjson", rows),
        ("/api/v1/imports", "text/csv", rows),
        ("/api/v1/oauth/token", "application/x-www-form-urlencoded", form),
        ("/login", "application/x-www-form-urlencoded", b"username=a&password=b&next=" + b"x" * 60),
        ("/login", "multipart/form-data; boundary=x", multipart),
    ]
    for path, media_type, body in posts:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nIdempotency-Key: k1\r\n"
            f"Connection: close\r\nAccept: application/json\r\n"
        )
        if path != "/login":
            head += f"Authorization: Bearer {key}\r\n"
        for there in (0, 1, len(body) // 2, len(body) - 1):
            announced = f"{head}Content-Length: {len(body)}\r\n\r\n".encode()
            in_a_chunk = f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode()
            status, answer = exchanged(served, announced, body[:there], hang_up=True)
            assert (status, b"whole body" in answer) == (400, True), (path, there, answer)
            status, answer = exchanged(served, in_a_chunk, body[:there], hang_up=True)
            assert (status, b"whole body" in answer) == (400, True), (path, there, answer)
        status, answer = exchanged(served, in_a_chunk, body, b"\r\n", hang_up=True)  # without the last chunk
        assert (status, b"whole body" in answer) == (400, True), (path, answer)

    head = f"Host: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\nIdempotency-Key: k1\r\n"
    for path, items in (("/api/v1/assessments", "assessments"), ("/api/v1/jobs", "jobs")):
        status, answer = exchanged(served, f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        assert (status, json.loads(answer)[items]) == (200, [])
    for (path, media_type, body), wanted in ((posts[0], 201), (posts[2], 202)):  # the key is still unused
        sent = (
            f"POST {path} HTTP/1.1\r\n{head}Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        assert exchanged(served, sent.encode(), body)[0] == wanted


def test_metrics_of_the_workers_without_a_path(
    served: Path, metrics_port: int, key: str, valid_body: dict[str, Any]
) -> None:
    body = json.dumps({**valid_body, "offender_number": "SECRET77"}).encode()
    head = f"Host: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n"
    post = f"POST /api/v1/assessments HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
    assert exchanged(served, post.encode(), b"Content-Length: %d\r\n\r\n" % len(body), body)[0] == 201
    for path in ("/api/v1/assessments/SECRET77", "/SECRET77"):
        exchanged(served, f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())

    told = scraped(metrics_port)
    asked = 'rms_request_seconds_count{method="%s",route="%s",status="%s"}'
    assert told[asked % ("POST", "/api/v1/assessments", 201)] == 1
    assert told[asked % ("GET", "/api/v1/assessments/<string:id>", 200)] == 1
    assert told[asked % ("", "unmatched", 404)] == 1
    assert told["rms_simulation_seconds_count"] == 1
    assert (told["rms_writers"], told["rms_sessions"], told["rms_database_ready"]) == (0, 0, 1)
    assert told["rms_library_altered"] == 0
    assert "SECRET77" not in str(told)


def test_metrics_tell_of_an_altered_library(served: Path, metrics_port: int, library_folder: Path) -> None:
    file = library_folder / "sex.npy"
    content = file.read_bytes()
    try:
        file.write_bytes(content[:-1])
        assert exchanged(served, READY)[0] == 503
        assert scraped(metrics_port)["rms_library_altered"] == 1
    finally:
        file.write_bytes(content)
    assert exchanged(served, READY)[0] == 200
    assert scraped(metrics_port)["rms_library_altered"] == 0


def scraped(port: int) -> dict[str, float]:
    """What Prometheus would read; the process that tells it starts after the workers."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as link:
            link.request("GET", "/metrics")
            lines = link.getresponse().read().decode().splitlines()
            pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
            return {name: float(value) for name, value in pairs}
        time.sleep(0.05)
    raise AssertionError("Nobody tells the metrics.")


def test_settings() -> None:
    assert gunicorn_settings.worker_class == "gthread"
    assert gunicorn_settings.preload_app is False  # a parent that searched hangs its forked children
    assert gunicorn_settings.control_socket_disable is True
    assert (gunicorn_settings.workers, gunicorn_settings.threads) == (1, 8)
