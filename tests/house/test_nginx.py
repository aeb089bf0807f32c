"""The proxy that RMS comes with takes what RMS takes, and refuses in the form in which RMS refuses."""

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
    """What stands in a block that has no other block in it."""
    found = re.search(rf"location {re.escape(name)} {{(.*?)\n    }}", CONF, re.DOTALL)
    assert found is not None, name
    return found[1]


def most_bytes(block: str) -> int:
    found = re.search(r"client_max_body_size ([0-9]+)m;", block)
    assert found is not None
    return int(found[1]) * MEBIBYTE


def default(variable: str) -> int:
    return int(next(one.default for one in SETTINGS if one.variable == variable))


def test_what_rms_takes_reaches_it() -> None:
    everywhere = CONF.partition("location")[0]
    assert default("RMS_MAX_BODY") < most_bytes(everywhere) <= 4 * default("RMS_MAX_BODY")
    imports = most_bytes(location("= /api/v1/imports"))
    assert default("RMS_MAX_IMPORT") < imports <= default("RMS_MAX_IMPORT") + MEBIBYTE


@pytest.mark.parametrize("name", ["/api/", "= /api/v1/imports"])
def test_nginx_itself_refuses_with_problem_json(name: str) -> None:
    pages = dict(re.findall(r"error_page ([0-9]{3}) (@\w+);", location(name)))
    assert set(pages) == {"413", "502", "504"}
    for status, page in pages.items():
        block = location(page)
        assert "default_type application/problem+json;" in block
        sent = re.search(r"return ([0-9]{3}) '(.*)';", block)
        assert sent is not None and sent[1] == status
        body = json.loads(sent[2])
        assert ProblemSchema().validate(body) == {}
        assert (body["status"], body["type"]) == (int(status), f"urn:rms:problem:{body['code']}")
        assert body["code"] == "http_error" or PROBLEMS[body["code"]] == (int(status), body["title"])


def test_headers_are_set_for_every_place() -> None:
    """nginx forgets those of the server in a place that sets one of its own."""
    assert "proxy_set_header" not in CONF.partition("location")[2]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx on this machine: it was NOT asked")
def test_nginx_accepts_it(tmp_path: Path) -> None:
    conf = CONF.replace("rms:8080", "127.0.0.1:8080").replace("listen 80", "listen 127.0.0.1:18080")
    (tmp_path / "site.conf").write_text(conf, encoding="utf-8")
    main = f"pid {tmp_path}/pid; events {{}} http {{ include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(main, encoding="utf-8")
    found = subprocess.run(
        ("nginx", "-t", "-c", str(tmp_path / "nginx.conf")), capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
