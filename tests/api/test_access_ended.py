"""After every change around a user, supervisors of the person can see and end the access that stays."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION
from api.runtime.job_runner import run_one
from api.services.users import Role
from api.web.access import users as user_pages
from api.web.people import office as office_pages
from tests.api.commands.command_line import quick_rms
from tests.api.conftest import Clock, Database
from tests.api.delivering import deliver_due
from tests.api.web.browsers import browser, form_to, post
from tests.api.web.pages import Element, fields, main_form, opened, page
from tests.receiver import receiving

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
    """Locked out, moved and unlocked: access returns with the account."""
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
    """Put the person on the caseload again."""
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
        assert change.holder.get("office", "Old Office") in _caseloads(head, at).text
        assert office_pages.DONE["released"] in post(head, at, "/release").text
        assert not agency.reads()
        assert not list(_caseloads(head, at).all("dt"))
        _give_back(agency)


def _caseloads(client: FlaskClient, at: str) -> Element:
    """The part of a person's page that says on whose caseload they are."""
    return opened(client, at).first("section", **{"aria-labelledby": "with"})


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
    assert "Drafts: 1." in shown and "Jobs and files: 2." in shown
    ended = agency.admin.delete(f"{API}/users/worker/drafts-and-jobs").json["holds"]
    assert (ended["drafts"], ended["jobs"]) == (0, 0)
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
    told = "On their caseload: 1 person of Old Office. A supervisor of Old Office can remove them."
    asked = post(admin, at, "/worker", role="case_worker", office="New Office")
    assert "Change the role or office of worker?" in asked.text and told in asked.text
    assert agency.admin.get(f"{API}/users/worker").json["office"] == "Old Office"
    after = _confirmed(admin, asked, "/worker")
    assert "role and office are changed" in after.text and told in after.text
    assert agency.admin.get(f"{API}/users/worker").json["office"] == "New Office"
    assert "Change the role" not in post(admin, at, "/worker", role="case_worker", office="New Office").text
    for act in ("lock", "unlock"):
        before = opened(admin, f"{at}/{act}")
        assert told in before.text
        after = _confirmed(admin, before, f"/{act}")
        assert user_pages.DONE[act] in after.text and told in after.text
    wrong = post(admin, at, "/worker", role="case_worker", office="Nowhere")
    assert wrong.first(id="errors").first("a").attributes["href"] == "#office"


def _confirmed(admin: FlaskClient, asked: Element, action: str) -> Element:
    form = form_to(asked, action)
    return page(admin.post(form.attributes["action"], data=fields(form), follow_redirects=True).text)


def test_an_administrator_deletes_drafts_and_files_on_the_page(agency: Agency) -> None:
    admin, at = browser(agency.app, "admin", agency.clock), "/administration/users/worker"
    agency.worker.post(f"{API}/drafts", json={"sex": "male"})
    delete = f"{at}/drafts-and-jobs"
    assert [link for link in opened(admin, at).all("a") if link.attributes["href"] == delete]
    after = _confirmed(admin, opened(admin, delete), "/drafts-and-jobs")
    assert user_pages.DONE["drafts-and-jobs"] in after.text
    assert not [link for link in after.all("a") if link.attributes["href"] == delete]
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


def _drafts(agency: Agency, body: dict[str, Any]) -> dict[str, str]:
    """A draft of each kind that tells of 10000, and two that do not: the number of each, by its address."""
    starts = [
        (f"{API}/assessments/{NUMBER}/repopulate", None, NUMBER),
        (f"{API}/drafts", body, NUMBER),
        (f"{API}/drafts", {"baseline_id": NUMBER, "answers": {"drug": 0}}, NUMBER),
        (f"{API}/drafts", {"corrects": NUMBER, "reason": "Wrong file."}, NUMBER),
        (f"{API}/drafts", {**body, "offender_number": "10001"}, "10001"),  # who has not been assessed
        (f"{API}/drafts", {"sex": "male"}, ""),
    ]
    made = {}
    for path, sent, number in starts:
        answer = agency.worker.post(path, json=sent)
        assert answer.status_code == 201, answer.text
        made[answer.headers["Location"]] = number
    return made


def _released(agency: Agency) -> None:
    assert agency.heads["Old Office"].delete(f"{HOLDERS}/worker").status_code == 200


def _given_over(agency: Agency) -> None:
    to = {"office": "New Office"}
    assert agency.heads["North"].put(f"{API}/offenders/{NUMBER}/office", json=to).status_code == 204


