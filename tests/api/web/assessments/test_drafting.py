"""Pages for drafts, re-population and corrections: nothing typed is lost or stored twice."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import create_user
from api.services.assessments import drafts
from api.services.assessments.assessments import find_submission, history
from api.services.users import Role
from rms.submission import Correction
from tests.api.conftest import PASSWORD, START, Clock
from tests.api.contexts import context_for
from tests.api.web.browsers import answer, post
from tests.api.web.pages import (
    Element,
    checked,
    fields,
    main_form,
    opened,
    page,
    path_of,
    save,
    send,
    sign_in,
)

NEW, POPULATE = "/assessments/new", "/assessments/populate"
LATER = {"then": "later"}


@pytest.fixture
def draft(browser_client: FlaskClient, filled: dict[str, str]) -> str:
    """The URL of a complete draft."""
    kept = send(browser_client, NEW, {**filled, **LATER})
    assert kept.status_code == 303
    listed = opened(browser_client, kept.headers["Location"])
    links = listed.first("main").all("a")
    return next(link for link in links if "Continue with it" in link.text).attributes["href"]


def ids(client: FlaskClient, number: str = "10000") -> list[str]:
    return [one.id for one in history(context_for(client.application.extensions["rms"].store), number)]


def states(document: Element) -> list[str]:
    return [one.text for one in document.all("span", **{"class": "state"})]


def typed_as(form: Element, filled: dict[str, str]) -> dict[str, str]:
    values = fields(form)
    return {name: values.get(name, "") for name in filled}


def test_save_and_come_back_later(browser_client: FlaskClient, filled: dict[str, str], draft: str) -> None:
    [row] = opened(browser_client, "/drafts").first("tbody").all("tr")
    assert row.text.startswith("10000 New assessment 24 of 24 4 March 2026, 09:30 UTC")
    assert "3 April 2026" in row.text  # the date it expires
    document = opened(browser_client, draft)
    without_zeros = {name: value.lstrip("0") or "0" for name, value in filled.items()}
    assert typed_as(main_form(document), filled) == without_zeros
    assert "24 of 24 answered" in document.text
    assert "keeps this draft until 3 April 2026" in document.text
    assert not ids(browser_client)


def test_typed_answers_are_kept_when_there_are_too_many_drafts(
    browser_client: FlaskClient, filled: dict[str, str], draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    refused = send(browser_client, NEW, {**filled, **LATER})
    assert refused.status_code == 409
    document = page(refused.text)
    assert "Submit or delete some of them first" in document.first(id="errors").text
    assert typed_as(main_form(document), filled) == filled
    form = main_form(opened(browser_client, NEW))
    by_script = browser_client.post(form.attributes["data-begin"], data={**fields(form), **filled})
    assert (by_script.status_code, by_script.mimetype) == (409, "application/json")
    assert "on your drafts page" in by_script.json["detail"]  # which form.js shows beside the button
    assert send(browser_client, draft, {**filled, **LATER}).status_code == 303
    assert save(browser_client, NEW, filled).status_code == 303


def test_a_draft_keeps_invalid_values(browser_client: FlaskClient) -> None:
    wrong = {
        **{"offender_number": "10000-01", "date_of_birth-day": "31", "date_of_birth-year": "85"},
        **{"answer-conv_drug": "many", "answer-empl": "?", "answer-years_served": "2,5"},
        **{"unknown-months_employed": "?", "reason-months_employed": "Not asked."},
    }
    kept = send(browser_client, NEW, {**wrong, **LATER})
    [go_on] = [
        one
        for one in opened(browser_client, kept.headers["Location"]).first("main").all("a")
        if "Continue with it" in one.text
    ]
    again = main_form(opened(browser_client, go_on.attributes["href"]))
    assert typed_as(again, wrong) == wrong
    refused = send(browser_client, go_on.attributes["href"])
    assert refused.status_code == 422
    assert typed_as(main_form(page(refused.text)), wrong) == wrong


def test_a_refused_draft_is_still_saved(browser_client: FlaskClient, draft: str) -> None:
    assert send(browser_client, draft, {"answer-conv_drug": "many"}).status_code == 422
    assert fields(main_form(opened(browser_client, draft)))["answer-conv_drug"] == "many"


def test_text_that_cannot_be_stored_is_shown_at_its_field(browser_client: FlaskClient) -> None:
    refused = send(browser_client, NEW, {"answer-sexs": "?", "reason-sexs": "x" * 201, **LATER})
    assert refused.status_code == 422
    assert page(refused.text).first(id="reason-sexs-error")
    assert not list(opened(browser_client, "/drafts").all("tbody"))


def test_two_tabs_on_one_draft(browser_client: FlaskClient, draft: str) -> None:
    first, second = (fields(main_form(opened(browser_client, draft))) for _ in range(2))
    kept = browser_client.post(draft, data={**first, "answer-drug": "3", "sex": "other", **LATER})
    assert kept.status_code == 303
    refused = browser_client.post(draft, data={**second, "answer-acad": "0", **LATER})
    assert refused.status_code == 412
    document = page(refused.text)
    assert "c.worker changed it on" in document.first(id="errors").text
    choices = [one.text for one in document.first(id="meanwhile").all("fieldset")]
    assert [one.split(" On this page: ")[0] for one in choices] == [
        "Sex",
        "Education and vocational skills",
        "Drug use",
    ]
    assert "On this page: 2: Clear need Saved on 4 March 2026, 09:30 UTC: 3: Major need" in choices[2]
    buttons = [
        (one.text, one.attributes.get("value")) for one in document.first(id="meanwhile").all("button")
    ]
    assert buttons == [("Save to the draft", "later")]
    saving = page(browser_client.post(draft, data={**second, "answer-acad": "0", "then": "next"}).text)
    assert [(one.text, one.attributes["value"]) for one in saving.first(id="meanwhile").all("button")][0] == (
        "Check these answers",
        "next",
    )
    form = fields(main_form(document))
    assert form["answer-acad"] == "0"
    done = browser_client.post(draft, data={**form, "keep-drug": "saved", "keep-sex": "saved", **LATER})
    assert done.status_code == 303
    now = fields(main_form(opened(browser_client, draft)))
    assert (now["answer-acad"], now["answer-drug"], now["sex"]) == ("0", "3", "other")


def test_two_tabs_with_the_same_values_do_not_conflict(browser_client: FlaskClient, draft: str) -> None:
    """Also when saving is repeated because the response was lost."""
    form = {**fields(main_form(opened(browser_client, draft))), "answer-drug": "3", **LATER}
    assert [browser_client.post(draft, data=form).status_code for _ in range(2)] == [303, 303]


def test_a_draft_is_submitted_once(browser_client: FlaskClient, draft: str) -> None:
    body = fields(main_form(opened(browser_client, draft)))
    for _ in range(2):
        assert path_of(checked(browser_client, browser_client.post(draft, data=body))) == "/assessments/10000"
    assert ids(browser_client) == ["10000"]
    back = browser_client.get(draft)
    assert (back.status_code, back.headers["Location"]) == (302, f"{NEW}?saved=10000")
    differs = browser_client.post(draft, data={**body, "answer-drug": "3"})
    assert differs.status_code == 409
    document = page(differs.text)
    assert "already submitted as 10000" in document.first(id="errors").text
    form = main_form(document)
    assert fields(form)["answer-drug"] == "3"  # and can be saved as another assessment
    again = browser_client.post(form.attributes["action"], data=fields(form))
    assert path_of(checked(browser_client, again)) == "/assessments/10000-01"


def test_a_draft_deleted_elsewhere_loses_nothing(app: Flask, browser_client: FlaskClient, draft: str) -> None:
    body = fields(main_form(opened(browser_client, draft)))
    [link] = [one for one in opened(browser_client, "/drafts").all("a") if one.text.startswith("Delete")]
    confirmation = opened(browser_client, link.attributes["href"])
    assert "10000" in confirmation.first("dl").text
    deleted = send(browser_client, link.attributes["href"])
    assert deleted.headers["Location"] == "/drafts?deleted=yes"
    assert browser_client.get(draft).status_code == 404
    kept = browser_client.post(draft, data={**body, **LATER})
    assert kept.status_code == 303
    assert len(list(opened(browser_client, "/drafts").first("tbody").all("tr"))) == 1


def test_drafts_expire_and_are_private(
    app: Flask, browser_client: FlaskClient, draft: str, clock: Clock
) -> None:
    create_user(context_for(store_of(app), at=START, by="test"), "a.other", PASSWORD, role=Role.CASE_WORKER)
    other = app.test_client()
    sign_in(other, "a.other", PASSWORD)
    assert other.get(draft).status_code == 404
    assert not list(opened(other, "/drafts").all("tbody"))
    clock.advance(days=31)
    sign_in(browser_client, "c.worker", PASSWORD)
    assert browser_client.get(draft).status_code == 404


def test_the_script_saves_what_is_typed(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    body = {**fields(main_form(opened(browser_client, NEW))), **filled}
    contradicts = {"answer-supervision_periods": "1", "answer-revocations": "2"}
    begun = browser_client.post("/drafts", data={**body, **contradicts})
    assert begun.status_code == 201
    state = begun.json
    assert set(state["contradictions"]) == {"answer-supervision_periods", "answer-revocations"}
    kept = browser_client.post(state["save"], data={**body, "version": str(state["version"])}).json
    assert (kept["version"], kept["contradictions"]) == (2, {})
    same = browser_client.post(state["save"], data={**body, "version": "2"}).json
    assert same["version"] == 2  # nothing new is no change
    elsewhere = {**body, "version": "1", "answer-drug": "0"}
    assert browser_client.post(state["save"], data=elsewhere).status_code == 412
    assert browser_client.post("/drafts/none/save", data=body).status_code == 404
    assert main_form(opened(browser_client, state["address"])).attributes["action"] == state["action"]


def test_contradictions_warn_at_their_fields_and_do_not_prevent_saving(
    browser_client: FlaskClient, filled: dict[str, str]
) -> None:
    typed = {**filled, "answer-age_first_conviction": "60", "sex": ""}
    document = page(send(browser_client, NEW, typed).text)
    for field in ("answer-age_first_conviction", "date_of_birth"):
        assert (
            "Check this answer: Age at first conviction" in document.first(id=f"{field}-contradiction").text
        )
    assert save(browser_client, NEW, {**typed, "sex": "male"}).status_code == 303


def test_repopulating_marks_carried_over_and_stale_answers(
    browser_client: FlaskClient, submitted: str, clock: Clock
) -> None:
    clock.advance(days=250)
    sign_in(browser_client, "c.worker", PASSWORD)
    found = post(browser_client, POPULATE, POPULATE, number="10000")
    [row] = found.first("tbody").all("tr")
    assert "4 March 2026, 09:30 UTC More than 6 months ago Assessment c.worker Male 17 May 1985" in row.text
    start = next(one for one in row.all("a") if "Start from this assessment" in one.text).attributes["href"]
    document = opened(browser_client, start)
    assert states(document) == ["carried over"] * 24
    stale = document.text.count("Ask again: last rated 4 March 2026, more than 6 months ago")
    assert 0 < stale < 24  # items that cannot change do not become stale
    looked_at = {"answer-drug": "3", "seen-acad": "yes", **LATER}
    kept = send(browser_client, start, looked_at).headers["Location"]
    document = opened(browser_client, f"/drafts/{kept.partition('=')[2]}")
    assert sorted(set(states(document))) == ["carried over", "changed", "still correct"]
    assert [one.text for one in document.first("ul", data_changes="").all("li")] == [
        "Drug use 2: Clear need → 3: Major need"
    ]
    saved = save(browser_client, f"/drafts/{kept.partition('=')[2]}")
    assert path_of(saved) == "/assessments/10000-01"
    submission = find_submission(context_for(store_of(browser_client.application)), "10000-01")
    assert submission.assessment.based_on == "10000"
    assert [one.code for one in submission.changes or ()] == ["drug"]


def test_populating_finds_people_but_cannot_start_from_what_ifs(
    browser_client: FlaskClient, submitted: str
) -> None:
    save(browser_client, f"{NEW}?what_if=10000", {"answer-drug": "0"})
    found = post(browser_client, POPULATE, POPULATE, number="10000-01")
    rows = [row.text for row in found.first("tbody").all("tr")]
    assert "What-if" in rows[0] and "Not available" in rows[0]
    assert "Start from this assessment" in rows[1]
    assert browser_client.get(f"{NEW}?from=10000-01").status_code == 409
    assert "You cannot see any assessments" in post(browser_client, POPULATE, POPULATE, number="404").text
    refused = answer(browser_client, POPULATE, POPULATE, number="<b>")
    assert refused.status_code == 404 and page(refused.text).first(id="number-error")


def test_a_what_if_can_be_saved_as_a_draft(browser_client: FlaskClient, submitted: str) -> None:
    kept = send(browser_client, f"{NEW}?what_if=10000", {"answer-drug": "0", **LATER}).headers["Location"]
    draft = f"/drafts/{kept.partition('=')[2]}"
    assert "What-if based on 10000" in opened(browser_client, "/drafts").text
    document = opened(browser_client, draft)
    assert "what-if" in document.first("body").attributes["class"]
    assert states(document).count("changed") == 1
    assert path_of(save(browser_client, draft)) == "/assessments/10000-01"
    found = find_submission(context_for(store_of(browser_client.application)), "10000-01")
    assert found.assessment.baseline_id == "10000"


def test_a_correction_needs_a_reason_and_replaces_the_original(
    browser_client: FlaskClient, submitted: str, clock: Clock
) -> None:
    clock.advance(minutes=5)
    path = "/assessments/10000/correct"
    assert opened(browser_client, submitted).first("a", href=path)
    refused = send(browser_client, path, {"answer-drug": "9", "release_date-year": ""})
    assert refused.status_code == 422
    errors = [one.attributes["href"] for one in page(refused.text).first(id="errors").all("a")]
    assert errors == ["#reason", "#release_date-day", "#answer-drug"]
    same = send(browser_client, path, {"reason": "Wrong."})
    assert "Change at least one answer" in same.text
    right = {"reason": "Rated from the wrong file.", "answer-drug": "3", "release_date-year": "2027"}
    sent = {**fields(main_form(opened(browser_client, path))), **right}
    for _ in range(2):  # a second click is neither a second correction nor refused
        saved = checked(browser_client, browser_client.post(path, data=sent))
        assert path_of(saved) == "/assessments/10000-01"
    other = browser_client.post(path, data={**sent, "answer-drug": "0"})
    assert other.status_code == 409
    assert fields(main_form(page(other.text)))["answer-drug"] == "0"
    store = store_of(browser_client.application)
    corrected = find_submission(context_for(store), "10000-01")
    assert corrected.correction is not None
    assert corrected.correction.reason == right["reason"]
    assert [one.code for one in corrected.changes or ()] == ["release_date", "drug"]
    assert find_submission(context_for(store), "10000").corrected_by == "10000-01"
    again = {"reason": "And once more.", "answer-drug": "1"}
    assert save(browser_client, "/assessments/10000-01/correct", again).status_code == 303
    for response in (browser_client.get(path), browser_client.post(path, data={**sent, "answer-drug": "0"})):
        assert response.status_code == 409
        expected = ["/assessments/10000-02", "/assessments/10000-02/correct"]
        assert [one.attributes["href"] for one in page(response.text).first(id="main").all("a")][
            :2
        ] == expected


def test_a_draft_correction_links_to_an_earlier_correction(
    browser_client: FlaskClient, submitted: str
) -> None:
    path = "/assessments/10000/correct"
    kept = send(browser_client, path, {"reason": "Rated from", "answer-drug": "3", **LATER})
    draft = f"/drafts/{kept.headers['Location'].partition('=')[2]}"
    assert "Continue: Correction of 10000" in opened(browser_client, "/").text
    other = {"reason": "Mistyped.", "answer-drug": "0"}
    assert path_of(save(browser_client, path, other)) == "/assessments/10000-01"
    late = browser_client.get(draft)
    assert late.status_code == 409
    errors = page(late.text).first(id="errors")
    assert errors.first("a", href="/assessments/10000-01")
    assert fields(main_form(page(late.text)))["answer-drug"] == "3"  # what was typed can still be read


def test_a_correction_can_be_saved_as_a_draft_and_continued(
    browser_client: FlaskClient, submitted: str
) -> None:
    path, typed = "/assessments/10000/correct", {"reason": "Rated from the", "answer-drug": "3"}
    begun = main_form(opened(browser_client, path)).attributes["data-begin"]
    assert browser_client.post(begun).status_code == 400  # no CSRF token, as for any form
    kept = send(browser_client, path, {**typed, **LATER})
    draft = f"/drafts/{kept.headers['Location'].partition('=')[2]}"
    assert "Correction of 10000" in opened(browser_client, "/drafts").text
    form = main_form(opened(browser_client, draft))
    assert typed.items() <= fields(form).items() and ids(browser_client) == ["10000"]
    sent = {**fields(form), "reason": "Rated from the wrong file."}
    answers = [
        checked(browser_client, browser_client.post(form.attributes["action"], data=sent)) for _ in range(2)
    ]
    assert {path_of(one) for one in answers} == {"/assessments/10000-01"}
    found = find_submission(context_for(store_of(browser_client.application)), "10000-01")
    assert found.correction == Correction("10000", "Rated from the wrong file.")
    assert found.assessment.answers["drug"] == 3 and ids(browser_client) == ["10000-01", "10000"]
    assert browser_client.get(draft).status_code == 302  # it has become 10000-01


def test_a_person_on_another_caseload_is_an_error_at_the_number(
    app: Flask, browser_client: FlaskClient, submitted: str, filled: dict[str, str]
) -> None:
    create_user(context_for(store_of(app), at=START, by="test"), "a.other", PASSWORD, role=Role.CASE_WORKER)
    other = app.test_client()
    sign_in(other, "a.other", PASSWORD)
    refused = send(other, NEW, filled)
    assert refused.status_code == 409
    document = page(refused.text)
    assert "not on your caseload" in document.first(id="offender_number-error").text
    assert fields(main_form(document))["answer-drug"] == "2"


def store_of(app: Flask) -> Any:
    return app.extensions["rms"].store
