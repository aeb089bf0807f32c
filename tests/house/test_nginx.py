"""The nginx configuration allows the sizes that RMS allows, and its errors have the format of RMS."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from api.config import SETTINGS
from api.errors import PROBLEMS, ProblemSchema

ROOT = Path(__file__).parents[2]
CONF = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
MEBIBYTE = 1024 * 1024
EVERYWHERE, _, LOCATIONS = CONF.partition("\n    location ")
ERROR_PAGES = dict(re.findall(r"error_page ([0-9]{3})(?: =[0-9]{3})? (/nginx/\w+);", EVERYWHERE))
PAGES_OF_PEOPLE = re.findall(r"error_page ([0-9 ]+) (/nginx/pages/\w+);", CONF)
IMPORTS, OTHER = "/api/v1/imports", "/api/v1/assessments"


def location(name: str) -> str:
    """The content of a block without inner blocks."""
    match = re.search(rf"location {re.escape(name)} {{(.*?)\n *}}", CONF, re.DOTALL)
    assert match is not None, name
    return match[1]


def most_bytes(block: str) -> int:
    match = re.search(r"client_max_body_size ([0-9]+)m;", block)
    assert match is not None
    return int(match[1]) * MEBIBYTE


def default(variable: str) -> int:
    return int(next(setting.default for setting in SETTINGS if setting.variable == variable))


def test_c10_nginx_allows_the_body_sizes_of_rms() -> None:
    assert default("RMS_MAX_BODY") < most_bytes(EVERYWHERE) <= 4 * default("RMS_MAX_BODY")
    imports = most_bytes(location(f"= {IMPORTS}"))
    assert default("RMS_MAX_IMPORT") < imports <= default("RMS_MAX_IMPORT") + MEBIBYTE


def test_every_error_of_nginx_has_its_page() -> None:
    expected = {"400", "404", "405", "408", "413", "414", "494", "500", "501", "502", "504", "505"}
    assert set(ERROR_PAGES) == expected


@pytest.mark.parametrize(("error", "page"), ERROR_PAGES.items())
def test_c10_errors_of_nginx_are_problem_json(error: str, page: str) -> None:
    assert "default_type application/problem+json;" in location("/nginx/")
    response = re.search(r"return ([0-9]{3}) '(.*)';", location(f"= {page}"))
    assert response is not None
    status = int({"494": "431"}.get(error, error))
    assert int(response[1]) == status
    body = json.loads(response[2])
    assert ProblemSchema().validate(body) == {}
    assert (body["status"], body["type"]) == (status, f"urn:rms:problem:{body['code']}")
    assert body["code"] == "http_error" or PROBLEMS[body["code"]] == (status, body["title"])


def test_no_location_of_the_api_replaces_these_pages() -> None:
    """A location with an error_page of its own inherits none."""
    for name in ("/api/", f"= {IMPORTS}"):
        assert "error_page" not in location(name)


def test_headers_are_only_set_for_the_server() -> None:
    """nginx ignores the headers of the server in a location that sets its own."""
    assert "proxy_set_header" not in LOCATIONS


def test_no_request_line_is_logged() -> None:
    """nginx logs it with each error of a request, at the levels from debug to alert."""
    logs = re.findall(r"(?:access|error)_log [^;]+;", CONF)
    assert logs == ["access_log off;", "error_log stderr emerg;"]
    assert all(log in EVERYWHERE for log in logs)


class Backend(BaseHTTPRequestHandler):
    """Answers a POST with the number of bytes that arrived, and a GET not at all."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True

    def do_POST(self) -> None:
        received = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        body = json.dumps({"received": received}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nginx keeps bodies until they are complete."""
    return tmp_path_factory.mktemp("nginx") / "client_body"


@pytest.fixture(scope="module")
def nginx(bodies: Path, backend: int) -> Iterator[int]:
    """The port of an nginx with the configuration."""
    if shutil.which("nginx") is None:
        pytest.skip("no nginx on this machine: NOT tested")
    folder, port = bodies.parent, free_port()
    conf = CONF.replace("rms:8080", f"127.0.0.1:{backend}").replace("listen 80", f"listen 127.0.0.1:{port}")
    conf = conf.replace("error_log stderr", f"error_log {folder}/errors")
    (folder / "site.conf").write_text(conf, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # its workers must be able to write to the folder
    main = (
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}} "
        f"http {{ {temporary} include {folder}/site.conf; }}"
    )
    (folder / "nginx.conf").write_text(main, encoding="utf-8")
    command = ("nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors"))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for _ in range(100):
        if process.poll() is not None:
            assert process.stdout is not None
            pytest.fail(process.stdout.read())
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    process.terminate()
    process.communicate(timeout=10)


def asked(port: int, request: bytes) -> tuple[int, str, bytes]:
    """The status, the media type and the body of the answer to these bytes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        while part := connection.recv(65_536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    match = re.search(r"^content-type: ([\w/+-]+)", head.decode().lower(), re.MULTILINE)
    assert match is not None
    return int(head.split()[1]), match[1], body


def post(path: str, *headers: str, body: bytes = b"") -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: rms", "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def sized(path: str, length: int) -> bytes:
    return post(path, f"Content-Length: {length}", body=b"x" * length)


@pytest.mark.parametrize("path", [IMPORTS, f"{IMPORTS}?"])
def test_c10_a_file_of_many_lines_reaches_rms(nginx: int, path: str) -> None:
    status, _, body = asked(nginx, sized(path, 2_600_000))
    assert (status, json.loads(body)) == (200, {"received": 2_600_000})


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        pytest.param(413, post(OTHER, "Content-Length: 2600000"), id="C10 a large body"),
        pytest.param(413, post(IMPORTS, "Content-Length: 999999999"), id="C10 a large file"),
        pytest.param(400, post(OTHER, "no colon"), id="a header without a colon"),
        pytest.param(400, post(OTHER, "Content-Length: 3", "Transfer-Encoding: chunked"), id="two lengths"),
        pytest.param(400, post(OTHER, "Transfer-Encoding: chunked", body=b"zz\r\n"), id="a bad chunk"),
        pytest.param(400, b"nothing\r\n\r\n", id="no request line"),
        pytest.param(414, post(f"{OTHER}?{'a' * 40_000}"), id="a long address"),
        pytest.param(431, post(OTHER, f"X: {'a' * 40_000}"), id="a long header"),
        pytest.param(501, post(OTHER, "Transfer-Encoding: gzip"), id="an unknown transfer encoding"),
        pytest.param(405, post(OTHER).replace(b"POST", b"TRACE"), id="TRACE"),
        pytest.param(405, post("/").replace(b"POST", b"TRACE"), id="TRACE of a page"),
        pytest.param(404, post("/nginx/bad_request"), id="an internal address"),
        pytest.param(404, post("/nginx/pages/unreachable"), id="an internal page"),
    ],
)
def test_c10_what_nginx_refuses_is_problem_json(nginx: int, status: int, request_: bytes) -> None:
    answered, media_type, body = asked(nginx, request_)
    assert (answered, media_type) == (status, "application/problem+json")
    assert json.loads(body)["status"] == status


