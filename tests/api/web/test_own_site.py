"""No address that comes with a request leads to another site, wherever RMS leads on by it."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.auth.own_site import own_address
from tests.api.conftest import PASSWORD, USERNAME, Clock
from tests.api.web.pages import fields, main_form, opened, page

OURS = "http://localhost"
ELSEWHERE = (
    "//evil.example/x",
    "///evil.example/x",
    "////evil.example/x",
    "/\\evil.example/x",
    "\\\\evil.example/x",
    "\\/evil.example/x",
    "/\t/evil.example/x",
    "/\n/evil.example/x",
    "\t//evil.example/x",
    " //evil.example/x",
    "/%09/evil.example/x",
    "/%5Cevil.example/x",
    "/%2Fevil.example/x",
    "/.//evil.example/x",
    "https:evil.example/x",
    "https:/evil.example/x",
    "https://evil.example/x",
    "HTTPS://evil.example/x",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example/x",
    "@evil.example/x",
    "",
)
API = Path(__file__).parents[3] / "api"


def leads_to(address: str) -> str:
    """Scheme and host, as a browser reads it: without tabs and line ends, and a backslash is a slash."""
    read = re.sub("[\t\r\n]", "", address.strip(" ")).replace("\\", "/")
    parts = urlsplit(urljoin(f"{OURS}/some/page", read))
    return f"{parts.scheme}://{parts.netloc}"


def stays(answer: TestResponse) -> bool:
    """Whether the answer leads on, to this site; what shows a page leads nowhere."""
    return leads_to(answer.headers.get("Location", "/")) == OURS


def test_the_reading_finds_what_a_browser_would() -> None:
    outside = [one for one in ELSEWHERE if leads_to(one) != OURS]
    assert len(outside) >= 12


@pytest.mark.parametrize("address", ELSEWHERE)
def test_the_guard(address: str) -> None:
    assert leads_to(own_address(address)) == OURS


@pytest.mark.parametrize("address", ["/", "/people/10000", "/results?all=yes&sex=male", "/people/a//b", "/å"])
def test_the_guard_leaves_our_own_addresses(address: str) -> None:
    assert own_address(address, otherwise="/no") == address


def by_login(client: FlaskClient, wanted: str) -> TestResponse:
    form = fields(main_form(opened(client, f"/login?next={quote(wanted)}")))
    return client.post("/login", data={**form, "username": USERNAME, "password": PASSWORD})


def by_notice(client: FlaskClient, wanted: str) -> TestResponse:
    by_login(client, "")
    form = fields(main_form(opened(client, f"/notice/accept?next={quote(wanted)}")))
    return client.post("/notice/accept", data={**form, "answer": "accept"})


@pytest.mark.parametrize("lead", [by_login, by_notice])
@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_after_the_login(anonymous: FlaskClient, lead: Callable[..., TestResponse], wanted: str) -> None:
    answer = lead(anonymous, wanted)
    assert answer.status_code == 303
    assert stays(answer)


@pytest.mark.parametrize("wanted", ELSEWHERE)
@pytest.mark.parametrize("where", ["/login", "/notice/accept"])
def test_when_signed_in_already(browser_client: FlaskClient, where: str, wanted: str) -> None:
    answer = browser_client.get(f"{where}?next={quote(wanted)}")
    assert answer.status_code == 302
    assert stays(answer)


@pytest.mark.parametrize("who", ["anonymous", "browser_client"])
@pytest.mark.parametrize("query", ["", "reply=abc", "reply=abc&more=1", "next=//evil.example"])
def test_by_the_path(who: str, query: str, request: pytest.FixtureRequest) -> None:
    """By itself, and after a page that is there."""
    client: FlaskClient = request.getfixturevalue(who)
    for path, begin in product(ELSEWHERE, ("", "/help/", "/people/")):
        for written in (path, quote(path, safe="/%")):
            answer = client.get(path=begin + written, query_string=query, headers={"Accept": "text/html"})
            assert stays(answer), (begin + written, answer.headers["Location"])


@pytest.mark.parametrize("who", ["anonymous", "browser_client"])
@pytest.mark.parametrize(
    "path",
    ["/help//", "//help", "/help//feedback", "/static//x", "//static/rms.css", "/static//", "/api//v1/me"],
)
def test_a_path_with_two_slashes_leads_nowhere_by_the_host_that_was_asked(
    who: str, path: str, request: pytest.FixtureRequest
) -> None:
    client: FlaskClient = request.getfixturevalue(who)
    answer = client.get(path=path, headers={"Host": "evil.example"})
    assert "evil.example" not in answer.headers.get("Location", "/")


def test_no_route_ends_in_a_slash(app: Flask) -> None:
    """Werkzeug would redirect there from the address without the slash, to the host that was asked."""
    assert [rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith("/")] == ["/"]
    assert not [rule.rule for rule in app.url_map.iter_rules() if rule.redirect_to or rule.alias]


@pytest.mark.parametrize("path", [one for one in ELSEWHERE if one])
def test_a_form_that_is_kept_is_sent_to_this_site(
    browser_client: FlaskClient, clock: Clock, path: str
) -> None:
    token = fields(main_form(opened(browser_client, "/assessments/new")))["csrf_token"]
    clock.advance(hours=1)
    answer = browser_client.post(path=path, data={"csrf_token": token, "text": "Typed."})
    if answer.status_code == 401:
        assert leads_to(main_form(page(answer.text)).attributes["action"]) == OURS
    assert stays(answer)


def test_nothing_else_leads_on_by_what_was_asked_for() -> None:
    """What reads the whole address or the path to lead on goes through the one guard."""
    reads = re.compile(r"request\.(full_path|url|referrer|base_url)\b|new_url")
    found = {
        str(path.relative_to(API)): [
            line.strip() for line in path.read_text().splitlines() if reads.search(line)
        ]
        for kind in ("*.py", "*.html")
        for path in sorted(API.rglob(kind))
    }
    assert {place: lines for place, lines in found.items() if lines} == {
        "resources/assessments/submitting.py": [
            'spelled = f"{request.method} {request.full_path}\\n".encode() + request.get_data(cache=True)'
        ],
    }
