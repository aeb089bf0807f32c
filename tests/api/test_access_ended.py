"""Whatever changes around a case worker, somebody near can see and end the access that stays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION
from api.runtime.job_runner import run_one
from api.services.users import Role
from tests.api.commands.command_line import quick_rms
from tests.api.conftest import Clock, Database
from tests.api.web.browsers import browser, form_to, post
from tests.api.web.pages import Element, fields, opened, page

API = "/api/v1"
NUMBER = "10000"
HOLDERS = f"{API}/offenders/{NUMBER}/holders"
Make = Callable[..., FlaskClient]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@dataclass
class Agency:
    """North with its Old Office, South with its New Office; `worker`, of Old Office, holds 10000."""

    app: Flask
    clock: Clock
    admin: FlaskClient
    worker: FlaskClient
    heads: dict[str, FlaskClient]

    def change(self, **changed: Any) -> Any:
        answer = self.admin.patch(f"{API}/users/worker", json=changed)
        assert answer.status_code == 200, answer.text
        return answer.json

    def head(self, office: str) -> FlaskClient:
        """A supervisor's browser."""
        return browser(self.app, f"head of {office}".replace(" ", "."), self.clock)

    def reads(self) -> bool:
        return self.worker.get(f"{API}/assessments/{NUMBER}").status_code == 200


@pytest.fixture
def agency(app: Flask, clock: Clock, as_user: Make, valid_body: dict[str, Any]) -> Agency:
    admin = as_user(Role.ADMINISTRATOR, username="admin")
    for name, parent in (
        *(("North", "Agency"), ("South", "Agency")),
        *(("Old Office", "North"), ("New Office", "South")),
    ):
        assert admin.post(f"{API}/offices", json={"name": name, "parent": parent}).status_code == 201
    heads = {
        office: as_user(Role.SUPERVISOR, username=f"head.of.{office}".replace(" ", "."), office=office)
        for office in ("Agency", "North", "South", "Old Office", "New Office")
    }
    worker = as_user(Role.CASE_WORKER, username="worker", office="Old Office")
    assert worker.post(f"{API}/assessments", json=valid_body).status_code == 201
    return Agency(app, clock, admin, worker, heads)


def moved(agency: Agency) -> None:
    held = agency.change(office="New Office")["holds"]
    assert held == {"people": [{"office": "Old Office", "people": 1}], "drafts": 0, "jobs": 0}


def locked_out(agency: Agency) -> None:
    assert agency.change(active=False)["holds"]["people"]


def made_an_analyst(agency: Agency) -> None:
    assert agency.change(role="analyst")["holds"]["people"]


def office_moved(agency: Agency) -> None:
    """The worker is of South now, and the office that has the person goes below New Office."""
    agency.change(office="South")
    moved = agency.admin.put(f"{API}/offices/Old Office/parent", json={"parent": "New Office"})
    assert moved.status_code == 200


def moved_and_back_to_work(agency: Agency) -> None:
    """Locked out, moved, and let in again: access comes back with the account."""
    agency.change(active=False, office="New Office")
    assert not agency.reads()
    assert agency.change(active=True)["holds"]["people"]


@dataclass(frozen=True)
class Kind:
    """What happens; whether the worker still reads; what else they are; which supervisors can end it."""

    happens: Callable[[Agency], None]
    reads: bool
    holder: dict[str, Any]
    with_nobody: bool
    can: tuple[str, ...]


OLD, NEW = ("Agency", "North", "Old Office"), ("Agency", "South", "New Office", "Old Office")
KINDS = (
    Kind(moved, True, {"office": "New Office"}, False, OLD),
    Kind(locked_out, False, {"active": False}, True, OLD),
    Kind(made_an_analyst, False, {"role": "analyst"}, True, OLD),
    Kind(office_moved, True, {"office": "South"}, False, NEW),
    Kind(moved_and_back_to_work, True, {"office": "New Office"}, False, OLD),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.happens.__name__)
