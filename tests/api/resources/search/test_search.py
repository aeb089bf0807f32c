"""Searches over the API: the same criteria in the URL and in a body, and their errors."""

import csv
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import Clock

POST = "/api/v1/assessments"
SEARCH, COUNTS = f"{POST}/search", f"{POST}/counts"


@pytest.fixture
def caseload(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> list[dict[str, Any]]:
    """10000 twice, then 10001 (no release date, drug need 3 of 3) and B7 (released later), a day apart."""
    answers = valid_body["answers"]
    others = (
        {},
        {},
        {"offender_number": "10001", "release_date": None, "answers": {**answers, "drug": 3}},
        {"offender_number": "B7", "release_date": "2027-06-30", "answers": {**answers, "drug": 0}},
    )
    submitted = []
    for changed in others:
        submitted.append(client.post(POST, json={**valid_body, **changed}).json)
        clock.advance(days=1)
    return submitted


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json["assessments"]]


CRITERIA = (
    ({}, ["B7", "10001", "10000-01", "10000"]),
    ({"submitted_from": "2026-03-05", "submitted_to": "2026-03-06"}, ["10001", "10000-01"]),
    ({"release_from": "2026-12-01"}, ["B7", "10000-01", "10000"]),
    ({"release_to": "2026-12-01"}, ["10000-01", "10000"]),
    ({"submitted_last_days": 2}, ["B7", "10001"]),  # today is 2026-03-08
    ({"submitted_last_days": 4}, ["B7", "10001", "10000-01", "10000"]),
    ({"release_next_days": 268}, ["10000-01", "10000"]),
    ({"release_next_days": 267}, []),
    ({"release_next_days": 479, "submitted_last_days": 1, "latest": True}, ["B7"]),
    ({"release_next_days": 30, "submitted_from": "2026-03-05"}, []),
    ({"need.drug.min": 67}, ["10001", "10000-01", "10000"]),
    ({"need.drug.min": 67, "need.drug.max": 99}, ["10000-01", "10000"]),
    ({"need.drug.min": 67, "need.alco.min": 34}, []),
    ({"need.sexs.min": 0}, []),
    ({"latest": True}, ["B7", "10001", "10000-01"]),
    ({"latest": True, "submitted_to": "2026-03-04"}, []),
    ({"offender_number": "10000"}, ["10000-01", "10000"]),
    ({"offender_number": "10000-01"}, ["10000-01"]),
    ({"offender_number": "1000"}, ["10001", "10000-01", "10000"]),
    ({"offender_number": "b"}, ["B7"]),
    ({"score_min": 1, "score_max": 2}, ["B7", "10001", "10000-01", "10000"]),
    ({"all": True, "offender_number": "b", "latest": True}, ["B7", "10001", "10000-01", "10000"]),
    (
        {"all": True, "submitted_from": "2026-03-05", "submitted_to": "2026-03-04"},
        ["B7", "10001", "10000-01", "10000"],
    ),
    ({"sort": "offender_number"}, ["10000", "10000-01", "10001", "B7"]),
    ({"sort": "release_date"}, ["10000", "10000-01", "B7", "10001"]),
    ({"sort": "-release_date"}, ["B7", "10000-01", "10000", "10001"]),
)


@pytest.mark.parametrize(("criteria", "found"), CRITERIA)
def test_criteria_in_url_and_body_find_the_same(
    client: FlaskClient, caseload: list[dict[str, Any]], criteria: dict[str, Any], found: list[str]
) -> None:
    assert ids(client.post(SEARCH, json=criteria)) == found
    assert ids(client.get(POST, query_string=in_url(criteria))) == found


def in_url(criteria: dict[str, Any]) -> dict[str, Any]:
    return {name: "true" if value is True else value for name, value in criteria.items()}


def test_rows_that_do_not_match_are_left_out(client: FlaskClient, caseload: list[dict[str, Any]]) -> None:
    scores = {one["process"]: round(one["score"], 2) for one in caseload[0]["simulations"]}
    assert scores["recidivism"] != scores["violence"]
    found = client.post(SEARCH, json={"offender_number": "10000", "process": ["violence"]}).json
    assert [[row["process"] for row in one["simulations"]] for one in found["assessments"]] == [
        ["violence"]
    ] * 2
    exact = dict.fromkeys(("score_min", "score_max"), scores["violence"])
    found = client.post(SEARCH, json={"offender_number": "10000", **exact}).json
    assert [[row["process"] for row in one["simulations"]] for one in found["assessments"]] == [
        ["violence"]
    ] * 2
    assert (
        ids(client.post(SEARCH, json={"offender_number": "10000", "process": ["recidivism"], **exact})) == []
    )


