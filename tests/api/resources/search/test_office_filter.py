"""The office filter of every list and count, for each role at each level of offices.

The people that each user may see are determined independently here, in plain Python.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.context import EXTENSION, Application
from api.runtime.job_runner import run_one
from api.services.access.accounts import create_api_key, create_user, find_user
from api.services.access.offices import add_office
from api.services.users import Role, viewer_of
from api.storage import Store
from api.web import formatting
from tests.api.conftest import PASSWORD, START, Clock
from tests.api.contexts import context_for
from tests.api.storage.examples import assessment, result
from tests.api.web.pages import page as parsed

API = "/api/v1"
ABOVE = {"Agency": None, "North": "Agency", "South": "Agency", "Leeds": "North", "York": "North"}
LEVELS = ("Agency", "North", "Leeds")
UNKNOWN = "Nowhere"
SUBMITTERS = (Role.CASE_WORKER, Role.SERVICE_ACCOUNT)
LONG_AGO = START - timedelta(days=200)


@dataclass(frozen=True)
class Person:
    """A person assessed by one submitter of one office. Each person has a different release date."""

    number: str
    office: str
    by: Role
    release: date


PEOPLE = [
    Person(f"P{place}", office, by, START.date() + timedelta(days=place + 1))
    for place, (office, by) in enumerate((office, by) for office in ABOVE for by in SUBMITTERS)
]


def is_in(office: str | None, upper: str) -> bool:
    """Whether the office is `upper` or below it."""
    return office is not None and (office == upper or is_in(ABOVE[office], upper))


def seen_by(role: Role, office: str) -> list[Person]:
    if role in SUBMITTERS:
        return [one for one in PEOPLE if (one.by, one.office) == (role, office)]
    return [one for one in PEOPLE if is_in(one.office, office)]


@pytest.fixture
def client_of(app: Flask, clock: Clock) -> Callable[[Role, str], FlaskClient]:
    """Makes clients. Each office has two people: one assessed by a case worker, one by a service account."""
    store = app.extensions[EXTENSION].store
    for name, parent in list(ABOVE.items())[1:]:
        add_office(context_for(store, at=clock(), by="test"), name, parent=parent)
    for one in PEOPLE:
        submitter, form = name_of(one.by, one.office), assessment(one.number, release_date=one.release)
        add(submitter, one.by, one.office, store)
        viewer = viewer_of(find_user(context_for(store), submitter), at=LONG_AGO)
        with store.within(viewer).transaction() as tx:
            tx.submissions.add(form, result(form), by=submitter, at=LONG_AGO)

    def make(role: Role, office: str) -> FlaskClient:
        name = name_of(role, office)
        if role not in SUBMITTERS:
            add(name, role, office, store)
        key = create_api_key(context_for(store, at=clock(), by="test"), name, name="test")
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    return make


def name_of(role: Role, office: str) -> str:
    return f"{role}.{office.lower()}"


def add(name: str, role: Role, office: str, store: Store) -> None:
    create_user(context_for(store, at=LONG_AGO, by="test"), name, PASSWORD, role=role, office=office)


def days_of(people: Iterable[Person]) -> list[str]:
    return sorted(one.release.isoformat() for one in people)


def shown_days(answer: TestResponse) -> list[str]:
    """The release dates of the people on a page."""
    assert answer.status_code == 200, answer.text
    found = {
        one.release.isoformat()
        for one in PEOPLE
        for written in (formatting.day, formatting.short_day)
        if re.search(rf"<td[^>]*>(<span[^>]*>[^<]*</span>)?\s*{written(one.release)}</td>", answer.text)
    }
    return sorted(found)


def csv_days(text: str) -> list[str]:
    return sorted({line["release_date"] for line in csv.DictReader(StringIO(text, newline=""))})


SEARCHING_ROLES = (*SUBMITTERS, Role.SUPERVISOR, Role.ANALYST)
each_role_at_each_level = pytest.mark.parametrize(
    ("role", "level"), [*product(SEARCHING_ROLES, LEVELS)], ids=lambda one: str(one).lower()
)


@each_role_at_each_level
def test_an_office_narrows_every_list_and_count(
    client_of: Callable[[Role, str], FlaskClient], app: Flask, role: Role, level: str
) -> None:
    """Searches, counts, CSV, results, their chart, and export files."""
    client, seen = client_of(role, level), seen_by(role, level)
    for office in ABOVE:
        visible = [one for one in seen if is_in(one.office, office)]
        for days in searched(client, office, application=app.extensions[EXTENSION]):
            assert days == days_of(visible), office
        for total in counted(client, office):
            assert total == len(visible) or (role is Role.ANALYST and total is None), office


def searched(client: FlaskClient, office: str, *, application: Application) -> Iterator[list[str]]:
    """The release dates of all matches, for each way of searching."""
    criteria, as_csv = {"office": office}, {"Accept": "text/csv"}
    for sort in ("-submitted_at", "offender_number", "release_date"):
        found = client.get(f"{API}/assessments", query_string={**criteria, "sort": sort})
        yield sorted(one["release_date"] for one in found.json["assessments"])
    found = client.post(f"{API}/assessments/search", json=criteria)
    yield sorted(one["release_date"] for one in found.json["assessments"])
    yield csv_days(client.get(f"{API}/assessments", query_string=criteria, headers=as_csv).text)
    yield csv_days(client.post(f"{API}/assessments/search", json=criteria, headers=as_csv).text)
    yield shown_days(client.get("/results", query_string={"latest": "false", **criteria}))
    job = client.post(f"{API}/exports", json={"criteria": criteria, "purpose": "statistics"})
    assert job.status_code == 202 and run_one(application)
    with closing(client.get(client.get(job.headers["Location"]).json["links"]["result"])) as file:
        yield csv_days(file.get_data(as_text=True))


def counted(client: FlaskClient, office: str) -> Iterator[int | None]:
    """The number of people, for each way of counting; None if a small count is not shown."""
    criteria = {"office": office}
    counts = client.post(f"{API}/assessments/counts", json=criteria).json
    yield counts["people"]
    yield client.get(f"{API}/assessments", query_string={**criteria, "count": "true"}).json["total"]
    picture = client.get("/results/scores.csv", query_string=criteria).text
    numbers = [line.get("Violence", "0") for line in csv.DictReader(StringIO(picture, newline=""))]
    yield sum(map(int, numbers)) if all(map(str.isdigit, numbers)) else None
    for page in (
        "/results",
        "/results/scores",
        "/results/scores.svg",
        "/results/scores.png",
        "/exports",
    ):
        assert client.get(page, query_string={"latest": "false", **criteria}).status_code == 200, page


@pytest.mark.parametrize("level", LEVELS)
def test_an_office_narrows_the_pages_of_supervisors(
    client_of: Callable[[Role, str], FlaskClient], level: str
) -> None:
    """An office they may not see gets the same response as a missing one."""
    client = client_of(Role.SUPERVISOR, level)
    for office in (*ABOVE, UNKNOWN):
        criteria = {"office": office}
        visible = [one for one in seen_by(Role.SUPERVISOR, level) if is_in(one.office, office)]
        pages = ("/office/releases", "/office/due", "/office/counts", "/office/counts/violence.png")
        answers = [client.get(page, query_string=criteria) for page in (*pages, "/office/counts/needs.png")]
        if not (office in ABOVE and is_in(office, level)):
            assert {one.status_code for one in answers} == {404}, office
            continue
        releases, due, counts, *pictures = answers
        assert shown_days(releases) == shown_days(due) == days_of(visible), office
        people = "1 person" if len(visible) == 1 else f"{len(visible)} people"
        on_paper = " fewer than 5 people" if len(visible) < 5 else ""
        lead = parsed(counts.text).first("p", **{"class": "lead"}).text
        assert f"each of {people}{on_paper} of {office}" in lead
        assert {one.status_code for one in pictures} == {200}


@each_role_at_each_level
def test_an_unknown_office_is_refused(
    client_of: Callable[[Role, str], FlaskClient], role: Role, level: str
) -> None:
    client, criteria = client_of(role, level), {"office": UNKNOWN}
    answers = [
        client.get(f"{API}/assessments", query_string=criteria),
        client.get(f"{API}/assessments", query_string=criteria, headers={"Accept": "text/csv"}),
        client.post(f"{API}/assessments/search", json=criteria),
        client.post(f"{API}/assessments/counts", json=criteria),
        client.post(f"{API}/exports", json={"criteria": criteria, "purpose": "statistics"}),
    ]
    told = [(one.status_code, [error["code"] for error in one.json["errors"]]) for one in answers]
    assert told == [(422, ["unknown_office"])] * len(answers)
    assert client.get("/results", query_string=criteria).status_code == 422
    assert client.get("/exports", query_string=criteria).location.startswith("/results?")
    for page in ("/results/scores.csv", "/results/scores.svg"):
        assert client.get(page, query_string=criteria).status_code == 404
