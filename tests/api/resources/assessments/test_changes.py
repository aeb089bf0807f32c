"""What-ifs posted as changed answers, and the changes of an assessment."""

from typing import Any

import pytest
from flask.testing import FlaskClient

POST = "/api/v1/assessments"
WHAT_IF = f"{POST}/10000/what-if"
DRUG = {
    "of": "item",
    "code": "drug",
    "before": {"answer": 2, "unknown": None},
    "after": {"answer": 0, "unknown": None},
}


@pytest.fixture
def posted(client: FlaskClient, valid_body: dict[str, Any]) -> dict[str, Any]:
    return dict(client.post(POST, json=valid_body).json)


def test_a_what_if_is_posted_as_changed_answers(client: FlaskClient, posted: dict[str, Any]) -> None:
    answer = client.post(WHAT_IF, json={"answers": {"drug": 0}})
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{POST}/10000-01"
    document = answer.json
    assert (document["kind"], document["baseline_id"]) == ("what_if", "10000")
    assert document["answers"] == posted["answers"] | {"drug": 0}
    for same in ("unknown", "sex", "date_of_birth", "release_date"):
        assert document[same] == posted[same]
    assert document["changes"] == [DRUG]
    assert client.get(f"{POST}/10000-01").data == answer.data
    assert client.get(f"{POST}/10000-01/changes").json == {"since": "10000", "changes": [DRUG]}


def test_a_what_if_equals_the_same_what_if_posted_whole(
    client: FlaskClient, posted: dict[str, Any], valid_body: dict[str, Any]
) -> None:
    valid_body["answers"]["drug"] = 0
    whole = client.post(POST, json={**valid_body, "kind": "what_if", "baseline_id": "10000"}).json
    short = client.post(WHAT_IF, json={"answers": {"drug": 0}}).json
    for document in (whole, short):
        del document["id"], document["sequence"]
    assert whole == short


def test_a_what_if_can_answer_unknown_items_and_the_reverse(
    client: FlaskClient, posted: dict[str, Any]
) -> None:
    document = client.post(
        WHAT_IF, json={"answers": {"sexs": 0}, "unknown": {"drug": "If nobody knew."}}
    ).json
    assert document["unknown"] == {"drug": "If nobody knew."}
    assert [(one["code"], one["before"], one["after"]) for one in document["changes"]] == [
        ("drug", DRUG["before"], {"answer": None, "unknown": "If nobody knew."}),
        ("sexs", {"answer": None, "unknown": "Nothing is on record."}, {"answer": 0, "unknown": None}),
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, ("/answers", "nothing_changed")),
        ({"answers": {"drug": 2}}, ("/answers", "nothing_changed")),
        ({"answers": {"drug": 4}}, ("/answers/drug", "invalid_answer")),
        ({"answers": {"race": 1}}, ("/answers/race", "unknown_item")),
        ({"answers": {"drug": None}}, ("/answers/drug", "not_null")),
        ({"answers": []}, ("/answers", "wrong_type")),
        ({"answers": {"drug": 1}, "unknown": {"drug": "?"}}, ("/unknown/drug", "answered_and_unknown")),
        ({"unknown": {"conv_drug": "?"}}, ("/unknown/conv_drug", "unknown_not_allowed")),
        ({"sex": "female"}, ("/sex", "unknown_field")),
        ([], ("", "wrong_type")),
    ],
)
def test_invalid_what_ifs_are_refused(
    client: FlaskClient, posted: dict[str, Any], body: object, problem: tuple[str, str]
) -> None:
    answer = client.post(WHAT_IF, json=body)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == [problem]
    assert len(client.get("/api/v1/offenders/10000/assessments").json["assessments"]) == 1


def test_a_what_if_of_a_what_if_is_refused(client: FlaskClient, posted: dict[str, Any]) -> None:
    client.post(WHAT_IF, json={"answers": {"drug": 0}})
    answer = client.post(f"{POST}/10000-01/what-if", json={"answers": {"drug": 1}})
    assert [one["code"] for one in answer.json["errors"]] == ["origin_is_what_if"]
    assert client.post(f"{POST}/404/what-if", json={"answers": {"drug": 1}}).status_code == 404


def test_a_reassessment_lists_its_changes(
    client: FlaskClient, posted: dict[str, Any], valid_body: dict[str, Any]
) -> None:
    assert posted["changes"] is None
    assert client.get(f"{POST}/10000/changes").json == {"since": None, "changes": []}
    valid_body |= {"based_on": "10000", "sex": "female", "release_date": None}
    document = client.post(POST, json=valid_body).json
    sex, release = document["changes"]
    assert (sex["of"], sex["code"], sex["after"]["answer"]) == ("identification", "sex", "female")
    assert release["before"] == {"answer": "2026-12-01", "unknown": None}
    assert release["after"] == {"answer": None, "unknown": None}
    assert client.get(f"{POST}/10000-01/changes").json == {"since": "10000", "changes": document["changes"]}
