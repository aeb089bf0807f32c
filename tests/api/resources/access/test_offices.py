"""Offices over the API: added, renamed, put below another."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from api.services.users import Role

OFFICES = "/api/v1/offices"


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
