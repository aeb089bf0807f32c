"""An administrator's pages: users, offices, service accounts, bands, erasures; and no case anywhere."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION
from api.services.access.accounts import user_of_key
from api.services.governance.erasures import open_erasures
from api.services.governance.holds import PERSON_UNKNOWN
from api.services.users import Role
from api.web.access import users
from api.web.form_messages import AUDIT_SEARCH, BAND, CREDENTIAL, PASSWORD, REVERSED
from api.web.governance import erasures
from tests.api.conftest import USERNAME, Clock
from tests.api.contexts import context_for
from tests.api.web.browsers import browser, form_to, post
from tests.api.web.pages import errors_at_fields, fields, opened, page

STRONG = "four-unlikely-words-here"


@pytest.fixture
def admin(enter: Callable[..., FlaskClient]) -> FlaskClient:
    return enter(Role.ADMINISTRATOR)


def test_a_user_is_added_changed_and_locked_out(app: Flask, admin: FlaskClient, clock: Clock) -> None:
    new = {"username": "nora", "role": "case_worker", "office": "Agency", "password": STRONG}
    refused = post(admin, "/administration/new-user", "/new-user", **{**new, "password": "short"})
    assert refused.first("input", id="username").attributes["value"] == "nora"
    assert "15 to 256 characters" in refused.text
    assert "short" not in {one.attributes.get("value") for one in refused.all("input")}
    let_in = post(admin, "/administration/new-user", "/new-user", **new)
    assert let_in.first(id="shown-once").text == STRONG
    taken = post(admin, "/administration/new-user", "/new-user", **new)
    assert taken.first(id="errors").first("a").attributes["href"] == "#username"
    at = "/administration/users/nora"
    assert "role and office are changed" in post(admin, at, "/nora", role="supervisor", office="Agency").text
    assert post(admin, at, "/password", password=f"{STRONG}-2").first(id="shown-once").text == f"{STRONG}-2"
    assert errors_at_fields(post(admin, at, "/password", password="")) == PASSWORD
    assert STRONG not in admin.get(at).text
    assert "locked out" in post(admin, f"{at}/lock", "/lock").text
    assert users.DONE["unlock"] in post(admin, f"{at}/unlock", "/unlock").text
    assert admin.get(f"{at}/nothing").status_code == 404


def test_a_random_password_is_proposed_for_a_new_user(admin: FlaskClient) -> None:
    at = "/administration/new-user"
    drawn = [opened(admin, at).first("input", id="password").attributes["value"] for _ in range(2)]
    assert all(len(one) > 15 for one in drawn) and drawn[0] != drawn[1]
    new = {"username": "nora", "role": "case_worker", "office": "Agency"}
    assert len(post(admin, at, "/new-user", **new).first(id="shown-once").text) > 15  # as it was drawn


def test_a_password_that_was_noted_down_stays_where_something_else_is_refused(admin: FlaskClient) -> None:
    wrong = {"username": "two words", "role": "auditor", "office": "Agency", "password": STRONG}
    refused = post(admin, "/administration/new-user", "/new-user", **wrong)
    assert refused.first("input", id="password").attributes["value"] == STRONG


def test_all_errors_of_a_new_user_are_shown_at_once(admin: FlaskClient) -> None:
    refused = post(admin, "/administration/new-user", "/new-user", username="two words", password="")
    told = [one.attributes["href"] for one in refused.first(id="errors").all("a")]
    assert told == ["#username", "#role", "#password"]


def test_administrators_cannot_change_their_own_role(admin: FlaskClient) -> None:
    at = "/administration/users/a.administrator"
    refused = post(admin, at, "/a.administrator", role="auditor")
    assert "Ask another administrator" in refused.text
    assert "Lock out" not in opened(admin, at).first("main").text


def test_offices_are_added_renamed_and_moved_but_never_below_themselves(admin: FlaskClient) -> None:
    at = "/administration/offices"
    for name, parent in (("North", "Agency"), ("East", "North"), ("South", "Agency")):
        assert "The office is added" in post(admin, at, "/offices", name=name, parent=parent).text
    taken = post(admin, at, "/offices", name="North", parent="Agency")
    assert taken.first(id="errors").first("a").attributes["href"] == "#name"
    links = {one.text: one.attributes["href"] for one in opened(admin, at).first("tbody").all("a")}
    renamed = post(admin, links["North"], "/name", name="Far North")
    assert "is renamed" in renamed.text
    offered = opened(admin, links["North"]).first("select", id="parent")
    assert {one.attributes["value"] for one in offered.all("option")} == {"Agency", "South"}
    assert "Choose another office" in admin.get(f"{links['North']}/move?parent=Nowhere").text
    form = form_to(opened(admin, f"{links['South']}/move?parent=East"), "/move")
    moved = admin.post(form.attributes["action"], data=fields(form), follow_redirects=True)
    assert "are moved" in moved.text
    form = form_to(opened(admin, f"{links['North']}/move?parent=South"), "/move")
    refused = admin.post(form.attributes["action"], data=fields(form))
    assert refused.status_code == 422
    assert "cannot be below itself" in refused.text


def test_a_key_is_shown_once_and_revoked(app: Flask, admin: FlaskClient, clock: Clock) -> None:
    assert (
        "Service account added" in post(admin, "/administration/systems", "/systems", name="case-system").text
    )
    at = "/administration/systems/case-system"
    nothing = post(admin, at, "/credentials", name="", days="0")
    assert [link.text for link in nothing.first(id="errors").all("a")][0] == CREDENTIAL["name"]
    made = post(admin, at, "/credentials", name="production", scopes="assessments:read", days="30")
    key = made.first(id="shown-once").text
    store = app.extensions["rms"].store
    caller = user_of_key(context_for(store, at=clock()), key)
    assert caller is not None and caller.scopes == {"assessments:read"}
    again = post(admin, at, "/credentials", name="production", scopes="assessments:read", days="30")
    # Reloading the page does not add a second key.
    assert again.first(id="errors").first("a").attributes["href"] == "#name"
    listed = opened(admin, at)
    assert key not in listed.text
    revoke = listed.first("tbody").first("a").attributes["href"]
    assert "no longer works" in post(admin, revoke, "/revoke").text
    assert user_of_key(context_for(store, at=clock()), key) is None
    assert "Deactivated" in post(admin, f"{at}/deactivate", "/deactivate").text


def test_a_band_has_an_owner_an_end_and_what_was_measured(admin: FlaskClient) -> None:
    band = {
        **{"name": "Offered the programme", "process": "recidivism", "low": "1.5", "high": "1.75"},
        **{
            "owner": "Head of programmes",
            "rate": "42",
            "n": "120",
            "period": "2021 to 2024",
            "library": "1.0",
        },
        **{"expires_on-day": "30", "expires_on-month": "6", "expires_on-year": "2027"},
    }
    at = "/administration/bands"
    middle = post(admin, at, "/bands", **{**band, "name": "Medi" + "um"})
    assert "mixed evidence" in middle.first(id="errors").text
    bare = post(admin, at, "/bands", **{**band, "rate": "", "owner": ""})
    assert [link.text for link in bare.first(id="errors").all("a")] == [BAND["owner"], BAND["rate"]]
    wrong = {**band, "rate": "142", "low": "1,5", "expires_on-day": "31", "expires_on-month": "2"}
    refused = post(admin, at, "/bands", **wrong)
    links = [link.text for link in refused.first(id="errors").all("a")]
    assert links == [BAND["low"], BAND["expires_on"], BAND["rate"]]
    around = post(admin, at, "/bands", **{**band, "low": "1.8"})
    links = [link.text for link in around.first(id="errors").all("a")]
    assert links == [REVERSED["low"], REVERSED["high"]]
    assert wrong.items() <= fields(form_to(refused, "/bands")).items()
    told = post(admin, at, "/bands", **band).first("tbody").text
    assert "1.50–1.75" in told and "42.0% of 120" in told and "30 June 2027" in told


def test_an_erasure_takes_two(
    app: Flask, assessed: str, admin: FlaskClient, enter: Callable[..., FlaskClient], clock: Clock
) -> None:
    second = enter(Role.ADMINISTRATOR, "second.admin")
    at = "/administration/erasures"
    form = {"person": "10000", "reason_code": "court_order", "text": "Order 12."}
    unknown = post(admin, at, "/erasures", **{**form, "person": "404"})
    assert PERSON_UNKNOWN in unknown.first(id="errors").text
    assert erasures.DONE["requested"] in post(admin, at, "/erasures", **form).text
    (request,) = open_erasures(context_for(app.extensions["rms"].store, at=clock()))
    assert admin.get(f"{at}/{request.id}/approve").status_code == 409
    assert "10000" in opened(second, f"{at}/{request.id}/approve").first("h1").text
    assert erasures.DONE["erased"] in post(second, f"{at}/{request.id}/approve", "/approve").text
    assert opened(browser(app, USERNAME, clock), "/people/10000").text.count(
        "You cannot see any assessments for this number"
    )


def test_no_case_is_shown_to_an_administrator(assessed: str, admin: FlaskClient) -> None:
    for path in ("", "/users", "/systems", "/bands", "/libraries", "/exports", "/erasures", "/offices"):
        assert "10000" not in opened(admin, f"/administration{path}").first("main").text, path
    for path in ("/office", "/people/10000", "/assessments/10000", "/people/10000/record"):
        assert admin.get(path).status_code == 403


def test_the_audit_log_is_searched_verified_and_downloaded(
    assessed: str, enter: Callable[..., FlaskClient], admin: FlaskClient
) -> None:
    auditor = enter(Role.AUDITOR)
    found = opened(auditor, f"/record?actor={USERNAME}&action=assessment.submitted").first("tbody")
    assert len(list(found.all("tr"))) == 1
    reversed_days = {"from-day": "2", "from-month": "1", "from-year": "2026", "to": "2026-01-01"}
    refused = auditor.get("/record", query_string=reversed_days)
    assert refused.status_code == 422
    assert page(refused.text).first(id="errors").first("a").attributes["href"] == "#from-day"
    wrong_day = {"from-day": "3", "from-month": "x", "from-year": "", "actor": "a.user"}
    told = page(auditor.get("/record", query_string=wrong_day).text)
    assert AUDIT_SEARCH["from"] in told.first(id="errors").text
    assert wrong_day.items() <= fields(told.first("main").first("form")).items()
    assert "assessment.submitted" in auditor.get("/record.csv?action=assessment.submitted").text
    # A name that is mistyped finds everything, so it is not passed over.
    assert auditor.get("/record.csv?actr=nora").location == "/record?actr=nora"
    assert (
        "The address contains “actr”, which RMS does not recognise" in auditor.get("/record?actr=nora").text
    )
    unheard = opened(auditor, "/record?action=assessment.corrected&object_kind=ship")
    assert "No action is called “assessment.corrected”." in unheard.text
    assert "No object type is called “ship”." in unheard.text
    _, *offered = [one.text for one in unheard.first("select", id="action").all("option")]
    assert offered == sorted(set(offered)) and "submitted an assessment (assessment.submitted)" in offered
    end = opened(auditor, "/record/end").first(id="shown-once").text
    whole = post(auditor, "/record/verification", "/verification", head=end)
    assert "No change found in the" in whole.text and "the entry you noted" in whole.text
    number, _, digits = end.partition(":")
    other = post(auditor, "/record/verification", "/verification", head=f"{number}:{digits[::-1]}")
    assert "Problems found in the audit log" in other.text
    assert opened(admin, "/record").first("tbody")
    assert admin.get("/record/verification").status_code == 403


def test_exports_say_their_criteria_and_no_hash(admin: FlaskClient, app: Flask, clock: Clock) -> None:
    store, old = app.extensions[EXTENSION].store, "f" * 64
    with store.transaction() as tx:
        for detail in ({"filter": old}, {"criteria": "score; one person"}):
            tx.audit.append(
                "export.requested",
                actor="s.visor",
                at=clock(),
                object_kind="job",
                object_key="1",
                detail={"purpose": "statistics", "format": "csv", **detail},
            )
    shown = admin.get("/administration/exports").text
    assert "score; one person" in shown and "Not available: logged by an earlier version" in shown
    assert old[:12] not in shown