@pytest.mark.parametrize("ends", [_released, _given_over])
def test_drafts_about_a_person_are_hidden_with_the_person(
    agency: Agency, valid_body: dict[str, Any], ends: Callable[[Agency], None]
) -> None:
    drafts = _drafts(agency, valid_body)
    ends(agency)
    listed = {one["id"] for one in agency.worker.get(f"{API}/drafts").json["drafts"]}
    assert listed == {path.rsplit("/", 1)[-1] for path, number in drafts.items() if number != NUMBER}
    for path, number in drafts.items():
        hidden = number == NUMBER
        assert agency.worker.get(path).status_code == (404 if hidden else 200)
        if hidden:
            seen = {"If-Match": '"1"'}
            assert agency.worker.patch(path, json={"sex": "female"}, headers=seen).status_code == 404
            assert agency.worker.post(f"{path}/submit", headers=seen).status_code == 404
            assert agency.worker.delete(path).status_code == 404
    worker = browser(agency.app, "worker", agency.clock)
    for at in ("/", "/drafts", f"/people/{NUMBER}"):
        shown = worker.get(at, follow_redirects=True)
        assert shown.status_code == 200
        assert not [path for path, number in drafts.items() if number == NUMBER and path[-22:] in shown.text]
    assert agency.admin.get(f"{API}/users/worker").json["holds"]["drafts"] == len(drafts)
    _give_back(agency)
    assert len(agency.worker.get(f"{API}/drafts").json["drafts"]) == len(drafts)


def _system(agency: Agency, as_user: Make, body: dict[str, Any]) -> FlaskClient:
    """A service account of Old Office that has submitted an assessment of 30000 there."""
    system = as_user(Role.SERVICE_ACCOUNT, username="system", office="Old Office")
    once = {"Idempotency-Key": "first"}
    sent = system.post(f"{API}/assessments", json={**body, "offender_number": "30000"}, headers=once)
    assert sent.status_code == 201
    return system


def _what_it_sees(system: FlaskClient) -> set[int]:
    """The statuses of all that a system can ask about 30000, and how many it finds."""
    assert {one["id"] for one in system.get(f"{API}/assessments?all=true").json["assessments"]} <= {"30000"}
    found = system.get(f"{API}/assessments?all=true&count=true").json["total"]
    drafts = len(system.get(f"{API}/drafts").json["drafts"])
    listed = system.get(f"{API}/offenders/30000/assessments")
    seen = len(listed.json["assessments"]) if listed.status_code == 200 else 0
    read = system.get(f"{API}/assessments/30000").status_code == 200
    return {found, drafts, seen, int(read)}


def test_a_system_sees_what_it_submitted_for_its_office_of_now(
    agency: Agency, as_user: Make, valid_body: dict[str, Any]
) -> None:
    system = _system(agency, as_user, valid_body)
    assert system.post(f"{API}/assessments/30000/repopulate").status_code == 201
    assert _what_it_sees(system) == {1}
    move = {"office": "New Office"}
    assert agency.admin.patch(f"{API}/users/system", json=move).status_code == 200
    assert _what_it_sees(system) == {0}
    again = {"Idempotency-Key": "second"}
    body = {**valid_body, "offender_number": "30000"}
    assert system.post(f"{API}/assessments", json=body, headers=again).json["code"] == "held_elsewhere"
    repeated = system.post(f"{API}/assessments", json=body, headers={"Idempotency-Key": "first"})
    assert repeated.json["code"] == "held_elsewhere"  # not as it was answered before

    holders = f"{API}/offenders/30000/holders"
    assert agency.heads["Old Office"].put(f"{holders}/system").status_code == 404  # it is of another office
    assert agency.heads["Agency"].put(f"{holders}/system").json["holders"] == ["system"]
    assert _what_it_sees(system) == {1}
    assert agency.heads["Old Office"].delete(f"{holders}/system").json["holders"] == []
    assert _what_it_sees(system) == {0}

    for office in ("North", "Agency"):
        assert agency.admin.patch(f"{API}/users/system", json={"office": office}).status_code == 200
        assert _what_it_sees(system) == {1}


def test_a_person_given_over_is_hidden_from_the_system_of_the_old_office(
    agency: Agency, as_user: Make, valid_body: dict[str, Any]
) -> None:
    system = _system(agency, as_user, valid_body)
    to = {"office": "New Office"}
    assert agency.heads["North"].put(f"{API}/offenders/30000/office", json=to).status_code == 204
    assert _what_it_sees(system) == {0}


EXPORT = {"criteria": {"all": True}, "purpose": "statistics"}


def _exported(agency: Agency, client: FlaskClient) -> str:
    """The address of the result of an export of all that the client sees."""
    job = str(client.post(f"{API}/exports", json=EXPORT).json["links"]["self"])
    assert run_one(agency.app.extensions[EXTENSION])
    assert _fetched(client, f"{job}/result") == 200
    return f"{job}/result"


def _fetched(client: FlaskClient, result: str) -> int:
    with closing(client.get(result)) as answer:
        return answer.status_code


