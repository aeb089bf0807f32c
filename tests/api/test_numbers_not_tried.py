"""No offender number can be found by hashing guesses: not in pages, not in logs, not in the audit log."""

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION
from api.runtime.job_runner import run_one
from api.services.access.accounts import find_user
from api.services.users import Role
from api.storage import Entry
from rms.engine.filter import Filter
from tests.api.conftest import Database
from tests.api.contexts import context_for
from tests.api.rows import rows

API = "/api/v1"
NUMBERS = ("48112", "Q7731")
ALGORITHMS = ("sha256", "sha1", "md5", "sha512", "blake2b", "blake2s", "sha3_256")
SHORTEST = 10  # characters of a hash that was cut; shorter ones occur by chance
SUPERVISOR = "a.supervisor"
Make = Callable[..., FlaskClient]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    database: Database = request.getfixturevalue(f"{request.param}_database")
    return database


@pytest.fixture
def entries(app: Flask) -> Callable[[], list[Entry]]:
    def read() -> list[Entry]:
        with app.extensions[EXTENSION].store.reading() as tx:
            return list(tx.audit.entries())

    return read


def addresses(app: Flask, number: str) -> Iterator[str]:
    """Every URL of the service that can be read, about this person if possible."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(("/static", "/logout")):
            names = () if rule.arguments else ("offender_number", "number")
            yield from (f"{rule.rule}?{name}={number}" for name in names)
            yield re.sub(r"<[^>]+>", number, rule.rule)


def search_for_person(client: FlaskClient, app: Flask, number: str) -> None:
    """Send every request that can be about one person, also those that are refused."""
    criteria = {"offender_number": number}
    for address in addresses(app, number):
        client.get(address).close()
    for path in ("search", "counts"):
        assert client.post(f"{API}/assessments/{path}", json=criteria).status_code == 200
    for changed in ({}, {"latest": "true"}, {"include": "what_if"}):
        assert client.get(f"{API}/assessments", query_string={**criteria, **changed}).status_code == 200
    export = {"criteria": criteria, "purpose": "statistics", "fields": ["offender_number"]}
    assert client.post(f"{API}/exports", json=export).status_code == 202
    assert run_one(app.extensions[EXTENSION])
    keyed = {"Content-Type": "application/x-ndjson", "Idempotency-Key": number}
    assert client.post(f"{API}/imports", data=_import(number), headers=keyed).status_code == 202
    assert run_one(app.extensions[EXTENSION])


def _import(number: str) -> str:
    return f'{{"offender_number":"{number}"}}\n'


def guesses(number: str, user: int) -> Iterator[str]:
    """The texts to hash in order to test a guess of this number."""
    yield from (number, number.lower(), f'"{number}"', f"job {user} {number}", f"offender_number={number}")
    for latest, what_ifs in product((False, True), repeat=2):
        filter = Filter(offender=number, latest=latest, what_ifs=what_ifs)
        yield from (repr(filter), str(vars(filter)))
    for times in (1, 2):
        yield "\r\n".join(["offender_number", *[number] * times, ""])
    yield from (_import(number), _import(number).strip())


def hashes(text: str) -> Iterator[str]:
    """The beginnings of the hashes of a text, in lower case."""
    content = text.encode()
    for name in ALGORITHMS:
        digest = hashlib.new(name, content).digest()
        yield digest.hex()[:SHORTEST]
        yield base64.urlsafe_b64encode(digest).decode().lower()[:SHORTEST]
    for checksum in (zlib.crc32(content), zlib.adler32(content)):
        yield from (f"{checksum:08x}", str(checksum))


def numbers_found(content: str, *, user: int) -> list[tuple[str, str]]:
    """The numbers whose hash is in the content, each with the text that was hashed."""
    tokens = set(re.findall(r"[a-z0-9_-]+", content.lower()))
    beginnings = {token[:SHORTEST] for token in tokens} | tokens
    return [
        (number, text)
        for number in NUMBERS
        for text in guesses(number, user)
        if not beginnings.isdisjoint(hashes(text))
    ]


def test_nothing_that_others_can_read_contains_a_number_or_its_hash(
    app: Flask, as_user: Make, valid_body: dict[str, Any], database: Database, capsys: Any
) -> None:
    supervisor = as_user(Role.SUPERVISOR, username=SUPERVISOR)
    readers = [as_user(role) for role in (Role.AUDITOR, Role.ADMINISTRATOR, Role.ANALYST)]
    for number in NUMBERS:
        assert supervisor.post(f"{API}/assessments", json={**valid_body, "offender_number": number}).json
        search_for_person(supervisor, app, number)
    texts = []
    for reader in readers:
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and "<" not in rule.rule and rule.rule != "/logout":
                with reader.get(rule.rule) as response:
                    texts.append(str(response.headers))
                    texts.append("" if response.is_streamed else response.get_data(as_text=True))
        with reader.get(f"{API}/audit", headers={"Accept": "text/csv"}) as response:
            texts.append(response.get_data(as_text=True))
    texts += map(str, rows(database.url, "SELECT * FROM audit"))
    texts.append(capsys.readouterr().err)
    everything = "\n".join(texts)
    assert "assessments.counted" in everything and "import.requested" in everything
    assert "export.made" in everything
    user = find_user(context_for(app.extensions[EXTENSION].store), SUPERVISOR).id
    assert numbers_found(str(rows(database.url, "SELECT * FROM jobs")), user=user) == []
    assert numbers_found(everything, user=user) == []
    assert [number for number in NUMBERS if re.search(rf"\b{number}\b", everything, re.IGNORECASE)] == []


@pytest.mark.parametrize("text", ["{}", "x {} y", '{{"mark":"{}"}}'])
def test_the_check_finds_a_hash(text: str) -> None:
    filter = hashlib.sha256(repr(Filter(offender=NUMBERS[0])).encode()).hexdigest()
    assert [number for number, _ in numbers_found(text.format(filter), user=1)] == [NUMBERS[0]]
    assert numbers_found(text.format(hashlib.md5(b"Q7731").hexdigest()[:12]), user=1) != []


def test_searches_that_only_differ_in_the_person_are_logged_with_the_same_details(
    app: Flask, as_user: Make, valid_body: dict[str, Any], entries: Callable[[], list[Entry]]
) -> None:
    supervisor, details = as_user(Role.SUPERVISOR, username=SUPERVISOR), []
    for number in ("NOBODY1", "NOBODY2"):
        before = len(entries())
        search_for_person(supervisor, app, number)
        details.append([(entry.action, entry.object_kind, _detail(entry)) for entry in entries()[before:]])
    assert details[0] == details[1]


def _detail(entry: Entry) -> dict[str, Any]:
    """The detail without the mark of a file, which is made with the secret of the service."""
    return {**entry.detail, **({"mark": "a mark"} if "mark" in entry.detail else {})}


def test_the_audit_log_has_the_criteria_of_a_search(
    as_user: Make, entries: Callable[[], list[Entry]], valid_body: dict[str, Any]
) -> None:
    supervisor = as_user(Role.SUPERVISOR)
    criteria = {
        **{"submitted_from": "2026-01-01", "release_to": "2027-01-01", "score_min": 1.55},
        **{"need.drug.min": 40, "process": ["violence"], "offender_number": "48112", "latest": True},
        "office": "Agency",
    }
    offices = supervisor.get(f"{API}/offices").json["offices"]
    criteria["office"] = offices[0]["name"]
    assert supervisor.post(f"{API}/assessments/search", json=criteria).status_code == 200
    assert entries()[-1].detail["criteria"] == (
        "submitted on or after 1 January 2026; release date; score; need DRUG; process violence; one person; "
        f"office {criteria['office']} and those below it; the latest of each person"
    )


def test_the_audit_log_does_not_reveal_the_order_of_numbers(
    as_user: Make, entries: Callable[[], list[Entry]], valid_body: dict[str, Any]
) -> None:
    supervisor = as_user(Role.SUPERVISOR)
    for number in ("C3", "A1", "B2"):
        supervisor.post(f"{API}/assessments", json={**valid_body, "offender_number": number})
    listed = supervisor.get(f"{API}/assessments?sort=offender_number&all=true").json["assessments"]
    assert [assessment["id"] for assessment in listed] == ["A1", "B2", "C3"]
    keys = entries()[-1].detail["keys"]
    assert keys == sorted(keys) and len(keys) == 3
