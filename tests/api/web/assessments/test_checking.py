"""The page where all answers are checked before they are saved: everything is shown, kept, and saved once."""

from dataclasses import replace
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient

from api.config import Config
from api.services.assessments import drafts
from api.services.assessments.assessments import find_submission, history
from api.services.users import Role, User
from api.web.assessments.checking import CHANGED, DOUBTED
from api.web.assessments.idempotent_submit import draft_of_form
from rms.instrument import instrument
from tests.api.conftest import PASSWORD, USERNAME, AsUser, Clock
from tests.api.contexts import context_for
from tests.api.web.pages import (
    Element,
    checked,
    fields,
    main_form,
    opened,
    page,
    path_of,
    press,
    save,
    send,
    sign_in,
)

NEW = "/assessments/new"
LATER = {"then": "later"}
SAVE, NEXT, CORRECT, KEEP = "Save assessment", "Save and start another", "Save correction", "Save what-if"


@pytest.fixture
def check(browser_client: FlaskClient, filled: dict[str, str]) -> str:
    """The address of the page for a new assessment."""
    return checking(browser_client, NEW, filled)


def checking(client: FlaskClient, path: str, changes: dict[str, str]) -> str:
    sent = send(client, path, changes)
    assert sent.status_code == 303, sent.text
    address = sent.headers["Location"]
    assert path_of(sent).endswith("/check")
    return address


def ids(client: FlaskClient, number: str = "10000") -> list[str]:
    return [one.id for one in history(context_for(client.application.extensions["rms"].store), number)]


def rows(document: Element) -> dict[str, str]:
    """Label → answer with its mark, of every row."""
    listed = document.find(".//dl[@class='govuk-summary-list checked']/div")
    return {one.first("dt").text: one.first("dd").text for one in listed}


def points(document: Element) -> list[str]:
    return [one.first("strong").text for one in document.first(id="points").all("li")]


def drafts_listed(client: FlaskClient) -> int:
    return len(list(opened(client, "/drafts").first("main").all("td", **{"class": "do"})))


def test_the_id_of_the_draft_tells_nothing_without_the_secret_key(
    browser_client: FlaskClient, filled: dict[str, str]
) -> None:
    """The audit log keeps it, and an offender number could be tried. It is the same for the same form."""
    form = {**fields(main_form(opened(browser_client, NEW))), **filled}
    ids = []
    for key in (browser_client.application.secret_key, browser_client.application.secret_key, "b" * 32):
        browser_client.application.secret_key = key
        with browser_client.application.test_request_context():
            g.user = User(1, USERNAME, Role.CASE_WORKER)
            ids.append(draft_of_form(form["handed_out"], "content"))
    assert ids[0] == ids[1] != ids[2]


def test_every_answer_is_shown_with_a_link_to_its_place_on_the_form(
    browser_client: FlaskClient, check: str
) -> None:
    document = opened(browser_client, check)
    shown = rows(document)
    assert {item.label for item in instrument("rms").asked} <= set(shown)
    assert shown["Offender number"] == "10000" and shown["Sex"] == "Male"
    assert shown["Date of birth"] == "17 May 1985"
    assert shown["Drug use"] == "2: Clear need"
    form = opened(browser_client, check.removesuffix("/check"))
    places = {one.attributes.get("id") for one in form.all()}
    changes = [one for one in document.first("main").all("a") if one.text.startswith("Change ")]
    assert len(changes) == len(shown)
    for link in changes:
        address, _, place = link.attributes["href"].partition("#")
        assert address == check.removesuffix("/check") and place in places
    assert fields(main_form(form))["answer-drug"] == "2"  # everything is kept there
    assert ids(browser_client) == []


def test_no_answer_and_no_number_is_in_the_address(check: str) -> None:
    assert "10000" not in check and "?" not in check


def test_what_is_changed_afterwards_is_checked_again(browser_client: FlaskClient, check: str) -> None:
    again = checking(browser_client, check.removesuffix("/check"), {"answer-drug": "3"})
    assert again == check
    document = opened(browser_client, again)
    assert rows(document)["Drug use"] == "3: Major need"
    assert path_of(press(browser_client, document, SAVE)) == "/assessments/10000"
    assert drafts_listed(browser_client) == 0


def test_a_double_click_back_and_reload_save_once(
    browser_client: FlaskClient, filled: dict[str, str]
) -> None:
    typed = {**fields(main_form(opened(browser_client, NEW))), **filled}
    addresses = {browser_client.post(NEW, data=typed).headers["Location"] for _ in range(2)}
    [check] = addresses
    assert drafts_listed(browser_client) == 1
    document = opened(browser_client, check)
    for _ in range(2):
        assert path_of(press(browser_client, document, SAVE)) == "/assessments/10000"
    assert path_of(press(browser_client, document, NEXT)) == NEW
    reloaded = browser_client.get(check, follow_redirects=True)
    assert "Submitted as 10000" in page(reloaded.text).first("div", role="alert").text
    assert path_of(browser_client.post(NEW, data=typed)) == "/assessments/10000"  # Back to the form itself
    assert (ids(browser_client), drafts_listed(browser_client)) == (["10000"], 0)


