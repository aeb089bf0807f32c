"""A file shows what its owner might see when it was asked for: as somebody else they do not get it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION, Services
from api.runtime.job_runner import run_one
from api.services.access.accounts import Role, change_user, find_user
from api.services.access.offices import add_office
from api.services.replies import bound_to, keep_reply, of_user, reply_of
from tests.api.conftest import Clock

API = "/api/v1"
EXPORT = {"criteria": {"offender_number": "10000"}, "purpose": "statistics"}
VISOR = "s.visor"


@pytest.fixture
def at_hand(app: Flask) -> Services:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return found


@pytest.fixture
def visor(
    client: FlaskClient,
    with_key: Callable[[str, Role], FlaskClient],
    at_hand: Services,
    valid_body: dict[str, Any],
    clock: Clock,
) -> FlaskClient:
    """A supervisor of the whole agency, whose offices are North, and Harbour below it."""
    client.post(f"{API}/assessments", json=valid_body)
    visor = with_key(VISOR, Role.SUPERVISOR)
    with_key("an.admin", Role.ADMINISTRATOR)
    add_office("North", parent=None, by="test", store=at_hand.store, at=clock())
    add_office("Harbour", parent="North", by="test", store=at_hand.store, at=clock())
    return visor


@pytest.fixture
def become(at_hand: Services, clock: Clock) -> Callable[..., None]:
    def change(**to: Any) -> None:
        admin = find_user("an.admin", store=at_hand.store)
        change_user(VISOR, by=admin, store=at_hand.store, at=clock(), **to)

    return change


def made(visor: FlaskClient, at_hand: Services) -> str:
    """Where the job of an export is that has been made."""
    place = visor.post(f"{API}/exports", json=EXPORT).headers["Location"]
    assert run_one(at_hand)
    assert told(visor, place)["state"] == "done"
    return place


def told(visor: FlaskClient, place: str) -> dict[str, Any]:
    answer = visor.get(place)
    assert answer.status_code == 200
    return dict(answer.json or {})


def status(visor: FlaskClient, place: str) -> int:
    answer = visor.get(f"{place}/result")
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR, Role.AUDITOR, Role.CASE_WORKER])
def test_another_role(visor: FlaskClient, at_hand: Services, become: Callable[..., None], role: Role) -> None:
    place = made(visor, at_hand)
    become(role=role)
    refused = visor.get(f"{place}/result")
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert "another role or office" in refused.json["detail"]
    seen = told(visor, place)
    assert (seen["state"], seen["outcome"], seen["links"]) == ("done", {}, {"self": place})
    assert seen["message"] == refused.json["detail"]
    notice = visor.get(f"{place}/result/notice")
    assert notice.status_code == 403 and "10000" not in notice.text
    assert [one["links"] for one in visor.get(f"{API}/jobs").json["jobs"]] == [{"self": place}]
    become(role=Role.SUPERVISOR)
    assert status(visor, place) == 200
    become(role=role)
    assert visor.delete(place).status_code == 204


def test_an_office_that_sees_less(visor: FlaskClient, at_hand: Services, become: Callable[..., None]) -> None:
    become(office="Harbour")
    of_harbour = made(visor, at_hand)
    become(office="North")
    of_north = made(visor, at_hand)
    assert (status(visor, of_harbour), status(visor, of_north)) == (200, 200)
    become(office="Harbour")
    assert (status(visor, of_harbour), status(visor, of_north)) == (200, 403)


@pytest.mark.parametrize("to", [{"role": Role.ANALYST}, {"office": "North"}])
def test_changed_before_it_is_made(
    visor: FlaskClient, at_hand: Services, become: Callable[..., None], to: dict[str, Any]
) -> None:
    place = visor.post(f"{API}/exports", json=EXPORT).headers["Location"]
    become(**to)
    assert run_one(at_hand)
    assert (told(visor, place)["state"], told(visor, place)["failure"]) == ("failed", "forbidden")


def test_an_office_that_sees_more_before_it_is_made(
    visor: FlaskClient, at_hand: Services, become: Callable[..., None]
) -> None:
    """The file then shows what was to be seen when it was asked for: it stays good after a move back."""
    become(office="North")
    place = visor.post(f"{API}/exports", json={**EXPORT, "criteria": {"all": True}}).headers["Location"]
    become(office="Agency")
    assert run_one(at_hand)
    assert told(visor, place)["outcome"]["assessments"] == 0


def test_what_an_import_told(
    client: FlaskClient, visor: FlaskClient, at_hand: Services, become: Callable[..., None]
) -> None:
    sent = visor.post(f"{API}/imports", data=b'{"key": "10000"}', content_type="application/x-ndjson")
    place = sent.headers["Location"]
    assert run_one(at_hand)
    assert status(visor, place) == 200
    become(role=Role.AUDITOR)
    assert status(visor, place) == 403


def test_a_page_that_was_kept(at_hand: Services, visor: FlaskClient, become: Callable[..., None]) -> None:
    given: dict[str, Any] = {"secret": "s", "store": at_hand.store, "at": at_hand.clock()}
    user = find_user(VISOR, store=at_hand.store)
    id = keep_reply(b"page", status=422, whose=bound_to(user), keeper=of_user(user.id), **given)

    def shown() -> object:
        return reply_of(id, whose=[bound_to(find_user(VISOR, store=at_hand.store))], **given)

    assert shown() == (b"page", 422)
    become(role=Role.ANALYST)
    assert shown() is None
    become(role=Role.SUPERVISOR, office="North")
    assert shown() is None