def test_processes_may_be_repeated(client: FlaskClient, caseload: list[dict[str, Any]]) -> None:
    criteria = "?process=violence&process=recidivism&offender_number=B7"
    (both,) = client.get(POST + criteria).json["assessments"]
    assert [row["process"] for row in both["simulations"]] == ["recidivism", "violence"]
    assert client.get(f"{POST}?process=both&offender_number=B7").json["assessments"] == [both]


@pytest.mark.parametrize("direction", ["", "-"])
def test_sorted_by_score(client: FlaskClient, caseload: list[dict[str, Any]], direction: str) -> None:
    criteria = {"sort": f"{direction}score", "process": ["recidivism"]}
    found = client.post(SEARCH, json=criteria).json["assessments"]
    scores = [round(one["simulations"][0]["score"], 2) for one in found]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=bool(direction))


WRONG = (
    ({"submitted_from": "2026-03-05", "submitted_to": "2026-03-04"}, ["submitted_from", "submitted_to"]),
    ({"release_from": "2026-03-05", "release_to": "2026-03-04"}, ["release_from", "release_to"]),
    ({"score_min": 1.5, "score_max": 1.49}, ["score_min", "score_max"]),
    ({"need.drug.min": 51, "need.drug.max": 50}, ["need.drug.min", "need.drug.max"]),
    ({"score_min": 0.99}, ["score_min"]),
    ({"score_max": 2.01}, ["score_max"]),
    ({"score_max": 1.505}, ["score_max"]),
    ({"need.drug.min": 101}, ["need.drug.min"]),
    ({"need.sleep.min": 1}, ["need.sleep.min"]),
    ({"process": ["theft"]}, ["process/0"]),
    ({"offender_number": "10000;"}, ["offender_number"]),
    ({"submitted_from": "05/03/2026"}, ["submitted_from"]),
    ({"submitted_last_days": 0}, ["submitted_last_days"]),
    ({"release_next_days": 3651}, ["release_next_days"]),
    ({"release_next_days": 30, "release_to": "2026-12-01"}, ["release_next_days"]),
    (
        {"submitted_last_days": 7, "submitted_from": "2026-03-05", "submitted_to": "2026-03-06"},
        ["submitted_last_days"],
    ),
    ({"sort": "score"}, ["sort"]),
    ({"sort": "name"}, ["sort"]),
    ({"limit": 201}, ["limit"]),
    ({"cursor": "IjEi.x"}, ["cursor"]),
    # A reversed range is reported together with invalid values.
    (
        {"submitted_to": "soon", "score_min": 1.5, "score_max": 1.4},
        ["submitted_to", "score_min", "score_max"],
    ),
)


@pytest.mark.parametrize(("criteria", "named"), WRONG)
def test_errors_name_the_field(client: FlaskClient, criteria: dict[str, Any], named: list[str]) -> None:
    by_body = client.post(SEARCH, json=criteria)
    by_address = client.get(POST, query_string=criteria)
    for answer, at in ((by_body, ""), (by_address, "/query")):
        assert answer.status_code == 422
        assert [problem["pointer"] for problem in answer.json["errors"]] == [f"{at}/{name}" for name in named]


def test_one_date_takes_days_or_exact_dates(client: FlaskClient) -> None:
    criteria = {"release_next_days": 30, "release_from": "2026-12-01"}
    (problem,) = client.post(SEARCH, json=criteria).json["errors"]
    assert problem["code"] == "days_and_dates"
    assert problem["detail"] == ("Choose either release_next_days or exact days (release_from), not both.")
    assert client.post(SEARCH, json={**criteria, "all": True}).status_code == 200
    export = client.post("/api/v1/exports", json={"criteria": criteria, "purpose": "case_review"})
    assert [problem["pointer"] for problem in export.json["errors"]] == ["/criteria/release_next_days"]


@pytest.mark.parametrize("address", [f"{POST}?limit=1&limit=2", f"{POST}?sort=release_date&sort=score"])
def test_a_repeated_parameter_is_refused(client: FlaskClient, address: str) -> None:
    refused = client.get(address)
    assert refused.status_code == 422
    [problem] = refused.json["errors"]
    assert problem["pointer"] == f"/query/{address.rpartition('&')[2].partition('=')[0]}"
    assert "repeated" in problem["detail"]