@pytest.mark.parametrize("ends", [_released, _given_over])
def test_files_and_pages_kept_for_a_case_worker_end_with_a_person(
    agency: Agency, as_user: Make, ends: Callable[[Agency], None]
) -> None:
    other = as_user(Role.CASE_WORKER, username="other", office="Old Office")
    files = {client: _exported(agency, client) for client in (agency.worker, other)}
    worker = browser(agency.app, "worker", agency.clock)
    form = main_form(opened(worker, "/assessments/new"))
    typed = {**fields(form), "offender_number": NUMBER, "sex": "male"}
    navigated = {"Sec-Fetch-Mode": "navigate"}
    kept = worker.post(form.attributes["action"], data=typed, headers=navigated).headers["Location"]
    assert worker.get(kept).status_code == 422 and NUMBER in worker.get(kept).text
    ends(agency)
    for path in (files[agency.worker], f"{files[agency.worker]}/notice"):
        assert agency.worker.get(path).json["code"] == "result_expired"
    assert worker.get(f"{_page_of(files[agency.worker])}/notice").status_code == 410
    assert agency.worker.get(f"{files[other]}/notice").status_code == 404
    assert other.get(f"{files[other]}/notice").status_code == 200
    assert _fetched(other, files[other]) == 200
    assert NUMBER not in worker.get(kept, follow_redirects=True).text


def _page_of(result: str) -> str:
    return f"/exports/jobs/{result.split('/')[-2]}"


def _imported_again(agency: Agency, client: FlaskClient, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    """The reports of the lines, imported in a request of their own."""
    body = "\n".join(map(json.dumps, lines))
    sent = client.post(f"{API}/imports", data=body, content_type="application/x-ndjson")
    assert sent.status_code == 202, sent.text
    assert run_one(agency.app.extensions[EXTENSION])
    with closing(client.get(f"{sent.json['links']['self']}/result")) as result:
        return [json.loads(line) for line in result.text.splitlines()]


@pytest.mark.parametrize("role", [Role.CASE_WORKER, Role.SERVICE_ACCOUNT])
def test_a_line_imported_again_does_not_name_an_assessment_that_is_hidden_now(
    agency: Agency, as_user: Make, valid_body: dict[str, Any], role: Role
) -> None:
    sender = as_user(role, username="sender", office="Old Office")
    lines = [{**valid_body, "offender_number": number, "key": number} for number in ("40000", "50000")]
    assert [one["status"] for one in _imported_again(agency, sender, *lines)] == ["created"] * 2
    if role is Role.CASE_WORKER:
        holder = f"{API}/offenders/40000/holders/sender"
        assert agency.heads["Old Office"].delete(holder).status_code == 200
    else:
        to = {"office": "New Office"}
        assert agency.heads["North"].put(f"{API}/offenders/40000/office", json=to).status_code == 204
    hidden, seen = _imported_again(agency, sender, *lines)
    assert (seen["status"], seen["id"]) == ("already_there", "50000")
    assert hidden["status"] == "refused" and "id" not in hidden
    assert [problem["code"] for problem in hidden["problems"]] == ["held_elsewhere"]


def test_files_of_a_system_end_when_it_moves(
    agency: Agency, as_user: Make, valid_body: dict[str, Any]
) -> None:
    system = _system(agency, as_user, valid_body)
    result = _exported(agency, system)
    agency.admin.patch(f"{API}/users/system", json={"office": "New Office"})
    assert system.get(result).json["code"] == "forbidden"
    agency.admin.patch(f"{API}/users/system", json={"office": "North"})
    assert _fetched(system, result) == 200


def test_a_system_that_moved_is_told_nothing_more_of_its_old_office(
    agency: Agency, as_user: Make, valid_body: dict[str, Any]
) -> None:
    application = agency.app.extensions[EXTENSION]
    system = as_user(Role.SERVICE_ACCOUNT, username="system", office="Old Office")
    with receiving() as receiver:
        hook = system.post(f"{API}/webhooks", json={"url": receiver.url}).json["id"]
        for number in ("30000", "30001"):
            body, once = {**valid_body, "offender_number": number}, {"Idempotency-Key": number}
            assert system.post(f"{API}/assessments", json=body, headers=once).status_code == 201
        given = agency.heads["Agency"].put(f"{API}/offenders/30001/holders/system")
        assert given.status_code == 200
        agency.admin.patch(f"{API}/users/system", json={"office": "New Office"})
        deliver_due(application.background(), outgoing=application.outgoing)
    assert [json.loads(one.body)["assessment"] for one in receiver.got] == [f"{API}/assessments/30001"]
    listed = system.get(f"{API}/webhooks/{hook}/deliveries").json["deliveries"]
    assert len(listed) == 1
    agency.heads["Old Office"].delete(f"{API}/offenders/30001/holders/system")
    assert system.get(f"{API}/webhooks/{hook}/deliveries").json["deliveries"] == []
