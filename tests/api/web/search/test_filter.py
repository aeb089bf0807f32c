"""The filter of the results: its criteria in the URL and in words, its counts, and saved filters."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from api.services.access.offices import add_office
from api.services.users import Role
from api.web.search.criteria import DAYS, body_of, pairs_of
from tests.api.conftest import PASSWORD, USERNAME, Clock
from tests.api.contexts import context_for
from tests.api.web.caseload import submit_four
from tests.api.web.pages import Element, fields, opened, page, press, sign_in

FILTER = "/results"
FIELDS = {  # text fields, which keep what was typed
    *("score_min", "score_max", "need.drug.max", "offender_number"),
    *(f"{name}-{part}" for name in DAYS for part in ("day", "month", "year")),
}
SAVE, SAVE_NEEDS, APPLY = "Save filter", "Save only the needs part of this filter", "Apply filter"


@pytest.fixture
def caseload(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> FlaskClient:
    submit_four(client, valid_body, clock)
    return browser_client


def without_number(client: FlaskClient, address: str) -> str:
    """Where an address with an offender number leads; any other as it is."""
    return client.get(address).location if "offender_number" in address else address


def counted(document: Element) -> str:
    return document.first("p", **{"class": "match-line"}).text


def errors(html: str) -> dict[str, str]:
    """Field that an error links to → message; every field exists."""
    document = page(html)
    links = list(document.first("div", id="errors").all("a"))
    messages = {link.attributes["href"].removeprefix("#"): link.text for link in links}
    for id in messages:
        document.first(id=id)
    return messages


def test_the_url_holds_the_whole_filter(caseload: FlaskClient) -> None:
    """What a form sends without script leads to a short URL, which fills the form again."""
    form = opened(caseload, f"{FILTER}?latest=true").first("form", id="filter")
    sent = MultiDict([(name, value) for name, value in fields(form).items() if name != "process"])
    sent.setlist("process", ["", "recidivism"])
    typed = {"need.drug.min": "50", "release_next_days": "60", "latest": "true"}
    day = {"submitted_from-day": "1", "submitted_from-month": "3", "submitted_from-year": "2026"}
    for name, value in {**typed, **day}.items():
        sent[name] = value
    address = caseload.post(FILTER, data=sent).location
    assert dict(parse_qsl(urlsplit(address).query)) == {
        "latest": "true",
        "release_next_days": "60",
        "submitted_from": "2026-03-01",
        "process": "recidivism",
        "need.drug.min": "50",
    }
    again = opened(caseload, address).first("form", id="filter")
    ticked = [one.attributes["value"] for one in again.all("input", type="checkbox", checked="")]
    assert ticked == ["recidivism", "true"]
    assert again.first("select", id="release_next_days").first("option", selected="").text == (
        "In the next 60 days"
    )
    assert day.items() <= fields(again).items()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("latest=true", "2 assessments of 2 people match"),
        ("latest=false", "3 assessments of 2 people match"),
        ("latest=false&include=what_if", "4 assessments of 2 people match"),
        ("all=true", "3 assessments of 2 people match"),
        ("latest=true&need.drug.min=50", "1 assessment of 1 person matches"),  # the latest, then the rest
        (
            "latest=false&need.drug.min=67&need.drug.max=100",
            "2 assessments of 2 people match",
        ),  # both ends included
        ("latest=false&need.empl.min=1&need.drug.min=68", "1 assessment of 1 person matches"),
        ("latest=false&submitted_from=2026-03-04&submitted_to=2026-03-04", "3 assessments of 2 people match"),
        ("latest=false&submitted_from=2026-03-05", "0 assessments of 0 people match"),
        ("latest=false&release_to=2026-12-01", "2 assessments of 1 person match"),
        ("latest=false&release_from=2026-12-02", "1 assessment of 1 person matches"),
        ("latest=false&score_min=1.00&score_max=2.00", "3 assessments of 2 people match"),
        ("latest=false&offender_number=10000-02", "1 assessment of 1 person matches"),
        ("latest=false&offender_number=100", "2 assessments of 1 person match"),
        ("latest=false&office=Agency", "3 assessments of 2 people match"),
        ("latest=false&submitted_last_days=7", "3 assessments of 2 people match"),
        ("latest=false&release_next_days=272", "2 assessments of 1 person match"),  # from 4 March
        ("latest=true&release_next_days=271", "0 assessments of 0 people match"),
    ],
)
def test_each_criterion_narrows_the_results(caseload: FlaskClient, query: str, count: str) -> None:
    assert counted(opened(caseload, without_number(caseload, f"{FILTER}?{query}"))) == count


def test_counts_by_score_and_need_are_shown(caseload: FlaskClient) -> None:
    document = opened(caseload, f"{FILTER}?latest=false&process=violence")
    scores, needs = document.first("details", **{"class": "govuk-details matches"}).all("table")
    assert [cell.text for cell in scores.first("thead").all("th")] == ["Score", "Violence"]
    assert sum(int(row.first("td").text) for row in scores.first("tbody").all("tr")) == 3
    drug = next(row for row in needs.all("tr") if row.first("th").text == "Drug use")
    assert [cell.text for cell in drug.all("td")] == ["1", "0", "1", "1", "0"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("submitted_from-day=31&submitted_from-month=2&submitted_from-year=2026", ["submitted_from-day"]),
        ("release_to-year=soon", ["release_to-day"]),
        (
            "release_from-day=2&release_from-month=5&release_from-year=2026&release_to=2026-05-01",
            ["release_from-day"],
        ),
        ("score_min=2.5", ["score_min"]),
        ("submitted_to-year=soon&score_min=1.6&score_max=1.5", ["submitted_to-day", "score_min"]),
        ("score_min=1.6&score_max=1.5", ["score_min"]),
        ("need.drug.max=101", ["need.drug.max"]),
        ("process=&need.drug.min=x", ["process", "need.drug.min"]),
        ("release_next_days=30&release_to=2026-05-01", ["release_next_days"]),
        ("submitted_last_days=30&submitted_from=2026-02-01", ["submitted_last_days"]),
        ("submitted_last_days=many&release_next_days=0", ["submitted_last_days", "release_next_days"]),
        ("band=no such", ["band"]),
        ("band=1.25–1.49&score_min=1.1", ["score_min"]),
        ("office=Nowhere", ["office"]),
        ("offender_number=a b", ["offender_number"]),
        ("submited_from=2026-05-01", ["all"]),
        ("all=true&score=1.5&who=me", ["all"]),
        ("latest=true&latest=true", ["all"]),
        ("latest=maybe", ["latest"]),
        ("process=x", ["process"]),
        ("include=all", ["include"]),
        ("score_min=3&a=b", ["all", "score_min"]),
    ],
)
def test_each_error_is_at_its_field(shared_client: FlaskClient, query: str, names: list[str]) -> None:
    response = shared_client.get(f"{FILTER}?{query}")
    assert response.status_code == 422
    assert list(errors(response.text)) == names
    for name, value in parse_qsl(query):  # everything typed is kept
        if name in FIELDS:
            assert page(response.text).first("input", name=name, value=value)
    if "process=" not in query:  # without a process in the URL, both are ticked
        ticked = page(response.text).all("input", name="process", type="checkbox", checked="")
        assert [box.attributes["value"] for box in ticked] == ["recidivism", "violence"]
    # Other pages lead back to the filter, where the errors can be corrected.
    for path in ("/results-filter", "/results/scores", "/exports"):
        assert shared_client.get(f"{path}?{query}").location.startswith(FILTER)
    assert shared_client.get(f"/results/scores.csv?{query}").status_code == 404


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("submitted_from-year=soon", ["Submitted", "from"]),
        ("score_max=3", ["Score", "to", "1.00", "2.00"]),
        ("need.drug.max=101", ["Drug use", "to", "0", "100"]),
        ("band=no such", ["1.00–1.24", "1.75–2.00"]),
        ("office=Nowhere", ["Agency"]),
        ("release_next_days=30&release_to=2026-05-01", ["Estimated release", "exact dates", "not both"]),
        ("release_next_days=0", ["Estimated release", "1", "3650"]),
        ("all=true&score=1.5&who=me", ["“score”", "“who”"]),
    ],
)
def test_an_error_names_its_field_and_what_is_allowed(
    shared_client: FlaskClient, query: str, words: list[str]
) -> None:
    [message] = errors(shared_client.get(f"{FILTER}?{query}").text).values()
    assert all(word in message for word in words)


def test_all_offenders_ignores_the_other_filters_even_invalid_ones(caseload: FlaskClient) -> None:
    address = caseload.get(f"{FILTER}?all=true&score_min=2&score_max=1&process=").location
    assert address == f"{FILTER}?all=true"
    assert caseload.get(f"{FILTER}?latest=yes").location == f"{FILTER}?latest=true"


@pytest.mark.parametrize("path", ["/results", "/results/scores", "/exports"])
def test_only_the_latest_assessment_of_each_person_unless_switched_off(
    shared_client: FlaskClient, path: str
) -> None:
    assert shared_client.get(f"{path}?score_min=1.05").location == f"{path}?latest=true&score_min=1.05"
    for query in ("latest=false&score_min=1.05", "latest=true&score_min=1.05", "all=true"):
        assert shared_client.get(f"{path}?{query}").status_code == 200, query


def test_a_box_that_is_not_ticked_switches_it_off(caseload: FlaskClient) -> None:
    document = opened(caseload, f"{FILTER}?latest=true")
    chip = next(one for one in document.all("a") if one.text.endswith("latest assessment of each person"))
    assert chip.attributes["href"] == f"{FILTER}?latest=false"
    chip = next(
        one
        for one in opened(caseload, f"{FILTER}?latest=false").all("a")
        if one.text.endswith("Earlier assessments too")
    )
    assert chip.attributes["href"] == f"{FILTER}?latest=true"
    form = fields(document.first("form", id="filter"))
    form.pop("latest")
    sent = MultiDict([*form.items(), ("process", "recidivism"), ("process", "violence"), ("process", "")])
    assert caseload.post(FILTER, data=sent).location == f"{FILTER}?latest=false"


def test_both_processes_are_no_criterion(shared_client: FlaskClient) -> None:
    assert shared_client.get(f"{FILTER}?process=both").location == f"{FILTER}?latest=true"


def test_the_results_remember_their_filter_until_sign_out(
    browser_client: FlaskClient, as_user: Callable[..., FlaskClient]
) -> None:
    assert browser_client.get(FILTER).location == f"{FILTER}?latest=true"
    chosen = "latest=false&release_next_days=60&need.drug.min=50"
    assert browser_client.get(f"{FILTER}?{chosen}&offender_number=10000&cursor=x").status_code == 302
    one_person = f"{FILTER}?latest=false&release_next_days=60&offender_number=1&need.drug.min=50"
    opened(browser_client, without_number(browser_client, one_person))
    browser_client.get(f"{FILTER}?score_min=9")  # an invalid filter is not remembered
    assert browser_client.get(FILTER).location == f"{FILTER}?{chosen}"
    assert browser_client.get("/results-filter").location == FILTER
    assert as_user(Role.SUPERVISOR).get(FILTER).location == f"{FILTER}?latest=true"
    document = opened(browser_client, f"{FILTER}?{chosen}")
    clear = next(one for one in document.all("a") if one.text == "Clear filter")
    opened(browser_client, clear.attributes["href"])
    assert browser_client.get(FILTER).location == clear.attributes["href"] == f"{FILTER}?latest=true"
    opened(browser_client, f"{FILTER}?{chosen}")
    press(browser_client, document, "Sign out")
    sign_in(browser_client, USERNAME, PASSWORD)
    assert browser_client.get(FILTER).location == f"{FILTER}?latest=true"


def test_the_old_address_of_the_filter_leads_to_the_results(shared_client: FlaskClient) -> None:
    answer = shared_client.get("/results-filter?need.drug.min=50&score_min=1.2")
    assert answer.location == f"{FILTER}?need.drug.min=50&score_min=1.2"


def test_a_band_of_the_agency_is_offered_with_its_owner_and_expiry_date(
    caseload: FlaskClient, as_user: Callable[..., FlaskClient]
) -> None:
    band = {
        **{"name": "Weekly contact", "process": "recidivism", "low": 1.0, "high": 2.0, "owner": "Practice"},
        "expires_on": "2027-01-01",
        "outcome": {"rate": 0.31, "n": 240, "period": "2020 to 2024", "library": "small 1"},
    }
    made = as_user(Role.SUPERVISOR).post("/api/v1/bands", json=band)
    assert made.status_code == 201, made.text
    document = opened(caseload, f"{FILTER}?latest=false&band=Weekly+contact")
    offered = {
        option.attributes["value"]: option.text for option in document.first("select", id="band").children
    }
    assert offered["Weekly contact"] == (
        "Weekly contact: Recidivism 1.00–2.00, Practice, expires 1 January 2027"
    )
    assert {"1.00–1.24", "1.75–2.00"} < set(offered)
    assert "31.0% of 240 people" in document.text
    assert counted(document) == "3 assessments of 2 people match"


def saved_link(document: Element) -> Element:
    """The link of the only saved filter."""
    [link] = document.first("details", **{"class": "govuk-details saved-filters"}).all("a")
    return link


def save(client: FlaskClient, query: str, button: str = SAVE, **typed: str) -> Any:
    return press(client, opened(client, without_number(client, f"{FILTER}?{query}")), button, typed)


def test_a_filter_is_saved_loaded_and_deleted(caseload: FlaskClient) -> None:
    answer = save(caseload, "latest=true&score_min=1.05&process=violence", name="Seen often")
    assert answer.status_code == 303
    document = opened(caseload, answer.location)
    assert "Filter saved." in document.first(role="alert").text
    link = saved_link(document)
    assert link.text == "Seen often"
    assert link.attributes["href"] == f"{FILTER}?latest=true&score_min=1.05&process=violence"
    deleted = press(caseload, document, "Delete Seen often", {"score_max": "1.75", "name": "Typed"})
    left = opened(caseload, deleted.location)
    assert not list(left.first("details", **{"class": "govuk-details saved-filters"}).all("a"))
    assert left.first("input", id="score_max").attributes["value"] == "1.75"
    assert left.first("input", id="save-name").attributes["value"] == "Typed"


def test_saving_uses_what_is_typed_and_applying_keeps_the_name(caseload: FlaskClient) -> None:
    """Without script, Enter in any field applies the filter."""
    document = opened(caseload, f"{FILTER}?latest=true&process=violence&sort=score")
    typed = {"score_min": "1.00", "name": "Seen often"}
    applied = press(caseload, document, APPLY, typed)
    query = "latest=true&score_min=1.00&process=violence&sort=score&name=Seen+often"
    assert applied.location == f"{FILTER}?{query}"
    document = opened(caseload, applied.location)
    (sort,) = (one for one in document.all("a") if one.text.startswith("Submitted"))
    assert sort.attributes["href"].endswith("name=Seen+often")
    for done in ("Filter saved.", "Filter replaced."):
        saved = press(caseload, document, SAVE, {"score_min": "1.50"})
        assert saved.status_code == 303
        assert done in opened(caseload, saved.location).first(role="alert").text
    link = saved_link(opened(caseload, f"{FILTER}?latest=true"))
    assert (link.text, link.attributes["href"]) == (
        "Seen often",
        f"{FILTER}?latest=true&score_min=1.50&process=violence",
    )
    wrong = press(caseload, document, SAVE, {"score_min": "5"})
    assert wrong.status_code == 422 and list(errors(wrong.text)) == ["score_min"]
    assert page(wrong.text).first("input", id="save-name").attributes["value"] == "Seen often"


def test_a_saved_filter_keeps_the_days_and_moves_its_dates(caseload: FlaskClient, clock: Clock) -> None:
    """Today is 4 March, then 3 April."""
    query = f"{FILTER}?latest=true&submitted_last_days=30&release_next_days=60"
    save(caseload, "latest=true&submitted_last_days=30&release_next_days=60", name="Soon")
    for since, until in (("2 February 2026", "3 May 2026"), ("4 March 2026", "2 June 2026")):
        document = opened(caseload, query)
        assert saved_link(document).attributes["href"] == query
        chips = [one.text.removeprefix("Remove filter: ") for one in document.all("li")]
        assert f"Submitted in the last 30 days, since {since}" in chips
        assert f"Estimated release in the next 60 days, until {until}" in chips
        clock.advance(days=30)
        sign_in(caseload, USERNAME, PASSWORD)


def test_a_number_of_days_that_is_not_offered_is_kept(shared_client: FlaskClient) -> None:
    document = opened(shared_client, f"{FILTER}?latest=true&release_next_days=45")
    options = document.first("select", id="release_next_days").children
    assert [one.attributes["value"] for one in options] == ["", "30", "45", "60", "90"]
    assert [one.text for one in options if "selected" in one.attributes] == ["In the next 45 days"]


def test_a_filter_saved_by_a_program_has_earlier_assessments_too(
    caseload: FlaskClient, client: FlaskClient
) -> None:
    """In the API, `latest` is false unless it is given."""
    assert client.put("/api/v1/me/filters/From+a+system", json={"score_min": 1.05}).status_code == 200
    link = saved_link(opened(caseload, f"{FILTER}?latest=true"))
    assert link.attributes["href"] == f"{FILTER}?latest=false&score_min=1.05"


def test_no_csrf_token_is_in_a_url(caseload: FlaskClient) -> None:
    document = opened(caseload, f"{FILTER}?latest=true")
    for typed in ({"score_min": "1.50"}, {"score_min": "9"}):
        assert "csrf_token" not in press(caseload, document, APPLY, typed).location


@pytest.mark.parametrize("score", ["1.00", "9"])
def test_no_offender_number_is_in_a_url(caseload: FlaskClient, score: str) -> None:
    """Reload, Back and bookmarks find it again all the same, each in other bytes."""
    document = opened(caseload, f"{FILTER}?latest=false")
    typed = {"offender_number": "10000", "score_min": score}
    applied, again = (press(caseload, document, APPLY, typed) for _ in range(2))
    assert applied.status_code == 303 and applied.location != again.location
    for _ in range(2):
        shown = caseload.get(applied.location)
        assert shown.status_code == (200 if score == "1.00" else 422)
        found = page(shown.text)
        assert found.first("input", id="offender_number").attributes["value"] == "10000"
        links = [link.attributes["href"] for link in found.all("a") if "?" in link.attributes["href"]]
        of_results = [link for link in links if link.startswith((FILTER, "/exports"))]
        assert of_results and not [link for link in (applied.location, *of_results) if "10000" in link]
    if score == "1.00":
        assert counted(found) == "2 assessments of 1 person match"
        for link in of_results:
            assert caseload.get(link).status_code == 200
    moved = caseload.get(f"{FILTER}?latest=false&offender_number=10000")
    assert moved.status_code == 302 and "10000" not in moved.location


def test_the_number_in_an_address_is_for_its_user(
    caseload: FlaskClient, as_user: Callable[..., FlaskClient]
) -> None:
    address = without_number(caseload, f"{FILTER}?latest=false&offender_number=10000")
    for client, tried in (
        (as_user(Role.SUPERVISOR), address),
        (caseload, f"{address}A"),
        (caseload, f"{FILTER}?number=10000"),
        (caseload, f"{FILTER}?number=é"),
    ):
        refused = client.get(tried)
        assert refused.status_code == 422 and list(errors(refused.text)) == ["offender_number"]


def test_saved_needs_replace_only_the_needs(caseload: FlaskClient) -> None:
    save(caseload, "latest=true&need.drug.min=50", SAVE_NEEDS, name="Drug work")
    document = opened(caseload, f"{FILTER}?latest=true&release_to=2027-01-01&need.acad.min=10")
    link = saved_link(document)
    assert link.attributes["href"] == f"{FILTER}?latest=true&release_to=2027-01-01&need.drug.min=50"


@pytest.mark.parametrize(
    ("query", "button", "name", "field"),
    [
        ("latest=true", SAVE, " ", "save-name"),
        ("latest=true", SAVE_NEEDS, "None", "save-name"),
        ("latest=true&offender_number=1", SAVE, "One", "offender_number"),
        ("latest=false", SAVE, "Everybody", "save-name"),
    ],
)
def test_what_cannot_be_saved(
    shared_client: FlaskClient, query: str, button: str, name: str, field: str
) -> None:
    response = save(shared_client, query, button, name=name)
    assert response.status_code == 422
    assert list(errors(response.text)) == [field]


def test_analysts_cannot_filter_by_offender_number(as_user: Callable[..., FlaskClient]) -> None:
    analyst = as_user(Role.ANALYST)
    assert not list(opened(analyst, f"{FILTER}?latest=true").all("input", id="offender_number"))
    assert analyst.get(f"{FILTER}?offender_number=10000").status_code == 422


def test_saved_criteria_are_loaded_unchanged() -> None:
    dates_and_scores = "release_next_days=60&score_min=1.50&score_max=2.00"
    query = f"include=what_if&latest=false&{dates_and_scores}&process=violence&need.drug.min=5"
    pairs = tuple(sorted(parse_qsl(query)))
    assert tuple(sorted(pairs_of(json.loads(json.dumps(body_of(pairs)))))) == pairs


def test_the_offices_stand_as_a_tree(browser_client: FlaskClient, app: Flask) -> None:
    """An office comes after the one above it, and further to the right."""
    context = context_for(app.extensions["rms"].store)
    for name, parent in (("North", "Agency"), ("Abbey", "North"), ("East", "Agency")):
        add_office(context, name, parent=parent)
    select = opened(browser_client, f"{FILTER}?latest=true").first("select", id="office")
    shown = {option.attributes["value"]: "".join(option.node.itertext()) for option in select.all("option")}
    space = "\N{NO-BREAK SPACE}" * 3
    expected = ["All offices", "Agency", f"{space}East", f"{space}North", f"{space * 2}Abbey"]
    assert [*shown.values()] == expected and [*shown] == ["", "Agency", "East", "North", "Abbey"]