@pytest.mark.parametrize(
    "criteria",
    [
        {"process": []},
        {"latest": "true"},
        {"limit": "5"},
        {"score_min": "1.5"},
        {"release_next_days": "30"},
        [],
    ],
)
def test_a_body_must_have_the_right_types(client: FlaskClient, criteria: object) -> None:
    assert client.post(SEARCH, json=criteria).status_code == 422


def test_the_last_page_has_no_cursor(client: FlaskClient, caseload: list[dict[str, Any]]) -> None:
    criteria = {"offender_number": "1000", "limit": 2, "count": True}
    first = client.post(SEARCH, json=criteria)
    assert first.json["total"] == 3
    assert "Link" not in first.headers
    second = client.post(SEARCH, json={**criteria, "cursor": first.json["next"]})
    assert ids(first) + ids(second) == ["10001", "10000-01", "10000"]
    assert second.json["next"] is None
    assert "total" not in client.post(SEARCH, json={}).json


def test_the_link_to_the_next_page_has_the_filter(
    client: FlaskClient, caseload: list[dict[str, Any]]
) -> None:
    first = client.get(f"{POST}?process=violence&process=recidivism&need.drug.min=67&limit=2")
    link = first.headers["Link"].removeprefix("<").split(">")[0]
    assert ids(first) + ids(client.get(link)) == ["10001", "10000-01", "10000"]


@pytest.mark.parametrize("changed", [{"latest": True}, {"sort": "offender_number"}, {"offender_number": "1"}])
def test_a_cursor_belongs_to_its_filter_and_sort(
    client: FlaskClient, caseload: list[dict[str, Any]], changed: dict[str, Any]
) -> None:
    criteria = {"offender_number": "1000", "limit": 1}
    cursor = client.post(SEARCH, json=criteria).json["next"]
    assert "1000" not in cursor
    assert ids(client.post(SEARCH, json={**criteria, "limit": 2, "cursor": cursor})) == ["10000-01", "10000"]
    refused = client.post(SEARCH, json={**criteria, **changed, "cursor": cursor})
    assert [problem["code"] for problem in refused.json["errors"]] == ["invalid_cursor"]


def rows(answer: Any) -> list[tuple[str, str]]:
    assert answer.mimetype == "text/csv"
    return [(row["id"], row["process"]) for row in csv.DictReader(StringIO(answer.text, newline=""))]


def test_a_csv_has_only_the_matches(client: FlaskClient, caseload: list[dict[str, Any]]) -> None:
    criteria = {"offender_number": "10000", "process": ["violence"], "sort": "submitted_at"}
    expected = [("10000", "violence"), ("10000-01", "violence")]
    accept = {"Accept": "text/csv"}
    assert rows(client.get(POST, query_string=criteria, headers=accept)) == expected
    assert rows(client.post(SEARCH, json=criteria, headers=accept)) == expected
    assert len(rows(client.post(SEARCH, json={"all": True}, headers=accept))) == 8


@pytest.mark.parametrize("criteria", [{}, {"include": "what_if"}, {"process": ["both"]}, {"limit": 5}])
def test_a_csv_needs_a_criterion(client: FlaskClient, criteria: dict[str, Any]) -> None:
    refused = client.post(SEARCH, json=criteria, headers={"Accept": "text/csv"})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["code"] == "no_criterion"


def test_counts_of_people_needs_and_scores(client: FlaskClient, caseload: list[dict[str, Any]]) -> None:
    found = client.post(COUNTS, json={}).json
    assert (found["people"], found["assessments"]) == (3, 4)
    assert found["needs"]["DRUG"] == {"0–24": 1, "25–49": 0, "50–74": 2, "75–100": 1, "unknown": 0}
    assert found["needs"]["SEXS"]["unknown"] == 4
    assert {process: sum(quarters.values()) for process, quarters in found["scores"].items()} == {
        "recidivism": 4,
        "violence": 4,
    }
    shown = round(caseload[3]["simulations"][1]["score"], 2)
    criteria = {"offender_number": "B7", "process": ["violence"]}
    quarters = client.post(COUNTS, json=criteria).json["scores"]
    (name,) = (name for name, count in quarters["violence"].items() if count)
    assert list(quarters) == ["violence"]
    assert float(name[:4]) <= shown <= float(name[5:])
    assert list(quarters["violence"]) == ["1.00–1.24", "1.25–1.49", "1.50–1.74", "1.75–2.00", "withheld"]
