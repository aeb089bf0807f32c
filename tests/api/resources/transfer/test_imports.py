"""Imports: each line is treated as if posted alone, is reported on, and never takes effect twice."""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from api.context import EXTENSION, Application
from api.resources.transfer import imports as resource
from api.runtime import job_runner
from api.runtime.job_runner import OpenJobs, run_one
from api.services.access.accounts import create_api_key, create_user, find_user
from api.services.transfer import imports
from api.services.users import Role
from rms.errors import Problem
from tests.api.conftest import START, USERNAME, Clock, Database
from tests.api.contexts import context_for
from tests.api.rows import change, rows

IMPORTS, POST = "/api/v1/imports", "/api/v1/assessments"
NDJSON = "application/x-ndjson"
Json = dict[str, Any]
Lines = list[Json]


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, max_import=200_000)


@pytest.fixture
def application(app: Flask) -> Application:
    application = app.extensions[EXTENSION]
    assert isinstance(application, Application)
    return application


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "LARGEST_GROUP", 2)


def send(client: FlaskClient, *lines: object) -> str:
    """The address of the job of these lines."""
    body = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    answer = client.post(IMPORTS, data=body, content_type=NDJSON)
    assert (answer.status_code, answer.json["state"]) == (202, "queued"), answer.json
    return answer.headers["Location"]


@pytest.mark.parametrize("blank", [b"", b"\n \r\n\t"])
@pytest.mark.parametrize("sheet", [False, True])
def test_a_file_without_a_line_is_refused_at_once(client: FlaskClient, blank: bytes, sheet: bool) -> None:
    columns = [column["name"] for column in client.get(f"{IMPORTS}/columns").json["columns"]]
    head = ",".join(columns).encode() + b"\r\n" if sheet else b""
    answer = client.post(IMPORTS, data=head + blank, content_type="text/csv" if sheet else NDJSON)
    assert answer.status_code == 422
    assert [problem["code"] for problem in answer.json["errors"]] == ["no_line"]
    assert client.get("/api/v1/jobs").json["jobs"] == []


def outcome_of(client: FlaskClient, place: str) -> tuple[Json, Lines]:
    """A job that is done, and the report of every line."""
    job = client.get(place).json
    assert (job["state"], job["failure"], job["done"]) == ("done", None, job["total"])
    with client.get(job["links"]["result"]) as result:
        return job, [json.loads(line) for line in result.data.splitlines()]


@pytest.fixture
def imported(client: FlaskClient, application: Application) -> Callable[..., tuple[Json, Lines]]:
    """Send lines, run the job, and return it with the report of every line."""

    def send_and_work(*lines: object) -> tuple[Json, Lines]:
        place = send(client, *lines)
        assert run_one(application)
        return outcome_of(client, place)

    return send_and_work


def statuses(lines: Lines) -> list[str]:
    return [line["status"] for line in lines]


def ids(client: FlaskClient) -> set[str]:
    return {one["id"] for one in client.get(f"{POST}?limit=200").json["assessments"]}


def test_every_line_is_stored_or_refused_with_reasons(
    client: FlaskClient, imported: Callable[..., tuple[Json, Lines]], valid_body: Json
) -> None:
    wrong = {**valid_body, "sex": "?", "answers": {**valid_body["answers"], "drug": 7}}
    job, lines = imported(
        {**valid_body, "key": "a"},
        wrong,
        valid_body,
        {"key": "b", "offender_number": 5},
        b"{",
        [1],
        b'{"a":1e400}',
    )
    assert job["outcome"] == {"created": 2, "already_there": 0, "refused": 5}
    assert (job["kind"], job["done"], job["total"]) == ("import", 7, 7)
    assert lines[0] == {"line": 1, "key": "a", "status": "created", "id": "10000"}
    assert lines[2] == {"line": 3, "key": None, "status": "created", "id": "10000-01"}
    for line, body in ((lines[1], wrong), (lines[3], {"offender_number": 5}), (lines[5], [1])):
        alone = client.post(POST, json=body).json["errors"]
        assert line["status"] == "refused"
        problems = {(problem["pointer"], problem["code"]) for problem in line["problems"]}
        assert problems == {(problem["pointer"], problem["code"]) for problem in alone}
    assert [one["code"] for one in lines[4]["problems"]] == ["malformed_json"]
    first, second = (client.get(f"{POST}/{id}").json["simulations"] for id in ("10000", "10000-01"))
    assert first == second