def test_c10_a_failure_of_nginx_itself_is_problem_json(nginx: int, bodies: Path) -> None:
    """It has no room on its own disk for a body."""
    bodies.rename(bodies.with_name("away"))
    try:
        status, media_type, body = asked(nginx, sized(OTHER, 200_000))
    finally:
        bodies.with_name("away").rename(bodies)
    assert (status, media_type) == (500, "application/problem+json")
    assert json.loads(body)["code"] == "internal_error"


def test_no_failure_of_a_request_names_its_person(nginx: int, bodies: Path) -> None:
    path = "/people/A7777BC/notes"
    assert asked(nginx, sized(path, 2_600_000))[0] == 413
    assert asked(nginx, post("/api/v1/offenders/A7777BC/record").replace(b"POST", b"GET"))[0] == 502
    bodies.rename(bodies.with_name("away"))
    try:
        assert asked(nginx, sized(path, 200_000))[0] in (500, 502)
    finally:
        bodies.with_name("away").rename(bodies)
    assert "A7777BC" not in (bodies.parent / "errors").read_text(encoding="utf-8")


def test_people_read_a_page(nginx: int) -> None:
    status, media_type, body = asked(nginx, post("/assessments/10000/notes", "Content-Length: 2600000"))
    assert (status, media_type) == (413, "text/html") and b"<h1>Too much text</h1>" in body
    assert PAGES_OF_PEOPLE == [
        ("413", "/nginx/pages/body_too_large"),
        ("500 502 504", "/nginx/pages/unreachable"),
    ]
