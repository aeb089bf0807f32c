"""When many people sign in at once, other requests are answered, and refused users can try again."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher

from api.config import Config
from api.runtime import gunicorn_settings
from api.services.access.password_hashing import COST
from api.services.users import Role
from api.storage import Store
from tests.api.conftest import START, Database
from tests.api.rows import rows
from tests.api.runtime.serving import exchanged, serving

TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
COOKIE = re.compile(rb"Set-Cookie: ([^;]+);")
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
USERNAME, PASSWORD = "m.any{}", "many people at eight in the morning"
LOGINS = 24


@pytest.fixture
def served(config: Config, database: Database, library_folder: Path) -> Iterator[Path]:
    """The service, with users whose password costs what it costs in service."""
    store = Store(database.url)
    with store.transaction() as tx:
        hashed = PasswordHasher(**COST).hash(PASSWORD)
        for number in range(LOGINS):
            name = USERNAME.format(number)
            tx.accounts.add_user(name, password_hash=hashed, role=Role.CASE_WORKER, by="test", at=START)
    store.close()
    settings = {"RMS_INSECURE_COOKIES": "1", "RMS_STRANGER_POSTS": "0", "RMS_DATABASE": database.url}
    with serving(config, library_folder, **settings) as place:
        yield place


def login_form(place: Path, number: int) -> bytes:
    """The request of a user's browser that has opened the sign-in page."""
    page = received(sent(place, b"GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    cookie, token = COOKIE.search(page), TOKEN.search(page)
    assert cookie and token
    form = {"csrf_token": token[1].decode(), "username": USERNAME.format(number), "password": PASSWORD}
    body = urlencode(form).encode()
    head = (
        b"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: %s\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
    )
    return head % (cookie[1], len(body)) + body


def sent(place: Path, request: bytes) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(60)
    link.connect(str(place))
    link.sendall(request)
    return link


def received(link: socket.socket) -> bytes:
    with closing(link):
        answer = b""
        while more := link.recv(65_536):
            answer += more
        return answer


def answers_in_order(links: dict[socket.socket, str]) -> list[tuple[str, bytes]]:
    """The name of each request and its answer, the first answered first."""
    answers = []
    with DefaultSelector() as selector:
        for link in links:
            selector.register(link, EVENT_READ)
        while len(answers) < len(links):
            for key, _ in selector.select(timeout=60):
                selector.unregister(key.fileobj)
                link = key.fileobj
                assert isinstance(link, socket.socket)
                answers.append((links[link], received(link)))
    return answers


def status(answer: bytes) -> int:
    return int(answer.split()[1])


def test_other_requests_are_answered_while_many_sign_in(served: Path, database: Database) -> None:
    requests = [login_form(served, number) for number in range(LOGINS)]
    links = {sent(served, request): "login" for request in requests}
    links[sent(served, HEALTH)] = "health"  # last in the queue of a server that takes requests in turn
    answers = answers_in_order(links)

    names = [name for name, _ in answers]
    before_health = [status(answer) for name, answer in answers[: names.index("health")]]
    assert status(dict(answers)["health"]) == 200
    # With every thread hashing, all logins but those of the last eight threads would come first.
    assert before_health.count(303) < LOGINS - gunicorn_settings.threads

    logins = [answer for name, answer in answers if name == "login"]
    assert {status(answer) for answer in logins} == {303, 503}
    refused = [answer for answer in logins if status(answer) == 503]
    for page in refused:
        assert re.search(rb"Retry-After: [1-9]", page)
        assert re.search(rb'name="username"[^>]*value="m\.any\d+"', page)

    # Those who were refused send the same again. Nothing counts as a wrong password.
    assert [exchanged(served, request)[0] for request in requests[:3]] == [303] * 3
    assert set(rows(database.url, "SELECT attempts FROM failed_attempts")) <= {(0,)}