def test_the_same_lines_again_create_nothing(
    client: FlaskClient, imported: Callable[..., tuple[Json, Lines]], valid_body: Json
) -> None:
    lines = [{**valid_body, "key": key, "offender_number": key} for key in ("A1", "B2", "C3")]
    _, first = imported(*lines)
    spelled = json.dumps(dict(reversed(lines[0].items())), indent=None, separators=(", ", " : ")).encode()
    changed = {**lines[2], "sex": "female"}
    new = {**lines[0], "key": "D4", "offender_number": "D4"}
    job, again = imported(spelled, lines[1], changed, new, new, {**new, "sex": "female"})
    assert job["outcome"] == {"created": 1, "already_there": 3, "refused": 2}
    for before, after in zip(first[:2], again, strict=False):
        assert after == {**before, "status": "already_there"}
    assert again[2]["problems"][0]["code"] == again[5]["problems"][0]["code"] == "idempotency_key_reused"
    assert [line.get("repeats_line") for line in again] == [None, None, None, None, 4, 4]
    assert ids(client) == {"A1", "B2", "C3", "D4"}


@pytest.mark.parametrize("chunk", [1, 2, 3, 65_536])
@pytest.mark.parametrize(
    ("ending", "created"), [("\n", 3), ("\r\n", 3), ("\r", 3), ("\r\r", 3), ("\n\r", 3)], ids=repr
)
def test_line_endings_of_any_system(
    client: FlaskClient,
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
    valid_body: Json,
    ending: str,
    created: int,
    chunk: int,
) -> None:
    monkeypatch.setattr(resource, "CHUNK", chunk)
    lines = [json.dumps({**valid_body, "offender_number": f"P{n}"}) for n in range(3)]
    body = "".join(f"{line}{ending}" for line in lines).encode()
    answer = client.post(IMPORTS, data=body, content_type=NDJSON)
    assert answer.status_code == 202, answer.json
    assert run_one(application)
    job, _ = outcome_of(client, answer.headers["Location"])
    assert job["outcome"] == {"created": created, "already_there": 0, "refused": 0}


def test_a_sheet_with_old_line_endings_and_empty_rows(
    client: FlaskClient, application: Application, valid_body: Json
) -> None:
    given = {**valid_body, **valid_body["answers"]}
    columns = [column["name"] for column in client.get(f"{IMPORTS}/columns").json["columns"]]
    unknown = {f"{code}_unknown": why for code, why in valid_body["unknown"].items()}
    cells = [str({**given, **unknown}.get(name, "")) for name in columns]
    rows = [columns, cells, [""] * len(columns), cells]
    body = "".join(f"{','.join(row)},,\r" for row in rows).encode()
    answer = client.post(IMPORTS, data=body, content_type="text/csv")
    assert answer.status_code == 202, answer.json
    assert run_one(application)
    job = client.get(answer.headers["Location"]).json
    assert job["outcome"] == {"created": 2, "already_there": 0, "refused": 0}
    assert (job["done"], job["total"]) == (2, 2)


def test_c09_a_line_spelled_otherwise_is_the_same_line(
    client: FlaskClient, imported: Callable[..., tuple[Json, Lines]], valid_body: Json
) -> None:
    body = {**valid_body, "key": "k", "offender_number": "12PR"}
    drug = body["answers"]["drug"]
    same = (
        {**body, "offender_number": " 12pr"},
        {**body, "kind": "assessment", "instrument": "rms", "based_on": None},
        {**body, "answers": {**body["answers"], "drug": float(drug)}},
    )
    other = (
        {**body, "answers": {**body["answers"], "drug": 3 - drug}},
        {**body, "instrument": "georgia"},
        {**body, "extra": 1},
    )
    _, lines = imported(body, *same, *other)
    assert statuses(lines) == ["created", *["already_there"] * 3, *["refused"] * 3]
    assert {line["problems"][0]["code"] for line in lines[4:]} == {"idempotency_key_reused"}


