"""A file is only for the role and office of its request."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION, Application
from api.runtime.job_runner import run_one
from api.services.access.accounts import change_user, find_user
from api.services.access.offices import add_office
from api.services.replies import bound_to, keep_reply, of_user, reply_of
from api.services.transfer.jobs import MADE_AS_ANOTHER
from api.services.users import Role
from tests.api.conftest import Clock
from tests.api.contexts import context_for

API = "/api/v1"
EXPORT = {"criteria": {"offender_number": "10000"}, "purpose": "statistics"}
VISOR = "s.visor"


@pytest.fixture
def application(app: Flask) -> Application:
    application = app.extensions[EXTENSION]
    assert isinstance(application, Application)
    return application


@pytest.fixture
def visor(
    client: FlaskClient,
    with_key: Callable[[str, Role], FlaskClient],
    application: Application,
    valid_body: dict[str, Any],
    clock: Clock,
) -> FlaskClient:
    """A supervisor of the whole agency, whose offices are North, and Harbour below it."""
    client.post(f"{API}/assessments", json=valid_body)
    visor = with_key(VISOR, Role.SUPERVISOR)
    with_key("an.admin", Role.ADMINISTRATOR)
    add_office(context_for(application.store, at=clock(), by="test"), "North", parent=None)
    add_office(context_for(application.store, at=clock(), by="test"), "Harbour", parent="North")
    return visor


@pytest.fixture
def become(application: Application, clock: Clock) -> Callable[..., None]:
    def change(**to: Any) -> None:
        admin = find_user(context_for(application.store), "an.admin")
        change_user(context_for(application.store, at=clock(), by=admin), VISOR, **to)

    return change


def made(visor: FlaskClient, application: Application) -> str:
    """The address of the job of a finished export."""
    place = visor.post(f"{API}/exports", json=EXPORT).headers["Location"]
    assert run_one(application)
    assert shown(visor, place)["state"] == "done"
    return place


def shown(visor: FlaskClient, place: str) -> dict[str, Any]:
    answer = visor.get(place)
    assert answer.status_code == 200
    return dict(answer.json or {})


def status(visor: FlaskClient, place: str) -> int:
    answer = visor.get(f"{place}/result")
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR, Role.AUDITOR, Role.CASE_WORKER])
def test_another_role(
    visor: FlaskClient, application: Application, become: Callable[..., None], role: Role
) -> None:
    place = made(visor, application)
    become(role=role)
    refused = visor.get(f"{place}/result")
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert refused.json["detail"] == MADE_AS_ANOTHER
    job = shown(visor, place)
    assert (job["state"], job["outcome"], job["links"]) == ("done", {}, {"self": place})
    assert job["message"] == refused.json["detail"]
    notice = visor.get(f"{place}/result/notice")
    assert notice.status_code == 403 and "10000" not in notice.text
    assert [listed["links"] for listed in visor.get(f"{API}/jobs").json["jobs"]] == [{"self": place}]
    become(role=Role.SUPERVISOR)
    assert status(visor, place) == 200
    become(role=role)
    assert visor.delete(place).status_code == 204


def test_an_office_that_sees_less(
    visor: FlaskClient, application: Application, become: Callable[..., None]
) -> None:
    become(office="Harbour")
    of_harbour = made(visor, application)
    become(office="North")
    of_north = made(visor, application)
    assert (status(visor, of_harbour), status(visor, of_north)) == (200, 200)
    become(office="Harbour")
    assert (status(visor, of_harbour), status(visor, of_north)) == (200, 403)


@pytest.mark.parametrize("to", [{"role": Role.ANALYST}, {"office": "North"}])
def test_a_change_before_the_file_is_made(
    visor: FlaskClient, application: Application, become: Callable[..., None], to: dict[str, Any]
) -> None:
    place = visor.post(f"{API}/exports", json=EXPORT).headers["Location"]
    become(**to)
    assert run_one(application)
    assert (shown(visor, place)["state"], shown(visor, place)["failure"]) == ("failed", "forbidden")


def test_an_office_that_sees_more_before_it_is_made(
    visor: FlaskClient, application: Application, become: Callable[..., None]
) -> None:
    """The file has what its owner could see when they requested it, so it is valid after a move back."""
    become(office="North")
    place = visor.post(f"{API}/exports", json={**EXPORT, "criteria": {"all": True}}).headers["Location"]
    become(office="Agency")
    assert run_one(application)
    assert shown(visor, place)["outcome"]["assessments"] == 0


def test_the_result_of_an_import(
    client: FlaskClient, visor: FlaskClient, application: Application, become: Callable[..., None]
) -> None:
    sent = visor.post(f"{API}/imports", data=b'{"key": "10000"}', content_type="application/x-ndjson")
    place = sent.headers["Location"]
    assert run_one(application)
    assert status(visor, place) == 200
    become(role=Role.AUDITOR)
    assert status(visor, place) == 403


def test_a_stored_page(application: Application, visor: FlaskClient, become: Callable[..., None]) -> None:
    context = context_for(application.store, at=application.clock())
    user = find_user(context, VISOR)
    keeper = of_user(user.id)
    id = keep_reply(context, b"page", status=422, secret="s", whose=bound_to(user), keeper=keeper)
    assert id is not None

    def shown() -> object:
        return reply_of(context, id, secret="s", whose=[bound_to(find_user(context, VISOR))])

    assert shown() == (b"page", 422)
    become(role=Role.ANALYST)
    assert shown() is None
    become(role=Role.SUPERVISOR, office="North")
    assert shown() is None
