"""No offender number can be found by trying: not by what others may read, not by logs, not by the audit."""

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
SHORTEST = 10  # letters of a hash that was cut off; shorter ones come about by chance
SUPERVISOR = "a.supervisor"
Make = Callable[..., FlaskClient]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def entries(app: Flask) -> Callable[[], list[Entry]]:
    def read() -> list[Entry]:
        with app.extensions[EXTENSION].store.reading() as tx:
            return list(tx.audit.entries())

    return read


def addresses(app: Flask, number: str) -> Iterator[str]:
    """Every address of the service that is read, about this person where it can be."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(("/static", "/logout")):
            names = () if rule.arguments else ("offender_number", "number")
            yield from (f"{rule.rule}?{name}={number}" for name in names)
            yield re.sub(r"<[^>]+>", number, rule.rule)


def be_used(client: FlaskClient, app: Flask, number: str) -> None:
    """Whatever narrows to one person, over every door; what is refused is asked for as well."""
    one = {"offender_number": number}
    for address in addresses(app, number):
        client.get(address).close()
    for path in ("search", "counts"):
        assert client.post(f"{API}/assessments/{path}", json=one).status_code == 200
    for changed in ({}, {"latest": "true"}, {"include": "what_if"}):
        assert client.get(f"{API}/assessments", query_string={**one, **changed}).status_code == 200
    export = {"criteria": one, "purpose": "statistics", "fields": ["offender_number"]}
    asked = client.post(f"{API}/exports", json=export)
    assert asked.status_code == 202
    assert run_one(app.extensions[EXTENSION])
    keyed = {"Content-Type": "application/x-ndjson", "Idempotency-Key": number}
    assert client.post(f"{API}/imports", data=_import(number), headers=keyed).status_code == 202
    assert run_one(app.extensions[EXTENSION])


def _import(number: str) -> str:
    return f'{{"offender_number":"{number}"}}\n'


def tried(number: str, user: int) -> Iterator[str]:
    """What somebody would hash who tries this number."""
    yield from (number, number.lower(), f'"{number}"', f"job {user} {number}", f"offender_number={number}")
    for latest, what_ifs in product((False, True), repeat=2):
        filter = Filter(offender=number, latest=latest, what_ifs=what_ifs)
        yield from (repr(filter), str(vars(filter)))
    for times in (1, 2):
        yield "\r\n".join(["offender_number", *[number] * times, ""])
    yield from (_import(number), _import(number).strip())


def hashes(text: str) -> Iterator[str]:
    """What may be found of a text in what somebody reads, in small letters."""
    content = text.encode()
    for name in ALGORITHMS:
        digest = hashlib.new(name, content).digest()
        yield digest.hex()[:SHORTEST]
        yield base64.urlsafe_b64encode(digest).decode().lower()[:SHORTEST]
    for checksum in (zlib.crc32(content), zlib.adler32(content)):
        yield from (f"{checksum:08x}", str(checksum))


def given_away(said: str, *, user: int) -> list[tuple[str, str]]:
    """Which numbers can be found in what was read, and from which text that was tried."""
    lower = said.lower()
    tokens = set(re.findall(r"[a-z0-9_-]+", lower))
    begun = {token[:SHORTEST] for token in tokens} | tokens
    return [
        (number, text)
        for number in NUMBERS
        for text in tried(number, user)
        if not begun.isdisjoint(hashes(text))
    ]


def test_what_others_read_gives_no_number_away(
    app: Flask, as_user: Make, valid_body: dict[str, Any], database: Database, capsys: Any
) -> None:
    supervisor = as_user(Role.SUPERVISOR, username=SUPERVISOR)
    readers = [as_user(role) for role in (Role.AUDITOR, Role.ADMINISTRATOR, Role.ANALYST)]
    for number in NUMBERS:
        assert supervisor.post(f"{API}/assessments", json={**valid_body, "offender_number": number}).json
        be_used(supervisor, app, number)
    said = []
    for reader in readers:
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and "<" not in rule.rule and rule.rule != "/logout":
                with reader.get(rule.rule) as answer:
                    said += [str(answer.headers), "" if answer.is_streamed else answer.get_data(as_text=True)]
        with reader.get(f"{API}/audit", headers={"Accept": "text/csv"}) as answer:
            said.append(answer.get_data(as_text=True))
    said += map(str, rows(database.url, "SELECT * FROM audit"))
    said.append(capsys.readouterr().err)
    everything = "\n".join(said)
    assert "assessments.counted" in everything and "import.requested" in everything
    assert "export.made" in everything
    user = find_user(context_for(app.extensions[EXTENSION].store), SUPERVISOR).id
    assert given_away(str(rows(database.url, "SELECT * FROM jobs")), user=user) == []
    assert given_away(everything, user=user) == []
    assert [number for number in NUMBERS if re.search(rf"\b{number}\b", everything, re.IGNORECASE)] == []


@pytest.mark.parametrize("said", ["{}", "x {} y", '{{"mark":"{}"}}'])
def test_a_hash_would_be_found(said: str) -> None:
    filter = hashlib.sha256(repr(Filter(offender=NUMBERS[0])).encode()).hexdigest()
    assert [number for number, _ in given_away(said.format(filter), user=1)] == [NUMBERS[0]]
    assert given_away(said.format(hashlib.md5(b"Q7731").hexdigest()[:12]), user=1) != []


def test_searches_that_differ_in_the_person_leave_the_same_details(
    app: Flask, as_user: Make, valid_body: dict[str, Any], entries: Callable[[], list[Entry]]
) -> None:
    supervisor, details = as_user(Role.SUPERVISOR, username=SUPERVISOR), []
    for number in ("NOBODY1", "NOBODY2"):
        before = len(entries())
        be_used(supervisor, app, number)
        details.append([(entry.action, entry.object_kind, _same(entry)) for entry in entries()[before:]])
    assert details[0] == details[1]


def _same(entry: Entry) -> dict[str, Any]:
    """The detail, but for the mark of a file, which is made with the service's secret."""
    return {**entry.detail, **({"mark": "a mark"} if "mark" in entry.detail else {})}


def test_the_record_says_what_was_searched_by(
    as_user: Make, entries: Callable[[], list[Entry]], valid_body: dict[str, Any]
) -> None:
    supervisor = as_user(Role.SUPERVISOR)
    asked = {
        **{"submitted_from": "2026-01-01", "release_to": "2027-01-01", "score_min": 1.55},
        **{"need.drug.min": 40, "process": ["violence"], "offender_number": "48112", "latest": True},
        "office": "Agency",
    }
    offices = supervisor.get(f"{API}/offices").json["offices"]
    asked["office"] = offices[0]["name"]
    assert supervisor.post(f"{API}/assessments/search", json=asked).status_code == 200
    assert entries()[-1].detail["criteria"] == (
        "submitted from 2026-01-01; release date; score; need DRUG; process violence; one person; "
        f"office {asked['office']} and those below it; the latest of each person"
    )


def test_the_order_of_numbers_is_not_on_record(
    as_user: Make, entries: Callable[[], list[Entry]], valid_body: dict[str, Any]
) -> None:
    supervisor = as_user(Role.SUPERVISOR)
    for number in ("C3", "A1", "B2"):
        supervisor.post(f"{API}/assessments", json={**valid_body, "offender_number": number})
    ids = [
        one["id"]
        for one in supervisor.get(f"{API}/assessments?sort=offender_number&all=true").json["assessments"]
    ]
    assert ids == ["A1", "B2", "C3"]
    keys = entries()[-1].detail["keys"]
    assert keys == sorted(keys) and len(keys) == 3
