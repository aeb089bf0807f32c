"""Drafts: valid or not, changed by one request at a time, submitted once, visible only to their owner."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from api.services.access.accounts import create_api_key, create_user
from api.services.users import Role
from rms.engine.library import Library
from tests.api.conftest import START, Clock, created
from tests.api.contexts import context_for
from tests.api.rows import rows

POST = "/api/v1/assessments"
DRAFTS = "/api/v1/drafts"


@pytest.fixture
def begun(client: FlaskClient, valid_body: dict[str, Any]) -> str:
    """The URL of a complete draft at its first version."""
    return client.post(DRAFTS, json=valid_body).headers["Location"]


@pytest.fixture
def other_worker(app: Flask) -> FlaskClient:
    """Another case worker."""
    store = app.extensions["rms"].store
    create_user(
        context_for(store, at=START, by="test"), "a.other", "a long enough passphrase", role=Role.CASE_WORKER
    )
    key = create_api_key(context_for(store, at=START, by="test"), "a.other", name="test")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def etag(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def codes(draft: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["pointer"], one["code"]) for one in draft["problems"]}


def test_an_empty_draft_lists_what_is_missing(client: FlaskClient) -> None:
    answer = client.post(DRAFTS, json={})
    document = answer.json
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"{DRAFTS}/{document['id']}"
    assert (document["body"], document["answered"], len(document["missing"])) == ({}, 0, 24)
    assert {("/sex", "required"), ("/answers/drug", "missing_answer")} <= codes(document)
    assert client.get(answer.headers["Location"]).data == answer.data


def test_a_complete_draft_has_no_problems(
    client: FlaskClient, begun: str, valid_body: dict[str, Any]
) -> None:
    document = client.get(begun).json
    assert (document["body"], document["answered"], document["missing"], document["problems"]) == (
        valid_body,
        24,
        [],
        [],
    )
    assert not any(item["carried_over"] or item["stale"] for item in document["items"])


def test_invalid_values_are_kept_and_reported(client: FlaskClient, begun: str) -> None:
    wrong = {"sex": "?", "date_of_birth": "soon", "answers": {"drug": 9, "alco": "lots"}, "based_on": "X"}
    document = client.patch(begun, json=wrong, headers=etag(1)).json
    assert document["body"]["answers"]["alco"] == "lots"
    assert codes(document) == {
        ("/sex", "invalid_value"),
        ("/date_of_birth", "invalid_value"),
        ("/answers/drug", "invalid_answer"),
        ("/answers/alco", "invalid_answer"),
    }
    right = {"sex": "male", "date_of_birth": "1985-05-17", "answers": {"drug": 3, "alco": 0}}
    assert codes(client.patch(begun, json=right, headers=etag(2)).json) == {("/based_on", "unknown_origin")}


def test_contradictions_are_reported_for_the_answers_so_far(client: FlaskClient) -> None:
    draft = client.post("/api/v1/drafts", json={"answers": {"age_first_conviction": 30}})
    assert draft.json["warnings"] == []
    where = draft.headers["Location"]
    for version, (born, warned) in enumerate(
        (("soon", []), ("1990-05-17", []), ("2000-05-17", ["first_conviction_after_today"])), start=1
    ):
        document = client.patch(where, json={"date_of_birth": born}, headers=etag(version)).json
        assert [one["code"] for one in document["warnings"]] == warned


def test_a_patch_is_merged_and_null_removes_a_value(client: FlaskClient, begun: str) -> None:
    patch = {"release_date": None, "answers": {"drug": None, "sexs": 1}, "unknown": {"sexs": None}}
    answer = client.patch(begun, json=patch, headers=etag(1))
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    body = answer.json["body"]
    assert "release_date" not in body
    assert "drug" not in body["answers"]
    assert (body["answers"]["sexs"], body["unknown"], body["answers"]["alco"]) == (1, {}, 1)
    assert answer.json["missing"] == ["drug"]


@pytest.mark.parametrize("seen", ['"1"', '"1", "2"', '"2","1"', '"0", W/"2", "1"', '"other", "1"'])
def test_one_of_several_versions_may_be_the_current_one(client: FlaskClient, begun: str, seen: str) -> None:
    changed = client.patch(begun, json={"sex": "female"}, headers={"If-Match": seen})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 428, "precondition_required"),
        ({"If-Match": "*"}, 428, "precondition_required"),
        (etag(2), 412, "changed_meanwhile"),
        ({"If-Match": 'W/"1"'}, 412, "changed_meanwhile"),
        ({"If-Match": '"2", "3"'}, 412, "changed_meanwhile"),
        ({"If-Match": 'W/"1", "2"'}, 412, "changed_meanwhile"),
        ({"If-Match": '"one"'}, 412, "changed_meanwhile"),
        ({"If-Match": '"99999999999"'}, 412, "changed_meanwhile"),
    ],
)
def test_changes_need_the_current_version(
    client: FlaskClient, begun: str, headers: dict[str, str], status: int, code: str
) -> None:
    before = client.get(begun).data
    for answer in (
        client.patch(begun, json={"sex": "female"}, headers=headers),
        client.post(f"{begun}/submit", headers=headers),
    ):
        assert (answer.status_code, answer.json["code"]) == (status, code)
    assert client.get(begun).data == before


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ([], ("", "wrong_type")),
        ({"colour": "blue"}, ("/colour", "unknown_field")),
        ({"answers": {"race": 1}}, ("/answers/race", "unknown_item")),
        ({"unknown": {"race": "?"}}, ("/unknown/race", "unknown_item")),
        ({"answers": {"drug": [1]}}, ("/answers/drug", "invalid_value")),
        ({"answers": {"drug": 1e300}}, ("/answers/drug", "invalid_value")),
        ({"answers": {"drug": 10**400}}, ("/answers/drug", "invalid_value")),
        ({"answers": {"drug": "x" * 201}}, ("/answers/drug", "invalid_value")),
        ({"answers": {"drug": "\x00"}}, ("/answers/drug", "invalid_value")),
        ({"unknown": {"drug": "\ud800"}}, ("/unknown/drug", "invalid_value")),
        ({"sex": 1}, ("/sex", "invalid_value")),
        ({"kind": "guess"}, ("/kind", "invalid_value")),
    ],
)
def test_values_that_no_form_can_hold_are_refused(
    client: FlaskClient, begun: str, body: object, problem: tuple[str, str]
) -> None:
    for answer in (client.post(DRAFTS, json=body), client.patch(begun, json=body, headers=etag(1))):
        assert answer.status_code == 422
        assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == [problem]


def test_an_infinite_number_is_refused(client: FlaskClient) -> None:
    request = {"data": '{"answers": {"drug": 1e999}}', "content_type": "application/json"}
    assert client.post(DRAFTS, **request).status_code == 422


def test_a_draft_is_submitted_as_an_assessment(
    client: FlaskClient, begun: str, valid_body: dict[str, Any]
) -> None:
    answer = client.post(f"{begun}/submit", headers=etag(1))
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{POST}/10000")
    assert client.get(f"{POST}/10000").data == answer.data
    assert answer.json["answers"] == valid_body["answers"]
    assert client.get(begun).status_code == 404
    assert client.post(f"{begun}/submit", headers=etag(1)).status_code == 404


def test_an_incomplete_draft_is_not_submitted_and_is_kept(client: FlaskClient, begun: str) -> None:
    client.patch(begun, json={"answers": {"drug": None}}, headers=etag(1))
    answer = client.post(f"{begun}/submit", headers=etag(2))
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == ["/answers/drug"]
    assert client.get(begun).status_code == 200
    assert client.get(POST).json["assessments"] == []


def test_a_draft_can_be_deleted(client: FlaskClient, begun: str) -> None:
    assert client.delete(begun).status_code == 204
    assert client.get(begun).status_code == 404
    assert client.delete(begun).status_code == 404


def test_only_its_owner_can_find_a_draft(client: FlaskClient, other_worker: FlaskClient, begun: str) -> None:
    assert other_worker.get(DRAFTS).json == {"drafts": []}
    for answer in (
        other_worker.get(begun),
        other_worker.patch(begun, json={"sex": "female"}, headers=etag(1)),
        other_worker.delete(begun),
        other_worker.post(f"{begun}/submit", headers=etag(1)),
    ):
        assert answer.status_code == 404
    assert client.get(begun).json["version"] == 1


def test_drafts_are_listed_by_last_change(client: FlaskClient, clock: Clock) -> None:
    first, second = (client.post(DRAFTS, json={"offender_number": n}).json for n in ("A1", "A2"))
    clock.advance(minutes=1)
    client.patch(f"{DRAFTS}/{first['id']}", json={"answers": {"drug": 1}}, headers=etag(1))
    listed = client.get(DRAFTS).json["drafts"]
    assert [(one["id"], one["offender_number"], one["answered"]) for one in listed] == [
        (first["id"], "A1", 1),
        (second["id"], "A2", 0),
    ]


def test_ids_reveal_nothing(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    ids = {client.post(DRAFTS, json=valid_body).json["id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(len(id) == 22 and valid_body["offender_number"] not in id for id in ids)


def test_a_draft_expires_unless_it_is_changed(client: FlaskClient, begun: str, clock: Clock) -> None:
    clock.advance(days=29)
    assert client.patch(begun, json={"sex": "female"}, headers=etag(1)).status_code == 200
    clock.advance(days=29, hours=23)
    assert client.get(begun).status_code == 200
    clock.advance(hours=1)
    assert client.get(begun).status_code == 404
    assert client.get(DRAFTS).json == {"drafts": []}
    assert client.post(f"{begun}/submit", headers=etag(2)).status_code == 404


def test_expired_drafts_are_deleted_with_the_next_draft(
    client: FlaskClient, begun: str, clock: Clock, config: Config
) -> None:
    clock.advance(days=30)
    client.post(DRAFTS, json={})
    kept = [id for (id,) in rows(config.database, "SELECT id FROM drafts")]
    assert kept == [one["id"] for one in client.get(DRAFTS).json["drafts"]]


def test_the_settings_for_drafts_apply(
    config: Config, library: Library, key: str, clock: Clock, valid_body: dict[str, Any]
) -> None:
    app = created(replace(config, draft_days=2, stale_months=1), library=library, clock=clock)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    client.post(POST, json=valid_body)
    clock.advance(days=62)
    document = client.post(f"{POST}/10000/repopulate").json
    stale = {one["code"] for one in document["items"] if one["stale"]}
    assert stale == {item.code for item in library.instrument.asked if item.dynamic}
    assert document["expires_at"] == (clock.at + timedelta(days=2)).isoformat()
    app.extensions["rms"].store.close()


def test_every_step_of_a_draft_is_audited(
    app: Flask, client: FlaskClient, begun: str, valid_body: dict[str, Any]
) -> None:
    client.patch(begun, json={"sex": "female"}, headers=etag(1))
    client.post(f"{begun}/submit", headers=etag(2))
    client.delete(client.post(DRAFTS, json={}).headers["Location"])
    with app.extensions["rms"].store.reading() as tx:
        noted = [entry for entry in tx.audit.entries() if entry.object_kind == "draft"]
        assert list(tx.audit.problems()) == []
    assert [entry.action.removeprefix("draft.") for entry in noted] == [
        "started",
        "changed",
        "submitted",
        "started",
        "discarded",
    ]
    assert all(entry.detail == {} for entry in noted)


def test_a_draft_carries_over_earlier_answers(
    client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> None:
    client.post(POST, json=valid_body)
    clock.advance(days=200)
    answer = client.post(f"{POST}/10000/repopulate")
    document = answer.json
    assert (answer.status_code, document["body"]) == (201, {**valid_body, "based_on": "10000"})
    assert (document["missing"], document["problems"]) == ([], [])
    items = {item["code"]: item for item in document["items"]}
    assert {(one["carried_over"], one["from"], one["months"]) for one in items.values()} == {
        (True, "10000", 6)
    }
    assert not any(one["stale"] for one in items.values())
    clock.advance(days=20)
    later = {one["code"]: one for one in client.get(answer.headers["Location"]).json["items"]}
    assert {one["months"] for one in later.values()} == {7}
    assert (later["drug"]["stale"], later["conv_drug"]["stale"], later["years_served"]["stale"]) == (
        True,
        False,
        False,
    )


def test_a_checked_answer_is_no_longer_carried_over(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    client.post(POST, json=valid_body)
    draft = client.post(f"{POST}/10000/repopulate").headers["Location"]
    looked_at = {"answers": {"drug": 2, "alco": 3, "sexs": 0}, "unknown": {"sexs": None}}
    document = client.patch(draft, json=looked_at, headers=etag(1)).json
    assert {one["code"] for one in document["items"] if not one["carried_over"]} == {"drug", "alco", "sexs"}
    submitted = client.post(f"{draft}/submit", headers=etag(2)).json
    assert (submitted["id"], submitted["based_on"]) == ("10000-01", "10000")
    assert [one["code"] for one in submitted["changes"]] == ["alco", "sexs"]


def test_a_what_if_cannot_be_carried_over(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    client.post(POST, json=valid_body)
    client.post(f"{POST}/10000/what-if", json={"answers": {"drug": 0}})
    assert client.post(f"{POST}/10000-01/repopulate").status_code == 409
    assert client.post(f"{POST}/404/repopulate").status_code == 404


def in_threads(app: Flask, key: str, times: int, act: Any) -> list[Any]:
    def run(place: int) -> Any:
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return act(client, place)

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(run, range(times)))


def test_no_change_is_lost_silently(app: Flask, client: FlaskClient, key: str, begun: str) -> None:
    """Concurrent clients each read and change one item, and repeat until the change is accepted."""
    items = [code for code in client.get(begun).json["body"]["answers"] if not code.startswith("conv_")][:12]

    def insist(hand: FlaskClient, place: int) -> int:
        refused = 0
        while True:
            seen = hand.get(begun).headers["ETag"]
            patch = {"unknown": {items[place]: f"by hand {place}"}}
            status = hand.patch(begun, json=patch, headers={"If-Match": seen}).status_code
            if status == 200:
                return refused
            assert status == 412
            refused += 1

    in_threads(app, key, len(items), insist)
    document = client.get(begun).json
    assert document["version"] == 1 + len(items)
    assert document["body"]["unknown"] == {
        "sexs": "Nothing is on record.",
        **{code: f"by hand {place}" for place, code in enumerate(items)},
    }


def test_of_concurrent_changes_to_one_version_one_is_stored(
    app: Flask, client: FlaskClient, key: str, begun: str
) -> None:
    def change(hand: FlaskClient, place: int) -> int:
        return hand.patch(begun, json={"answers": {"drug": place % 4}}, headers=etag(1)).status_code

    assert sorted(in_threads(app, key, 8, change)) == [200, *[412] * 7]
    assert client.get(begun).json["version"] == 2


def test_concurrent_submissions_of_a_draft_make_one_assessment(
    app: Flask, client: FlaskClient, key: str, begun: str
) -> None:
    def submit(hand: FlaskClient, _: int) -> int:
        return hand.post(f"{begun}/submit", headers=etag(1)).status_code

    statuses = in_threads(app, key, 8, submit)
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 404, 412}
    assert len(client.get(POST).json["assessments"]) == 1