def test_c09_a_line_that_an_earlier_version_stored_is_recognised(
    imported: Callable[..., tuple[Json, Lines]], valid_body: Json, config: Config
) -> None:
    """It stored the hash of the document as it was spelled, with the name of the instrument."""
    imported({**valid_body, "key": "k"})
    content = json.dumps({"instrument": "rms", **valid_body}, sort_keys=True, separators=(",", ":"))
    earlier = hashlib.sha256(content.encode()).hexdigest()
    change(config.database, f"UPDATE import_keys SET request_hash = '{earlier}'")
    _, lines = imported({**valid_body, "key": "k"}, {**valid_body, "key": "k", "sex": "unknown"})
    assert statuses(lines) == ["already_there", "refused"]


def test_a_line_without_a_key_is_known_by_its_place_in_the_file(
    client: FlaskClient, imported: Callable[..., tuple[Json, Lines]], valid_body: Json
) -> None:
    for expected in ("10000", "10000-01"):
        _, lines = imported(valid_body)
        assert lines == [{"line": 1, "key": None, "status": "created", "id": expected}]


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("keyed", [True, False])
def test_an_import_that_was_killed_resumes_after_its_last_group(
    client: FlaskClient,
    application: Application,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    valid_body: Json,
    keyed: bool,
) -> None:
    """A killed process stores nothing more, and its lease runs out."""
    given = [
        {**valid_body, "offender_number": f"P{n}", **({"key": f"k{n}"} if keyed else {})} for n in range(7)
    ]
    given.insert(3, {})
    place, simulated = send(client, *given), []
    simulate_each = imports.simulate_each

    def until_it_is_killed(*group: Any) -> Any:
        simulated.append(group)
        if len(simulated) == 3:
            raise KeyboardInterrupt
        return simulate_each(*group)

    with monkeypatch.context() as patched:
        patched.setattr(imports, "simulate_each", until_it_is_killed)
        with pytest.raises(KeyboardInterrupt):
            run_one(application)
    halted = client.get(place).json
    assert (halted["state"], halted["done"], halted["total"]) == ("running", 4, 8)
    assert halted["outcome"] == {"created": 3, "already_there": 0, "refused": 1}
    assert len(ids(client)) == 3
    assert not run_one(application)
    clock.advance(minutes=2)
    assert run_one(application)
    job, lines = outcome_of(client, place)
    assert job["outcome"] == {"created": 7, "already_there": 0, "refused": 1}
    assert [line["line"] for line in lines] == list(range(1, 9))
    assert {line["id"] for line in lines if line["status"] == "created"} == ids(client)
    assert len(ids(client)) == 7
    with application.store.reading() as tx:
        assert list(tx.audit.problems()) == []


def test_two_imports_at_once_create_each_line_once(
    client: FlaskClient, application: Application, valid_body: Json
) -> None:
    given = [{**valid_body, "key": f"k{n}", "offender_number": f"P{n}"} for n in range(6)]
    places = [send(client, *order) for order in (given, given[::-1])]
    with ThreadPoolExecutor(2) as threads:
        assert all(threads.map(lambda _: run_one(application), range(2)))
    both = [outcome_of(client, place)[1] for place in places]
    assert sorted(statuses(both[0] + both[1])) == ["already_there"] * 6 + ["created"] * 6
    assert ids(client) == {f"P{n}" for n in range(6)}


def test_a_key_belongs_to_its_account(
    app: Flask, client: FlaskClient, application: Application, imported: Callable[..., Any], valid_body: Json
) -> None:
    line = {**valid_body, "key": "a"}
    imported(line)
    create_user(
        context_for(application.store, at=START, by="test"),
        "d.worker",
        "a second long pass phrase",
        role="case_worker",
    )
    key = create_api_key(context_for(application.store, at=START, by="test"), "d.worker", name="test")
    other = app.test_client()
    other.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    place = send(other, {**line, "offender_number": "B2"})
    assert run_one(application)
    assert statuses(outcome_of(other, place)[1]) == ["created"]
    assert client.get(place).status_code == 404


