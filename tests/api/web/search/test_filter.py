"""The results filter: every criterion, in the address, in words, counted, kept under a name."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from api.services.users import Role
from api.web.search.criteria import DAYS, body_of, pairs_of
from tests.api.conftest import Clock
from tests.api.web.caseload import submit_four
from tests.api.web.pages import Element, fields, opened, page, press

FILTER = "/results-filter"
FIELDS = {  # that hold a text as it was typed
    *("score_min", "score_max", "need.drug.max", "offender_number"),
    *(f"{name}-{part}" for name in DAYS for part in ("day", "month", "year")),
}
SAVE, SAVE_NEEDS = "Save the filter", "Save needs options"


@pytest.fixture
def caseload(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> FlaskClient:
    submit_four(client, valid_body, clock)
    return browser_client


def counted(document: Element) -> str:
    return document.first("p", **{"class": "match-line"}).text


def errors(html: str) -> dict[str, str]:
    """Where each line of the summary leads → what it says; every target is there."""
    document = page(html)
    links = list(document.first("div", id="errors").all("a"))
    told = {link.attributes["href"].removeprefix("#"): link.text for link in links}
    for id in told:
        document.first(id=id)
    return told


def test_the_address_is_the_whole_filter(caseload: FlaskClient) -> None:
    """What a form sends without script leads to one short address, and that fills the form again."""
    form = opened(caseload, FILTER).first("main").first("form")
    sent = MultiDict([(name, value) for name, value in fields(form).items() if name != "process"])
    sent.setlist("process", ["", "recidivism"])
    typed = {"need": "drug", "need.drug.min": "50", "need.acad.min": "10", "latest": "true"}
    day = {"submitted_from-day": "1", "submitted_from-month": "3", "submitted_from-year": "2026"}
    for name, value in {**typed, **day}.items():
        sent[name] = value
    address = caseload.get(FILTER, query_string=sent).location
    assert dict(parse_qsl(urlsplit(address).query)) == {
        "latest": "true",
        "submitted_from": "2026-03-01",
        "process": "recidivism",
        "need.drug.min": "50",
    }
    again = opened(caseload, address).first("form", id="filter")
    ticked = [one.attributes["value"] for one in again.all("input", type="checkbox", checked="")]
    assert ticked == ["true", "recidivism", "drug"]
    assert day.items() <= fields(again).items()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "3 assessments of 2 people match"),
        ("include=what_if", "4 assessments of 2 people match"),
        ("all=true", "3 assessments of 2 people match"),
        ("latest=true", "2 assessments of 2 people match"),
        ("latest=true&need.drug.min=50", "1 assessment of 1 person matches"),  # the latest, then the rest
        ("need.drug.min=67&need.drug.max=100", "2 assessments of 2 people match"),  # both ends included
        ("need.empl.min=1&need.drug.min=68", "1 assessment of 1 person matches"),
        ("submitted_from=2026-03-04&submitted_to=2026-03-04", "3 assessments of 2 people match"),
        ("submitted_from=2026-03-05", "0 assessments of 0 people match"),
        ("release_to=2026-12-01", "2 assessments of 1 person match"),
        ("release_from=2026-12-02", "1 assessment of 1 person matches"),
        ("score_min=1.00&score_max=2.00", "3 assessments of 2 people match"),
        ("offender_number=10000-02", "1 assessment of 1 person matches"),
        ("offender_number=100", "2 assessments of 1 person match"),
        ("office=Agency", "3 assessments of 2 people match"),
    ],
)
def test_each_criterion_narrows(caseload: FlaskClient, query: str, told: str) -> None:
    assert counted(opened(caseload, f"{FILTER}?{query}")) == told


def test_counts_stand_beside_the_criteria(caseload: FlaskClient) -> None:
    scores, needs = (
        opened(caseload, f"{FILTER}?process=violence").first("section", **{"class": "matches"}).all("table")
    )
    assert [cell.text for cell in scores.first("thead").all("th")] == ["Score", "Violence"]
    assert sum(int(row.first("td").text) for row in scores.first("tbody").all("tr")) == 3
    drug = next(row for row in needs.all("tr") if row.first("th").text == "Drug use")
    assert [cell.text for cell in drug.all("td")] == ["1", "0", "1", "1", "0"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            "submitted_from-day=31&submitted_from-month=2&submitted_from-year=2026",
            {"submitted_from-day": "Submitted, from: enter a real day with a year of four digits"},
        ),
        ("release_to-year=soon", {"release_to-day": "Estimated release, to: enter a real day"}),
        (
            "release_from-day=2&release_from-month=5&release_from-year=2026&release_to=2026-05-01",
            {"release_from-day": "Estimated release: the first day must not be after the last."},
        ),
        ("score_min=2.5", {"score_min": "Score, from: enter a number from 1.00 to 2.00"}),
        (
            "submitted_to-year=soon&score_min=1.6&score_max=1.5",
            {"score_min": "Score: “from” must not", "submitted_to-day": "Submitted, to: enter a real day"},
        ),
        ("score_min=1.6&score_max=1.5", {"score_min": "Score: “from” must not be above “to”."}),
        ("need.drug.max=101", {"need.drug.max": "Drug use, to: enter a whole percent from 0 to 100."}),
        ("process=&need=drug", {"need.drug.min": "Drug use: say from", "process": "Choose recidivism, viol"}),
        (
            "band=no such",
            {"band": "No band of this name is in force; this takes one of 1.00–1.24, 1.25–1.49, 1"},
        ),
        ("band=1.25–1.49&score_min=1.1", {"score_min": "The band says this already"}),
        ("office=Nowhere", {"office": "There is no office with this name. Use one of: Agency."}),
        ("offender_number=a b", {"offender_number": "This takes an offender number"}),
        (
            "submited_from=2026-05-01",
            {"all": "The address contains “submited_from”, which RMS does not recognise"},
        ),
        ("all=true&score=1.5&who=me", {"all": "The address contains “score” and “who”, which RMS does not"}),
        ("latest=true&latest=true", {"all": "The address contains “latest” more than once. Choose"}),
        (
            "latest=maybe",
            {"latest": "Only the latest assessment of each person: the address says latest=true"},
        ),
        ("process=x", {"process": "Processes: the address says process=recidivism, process=violence, or"}),
        ("include=all", {"include": "What-ifs too: the address says include=what_if"}),
        (
            "score_min=3&a=b",
            {"all": "The address contains “a”, which", "score_min": "Score, from: enter a number"},
        ),
    ],
)
def test_each_mistake_is_a_sentence_at_its_field(
    shared_client: FlaskClient, query: str, told: dict[str, str]
) -> None:
    answer = shared_client.get(f"{FILTER}?{query}")
    assert answer.status_code == 422
    found = errors(answer.text)
    assert list(found) == list(told)
    assert all(found[field].startswith(words) for field, words in told.items())
    for name, value in parse_qsl(query):  # nothing typed is lost
        if name in FIELDS:
            assert page(answer.text).first("input", name=name, value=value)
    if "process=" not in query:  # an address that names none means both
        ticked = page(answer.text).all("input", name="process", type="checkbox", checked="")
        assert [one.attributes["value"] for one in ticked] == ["recidivism", "violence"]
    # The results lead back to where it can be put right.
    for place in ("/results", "/results/scores", "/exports"):
        assert shared_client.get(f"{place}?{query}").location.startswith(FILTER)
    assert shared_client.get(f"/results/scores.csv?{query}").status_code == 404


def test_all_offenders_sets_the_rest_aside_wrong_ranges_too(caseload: FlaskClient) -> None:
    address = caseload.get(f"{FILTER}?all=true&score_min=2&score_max=1&process=").location
    assert address == f"{FILTER}?all=true"
    assert caseload.get(f"{FILTER}?latest=yes").location == f"{FILTER}?latest=true"


def test_a_band_of_the_agency_is_offered_with_its_owner_and_its_end(
    caseload: FlaskClient, as_user: Callable[..., FlaskClient]
) -> None:
    band = {
        **{"name": "Weekly contact", "process": "recidivism", "low": 1.0, "high": 2.0, "owner": "Practice"},
        "expires_on": "2027-01-01",
        "outcome": {"rate": 0.31, "n": 240, "period": "2020 to 2024", "library": "small 1"},
    }
    made = as_user(Role.SUPERVISOR).post("/api/v1/bands", json=band)
    assert made.status_code == 201, made.text
    document = opened(caseload, f"{FILTER}?band=Weekly+contact")
    offered = {
        option.attributes["value"]: option.text for option in document.first("select", id="band").children
    }
    assert offered["Weekly contact"] == (
        "Weekly contact: Recidivism 1.00–2.00, Practice, until 1 January 2027"
    )
    assert {"1.00–1.24", "1.75–2.00"} < set(offered)
    assert "31 % of 240 people" in document.text
    assert counted(document) == "3 assessments of 2 people match"


def save(client: FlaskClient, query: str, button: str = SAVE, **typed: str) -> Any:
    return press(client, opened(client, f"{FILTER}?{query}"), button, typed)


def test_a_filter_is_saved_loaded_and_deleted(caseload: FlaskClient) -> None:
    answer = save(caseload, "latest=true&score_min=1.05&process=violence", name="Seen often")
    assert answer.status_code == 303
    document = opened(caseload, answer.location)
    assert "The filter is saved." in document.text
    link = document.first("section", **{"class": "saved-filters"}).first("a")
    assert link.text == "Seen often"
    assert link.attributes["href"] == f"{FILTER}?latest=true&score_min=1.05&process=violence"
    deleted = press(caseload, document, "Delete Seen often", {"score_max": "1.75", "name": "Typed"})
    left = opened(caseload, deleted.location)
    assert "You have saved none yet." in left.text
    assert left.first("input", id="score_max").attributes["value"] == "1.75"
    assert left.first("input", id="save-name").attributes["value"] == "Typed"


def test_what_is_typed_is_saved_counted_or_not_and_counting_keeps_the_name(caseload: FlaskClient) -> None:
    document = opened(caseload, FILTER)
    counted_first = press(caseload, document, "Count", {"score_min": "1.25", "name": "Seen often"})
    assert counted_first.location == f"{FILTER}?score_min=1.25&name=Seen+often"
    document = opened(caseload, counted_first.location)
    assert press(caseload, document, SAVE, {"score_min": "1.50"}).status_code == 303
    saved = opened(caseload, FILTER).first("section", **{"class": "saved-filters"}).first("a")
    assert (saved.text, saved.attributes["href"]) == ("Seen often", f"{FILTER}?score_min=1.50")
    wrong = press(caseload, document, SAVE, {"score_min": "5"})
    assert wrong.status_code == 422 and list(errors(wrong.text)) == ["score_min"]
    assert page(wrong.text).first("input", id="save-name").attributes["value"] == "Seen often"


def test_a_name_typed_waits_while_the_results_are_looked_at(caseload: FlaskClient) -> None:
    """Without script Enter in its field shows the results, as it does in every other."""
    results = caseload.get("/results?latest=true&process=&process=recidivism&name=Seen+often").location
    assert results == "/results?latest=true&process=recidivism&name=Seen+often"
    document = opened(caseload, results)
    for link in ("Change the filter", "Assessment , sort from high to low"):
        (found,) = (one for one in document.all("a") if one.text == link)
        assert found.attributes["href"].endswith("name=Seen+often")
    back = opened(caseload, f"{FILTER}?latest=true&process=recidivism&name=Seen+often")
    assert back.first("input", id="save-name").attributes["value"] == "Seen often"


def test_no_token_is_ever_in_an_address(caseload: FlaskClient) -> None:
    filter_form = opened(caseload, FILTER).first("form", id="filter")
    assert "csrf_token" not in fields(filter_form)


def test_needs_alone_are_saved_and_put_in_beside_the_rest(caseload: FlaskClient) -> None:
    save(caseload, "latest=true&need.drug.min=50", SAVE_NEEDS, name="Drug work")
    document = opened(caseload, f"{FILTER}?release_to=2027-01-01&need.acad.min=10")
    link = document.first("section", **{"class": "saved-filters"}).first("a")
    assert link.attributes["href"] == f"{FILTER}?release_to=2027-01-01&need.drug.min=50"


@pytest.mark.parametrize(
    ("query", "button", "name", "told"),
    [
        ("latest=true", SAVE, " ", {"save-name": "Enter a name to save it under."}),
        ("latest=true", SAVE_NEEDS, "None", {"save-name": "Tick a need first"}),
        ("offender_number=1", SAVE, "One", {"offender_number": "Offender numbers are not"}),
    ],
)
def test_what_cannot_be_saved(
    shared_client: FlaskClient, query: str, button: str, name: str, told: dict[str, str]
) -> None:
    answer = save(shared_client, query, button, name=name)
    assert answer.status_code == 422
    found = errors(answer.text)
    assert list(found) == list(told)
    assert all(found[field].startswith(words) for field, words in told.items())


def test_an_analyst_is_offered_no_number(as_user: Callable[..., FlaskClient]) -> None:
    analyst = as_user(Role.ANALYST)
    assert not list(opened(analyst, FILTER).all("input", id="offender_number"))
    assert analyst.get(f"{FILTER}?offender_number=10000").status_code == 422


def test_what_is_saved_comes_back_as_it_was() -> None:
    query = "include=what_if&latest=true&score_min=1.50&score_max=2.00&process=violence&need.drug.min=5"
    pairs = tuple(sorted(parse_qsl(query)))
    assert tuple(sorted(pairs_of(json.loads(json.dumps(body_of(pairs)))))) == pairs
