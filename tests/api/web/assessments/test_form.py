"""The form of an assessment: generated from the instrument, kept on error, submitted once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from api.services.assessments.assessments import find_submission, history
from api.services.users import Role, User
from api.storage import Store
from api.web.assessments.fields import Start
from api.web.assessments.form import OTHERWISE, Form, form_page
from rms.assessment import AssessmentKind
from rms.instrument import instrument, names
from rms.reports import wording
from tests.api.conftest import Clock
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


@pytest.fixture
def store(app: Flask) -> Store:
    store: Store = app.extensions["rms"].store
    return store


@pytest.fixture(params=names())
def drawn(shared_client: FlaskClient, request: pytest.FixtureRequest) -> tuple[str, Element]:
    """The blank form of each shipped instrument."""
    with shared_client.application.test_request_context(NEW):
        g.user = User(1, "ada", Role.CASE_WORKER)
        return request.param, page(form_page(Form(instrument(request.param), Start(), {})))


def test_every_asked_item_and_level_is_on_the_form(drawn: tuple[str, Element]) -> None:
    name, document = drawn
    form = main_form(document)
    for item in instrument(name).asked:
        inputs = list(form.all("input", name=f"answer-{item.code}"))
        values = [one.attributes.get("value") for one in inputs]
        unknown = ["?"] if item.unknown_allowed else []
        assert values == [*(str(level.value) for level in item.levels), *unknown] or not item.levels
        assert item.label in form.text
        assert item.question in form.text
        for level in item.levels:
            assert level.anchor in form.text
        if not item.levels:
            [box] = inputs
            described = box.attributes["aria-describedby"].split()
            assert f"{item.minimum:g} to {item.maximum:g}" in " ".join(
                form.first(id=one).text for one in described
            )
        assert bool(list(form.all("input", name=f"reason-{item.code}"))) == item.unknown_allowed


def test_every_input_has_a_label_of_its_own(drawn: tuple[str, Element]) -> None:
    _, document = drawn
    labelled = {label.attributes["for"] for label in document.all("label")}
    for one in main_form(document).all("input"):
        if one.attributes.get("type") != "hidden":
            assert one.attributes["id"] in labelled or one.attributes.get("aria-label")


def test_groups_of_choices_have_a_fieldset_and_a_legend(drawn: tuple[str, Element]) -> None:
    _, document = drawn
    in_fieldsets = [
        one.attributes["id"] for group in document.all("fieldset") for one in group.all("input", type="radio")
    ]
    assert in_fieldsets == [one.attributes["id"] for one in document.all("input", type="radio")]
    assert all(group.children[0].tag == "legend" for group in document.all("fieldset"))


def test_a_filled_form_becomes_an_assessment(
    browser_client: FlaskClient, filled: dict[str, str], valid_body: dict[str, Any], store: Store
) -> None:
    response = save(browser_client, NEW, filled)
    assert (response.status_code, path_of(response)) == (303, "/assessments/10000")
    found = find_submission(context_for(store), "10000").assessment
    assert dict(found.answers) == valid_body["answers"]
    assert dict(found.unknown) == valid_body["unknown"]
    assert found.date_of_birth.isoformat() == valid_body["date_of_birth"]
    assert str(found.release_date) == valid_body["release_date"]
    assert browser_client.get(response.headers["Location"]).status_code == 200


def test_save_and_start_next(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    check = opened(browser_client, send(browser_client, NEW, filled).headers["Location"])
    response = press(browser_client, check, "Save and start another")
    assert response.status_code == 303
    document = opened(browser_client, response.headers["Location"])
    assert document.first("a", href="/assessments/10000").text == "10000"
    assert main_form(document).first("input", id="offender_number").attributes["value"] == ""


def test_an_empty_form_names_every_field(browser_client: FlaskClient) -> None:
    response = send(browser_client, NEW)
    assert response.status_code == 422
    document = page(response.text)
    links = [link.attributes["href"] for link in document.first(id="errors").all("a")]
    required = [item for item in instrument("rms").asked if item.required]
    assert links == [
        "#offender_number",
        "#sex",
        "#date_of_birth-day",
        *(f"#answer-{item.code}" for item in required),
    ]
    ids = {one.attributes.get("id") for one in document.all()}
    assert {link[1:] for link in links} <= ids
    assert document.first("title").text.startswith("Error: ")


def test_typed_values_are_kept_on_error(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    wrong = {
        **filled,
        "answer-conv_drug": "many",
        "date_of_birth-day": "31",
        "date_of_birth-month": "2",
        "release_date-year": "26",
        "answer-empl": "?",
    }
    response = send(browser_client, NEW, wrong)
    document = page(response.text)
    values = fields(main_form(document))
    assert {name: values[name] for name in wrong} == wrong
    errors = [link.attributes["href"] for link in document.first(id="errors").all("a")]
    assert errors == ["#date_of_birth-day", "#release_date-day", "#reason-empl", "#answer-conv_drug"]
    assert document.first(id="answer-conv_drug").attributes["aria-invalid"] == "true"
    assert "answer-conv_drug-error" in document.first(id="answer-conv_drug").attributes["aria-describedby"]
    assert not history_of(browser_client, "10000")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offender_number", "10000-01"),
        ("offender_number", "1" * 21),
        ("offender_number", "<b>"),
        ("sex", "m"),
        ("sex", ""),
        ("date_of_birth-year", "2026"),
        ("date_of_birth-year", "1785"),
        ("date_of_birth-year", "85"),
        ("date_of_birth-month", "13"),
        ("date_of_birth-day", "³"),
        ("release_date-year", "1970"),
        ("answer-acad", "4"),
        ("answer-acad", "01x"),
        ("answer-conv_drug", "-1"),
        ("answer-conv_drug", "1e-1"),
        ("answer-conv_drug", "1_0"),
        ("answer-conv_drug", "٣"),
        ("answer-conv_drug", "2.5"),
        ("answer-conv_drug", "9" * 400),
        ("answer-years_served", "nan"),
        ("answer-years_served", "inf"),
        ("answer-years_served", "2,5"),
        ("answer-years_served", "80.01"),
        ("reason-sexs", "  "),
        ("reason-sexs", "x" * 201),
        ("reason-sexs", "line\x00end"),
        ("unknown-months_employed", "?"),  # answered as well
    ],
)
def test_bad_input_is_refused_with_its_field(
    shared_client: FlaskClient, filled: dict[str, str], name: str, value: str
) -> None:
    response = send(shared_client, NEW, {**filled, name: value})
    assert response.status_code == 422
    document = page(response.text)
    [link] = document.first(id="errors").all("a")
    field = name.rsplit("-", 1)[0] if name.startswith(("date", "release")) else name
    pointed = link.attributes["href"].removeprefix("#").removesuffix("-day")
    assert pointed == field.replace("unknown-", "reason-")
    assert document.first(id=link.attributes["href"][1:])
    assert not history_of(shared_client, "10000")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("2,5", "enter a number from 0 to 80, with a point as in 2.5."),
        ("many", "enter a number from 0 to 80."),
    ],
)
def test_a_wrong_number_format_is_explained_at_its_field(
    shared_client: FlaskClient, filled: dict[str, str], typed: str, message: str
) -> None:
    refused = send(shared_client, NEW, {**filled, "answer-years_served": typed})
    [line] = page(refused.text).first(id="errors").all("a")
    assert line.text.endswith(message)


def test_a_number_with_other_characters_is_refused_with_those_it_can_have(
    shared_client: FlaskClient, filled: dict[str, str]
) -> None:
    for number in ("80-A-1000", "80 A 1000", "80.A.1000", "10000-01"):
        refused = send(shared_client, NEW, {**filled, "offender_number": number})
        [line] = page(refused.text).first(id="errors").all("a")
        assert "letters A to Z and numbers 0 to 9" in line.text and "80A1000 for 80-A-1000" in line.text
    hint = page(refused.text).first(id="offender_number-hint").text
    assert "without hyphens or spaces" in hint


def test_completed_years_take_no_fraction(shared_client: FlaskClient, filled: dict[str, str]) -> None:
    refused = send(shared_client, NEW, {**filled, "answer-age_first_conviction": "16.5"})
    document = page(refused.text)
    [line] = document.first(id="errors").all("a")
    assert "enter a whole number from 10 to 90 (years), or mark it unknown." in line.text
    field = document.first("input", id="answer-age_first_conviction").attributes
    assert (field["inputmode"], "data-whole" in field) == ("numeric", True)


def test_a_field_the_instrument_does_not_ask_changes_nothing(
    browser_client: FlaskClient, filled: dict[str, str], store: Store
) -> None:
    save(browser_client, NEW, {**filled, "answer-race": "x", "kind": "what_if"})
    found = find_submission(context_for(store), "10000").assessment
    assert found.kind is AssessmentKind.ASSESSMENT
    assert "race" not in found.answers


def test_hostile_text_is_shown_as_text(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    hostile = '"><script>alert(1)</script>{{ 7*7 }}<img src=x onerror=alert(1)>'
    wrong = {**filled, "answer-conv_drug": hostile, "offender_number": hostile, "reason-sexs": hostile}
    response = send(browser_client, NEW, wrong)
    assert response.status_code == 422
    kept = fields(main_form(page(response.text)))
    assert [kept[name] for name in ("answer-conv_drug", "offender_number", "reason-sexs")] == [hostile] * 3
    where = path_of(save(browser_client, NEW, {**filled, "reason-sexs": hostile}))
    result = browser_client.get(f"{where}/answers")
    assert hostile in page(result.text).first("dl", **{"class": "ratings"}).text
    for html in (response.text, result.text):
        assert "<script>" not in html
        assert "<img src=x" not in html


def test_the_same_form_twice_is_one_assessment(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    form = main_form(opened(browser_client, NEW))
    body = {**fields(form), **filled}
    answers = [checked(browser_client, browser_client.post(NEW, data=body)) for _ in range(2)]
    assert [path_of(answer) for answer in answers] == ["/assessments/10000"] * 2
    assert history_of(browser_client, "10000") == ["10000"]


def test_two_clicks_at_once_are_one_assessment(
    app: Flask, browser_client: FlaskClient, filled: dict[str, str]
) -> None:
    form = main_form(opened(browser_client, NEW))
    body = {**fields(form), **filled}

    def click(_: int) -> str:
        client = app.test_client()
        for name in ("rms-session", "rms-form"):
            cookie = browser_client.get_cookie(name)
            assert cookie is not None
            client.set_cookie(name, cookie.value)
        return path_of(checked(client, client.post(NEW, data=body)))

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(click, range(4))) == {"/assessments/10000"}
    assert history_of(browser_client, "10000") == ["10000"]


def test_going_back_and_saving_changed_answers_makes_another_assessment(
    browser_client: FlaskClient, filled: dict[str, str]
) -> None:
    form = main_form(opened(browser_client, NEW))
    body = {**fields(form), **filled}
    checked(browser_client, browser_client.post(NEW, data=body))
    checked(browser_client, browser_client.post(NEW, data={**body, "answer-acad": "3"}))
    assert history_of(browser_client, "10000") == ["10000-01", "10000"]


def test_a_new_form_with_the_same_answers_is_another_assessment(
    browser_client: FlaskClient, filled: dict[str, str], clock: Clock
) -> None:
    save(browser_client, NEW, filled)
    clock.advance(minutes=5)
    save(browser_client, NEW, filled)
    assert history_of(browser_client, "10000") == ["10000-01", "10000"]


@pytest.mark.parametrize("path", [NEW, "/login", "/logout"])
def test_a_form_without_a_valid_csrf_token_is_refused(
    shared_client: FlaskClient, filled: dict[str, str], path: str
) -> None:
    for token in ({}, {"csrf_token": "made up"}):
        assert shared_client.post(path, data={**filled, **token}).status_code == 400
    assert not history_of(shared_client, "10000")


def test_a_reassessment_starts_with_every_earlier_answer(
    browser_client: FlaskClient, submitted: str, filled: dict[str, str], clock: Clock, store: Store
) -> None:
    clock.advance(days=30)
    browser_client = again(browser_client, clock)
    path = f"{NEW}?from=10000"
    document = opened(browser_client, path)
    carried = fields(main_form(document))
    without_zeros = {name: value.lstrip("0") or "0" for name, value in filled.items()}
    del without_zeros["offender_number"]
    assert {name: carried[name] for name in without_zeros} == without_zeros
    states = {state.text for state in document.all("span", data_same="carried over")}
    assert states == {"carried over"}
    response = save(browser_client, path, {"answer-drug": "3", "offender_number": "666"})
    assert path_of(response) == "/assessments/10000-01"
    found = find_submission(context_for(store), "10000-01").assessment
    assert (found.based_on, found.kind, found.offender_number) == (
        "10000",
        AssessmentKind.ASSESSMENT,
        "10000",
    )
    changed = opened(browser_client, "/assessments/10000-01/changes").first("table", **{"class": "changes"})
    assert [row.text for row in changed.first("tbody").all("tr")] == ["Drug use 2: Clear need 3: Major need"]


def test_a_reassessment_with_an_error_still_marks_changed_answers(
    browser_client: FlaskClient, submitted: str
) -> None:
    response = send(browser_client, f"{NEW}?from=10000", {"answer-drug": "3", "answer-acad": "9"})
    states = [state.text for state in page(response.text).all("span", data_same="carried over")]
    assert states.count("changed") == 2
    assert set(states) == {"changed", "carried over"}


def test_a_what_if_form_is_marked_and_changes_only_answers(
    browser_client: FlaskClient, submitted: str, filled: dict[str, str], store: Store
) -> None:
    path = f"{NEW}?what_if=10000"
    document = opened(browser_client, path)
    assert document.first("body").attributes["class"].split()[-1] == "what-if"
    assert "WHAT-IF" in document.text
    assert not list(document.all("input", name="sex"))
    moved = {"answer-drug": "0", "sex": "female", "date_of_birth-year": "1950", "offender_number": "666"}
    response = save(browser_client, path, moved)
    assert path_of(response) == "/assessments/10000-01"
    found = find_submission(context_for(store), "10000-01").assessment
    assert (found.kind, found.baseline_id, found.based_on) == (AssessmentKind.WHAT_IF, "10000", None)
    assert (found.sex, found.date_of_birth.year, found.offender_number) == ("male", 1985, "10000")
    shown = opened(browser_client, "/assessments/10000-01/changes")
    assert shown.first("body").attributes["class"].split()[-1] == "what-if"
    answers = shown.first("table", **{"class": "changes"})
    scores = shown.first("table", **{"class": "changes stacked"})
    assert [row.text for row in answers.first("tbody").all("tr")] == ["Drug use 2: Clear need 0: No need"]
    assert [row.children[0].text for row in scores.first("tbody").all("tr")] == ["Recidivism", "Violence"]


def test_a_what_if_that_changes_nothing_is_refused(browser_client: FlaskClient, submitted: str) -> None:
    response = send(browser_client, f"{NEW}?what_if=10000")
    assert response.status_code == 422
    document = page(response.text)
    [link] = document.first(id="errors").all("a")
    assert (
        link.text
        == "Change at least one answer. The answers are the same as in the assessment it is based on."
    )
    assert document.first(id=link.attributes["href"].removeprefix("#"))
    assert history_of(browser_client, "10000") == ["10000"]


@pytest.mark.parametrize("start", ["from", "what_if"])
def test_a_form_cannot_start_from_a_missing_assessment(shared_client: FlaskClient, start: str) -> None:
    assert shared_client.get(f"{NEW}?{start}=10000").status_code == 404


def again(client: FlaskClient, clock: Clock) -> FlaskClient:
    """The same browser after signing in again, as the session has expired."""
    sign_in(client, "c.worker", "a long enough passphrase")
    return client


def history_of(client: FlaskClient, number: str) -> list[str]:
    store = client.application.extensions["rms"].store
    return [one.id for one in history(context_for(store), number)]


def test_a_number_on_record_for_another_person_needs_confirmation(
    browser_client: FlaskClient, submitted: str
) -> None:
    document = opened(browser_client, NEW)
    answers = fields(main_form(opened(browser_client, f"{NEW}?from=10000")))
    typed = {**fields(main_form(document)), **answers, "offender_number": "10000", "sex": "female"}
    refused = browser_client.post(NEW, data=typed)
    assert refused.status_code == 422
    document = page(refused.text)
    [error] = document.first(id="errors").all("a")
    assert error.attributes["href"] == "#offender_number"
    assert error.text == OTHERWISE
    assert "male" not in error.text.lower().split()  # the recorded sex is not revealed
    sure = {**fields(main_form(document)), "same_person": "10000"}
    another = {**sure, "offender_number": "77777"}
    assert path_of(checked(browser_client, browser_client.post(NEW, data=sure))) == "/assessments/10000-01"
    assert path_of(checked(browser_client, browser_client.post(NEW, data=another))) == "/assessments/77777"
    wrong = {**sure, "sex": "male", "same_person": "77777"}  # ticked for another number
    assert browser_client.post(NEW, data=wrong).status_code == 422


def test_a_count_that_fell_is_shown_at_its_field(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    answers = {**valid_body["answers"], "conv_violence": 9}
    client.post("/api/v1/assessments", json={**valid_body, "answers": answers})
    at = f"{NEW}?from=10000"
    form = {**fields(main_form(opened(browser_client, at))), "answer-conv_violence": "1", "answer-acad": ""}
    refused = page(browser_client.post(at, data=form).text)
    [warning] = [
        one.text for one in refused.all("div") if "data-contradiction" in one.attributes and one.text
    ]
    assert instrument("rms").item("conv_violence").label in warning


@pytest.mark.parametrize(
    ("identification", "must_confirm"),
    [
        ({"sex": "female"}, True),
        ({"sex": "male"}, False),
        ({"date_of_birth-day": "1", "date_of_birth-month": "2", "date_of_birth-year": "1990"}, True),
        ({"date_of_birth-day": "31", "date_of_birth-month": "2", "date_of_birth-year": "1990"}, False),
    ],
)
def test_confirmation_is_requested_together_with_other_errors(
    browser_client: FlaskClient, submitted: str, identification: dict[str, str], must_confirm: bool
) -> None:
    form = fields(main_form(opened(browser_client, NEW)))
    refused = browser_client.post(NEW, data={**form, "offender_number": "10000", **identification})
    named = [one.attributes["href"] for one in page(refused.text).first(id="errors").all("a")]
    assert ("#offender_number" in named) is must_confirm
    assert "#answer-drug" in named


def test_a_submitted_form_says_so_and_how_many_answers_nobody_confirmed(
    browser_client: FlaskClient, submitted: str, filled: dict[str, str]
) -> None:
    first = save(browser_client, NEW, {**filled, "offender_number": "20000"}).headers["Location"]
    assert banner(browser_client, first) == "Success Assessment 20000 submitted."
    looked_at = {"answer-drug": "3", "answer-alco": "1", "seen-acad": "yes", "seen-empl": "yes"}
    again = save(browser_client, f"{NEW}?from=10000", looked_at).headers["Location"]
    changed = sum(filled[name] != value for name, value in looked_at.items() if name in filled)
    assert banner(browser_client, again) == "Success Assessment 10000-01 submitted."
    assert (
        f"Based on 10000 : {wording.answers(changed)} changed. "
        f"{24 - changed - 2} answers carried over, not confirmed."
    ) in opened(browser_client, again).text
    what_if = save(browser_client, f"{NEW}?what_if=10000", {"answer-drug": "0"}).headers["Location"]
    assert banner(browser_client, what_if) == "Success What-if 10000-02 saved."
    for odd in ("?done=submitted&unconfirmed=many", "?done=unknown"):
        assert browser_client.get(f"{submitted}{odd}").status_code == 200


def banner(client: FlaskClient, address: str) -> str:
    return opened(client, address).first("div", role="alert").text


@pytest.mark.parametrize(
    ("name", "value", "counted"),
    [
        ("answer-drug", "9", 23),
        ("answer-months_employed", "99999", 23),
        ("answer-months_employed", "some", 23),
        ("reason-sexs", " ", 23),
        ("offender_number", "!", 24),
    ],
)
def test_only_valid_answers_count_as_answered(
    browser_client: FlaskClient, filled: dict[str, str], name: str, value: str, counted: int
) -> None:
    refused = send(browser_client, NEW, {**filled, name: value})
    assert refused.status_code == 422
    assert f"{counted} of 24 answered" in page(refused.text).text