def test_a_line_may_start_from_an_earlier_line(imported: Callable[..., Any], valid_body: Json) -> None:
    later = {**valid_body, "sex": "female", "based_on": "10000"}
    what_if = {**valid_body, "kind": "what_if", "baseline_id": "10000"}
    _, lines = imported(
        valid_body, later, {**later, "based_on": "77"}, what_if, {**valid_body, "corrects": "1"}
    )
    assert [line.get("id") for line in lines] == ["10000", "10000-01", None, None, None]
    assert [line["problems"][0]["code"] for line in lines[2:]] == [
        "unknown_origin",
        "not_importable",
        "not_importable",
    ]


def test_reports_repeat_no_answer(imported: Callable[..., Any], valid_body: Json) -> None:
    marks = ("7700123", "1907-07-07", "31.12.1977", "secretly", "1234567", "89.125")
    _, lines = imported(
        {**valid_body, "offender_number": "7700123-01"},
        {**valid_body, "offender_number": "7700123", "date_of_birth": "1907-07-07"},
        {**valid_body, "offender_number": "7700123", "date_of_birth": "31.12.1977", "sex": "secretly"},
        {**valid_body, "answers": {**valid_body["answers"], "drug": "secretly", "years_served": 1234567}},
        {**valid_body, "answers": {**valid_body["answers"], "conv_drug": 89.125, "empl": ["secretly"]}},
        {**valid_body, "offender_number": "7700123", "based_on": "7700123-07"},
        b'{"offender_number": "7700123", secretly}',
    )
    assert statuses(lines) == ["refused"] * 7
    said = json.dumps(lines)
    assert [mark for mark in marks if mark in said] == []
    assert all(problem["detail"] for line in lines for problem in line["problems"])


def test_the_result_of_a_csv_file_is_csv(
    client: FlaskClient, application: Application, valid_body: Json
) -> None:
    columns = [column["name"] for column in client.get(f"{IMPORTS}/columns").json["columns"]]
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, columns, restval="")
    writer.writeheader()
    cells = {**valid_body, **valid_body["answers"], "sexs_unknown": valid_body["unknown"]["sexs"]}
    for changed in ({"key": "=1+1"}, {"drug": "9"}, {"key": "=1+1"}):
        writer.writerow(
            {name: {**cells, **changed}[name] for name in columns if name in {**cells, **changed}}
        )
    answer = client.post(IMPORTS, data="\ufeff" + sheet.getvalue(), content_type="text/csv; charset=utf-8")
    assert run_one(application)
    job = client.get(answer.headers["Location"]).json
    assert job["outcome"] == {"created": 1, "already_there": 1, "refused": 1}
    with client.get(job["links"]["result"]) as result:
        assert result.mimetype == "text/csv"
        rows = list(csv.DictReader(io.StringIO(result.text)))
    assert [(row["line"], row["key"], row["status"], row["id"]) for row in rows] == [
        ("2", "'=1+1", "created", "10000"),
        ("3", "", "refused", ""),
        ("4", "'=1+1", "already_there", "10000"),
    ]
    assert rows[1]["problems"].startswith("/answers/drug invalid_answer: ")
    assert client.post(POST, json=valid_body).json["needs"] == client.get(f"{POST}/10000").json["needs"]


def test_wrong_columns_are_refused_at_once(client: FlaskClient, application: Application) -> None:
    answer = client.post(IMPORTS, data="sex,magic\nmale,1\n", content_type="text/csv")
    assert answer.status_code == 422
    assert "/columns/magic" in {one["pointer"] for one in answer.json["errors"]}
    assert not run_one(application) and not list(application.jobs.files.input("x").parent.iterdir())


