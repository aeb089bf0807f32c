"""The nginx configuration allows the sizes that RMS allows, and its errors have the format of RMS."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api.config import SETTINGS
from api.errors import PROBLEMS, ProblemSchema

ROOT = Path(__file__).parents[2]
CONF = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
MEBIBYTE = 1024 * 1024


def location(name: str) -> str:
    """The content of a block without inner blocks."""
    match = re.search(rf"location {re.escape(name)} {{(.*?)\n    }}", CONF, re.DOTALL)
    assert match is not None, name
    return match[1]


def most_bytes(block: str) -> int:
    match = re.search(r"client_max_body_size ([0-9]+)m;", block)
    assert match is not None
    return int(match[1]) * MEBIBYTE


def default(variable: str) -> int:
    return int(next(setting.default for setting in SETTINGS if setting.variable == variable))


def test_nginx_allows_the_body_sizes_of_rms() -> None:
    everywhere = CONF.partition("location")[0]
    assert default("RMS_MAX_BODY") < most_bytes(everywhere) <= 4 * default("RMS_MAX_BODY")
    imports = most_bytes(location("= /api/v1/imports"))
    assert default("RMS_MAX_IMPORT") < imports <= default("RMS_MAX_IMPORT") + MEBIBYTE


@pytest.mark.parametrize("name", ["/api/", "= /api/v1/imports"])
def test_errors_of_nginx_are_problem_json(name: str) -> None:
    pages = dict(re.findall(r"error_page ([0-9]{3}) (@\w+);", location(name)))
    assert set(pages) == {"413", "502", "504"}
    for status, page in pages.items():
        block = location(page)
        assert "default_type application/problem+json;" in block
        response = re.search(r"return ([0-9]{3}) '(.*)';", block)
        assert response is not None and response[1] == status
        body = json.loads(response[2])
        assert ProblemSchema().validate(body) == {}
        assert (body["status"], body["type"]) == (int(status), f"urn:rms:problem:{body['code']}")
        assert body["code"] == "http_error" or PROBLEMS[body["code"]] == (int(status), body["title"])


def test_headers_are_only_set_for_the_server() -> None:
    """nginx ignores the headers of the server in a location that sets its own."""
    assert "proxy_set_header" not in CONF.partition("location")[2]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx on this machine: NOT tested")
def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    conf = CONF.replace("rms:8080", "127.0.0.1:8080").replace("listen 80", "listen 127.0.0.1:18080")
    (tmp_path / "site.conf").write_text(conf, encoding="utf-8")
    main = f"pid {tmp_path}/pid; events {{}} http {{ include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(main, encoding="utf-8")
    result = subprocess.run(
        ("nginx", "-t", "-c", str(tmp_path / "nginx.conf")), capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
