"""Offices over the API: added, renamed, put below another."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access import offices as offices_service
from api.services.users import Role
from api.storage import AGENCY, Store
from rms.people.offices import MOST_LEVELS
from tests.api.conftest import Database
from tests.api.rows import change
from tests.api.small_force import load_small_force
from tests.api.web.browsers import as_browser

OFFICES = "/api/v1/offices"
DEEP = 1_100  # more than Python lets a function call itself


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def admin(as_user: Callable[..., FlaskClient]) -> FlaskClient:
    """Of an agency with North, North East below it, and South."""
    client = as_user(Role.ADMINISTRATOR)
    for name, parent in (("North", None), ("North East", "North"), ("South", None)):
        client.post(OFFICES, json={"name": name, **({"parent": parent} if parent else {})})
    return client


def tree(client: FlaskClient) -> dict[str, str | None]:
    return {one["name"]: one["parent"] for one in client.get(OFFICES).json["offices"]}


def test_moved_with_all_below_it(admin: FlaskClient) -> None:
    moved = admin.put(f"{OFFICES}/North/parent", json={"parent": "South"})
    assert (moved.status_code, moved.json) == (200, {"name": "North", "parent": "South"})
    assert tree(admin) == {"Agency": None, "North": "South", "North East": "North", "South": "Agency"}
    admin.patch(f"{OFFICES}/North", json={"name": "Far North"})
    assert tree(admin)["North East"] == "Far North"


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("North", {"parent": "North East"}, 422),
        ("North", {"parent": "North"}, 422),
        ("North", {"parent": "Nowhere"}, 422),
        ("North", {}, 422),
        ("Nowhere", {"parent": "South"}, 404),
        ("Agency", {"parent": "South"}, 409),
    ],
)
def test_where_it_cannot_be(admin: FlaskClient, name: str, body: dict[str, str], status: int) -> None:
    before = tree(admin)
    refused = admin.put(f"{OFFICES}/{name}/parent", json=body)
    assert refused.status_code == status
    assert [one["pointer"] for one in refused.json["errors"]] == (["/parent"] if status == 422 else [])
    assert tree(admin) == before


def chain(client: FlaskClient, levels: int) -> None:
    """Offices L1, L2 …, each below the one before it."""
    for at in range(1, levels + 1):
        parent = {"parent": f"L{at - 1}"} if at > 1 else {}
        assert client.post(OFFICES, json={"name": f"L{at}", **parent}).status_code == 201


def test_an_office_is_not_deeper_than_the_bound(admin: FlaskClient) -> None:
    chain(admin, MOST_LEVELS)
    before = tree(admin)
    added = admin.post(OFFICES, json={"name": "Too deep", "parent": f"L{MOST_LEVELS}"})
    moved = admin.put(f"{OFFICES}/North/parent", json={"parent": f"L{MOST_LEVELS - 1}"})
    for refused in (added, moved):
        assert refused.status_code == 422
        (problem,) = refused.json["errors"]
        assert (problem["pointer"], problem["code"]) == ("/parent", "too_deep")
        assert f"more than {MOST_LEVELS} levels below the top office" in problem["detail"]
    assert tree(admin) == before
    assert admin.put(f"{OFFICES}/North/parent", json={"parent": f"L{MOST_LEVELS - 2}"}).status_code == 200


def test_the_number_of_offices_has_a_bound(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offices_service, "MOST_OFFICES", 5)
    assert admin.post(OFFICES, json={"name": "West"}).status_code == 201
    refused = admin.post(OFFICES, json={"name": "East"})
    assert (refused.status_code, refused.json["code"]) == (409, "limit_reached")
    assert "up to 5 offices and areas" in refused.json["detail"]


@pytest.fixture
def deep(app: Flask, database: Database) -> Flask:
    """With a chain of areas that was stored before there was a bound."""
    change(
        database.url,
        "INSERT INTO offices (id, name, code, kind, parent) "
        f"WITH RECURSIVE levels(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM levels WHERE at < {DEEP - 1}) "
        f"SELECT 1000 + at, 'Deep ' || at, 'D' || at, 'ward', "
        f"CASE at WHEN 0 THEN {AGENCY} ELSE 999 + at END FROM levels",
    )
    return app


@pytest.mark.parametrize(
    ("role", "path", "shown"),
    [
        (Role.ADMINISTRATOR, "/administration/offices", f"Deep {DEEP - 1}"),
        (Role.ADMINISTRATOR, "/administration/offices/1000", "Deep 0"),
        (Role.SUPERVISOR, "/office", f"Deep {DEEP - 1}"),
        (Role.SUPERVISOR, "/harm", f"Deep {DEEP - 1}"),
    ],
)
def test_pages_show_a_tree_that_is_deeper(deep: Flask, role: Role, path: str, shown: str) -> None:
    answer = as_browser(role, deep).get(path)
    assert answer.status_code == 200
    assert shown in answer.text


def test_a_tree_that_is_deeper_can_be_made_flatter(deep: Flask, as_user: Callable[..., FlaskClient]) -> None:
    client = as_user(Role.ADMINISTRATOR)
    assert client.post(OFFICES, json={"name": "New", "parent": f"Deep {DEEP - 1}"}).status_code == 422
    moved = client.put(f"{OFFICES}/Deep 500/parent", json={"parent": "Agency"})
    assert moved.status_code == 200
    assert tree(client)["Deep 500"] == "Agency"


def test_the_areas_of_a_person_in_a_tree_that_is_deeper(deep: Flask, database: Database) -> None:
    store: Store = deep.extensions["rms"].store
    ann = load_small_force(store)["ann"]
    change(database.url, f"UPDATE offices SET parent = {999 + DEEP} WHERE code = 'F'")
    with store.reading() as tx:
        candidate = tx.listed_people.candidate(ann)
    above = tuple(f"D{at}" for at in reversed(range(DEEP)))
    assert candidate.home_areas == ("W1", "F", *above)
    assert {one.areas for one in candidate.offences} == {("W1", "F", *above), ("W2", "F", *above)}