def test_what_was_changed_in_another_tab_is_shown_before_it_is_saved(
    browser_client: FlaskClient, check: str
) -> None:
    old = opened(browser_client, check)
    send(browser_client, check.removesuffix("/check"), {"answer-drug": "3", **LATER})
    refused = press(browser_client, old, SAVE)
    assert refused.status_code == 412
    document = page(refused.text)
    assert CHANGED in document.first(id="errors").text
    assert rows(document)["Drug use"] == "3: Major need" and ids(browser_client) == []
    assert path_of(press(browser_client, document, SAVE)) == "/assessments/10000"
    late = press(browser_client, old, SAVE)
    assert late.status_code == 409
    assert "already saved as 10000, with different answers" in late.text
    assert ids(browser_client) == ["10000"]


def test_what_is_not_sure_is_said_before_the_button(
    browser_client: FlaskClient, submitted: str, clock: Clock
) -> None:
    clock.advance(days=250)
    sign_in(browser_client, USERNAME, PASSWORD)
    contradicts = {"answer-supervision_periods": "1", "answer-revocations": "2"}
    no_release = {f"release_date-{part}": "" for part in ("day", "month", "year")}
    changes = {"answer-drug": "3", "seen-acad": "yes", **contradicts, **no_release}
    document = opened(browser_client, checking(browser_client, f"{NEW}?from=10000", changes))
    *contradictory, missing, unknown, unconfirmed, stale = points(document)
    assert "Revocations" in contradictory[0]
    assert (missing, unknown) == ("1 answer missing.", "1 answer unknown.")
    assert unconfirmed == "20 answers carried over, not confirmed."
    assert stale.endswith("of these last rated more than 6 months ago.")
    shown = rows(document)
    assert shown["Estimated release"] == "not known"
    assert shown["Drug use"] == "3: Major need was 2: Clear need"
    assert shown["Education and vocational skills"].endswith("still correct")
    assert shown["Alcohol use"].endswith("carried over, not confirmed")
    assert "Check this answer: Revocations" in shown["Revocations"]
    text = document.first("main").text
    assert text.index(contradictory[0]) < text.index(unconfirmed) < text.rindex(SAVE)
    saved = {press(browser_client, document, SAVE).headers["Location"] for _ in range(2)}
    assert saved == {"/assessments/10000-01?done=submitted&unconfirmed=20"}  # after a second click too


