"""Signing in and out; no page opens without it."""

import pytest
from flask.testing import FlaskClient

from api.web.form_messages import SIGN_IN
from rms.reports import wording
from tests.api.conftest import PASSWORD, USERNAME
from tests.api.web.pages import errors_at_fields, landing, main_form, opened, page, send

RIGHT = {"username": USERNAME, "password": PASSWORD}


def test_sign_in_leads_to_the_page_that_was_wanted(anonymous: FlaskClient) -> None:
    turned_away = anonymous.get("/people/10000?a=1")
    assert turned_away.status_code in (302, 303)
    response = send(anonymous, turned_away.headers["Location"], RIGHT)
    assert (response.status_code, response.headers["Location"]) == (303, "/people/10000?a=1")
    to_accept = anonymous.get(response.headers["Location"]).headers["Location"]
    accepted = send(anonymous, to_accept, {"answer": "accept"})
    assert (accepted.status_code, accepted.headers["Location"]) == (303, "/people/10000?a=1")
    assert anonymous.get("/people/10000").status_code == 200


def test_nothing_opens_before_the_notice_is_accepted(anonymous: FlaskClient) -> None:
    """Row A14 of the manual: to be accepted after each login."""
    for _ in range(2):
        send(anonymous, "/login", RIGHT)
        assert anonymous.get("/assessments/new").headers["Location"].startswith("/notice/accept")
        refused = anonymous.get("/api/v1/assessments", headers={"Accept": "application/json"})
        assert (refused.status_code, refused.json["code"]) == (403, "notice_not_accepted")
        assert wording.NOTICE in opened(anonymous, "/notice/accept").text
        assert send(anonymous, "/notice/accept", {"answer": "accept", "version": "0"}).status_code == 409
        declined = send(anonymous, "/notice/accept", {"answer": "decline"})
        assert (declined.status_code, declined.headers["Location"]) == (303, "/login")
        assert anonymous.get("/help").headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/\t/x.example",
        "/logout",
        "x",
        "/",
    ],
)
def test_sign_in_leads_nowhere_else(anonymous: FlaskClient, wanted: str) -> None:
    assert send(anonymous, "/login", {**RIGHT, "next": wanted}).headers["Location"] == "/"


@pytest.mark.parametrize(
    "wrong", [{"password": "not it"}, {"username": "nobody"}, {"username": USERNAME.upper()}]
)
def test_a_wrong_login_keeps_the_name_and_tells_nothing_more(
    anonymous: FlaskClient, wrong: dict[str, str]
) -> None:
    response = send(anonymous, "/login", {**RIGHT, **wrong})
    assert response.status_code == 401
    document = page(response.text)
    assert document.first(id="errors").first("a").text == "The username or password is wrong."
    assert (
        main_form(document).first("input", id="username").attributes["value"]
        == {**RIGHT, **wrong}["username"]
    )
    assert PASSWORD not in response.text
    assert anonymous.get("/help").status_code in (302, 303)


@pytest.mark.parametrize("blank", ["username", "password"])
def test_a_blank_field_is_named_and_is_no_attempt(anonymous: FlaskClient, blank: str) -> None:
    for _ in range(11):
        response = send(anonymous, "/login", {**RIGHT, blank: ""})
    assert response.status_code == 422
    assert errors_at_fields(page(response.text)) == {blank: SIGN_IN[blank]}
    assert send(anonymous, "/login", RIGHT).status_code == 303


def test_accepting_leads_to_the_landing_page(anonymous: FlaskClient) -> None:
    send(anonymous, "/login", RIGHT)
    accepted = send(anonymous, "/notice/accept?next=/", {"answer": "accept"})
    assert (accepted.status_code, accepted.headers["Location"]) == (303, landing(anonymous))


def test_the_sign_in_form_says_whom_to_ask_and_that_case_counts(anonymous: FlaskClient) -> None:
    """Row A13 of the manual: users cannot create accounts for themselves."""
    for path in ("/", "/login"):
        said = opened(anonymous, path).first("main").text
        assert "ask your RMS administrator" in said
        assert "Usernames and passwords are case sensitive." in said
        assert "sign up" not in said.lower()


def test_the_first_page_has_three_parts(anonymous: FlaskClient) -> None:
    """Row A12 of the manual: where to go, what it is, how to sign in; in reading order."""
    document = opened(anonymous, "/")
    parts = document.first("main").children[0].children
    assert [part.tag for part in parts] == ["nav", "article", "section"]
    assert parts[2].first("input", name="password")
    assert wording.NOTICE in parts[1].text
    for way in parts[0].all("a"):
        if way.attributes["href"].startswith("/"):
            assert anonymous.get(way.attributes["href"]).status_code == 200


def test_too_many_attempts_have_to_wait(anonymous: FlaskClient) -> None:
    for _ in range(10):
        send(anonymous, "/login", {**RIGHT, "password": "not it"})
    response = send(anonymous, "/login", RIGHT)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0


def test_sign_out(browser_client: FlaskClient) -> None:
    token = opened(browser_client, "/").first("header").first("input", name="csrf_token")
    response = browser_client.post("/logout", data={"csrf_token": token.attributes["value"]})
    assert (response.status_code, response.headers["Location"]) == (303, "/login")
    assert browser_client.get("/help").status_code in (302, 303)


def test_who_is_signed_in_begins_at_the_landing_page(browser_client: FlaskClient) -> None:
    """Row A15 of the manual: the results and their filter."""
    assert browser_client.get("/login").headers["Location"] == landing(browser_client)


def test_the_notice_is_open_and_whole(anonymous: FlaskClient) -> None:
    document = opened(anonymous, "/notice")
    assert wording.NOTICE in document.text
    assert wording.NOTICE in opened(anonymous, "/login").text


@pytest.mark.parametrize(
    "path",
    ["/help", "/assessments/new", "/assessments/10000", "/assessments/10000/report.pdf", "/assessments.csv"],
)
def test_every_other_page_asks_for_the_login(anonymous: FlaskClient, path: str) -> None:
    response = anonymous.get(path)
    assert response.status_code in (302, 303)
    assert response.headers["Location"].startswith("/login")