def test_limits(client: FlaskClient, application: Application, valid_body: Json) -> None:
    """An import has its own size limit, with or without a length. A line has the limit of a single post."""
    line = json.dumps(valid_body).encode() + b"\n"
    many = line * (200_000 // len(line))
    assert len(many) > 100_000
    chunked = {"wsgi.input_terminated": True}
    for data, expected in ((many, 202), (many + line, 413), (b" " * 400_000, 413)):
        sent = client.post(IMPORTS, data=data, content_type=NDJSON)
        unsized = client.post(
            IMPORTS, input_stream=io.BytesIO(data), content_type=NDJSON, environ_overrides=chunked
        )
        assert (sent.status_code, unsized.status_code) == (expected, expected)
    job = client.get(unsized.headers.get("Location", "/api/v1/jobs")).json
    assert [one["state"] for one in job["jobs"]] == ["queued", "queued"]
    for one in job["jobs"]:
        assert application.jobs.files.input(one["id"]).read_bytes() == many
        client.delete(one["links"]["self"])
    assert client.post(IMPORTS, data=line, content_type="application/json").status_code == 415
    assert client.post(POST, data=b" " * 100_001, content_type="application/json").status_code == 413
    place = send(client, b" " * 100_001, valid_body)
    assert run_one(application)
    assert statuses(outcome_of(client, place)[1]) == ["refused", "created"]


def test_the_same_file_under_the_same_key_is_one_import(
    client: FlaskClient, application: Application, config: Config, valid_body: Json
) -> None:
    keyed = {"Content-Type": NDJSON, "Idempotency-Key": "k1"}
    file, other = (json.dumps({**valid_body, "sex": sex}).encode() for sex in ("male", "female"))
    first, again = (client.post(IMPORTS, data=file, headers=keyed) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.headers["Location"] == again.headers["Location"]
    refused = client.post(IMPORTS, data=other, headers=keyed)
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")
    assert run_one(application) and not run_one(application)
    after = client.post(IMPORTS, data=file, headers=keyed)
    assert (after.json["state"], after.json["outcome"]["created"]) == ("done", 1)
    assert ids(client) == {"10000"}
    assert client.get(f"{POST}/10000").json["sex"] == "male"
    assert not list(config.data.rglob("*.input"))  # nor is what was sent again left behind
    wrong = client.post(IMPORTS, data=file, headers={**keyed, "Idempotency-Key": "a b"})
    assert wrong.json["errors"][0]["pointer"] == "/header/Idempotency-Key"


def id_of_earlier_versions(user: int, key: str) -> str:
    digest = hashlib.sha256(f"job {user} {key}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def test_a_file_sent_again_after_an_update_is_one_import(
    client: FlaskClient, application: Application, config: Config, valid_body: Json
) -> None:
    file, keyed = json.dumps(valid_body).encode(), {"Content-Type": NDJSON, "Idempotency-Key": "k1"}
    made = client.post(IMPORTS, data=file, headers=keyed).headers["Location"]
    user = find_user(context_for(application.store), USERNAME)
    earlier = id_of_earlier_versions(user.id, "k1")
    change(config.database, f"UPDATE jobs SET id = '{earlier}'")
    first = made.rpartition("/")[0] + f"/{earlier}"
    assert client.post(IMPORTS, data=file, headers=keyed).headers["Location"] == first
    other = {**keyed, "Idempotency-Key": "k2"}
    assert client.post(IMPORTS, data=file, headers=other).headers["Location"] != first


def test_an_unknown_field_lists_the_fields_of_a_line(imported: Callable[..., Any], valid_body: Json) -> None:
    _, [line] = imported({**valid_body, "colour": "blue"})
    [problem] = line["problems"]
    assert problem["code"] == "unknown_field"
    assert "key" in problem["detail"] and "kind" not in problem["detail"]


def test_a_file_of_too_many_lines_is_refused_before_it_is_a_job(
    client: FlaskClient, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "MOST_LINES", 3)
    for data in (b"a\n" * 4, b"\n\n\na"):
        refused = client.post(IMPORTS, data=data, content_type=NDJSON)
        assert refused.status_code == 422
        assert [problem["code"] for problem in refused.json["errors"]] == ["too_many"]
    assert f"{imports.MOST_LINES:,} lines" in refused.json["errors"][0]["detail"]
    assert not list(application.jobs.files.input("x").parent.iterdir())
    assert client.get("/api/v1/jobs").json == {"jobs": []}
    assert client.post(IMPORTS, data=b"a\n" * 3, content_type=NDJSON).status_code == 202
    assert client.post(IMPORTS, data=b"a\na\na", content_type=NDJSON).status_code == 202


@pytest.mark.usefixtures("small_groups")
def test_a_file_whose_first_lines_are_all_refused_stops(
    client: FlaskClient,
    application: Application,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    valid_body: Json,
) -> None:
    monkeypatch.setattr(imports, "STOP_AFTER", 4)
    place = send(client, *[b"a"] * 5, valid_body)
    assert run_one(application)
    job = client.get(place).json
    assert (job["state"], job["failure"]) == ("failed", "import_stopped")
    assert job["outcome"] == {"created": 0, "already_there": 0, "refused": 4}
    assert "JSON" in job["message"]
    assert "result" not in job["links"]
    assert ids(client) == set()
    assert rows(database.url, "SELECT * FROM import_groups") == []
    assert not list(application.jobs.files.input("x").parent.iterdir())


@pytest.mark.usefixtures("small_groups")
def test_a_file_with_one_good_line_goes_on(
    imported: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, valid_body: Json
) -> None:
    monkeypatch.setattr(imports, "STOP_AFTER", 2)
    job, _ = imported(b"a", valid_body, *[b"a"] * 5)
    assert job["outcome"] == {"created": 1, "already_there": 0, "refused": 6}


def test_a_short_file_of_refused_lines_has_its_result(
    imported: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "STOP_AFTER", 3)
    job, lines = imported(b"a", b"a", b"a")
    assert job["outcome"]["refused"] == len(lines) == 3


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("media_type", [NDJSON, "text/csv"])
def test_refused_lines_beyond_a_number_are_only_counted(
    client: FlaskClient,
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
    valid_body: Json,
    media_type: str,
) -> None:
    monkeypatch.setattr(imports, "MOST_REFUSED_LISTED", 3)
    if media_type == NDJSON:
        file = json.dumps(valid_body).encode() + b"\na" * 9 + b"\n"
    else:
        file = as_csv(client, valid_body) + b"a\n" * 9
    place = client.post(IMPORTS, data=file, content_type=media_type).headers["Location"]
    assert run_one(application)
    job = client.get(place).json
    assert job["outcome"] == {"created": 1, "already_there": 0, "refused": 9, "notes": ["lines_not_listed"]}
    with client.get(job["links"]["result"]) as result:
        reports: Any = result.text.splitlines()
    if media_type == NDJSON:
        reports = [json.loads(report) for report in reports]
    else:
        reports = list(csv.DictReader(reports))
    assert statuses(reports) == ["created", *["refused"] * 3, "not_listed"]
    assert "6 more" in str(reports[-1]["problems"])


def test_the_problems_of_a_line_are_bounded(imported: Callable[..., Any], valid_body: Json) -> None:
    many = {**valid_body, **{f"colour_{place}": "blue" for place in range(900)}}
    _, [line] = imported(many)
    assert len(json.dumps(line)) < imports.LONGEST_REASONS + 300
    assert line["problems"][-1]["code"] == "more_problems"
    assert len(line["problems"]) > 5


def test_the_longest_report() -> None:
    problem = Problem("/" + "x" * 5000, "unknown_field", "y" * 9000)
    line = imports.Line(1, 10, key="k" * 255)
    assert len(imports.report_of_refusal(line, [problem] * 1000)["problems"]) == 2


@pytest.mark.usefixtures("small_groups")
def test_an_import_that_has_ended_keeps_no_reports_in_the_database(
    client: FlaskClient,
    application: Application,
    database: Database,
    valid_body: Json,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_runner, "SLICE", 0.0)
    done = send(client, valid_body, b"a")
    assert run_one(application)
    assert rows(database.url, "SELECT * FROM import_groups") == []
    assert len(outcome_of(client, done)[1]) == 2
    cancelled, open_jobs = send(client, *[valid_body] * 7), OpenJobs(application)
    open_jobs.claim_next()
    open_jobs.turn()
    assert rows(database.url, "SELECT * FROM import_groups") != []
    assert client.delete(cancelled).status_code == 204
    assert rows(database.url, "SELECT * FROM import_groups") == []
    open_jobs.turn()
    assert rows(database.url, "SELECT * FROM import_groups") == []
    assert not open_jobs


def as_csv(client: FlaskClient, body: Json) -> bytes:
    """A CSV file of the header and one row; the last cell is not empty."""
    columns = [column["name"] for column in client.get(f"{IMPORTS}/columns").json["columns"]]
    cells = {**body, **body["answers"], **{f"{code}_unknown": why for code, why in body["unknown"].items()}}
    columns.remove("years_served")
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, [*columns, "years_served"], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerow({name: cells[name] for name in writer.fieldnames if name in cells})
    return sheet.getvalue().encode()


@pytest.mark.parametrize(("end", "created"), [(b"\n", 1), (b"\r\n", 1), (b"\n \n ", 1), (b"", 0)])
@pytest.mark.parametrize("quote", [b"", b'"'], ids=["plain", "in quotes"])
def test_a_last_row_that_may_be_cut_off_is_refused(
    client: FlaskClient, application: Application, valid_body: Json, end: bytes, created: int, quote: bytes
) -> None:
    start, separator, last = as_csv(client, valid_body).rstrip().rpartition(b",")
    file = start + separator + quote + last + quote + end
    place = client.post(IMPORTS, data=file, content_type="text/csv").headers["Location"]
    assert run_one(application)
    job = client.get(place).json
    assert (job["outcome"]["created"], job["outcome"]["refused"]) == (created, 1 - created)
    with closing(client.get(job["links"]["result"])) as result:
        assert ("no_line_ending" in result.text) == (not created)


def test_a_last_line_of_json_needs_no_line_ending(imported: Callable[..., Any], valid_body: Json) -> None:
    assert "notes" not in imported(valid_body)[0]["outcome"]


def test_a_small_import_ends_long_before_a_long_one(
    client: FlaskClient,
    application: Application,
    with_key: Callable[[str, Role], FlaskClient],
    valid_body: Json,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imports, "LARGEST_GROUP", 1)
    monkeypatch.setattr(job_runner, "SLICE", 0.0)
    long = send(client, *[valid_body] * 30)
    other = with_key("b.worker", Role.CASE_WORKER)
    open_jobs = OpenJobs(application)
    assert open_jobs.claim_next()
    open_jobs.turn()
    small = send(other, {**valid_body, "offender_number": "B7"})
    export = {"criteria": {"all": True}, "purpose": "statistics"}
    while other.get(small).json["state"] != "done":
        open_jobs.claim_next()
        open_jobs.turn()
    exported = other.post("/api/v1/exports", json=export).headers["Location"]
    while other.get(exported).json["state"] != "done":
        open_jobs.claim_next()
        open_jobs.turn()
    job = client.get(long).json
    assert (job["state"], job["total"]) == ("running", 30)
    assert 0 < job["done"] < 15
    while open_jobs:
        open_jobs.turn()
    assert outcome_of(client, long)[0]["outcome"]["created"] == 30


def test_the_fingerprint_of_a_file_cannot_be_computed_from_the_file(
    client: FlaskClient, application: Application, database: Database, valid_body: Json
) -> None:
    file = json.dumps(valid_body).encode()
    client.post(IMPORTS, data=file, content_type=NDJSON)
    run_one(application)
    assert hashlib.sha256(file).hexdigest() not in str(rows(database.url, "SELECT * FROM jobs"))


def test_a_file_sent_again_is_one_import_though_the_job_has_no_mark(
    client: FlaskClient, application: Application, config: Config, valid_body: Json
) -> None:
    """Jobs of earlier versions lost the plain hash of their file in the update."""
    file, keyed = json.dumps(valid_body).encode(), {"Content-Type": NDJSON, "Idempotency-Key": "k1"}
    first = client.post(IMPORTS, data=file, headers=keyed).headers["Location"]
    without = json.dumps({"media_type": NDJSON, "longest_line": application.imports.longest_line})
    change(config.database, f"UPDATE jobs SET request = '{without}'")
    assert client.post(IMPORTS, data=file, headers=keyed).headers["Location"] == first