def test_who_sees_and_ends_it_over_the_api(agency: Agency, kind: Kind) -> None:
    kind.happens(agency)
    assert agency.reads() is kind.reads
    usual = {"username": "worker", "office": "Old Office", "role": "case_worker", "active": True}
    for office, head in agency.heads.items():
        seen = head.get(HOLDERS)
        assert seen.status_code == (200 if office in kind.can else 404), office
        if office in kind.can:
            assert seen.json["held_by"] == [{**usual, **kind.holder}]
            assert seen.json["holders"] == ["worker"]
            assert head.get(f"{API}/users/worker/caseload").json == {"offender_numbers": [NUMBER]}
        else:
            assert head.delete(f"{HOLDERS}/worker").status_code == 404
    for office in kind.can:
        assert agency.heads[office].delete(f"{HOLDERS}/worker").json["holders"] == []
        assert not agency.reads()
        assert agency.heads[office].delete(f"{HOLDERS}/worker").status_code == 404
        _give_back(agency)
    with agency.app.extensions[EXTENSION].store.reading() as tx:
        released = [one for one in tx.audit.entries() if one.action == "caseload.released"]
    assert [one.actor for one in released] == [f"head.of.{one}".replace(" ", ".") for one in kind.can]


def _give_back(agency: Agency) -> None:
    """On the caseload again, as if nobody had taken the person off."""
    store = agency.app.extensions[EXTENSION].store
    with store.transaction() as tx:
        user = tx.accounts.user("worker")
        assert user is not None
        tx.caseload.assign(tx.people.key(NUMBER) or 0, to=user.id, by="test", at=agency.clock())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.happens.__name__)
def test_who_sees_and_ends_it_on_the_pages(agency: Agency, kind: Kind) -> None:
    kind.happens(agency)
    for office in kind.can:
        head, at = agency.head(office), f"/office/people/{NUMBER}"
        listed = opened(head, "/office/caseloads/worker").first("tbody")
        assert NUMBER in listed.text
        assert "worker" in opened(head, "/office").first("main").text
        assert (NUMBER in opened(head, "/office/unassigned").first("main").text) is kind.with_nobody
        holder = form_to(opened(head, at), "/release")
        assert fields(holder)["username"] == "worker"
        assert kind.holder.get("office", "Old Office") in opened(head, at).first("section").text
        assert "no longer work with this person" in post(head, at, "/release").text
        assert not agency.reads()
        assert "No one yet." in opened(head, at).first("section").text
        _give_back(agency)


def test_the_new_office_sees_how_many_and_not_whom(agency: Agency) -> None:
    moved(agency)
    head = agency.heads["New Office"]
    assert head.get(f"{API}/users/worker/caseload").json == {"offender_numbers": []}
    shown = opened(agency.head("New Office"), "/office/caseloads/worker").first("main").text
    assert "People of Old Office 1" in " ".join(shown.split()) and NUMBER not in shown
    assert "and 1 of other offices" in opened(agency.head("New Office"), "/office").first("main").text
    assert agency.heads["South"].get(f"{API}/users/nobody/caseload").status_code == 404
    assert agency.heads["Old Office"].get(f"{API}/users/head.of.South/caseload").status_code == 404


def test_the_old_office_sees_who_of_other_offices_holds_its_people(agency: Agency) -> None:
    before = opened(agency.head("Old Office"), "/office").first("main").text
    assert "Others with your people on their caseload" not in before
    moved(agency)
    after = opened(agency.head("Old Office"), "/office")
    rows = after.first("section", **{"aria-labelledby": "others-heading"})
    assert [cell.text for cell in rows.first("tbody").first("tr").children] == ["worker", "New Office", "1"]


def test_a_person_who_is_given_over_is_on_no_caseload(agency: Agency) -> None:
    given = agency.heads["North"].put(f"{API}/offenders/{NUMBER}/office", json={"office": "New Office"})
    assert given.status_code == 204 and not agency.reads()
    assert agency.heads["New Office"].get(HOLDERS).json["holders"] == []


def test_a_supervisor_who_is_moved_sees_the_new_office_at_once(agency: Agency) -> None:
    changed = agency.admin.patch(f"{API}/users/head.of.Old.Office", json={"office": "New Office"})
    assert changed.json["holds"] == {"people": [], "drafts": 0, "jobs": 0}
    assert agency.heads["Old Office"].get(HOLDERS).status_code == 404
    assert agency.heads["Old Office"].get(f"{API}/assessments/{NUMBER}").status_code == 404


