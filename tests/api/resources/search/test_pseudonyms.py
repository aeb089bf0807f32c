"""Analysts cannot learn offender numbers: not from names, positions in lists, or times."""

import csv
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, time
from html import unescape
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from api.context import EXTENSION, Application
from api.runtime.job_runner import run_one
from api.services.users import Role
from rms.engine.library import Library
from tests.api.conftest import Clock, created
from tests.api.rows import rows

POST, EXPORTS, IMPORTS = "/api/v1/assessments", "/api/v1/exports", "/api/v1/imports"
NUMBERS = [str(number) for number in range(10_000, 10_024)]
SORTS = ("submitted_at", "offender_number", "release_date", "score")

Rows = list[dict[str, Any]]


@pytest.fixture
def application(app: Flask) -> Application:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Application)
    return found


@pytest.fixture
def analyst(
    client: FlaskClient,
    as_user: Callable[..., FlaskClient],
    application: Application,
    valid_body: dict[str, Any],
    clock: Clock,
) -> FlaskClient:
    """People with consecutive numbers, imported and then submitted in that order, a minute apart."""
    lines = "".join(f"{json.dumps({**valid_body, 'offender_number': number})}\n" for number in NUMBERS)
    sent = client.post(IMPORTS, data=lines, content_type="application/x-ndjson")
    assert sent.status_code == 202 and run_one(application)
    for number in NUMBERS[:8]:
        clock.advance(minutes=1)
        body = {**valid_body, "offender_number": number, "release_date": None}
        assert client.post(POST, json=body).status_code == 201
    return as_user(Role.ANALYST)


def numbered(url: str) -> dict[str, str]:
    """The pseudonym of each person, by number."""
    return {
        number: f"{drawn:016X}"
        for number, drawn in rows(url, "SELECT offender_number, pseudonym FROM people")
    }


def searched(client: FlaskClient, sort: str) -> Rows:
    """All pages of a search, with a few assessments on each."""
    found: Rows = []
    query: dict[str, Any] = {"sort": sort, "limit": 5, "process": "violence"}
    while True:
        page = client.get(POST, query_string=query).json
        found += page["assessments"]
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("sort", SORTS)
def test_ties_are_sorted_by_pseudonym(
    analyst: FlaskClient, application: Application, sort: str, sign: str, config: Config
) -> None:
    """In searches, CSV and exports. Neither values nor positions reveal a time of day."""
    of_number = numbered(config.database)
    submitted = [
        (of_number[number], sequence)
        for place, number in enumerate(NUMBERS)
        for sequence in range(2 if place < 8 else 1)
    ]
    expected = sorted(submitted, reverse=bool(sign))
    if sort == "release_date":  # the second submission of each has none, and comes last
        expected.sort(key=lambda one: one[1])
    ids = [name if not sequence else f"{name}-{sequence:02d}" for name, sequence in expected]
    found = searched(analyst, f"{sign}{sort}")
    assert [one["id"] for one in found] == ids
    for rows_of in (as_csv, exported):
        assert [one["id"] for one in rows_of(analyst, f"{sign}{sort}", application)] == ids
    words = set(re.findall(r"\w+", json.dumps(found)))  # a pseudonym can have the digits of a number in it
    assert words.isdisjoint(NUMBERS)


def as_csv(client: FlaskClient, sort: str, _: Application) -> Rows:
    query = {"sort": sort, "process": "violence", "fields": ["id", "assessed_at"]}
    return csv_rows(client.get(POST, query_string=query, headers={"Accept": "text/csv"}).text)


def exported(client: FlaskClient, sort: str, application: Application) -> Rows:
    fields = ["id", "assessed_at"]
    request = {"criteria": {"process": ["violence"]}, "purpose": "statistics", "sort": sort, "fields": fields}
    job = client.post(EXPORTS, json=request)
    assert job.status_code == 202 and run_one(application)
    with closing(client.get(client.get(job.headers["Location"]).json["links"]["result"])) as file:
        return csv_rows(file.get_data(as_text=True))


def csv_rows(text: str) -> Rows:
    lines = list(csv.DictReader(StringIO(text, newline="")))
    assert {datetime.fromisoformat(line["assessed_at"]).time() for line in lines} == {time()}
    return lines


def test_only_the_date_of_a_submission_is_shown(analyst: FlaskClient) -> None:
    found = searched(analyst, "submitted_at")
    assert {one["submitted_at"] for one in found} == {"2026-03-04T00:00:00+00:00"}


def test_urls_of_lists_do_not_reveal_who_was_first(
    analyst: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.search.results.ROWS", 10)
    page = analyst.get("/results?latest=true").text
    [address] = {part for part in page.split('"') if "&amp;cursor=" in part}
    [cursor] = parse_qs(urlsplit(unescape(address)).query)["cursor"]
    assert analyst.get(unescape(address)).status_code == 200
    assert list(read_in(cursor)) == []
    assert list(read_in(analyst.get(f"{POST}?limit=5").json["next"])) == []


def read_in(cursor: str) -> Iterator[Any]:
    """The readable content of a cursor."""
    for part in cursor.split("."):
        with suppress(ValueError):
            yield json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_pseudonym_cannot_be_derived_from_the_number(
    analyst: FlaskClient, config: Config, library: Library, clock: Clock
) -> None:
    """Each person has one, and it does not depend on the secret of the service."""
    names = numbered(config.database)
    assert len(set(names.values())) == len(NUMBERS)
    app = created(
        replace(config, secret_key="another secret of the same service"), library=library, clock=clock
    )
    with closing(app.extensions[EXTENSION].store):
        again = app.test_client()
        again.environ_base["HTTP_AUTHORIZATION"] = analyst.environ_base["HTTP_AUTHORIZATION"]
        found = {one["offender_number"] for one in searched(again, "offender_number")}
    assert found == set(names.values())


@pytest.mark.parametrize("number", ["10000", "10000-01", "100", "10000-0"])
def test_analysts_cannot_search_by_number(analyst: FlaskClient, number: str) -> None:
    request = {"offender_number": number}
    refused = [
        analyst.get(POST, query_string=request),
        analyst.get(POST, query_string=request, headers={"Accept": "text/csv"}),
        analyst.post(f"{POST}/search", json=request),
        analyst.post(f"{POST}/counts", json=request),
        analyst.post(EXPORTS, json={"criteria": request, "purpose": "statistics"}),
    ]
    assert {(one.status_code, one.json["errors"][0]["code"]) for one in refused} == {(422, "pseudonymised")}
    for page in ("/results/scores.csv", "/results/scores.svg", "/results/scores.png"):
        assert analyst.get(page, query_string=request).status_code == 404, page
    for page in ("/people", f"{POST}/{number}", f"/assessments/{number}"):
        assert analyst.get(page).status_code == 403, page
