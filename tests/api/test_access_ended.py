"""When a case worker is moved, changed or locked out, a supervisor can see and end their remaining access."""

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
    database: Database = request.getfixturevalue(f"{request.param}_database")
    return database


@dataclass
class Agency:
    """North with Old Office, and South with New Office. `worker` of Old Office has 10000 on the caseload."""

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
    """Move the worker to South, and the person's office below New Office."""
    agency.change(office="South")
    moved = agency.admin.put(f"{API}/offices/Old Office/parent", json={"parent": "New Office"})
    assert moved.status_code == 200


def moved_and_back_to_work(agency: Agency) -> None:
    """Lock the worker out, move and unlock them: access comes back with the account."""
    agency.change(active=False, office="New Office")
    assert not agency.reads()
    assert agency.change(active=True)["holds"]["people"]


@dataclass(frozen=True)
class Change:
    """A change, and its result.

    `can_read`: whether the worker can still read the person. `holder`: their changed fields. `unallocated`:
    whether the person is listed as unallocated. `offices`: those whose supervisors can end the access.
    """

    apply: Callable[[Agency], None]
    can_read: bool
    holder: dict[str, Any]
    unallocated: bool
    offices: tuple[str, ...]


OLD, NEW = ("Agency", "North", "Old Office"), ("Agency", "South", "New Office", "Old Office")
CHANGES = (
    Change(moved, True, {"office": "New Office"}, False, OLD),
    Change(locked_out, False, {"active": False}, True, OLD),
    Change(made_an_analyst, False, {"role": "analyst"}, True, OLD),
    Change(office_moved, True, {"office": "South"}, False, NEW),
    Change(moved_and_back_to_work, True, {"office": "New Office"}, False, OLD),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.apply.__name__)
def test_supervisors_see_and_end_the_access_with_the_api(agency: Agency, change: Change) -> None:
    change.apply(agency)
    assert agency.reads() is change.can_read
    unchanged = {"username": "worker", "office": "Old Office", "role": "case_worker", "active": True}
    for office, head in agency.heads.items():
        response = head.get(HOLDERS)
        assert response.status_code == (200 if office in change.offices else 404), office
        if office in change.offices:
            assert response.json["held_by"] == [{**unchanged, **change.holder}]
            assert response.json["holders"] == ["worker"]
            assert head.get(f"{API}/users/worker/caseload").json == {"offender_numbers": [NUMBER]}
        else:
            assert head.delete(f"{HOLDERS}/worker").status_code == 404
    for office in change.offices:
        assert agency.heads[office].delete(f"{HOLDERS}/worker").json["holders"] == []
        assert not agency.reads()
        assert agency.heads[office].delete(f"{HOLDERS}/worker").status_code == 404
        _give_back(agency)
    with agency.app.extensions[EXTENSION].store.reading() as tx:
        actors = [entry.actor for entry in tx.audit.entries() if entry.action == "caseload.released"]
    assert actors == [f"head.of.{office}".replace(" ", ".") for office in change.offices]


def _give_back(agency: Agency) -> None:
    """Put the person back on the caseload."""
    store = agency.app.extensions[EXTENSION].store
    with store.transaction() as tx:
        user = tx.accounts.user("worker")
        assert user is not None
        tx.caseload.assign(tx.people.key(NUMBER) or 0, to=user.id, by="test", at=agency.clock())


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.apply.__name__)
def test_supervisors_see_and_end_the_access_on_the_pages(agency: Agency, change: Change) -> None:
    change.apply(agency)
    for office in change.offices:
        head, at = agency.head(office), f"/office/people/{NUMBER}"
        listed = opened(head, "/office/caseloads/worker").first("tbody")
        assert NUMBER in listed.text
        assert "worker" in opened(head, "/office").first("main").text
        assert (NUMBER in opened(head, "/office/unassigned").first("main").text) is change.unallocated
        holder = form_to(opened(head, at), "/release")
        assert fields(holder)["username"] == "worker"
        assert change.holder.get("office", "Old Office") in opened(head, at).first("section").text
        assert "no longer work with this person" in post(head, at, "/release").text
        assert not agency.reads()
        assert "No one yet." in opened(head, at).first("section").text
        _give_back(agency)


def test_the_new_office_sees_the_number_of_people_of_other_offices_but_not_who_they_are(
    agency: Agency,
) -> None:
    moved(agency)
    head = agency.heads["New Office"]
    assert head.get(f"{API}/users/worker/caseload").json == {"offender_numbers": []}
    shown = opened(agency.head("New Office"), "/office/caseloads/worker").first("main").text
    assert "People of Old Office 1" in " ".join(shown.split()) and NUMBER not in shown
    assert "and 1 of other offices" in opened(agency.head("New Office"), "/office").first("main").text
    assert agency.heads["South"].get(f"{API}/users/nobody/caseload").status_code == 404
    assert agency.heads["Old Office"].get(f"{API}/users/head.of.South/caseload").status_code == 404


def test_the_old_office_sees_who_in_other_offices_has_its_people_on_their_caseload(agency: Agency) -> None:
    before = opened(agency.head("Old Office"), "/office").first("main").text
    assert "Others with your people on their caseload" not in before
    moved(agency)
    after = opened(agency.head("Old Office"), "/office")
    rows = after.first("section", **{"aria-labelledby": "others-heading"})
    assert [cell.text for cell in rows.first("tbody").first("tr").children] == ["worker", "New Office", "1"]


def test_a_person_who_is_moved_to_another_office_is_on_no_caseload(agency: Agency) -> None:
    given = agency.heads["North"].put(f"{API}/offenders/{NUMBER}/office", json={"office": "New Office"})
    assert given.status_code == 204 and not agency.reads()
    assert agency.heads["New Office"].get(HOLDERS).json["holders"] == []


def test_a_supervisor_who_is_moved_sees_the_new_office_at_once(agency: Agency) -> None:
    changed = agency.admin.patch(f"{API}/users/head.of.Old.Office", json={"office": "New Office"})
    assert changed.json["holds"] == {"people": [], "drafts": 0, "jobs": 0}
    assert agency.heads["Old Office"].get(HOLDERS).status_code == 404
    assert agency.heads["Old Office"].get(f"{API}/assessments/{NUMBER}").status_code == 404


def test_an_administrator_sees_and_deletes_drafts_and_files_of_a_moved_user(agency: Agency) -> None:
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


def test_an_export_has_what_the_user_can_see_when_it_is_created(agency: Agency) -> None:
    export = {"criteria": {"all": True}, "purpose": "statistics"}
    job = agency.worker.post(f"{API}/exports", json=export).json["links"]["self"]
    agency.change(office="New Office")
    agency.heads["Old Office"].delete(f"{HOLDERS}/worker")
    assert run_one(agency.app.extensions[EXTENSION])
    assert agency.worker.get(job).json["outcome"]["assessments"] == 0


def test_an_administrator_sees_what_a_user_holds_before_and_after_a_change(agency: Agency) -> None:
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


def test_an_administrator_deletes_drafts_and_files_on_the_page(agency: Agency) -> None:
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