def test_drafts_jobs_and_files_of_a_moved_user_are_told_and_ended(agency: Agency) -> None:
    application = agency.app.extensions[EXTENSION]
    draft = agency.worker.post(f"{API}/assessments/{NUMBER}/repopulate").headers["Location"]
    export = {"criteria": {"all": True}, "purpose": "statistics"}
    file = agency.worker.post(f"{API}/exports", json=export).json["links"]["self"]
    assert run_one(application)
    waiting = agency.worker.post(f"{API}/exports", json=export).json["links"]["self"]
    held = agency.change(office="New Office")["holds"]
    assert (held["drafts"], held["jobs"]) == (1, 2)
    shown = (
        opened(browser(agency.app, "admin", agency.clock), "/administration/users/worker").first("main").text
    )
    assert "Forms begun: 1." in shown and "Jobs and files: 2." in shown
    agency.heads["Old Office"].delete(f"{HOLDERS}/worker")
    ended = agency.admin.delete(f"{API}/users/worker/drafts-and-jobs").json
    assert ended["holds"] == {"people": [], "drafts": 0, "jobs": 0}
    assert agency.worker.get(draft).status_code == 404
    assert agency.worker.get(f"{file}/result").status_code == 404
    assert agency.worker.get(waiting).json["state"] == "cancelled" and not run_one(application)
    with application.store.reading() as tx:
        ends = {one.action for one in list(tx.audit.entries())[-4:] if one.actor == "admin"}
    assert {"draft.discarded", "export.deleted", "export.cancelled"} <= ends


def test_a_file_that_is_yet_to_be_made_has_what_they_may_see_then(agency: Agency) -> None:
    export = {"criteria": {"all": True}, "purpose": "statistics"}
    job = agency.worker.post(f"{API}/exports", json=export).json["links"]["self"]
    agency.change(office="New Office")
    agency.heads["Old Office"].delete(f"{HOLDERS}/worker")
    assert run_one(agency.app.extensions[EXTENSION])
    assert agency.worker.get(job).json["outcome"]["assessments"] == 0


def test_an_administrator_is_told_before_and_after(agency: Agency) -> None:
    admin, at = browser(agency.app, "admin", agency.clock), "/administration/users/worker"
    told = "On their caseload: 1 person of Old Office. A supervisor of Old Office can take them off."
    asked = post(admin, at, "/worker", role="case_worker", office="New Office")
    assert "Change the role or office of worker?" in asked.text and told in asked.text
    assert agency.admin.get(f"{API}/users/worker").json["office"] == "Old Office"
    after = _confirmed(admin, asked, "/worker")
    assert "role and office are changed" in after.text and told in after.text
    assert agency.admin.get(f"{API}/users/worker").json["office"] == "New Office"
    assert "Change the role" not in post(admin, at, "/worker", role="case_worker", office="New Office").text
    for act, done in (("lock", "locked out"), ("unlock", "may sign in again")):
        before = opened(admin, f"{at}/{act}")
        assert told in before.text
        after = _confirmed(admin, before, f"/{act}")
        assert done in after.text and told in after.text
    wrong = post(admin, at, "/worker", role="case_worker", office="Nowhere")
    assert "Select an office." in wrong.text or "There is no office of this name" in wrong.text


def _confirmed(admin: FlaskClient, asked: Element, action: str) -> Element:
    form = form_to(asked, action)
    return page(admin.post(form.attributes["action"], data=fields(form), follow_redirects=True).text)


def test_an_administrator_deletes_forms_and_files(agency: Agency) -> None:
    admin, at = browser(agency.app, "admin", agency.clock), "/administration/users/worker"
    agency.worker.post(f"{API}/drafts", json={"sex": "male"})
    assert "Delete forms and files" in opened(admin, at).text
    after = _confirmed(admin, opened(admin, f"{at}/drafts-and-jobs"), "/drafts-and-jobs")
    assert "Their forms and files are deleted." in after.text
    assert "Delete forms and files" not in after.text
    assert agency.reads()


def test_the_command_line_prints_what_a_user_still_has(agency: Agency, database: Database) -> None:
    env = {"RMS_DATABASE": database.url}
    held = quick_rms("user", "holds", "worker", env=env)
    lines = held.stdout.splitlines()
    assert "Old Office: 1" in lines[0] and [line.split(": ")[1] for line in lines[1:]] == ["0", "0"]
    done = quick_rms("user", "change", "worker", "--office", "New Office", "--locked-out", env=env)
    assert done.stdout.splitlines()[1:] == lines
    changed = agency.admin.get(f"{API}/users/worker").json
    assert (changed["office"], changed["active"]) == ("New Office", False)
    assert quick_rms("user", "holds", "nobody", env=env).returncode == 3
    assert quick_rms("user", "change", "worker", "--office", "Nowhere", env=env).returncode == 3