def test_nothing_to_doubt_is_said_too(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    known = {"answer-sexs": "0", "reason-sexs": ""}
    document = opened(browser_client, checking(browser_client, NEW, {**filled, **known}))
    assert not list(document.first(id="points").all("li"))
    assert "No answer is missing" in document.first(id="points").text


def test_a_number_that_was_confirmed_stays_confirmed(
    browser_client: FlaskClient, submitted: str, filled: dict[str, str]
) -> None:
    other = {**filled, "sex": "female", "same_person": "10000"}
    check = checking(browser_client, NEW, other)
    document = opened(browser_client, check)
    assert points(document)[0] == DOUBTED
    links = [one.attributes["href"] for one in document.all("a") if one.text.startswith("Change ")]
    form = links[0].partition("#")[0]
    assert fields(main_form(opened(browser_client, form)))["same_person"] == "10000"
    again = opened(browser_client, checking(browser_client, form, {"answer-drug": "0"}))
    unconfirmed = browser_client.get(check.partition("?")[0])
    assert unconfirmed.status_code == 422  # an address without it asks again
    assert path_of(press(browser_client, again, SAVE)) == "/assessments/10000-01"


def test_a_correction_and_a_what_if(browser_client: FlaskClient, submitted: str) -> None:
    right = {"reason": "Rated from the wrong file.", "answer-drug": "3"}
    document = opened(browser_client, checking(browser_client, "/assessments/10000/correct", right))
    assert rows(document)["Reason for the correction"] == "Rated from the wrong file."
    assert "replaces 10000" in document.first("main").text
    for _ in range(2):
        assert path_of(press(browser_client, document, CORRECT)) == "/assessments/10000-01"
    what_if = checking(browser_client, f"{NEW}?what_if=10000-01", {"answer-drug": "0"})
    document = opened(browser_client, what_if)
    assert "what-if" in document.first("body").attributes["class"]
    assert rows(document)["Drug use"] == "0: No need was 3: Major need"
    changes = [one.text for one in document.first("main").all("a") if one.text.startswith("Change ")]
    assert len(changes) == len(instrument("rms").asked)  # who the person is stays as it was
    for _ in range(2):
        assert path_of(press(browser_client, document, KEEP)) == "/assessments/10000-02"
    store = browser_client.application.extensions["rms"].store
    assert find_submission(context_for(store), "10000-02").assessment.baseline_id == "10000-01"
    assert ids(browser_client) == ["10000-02", "10000-01", "10000"]


def test_a_session_that_ends_in_between_loses_nothing(
    browser_client: FlaskClient, check: str, clock: Clock
) -> None:
    document = opened(browser_client, check)
    clock.advance(hours=1)
    refused = press(browser_client, document, SAVE)
    assert refused.status_code == 401
    sign_in(browser_client, USERNAME, PASSWORD)
    assert rows(opened(browser_client, check))["Drug use"] == "2: Clear need"
    kept = main_form(page(refused.text))
    token = {"csrf_token": fields(main_form(opened(browser_client, check)))["csrf_token"]}
    again = browser_client.post(kept.attributes["action"], data={**fields(kept), **token})
    assert path_of(again) == "/assessments/10000"


def test_a_draft_that_cannot_be_saved_shows_its_errors(browser_client: FlaskClient) -> None:
    kept = send(browser_client, NEW, {"offender_number": "10000", **LATER}).headers["Location"]
    refused = browser_client.get(f"/drafts/{kept.partition('=')[2]}/check")
    assert refused.status_code == 422
    assert list(page(refused.text).first(id="errors").all("a"))


def test_it_belongs_to_its_user(browser_client: FlaskClient, check: str, as_user: AsUser) -> None:
    other = as_user(Role.CASE_WORKER, username="a.other")
    assert other.get(check, follow_redirects=True).status_code == 404
    assert browser_client.get("/drafts/none/check", follow_redirects=True).status_code == 404


def test_a_form_can_be_checked_although_there_are_too_many_drafts(
    browser_client: FlaskClient, filled: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    assert send(browser_client, NEW, {**filled, **LATER}).status_code == 303
    first = opened(browser_client, checking(browser_client, NEW, filled))
    second = send(browser_client, NEW, {**filled, "answer-drug": "0"})
    assert second.status_code == 409  # only one more
    assert fields(main_form(page(second.text)))["answer-drug"] == "0"
    assert path_of(press(browser_client, first, SAVE)) == "/assessments/10000"


def test_a_what_if_of_the_workbench_is_checked(browser_client: FlaskClient, submitted: str) -> None:
    bench = opened(browser_client, "/assessments/10000/workbench?answer-drug=0&name=After")
    untried = press(browser_client, bench, KEEP, {"answer-empl": "0"})
    document = opened(browser_client, untried.headers["Location"])
    assert ids(browser_client) == ["10000"]
    assert rows(document) == {
        "Drug use": "0: No need was 2: Clear need",
        "Employment": "0: No need was 2: Clear need",
        "Name of the what-if": "After",
    }
    assert [row.children[0].text for row in document.first("tbody").all("tr")] == ["Recidivism", "Violence"]
    for link in (one for one in document.first("main").all("a") if one.text.startswith("Change ")):
        address, _, place = link.attributes["href"].partition("#")
        assert list(opened(browser_client, address).all(id=place))
    for _ in range(2):
        assert path_of(press(browser_client, document, KEEP)) == "/assessments/10000-01"
    assert ids(browser_client) == ["10000-01", "10000"]
    nothing = browser_client.get("/assessments/10000/workbench/check")
    assert nothing.headers["Location"] == "/assessments/10000/workbench"


class TestSwitchedOff:
    """With RMS_CHECK_ANSWERS=0, the button of the form saves."""

    @pytest.fixture
    def config(self, config: Config) -> Config:
        return replace(config, check_answers=False)

    def test_the_form_saves_at_once(
        self, browser_client: FlaskClient, filled: dict[str, str], valid_body: dict[str, Any]
    ) -> None:
        document = opened(browser_client, NEW)
        labels = [one.text for one in document.first("div", **{"class": "submit"}).all("button")]
        assert labels[:2] == ["Submit assessment", "Submit and start another"]
        saved = [press(browser_client, document, labels[0], filled) for _ in range(2)]
        assert [path_of(one) for one in saved] == ["/assessments/10000"] * 2
        correction = {"reason": "Wrong file.", "answer-drug": "3"}
        corrected = send(browser_client, "/assessments/10000/correct", correction)
        assert path_of(corrected) == "/assessments/10000-01"
        kept = send(browser_client, f"{NEW}?what_if=10000-01", {"answer-drug": "0", **LATER})
        draft = f"/drafts/{kept.headers['Location'].partition('=')[2]}"
        assert path_of(send(browser_client, draft)) == "/assessments/10000-02"
        bench = opened(browser_client, "/assessments/10000-01/workbench?answer-drug=1")
        assert path_of(press(browser_client, bench, KEEP)) == "/assessments/10000-03"


def test_the_helper_takes_the_way_of_a_user(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    assert path_of(save(browser_client, NEW, filled)) == "/assessments/10000"
    refused = checked(browser_client, send(browser_client, NEW))
    assert refused.status_code == 422
