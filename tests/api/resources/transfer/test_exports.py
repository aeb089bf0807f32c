"""Exports: every field, formula-safe, with a notice, a purpose and criteria."""

import csv
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO, StringIO
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from api.context import EXTENSION, Application
from api.runtime.job_runner import run_one
from api.services.libraries_in_use import LibrariesInUse
from api.services.library_in_use import LibraryInUse
from api.services.transfer import exports
from api.services.transfer.export_fields import BY_NAME, DEFAULT, FIELDS
from api.services.transfer.jobs import mark_of
from api.services.users import Role
from rms.engine.filter import Bounds, Filter, Key, Sort
from rms.reports import wording
from tests.api.conftest import Clock, Database
from tests.api.contexts import context_for
from tests.api.rows import rows
from tests.api.services.plain_csv import plain_csv

POST, EXPORTS, OPTIONS = "/api/v1/assessments", "/api/v1/exports", "/api/v1/me/export-options"
EVERYTHING: dict[str, Any] = {"criteria": {"all": True}, "purpose": "statistics"}
LABELS = tuple(f"{BY_NAME[name].label}{' (UTC)' if name == 'assessed_at' else ''}" for name in DEFAULT)


@pytest.fixture
def application(app: Flask) -> Application:
    application = app.extensions[EXTENSION]
    assert isinstance(application, Application)
    return application


@pytest.fixture
def caseload(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> list[dict[str, Any]]:
    """10000 twice, 10001 without a release date, a what-if, B7: a day apart."""
    answers = valid_body["answers"]
    others: tuple[dict[str, Any], ...] = (
        {},
        {"answers": {**answers, "drug": 3}},
        {"offender_number": "10001", "release_date": None},
        {"kind": "what_if", "baseline_id": "10000", "release_date": "2027-01-01"},
        {"offender_number": "B7", "answers": {**answers, "drug": 0}},
    )
    assessments = []
    for changed in others:
        assessments.append(client.post(POST, json={**valid_body, **changed}).json)
        clock.advance(days=1)
    return assessments


def made(client: FlaskClient, application: Application, **request: Any) -> Any:
    """The job of a finished export."""
    accepted = client.post(EXPORTS, json={**EVERYTHING, **request})
    assert accepted.status_code == 202, accepted.text
    assert run_one(application)
    job = client.get(accepted.headers["Location"]).json
    assert job["state"] == "done", job
    return job


def result(client: FlaskClient, job: Any) -> bytes:
    answer = client.get(job["links"]["result"])
    assert answer.status_code == 200
    data = answer.data
    answer.close()
    return bytes(data)


def lines(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data.decode(), newline="")))


def test_made_and_fetched(
    client: FlaskClient, application: Application, caseload: list[dict[str, Any]]
) -> None:
    job = made(client, application, sort="offender_number", fields=["offender_number", "score", "latest"])
    assert (job["kind"], job["done"], job["total"], job["message"]) == ("export", 4, 4, None)
    data = result(client, job)
    assert job["outcome"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert (job["outcome"]["assessments"], job["outcome"]["rows"]) == (4, 8)
    assert list(lines(data)[0]) == ["offender_number", "score", "latest"]
    numbers = [(line["offender_number"], line["latest"]) for line in lines(data)[::2]]
    assert numbers == [("10000", "false"), ("10000", "true"), ("10001", "true"), ("B7", "true")]
    answer = client.get(job["links"]["result"])
    assert answer.headers["Content-Disposition"].endswith("filename=assessments-2026-03-09.csv")
    assert answer.headers["Link"] == f'<{job["links"]["result"]}/notice>; rel="terms-of-service"'
    answer.close()


def test_every_field(client: FlaskClient, application: Application, caseload: list[dict[str, Any]]) -> None:
    job = made(client, application, fields=list(BY_NAME), criteria={"offender_number": "10000-01"})
    recidivism, violence = lines(result(client, job))
    answer = client.get(f"{POST}/10000-01").json
    assert recidivism == {
        **{name: recidivism[name] for name in ("interval_low", "interval_high", "typicality")},
        **{"id": "10000-01", "offender_number": "10000", "kind": "assessment", "baseline_id": ""},
        **{"sex": "male", "date_of_birth": "1985-05-17", "release_date": "2026-12-01"},
        **{"process": "recidivism", "status": "simulated", "latest": "true", "submitted_by": "c.worker"},
        **{"corrected": "false"},
        "score": f"{answer['simulations'][0]['score']:.2f}",
        "effective_size": wording.fixed(answer["simulations"][0]["effective_size"], places=1),
        "assessed_at": "2026-03-05T09:30:00+00:00",
        "comparables": "; ".join(
            f"{case['case_number']} {case['percent']:.2f} %"
            for case in answer["simulations"][0]["comparables"]
        ),
        **{"instrument_name": "rms", "instrument_version": answer["instrument"]["version"]},
        **{f"library_{name}": answer["library"][name] for name in ("name", "version", "sha256")},
        **{"engine_version": answer["engine_version"], "notice_version": wording.NOTICE_VERSION},
        **{
            f"need.{one['need'].lower()}.{reading}": (
                "" if one[reading] is None else wording.fixed(one[reading], places=1)
            )
            for one in answer["needs"]
            for reading in ("actual", "simulated", "expected")
        },
    }
    assert recidivism["need.drug.actual"] == "100.0"
    assert recidivism["need.sexs.actual"] == ""
    assert violence["process"] == "violence"


SEARCHES = (
    (Filter(everything=True), Sort()),
    (Filter(what_ifs=True, latest=False, everything=True), Sort(Key.RELEASE_DATE, descending=False)),
    (Filter(processes=("violence",)), Sort(Key.SCORE, process="violence")),
    (Filter(score=Bounds(100, 150)), Sort(Key.OFFENDER_NUMBER, descending=False)),
    (Filter(needs={"DRUG": Bounds(100, 100)}), Sort()),
    (Filter(score=Bounds(100, 100), processes=("violence",)), Sort()),
)
NARROW = ("id", "sex", "release_date")


@pytest.fixture(params=[1, 3, 4000])
def written(
    request: pytest.FixtureRequest,
    application: Application,
    caseload: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., str]:
    """A file of the caseload with these columns, read in small batches."""
    monkeypatch.setattr(exports, "BATCH", request.param)
    user = exports.User(1, "c.worker", Role.CASE_WORKER)

    def write(filter: Filter, sort: Sort, names: tuple[str, ...]) -> str:
        store = application.store
        return "".join(exports.csv_of(context_for(store, by=user), filter, sort=sort, names=names))

    return write


def test_same_as_the_plain_implementation(application: Application, written: Callable[..., str]) -> None:
    for filter, sort in SEARCHES:
        assert written(filter, sort, DEFAULT) == plain_csv(filter, sort=sort, store=application.store)


def test_a_narrow_file_has_the_same_rows(application: Application, written: Callable[..., str]) -> None:
    """No field of it belongs to a modelled row."""
    for filter, sort in SEARCHES:
        wide = csv.DictReader(StringIO(plain_csv(filter, sort=sort, store=application.store)))
        assert list(csv.reader(StringIO(written(filter, sort, NARROW)))) == [
            [*NARROW],
            *([row[name] for name in NARROW] for row in wide),
        ]


def test_a_spreadsheet(client: FlaskClient, application: Application, caseload: list[dict[str, Any]]) -> None:
    job = made(
        client,
        application,
        format="xlsx",
        criteria={"need.drug.min": 60},
        purpose="other",
        purpose_note="=A1",
    )
    book = load_workbook(BytesIO(result(client, job)))
    assert book.sheetnames == ["Assessments", "Read this", "Columns"]
    head, *rows = book["Assessments"].iter_rows(values_only=True)
    assert head == LABELS
    assert [row[:2] for row in book["Columns"].values][1:] == list(zip(LABELS, DEFAULT, strict=True))
    row = dict(zip(DEFAULT, rows[0], strict=True))
    assert (row["date_of_birth"], row["release_date"]) == (datetime.fromisoformat("1985-05-17"), None)
    assert row["assessed_at"] == datetime.fromisoformat("2026-03-06T09:30")
    assert row["id"] == "10001"
    assert isinstance(row["score"], float)
    plain = made(client, application, criteria={"need.drug.min": 60})
    (line, *_) = lines(result(client, plain))
    assert (f"{row['score']:.2f}", f"{row['typicality']:.3f}") == (line["score"], line["typicality"])
    notes = {cells[0].value: cells[1] for cells in book["Read this"].iter_rows()}
    assert (notes["Notice"].value, notes["Notice version"].value) == (wording.NOTICE, wording.NOTICE_VERSION)
    assert (notes["Purpose"].value, notes["Purpose in your words"].value) == ("Other", "=A1")
    assert notes["Purpose in your words"].data_type == "s"
    assert notes["Filters"].value == "Drug use 60% or more"
    assert (notes["Rows"].value, notes["Created for"].value) == ("6", "c.worker")
    assert notes["Reference libraries"].value.startswith("small 1 ")
    assert "its past cases are made up" in notes["Synthetic"].value
    text = client.get(f"{job['links']['result']}/notice")
    assert text.mimetype == "text/plain"
    assert f"Notice: {wording.NOTICE}\n" in text.text
    assert "Filters: Drug use 60% or more\n" in text.text
    suffixes = [path.suffix for path in application.jobs.files.input("x").parent.iterdir()]
    assert sorted(suffixes) == [".result"] * 2 + [".sha256"] * 2


def test_no_cell_is_a_formula(
    client: FlaskClient, app: Flask, application: Application, valid_body: dict[str, Any]
) -> None:
    library = application.library.whole()
    named = replace(library, reference=replace(library.reference, name="@SUM(A1)", version="=1+1"))
    app.extensions[EXTENSION] = replace(
        application, libraries=LibrariesInUse.fixed(LibraryInUse(library=named))
    )
    client.post(POST, json=valid_body)
    fields = ["library_name", "library_version"]
    (line, _) = lines(result(client, made(client, application, fields=fields)))
    assert list(line.values()) == ["'@SUM(A1)", "'=1+1"]
    book = load_workbook(BytesIO(result(client, made(client, application, fields=fields, format="xlsx"))))
    cells = list(book["Assessments"].iter_rows())[1]
    assert [(cell.value, cell.data_type) for cell in cells] == [("@SUM(A1)", "s"), ("=1+1", "s")]


def test_a_file_without_rows(client: FlaskClient, application: Application) -> None:
    job = made(client, application)
    assert job["message"] == exports.NOTHING_FOUND
    assert result(client, job).decode() == ",".join(DEFAULT) + "\r\n"
    job = made(client, application, format="xlsx")
    assert list(load_workbook(BytesIO(result(client, job)))["Assessments"].values) == [LABELS]


REFUSED = (
    ({"criteria": {}}, "/criteria", "no_criterion"),
    ({"criteria": {"include": "what_if"}}, "/criteria", "no_criterion"),
    ({"criteria": {"need.drug.min": 101}}, "/criteria/need.drug.min", "invalid_value"),
    (
        {"criteria": {"release_from": "2026-02-01", "release_to": "2026-01-01"}},
        "/criteria/release_from",
        "range_reversed",
    ),
    ({"criteria": {"band": "none"}}, "/criteria/band", "unknown_band"),
    ({"purpose": None}, "/purpose", "not_null"),
    ({"purpose": "curiosity"}, "/purpose", "invalid_value"),
    ({"purpose": "other"}, "/purpose_note", "required"),
    ({"purpose_note": "x" * 201}, "/purpose_note", "invalid_value"),
    ({"fields": ["name"]}, "/fields/0", "invalid_value"),
    ({"fields": []}, "/fields", "invalid_value"),
    ({"fields": ["id", "score", "id"]}, "/fields/2", "invalid_value"),
    ({"sort": "score"}, "/sort", "process_needed"),
    ({"format": "pdf"}, "/format", "invalid_value"),
)


@pytest.mark.parametrize(("changed", "pointer", "code"), REFUSED)
def test_refused(client: FlaskClient, changed: dict[str, Any], pointer: str, code: str) -> None:
    refused = client.post(EXPORTS, json={**EVERYTHING, **changed})
    assert refused.status_code == 422
    problem = refused.json["errors"][0]
    assert (problem["pointer"], problem["code"]) == (pointer, code)


def test_the_audit_log_has_the_purpose_but_not_the_note(
    client: FlaskClient, application: Application, database: Database
) -> None:
    job = made(client, application, purpose_note="About Ms Smith", criteria={"offender_number": "4711"})
    result(client, job)
    stored = str(rows(database.url, "SELECT * FROM jobs"))
    client.delete(job["links"]["self"])
    with application.store.reading() as tx:
        entries = [entry for entry in tx.audit.entries() if entry.object_key == job["id"]]
    assert [entry.action for entry in entries] == [
        "export.requested",
        "export.made",
        "export.fetched",
        "export.deleted",
    ]
    assert (entries[0].detail["purpose"], entries[0].detail["format"]) == ("statistics", "csv")
    mark = mark_of(job["outcome"]["sha256"], secret=application.jobs.secret)
    assert (entries[1].detail["rows"], entries[1].detail["mark"], entries[0].detail["criteria"]) == (
        0,
        mark,
        "one person",
    )
    assert job["outcome"]["sha256"] not in str(entries) + stored
    assert "Smith" not in str(entries)
    assert "4711" not in str(entries)


def test_analysts_get_no_names(
    client: FlaskClient, application: Application, caseload: list[dict[str, Any]], as_user: Any
) -> None:
    analyst = as_user(Role.ANALYST)
    fields = ["id", "offender_number", "date_of_birth", "submitted_by", "baseline_id", "score"]
    job = made(analyst, application, fields=fields, criteria={"all": True, "include": "what_if"})
    rows = lines(result(analyst, job))
    assert {(row["date_of_birth"], row["submitted_by"]) for row in rows} == {("1985-01-01", "")}
    assert len({row["offender_number"] for row in rows}) == 3
    assert all(row["id"].startswith(row["offender_number"]) for row in rows)
    assert not {"10000", "10001", "B7"} & {row["offender_number"] for row in rows}
    streamed = analyst.get(f"{POST}?all=true&include=what_if", headers={"Accept": "text/csv"})
    assert [row["id"] for row in lines(streamed.data)] == [row["id"] for row in rows]


def test_a_file_has_what_its_owner_may_see(
    client: FlaskClient, application: Application, caseload: list[dict[str, Any]], as_user: Any
) -> None:
    """The file of another case worker has none of this caseload."""
    other = as_user(Role.CASE_WORKER, username="other.worker")
    assert made(other, application)["outcome"]["rows"] == 0
    assert made(client, application)["outcome"]["rows"] == 8


def test_fields_of_the_streamed_csv(client: FlaskClient, caseload: list[dict[str, Any]]) -> None:
    query = "?all=true&fields=process&fields=id"
    by_address = client.get(POST + query, headers={"Accept": "text/csv"})
    body = {"all": True, "fields": ["process", "id"]}
    by_body = client.post(f"{POST}/search", json=body, headers={"Accept": "text/csv"})
    assert by_address.text == by_body.text
    assert by_address.text.startswith("process,id\r\nrecidivism,B7\r\nviolence,B7\r\n")
    for unfit, place in (("name", 0), ("id&fields=id", 1)):
        refused = client.get(f"{POST}?all=true&fields={unfit}", headers={"Accept": "text/csv"})
        assert refused.json["errors"][0]["pointer"] == f"/query/fields/{place}"


def test_the_fields_are_listed(client: FlaskClient) -> None:
    listed = client.get(f"{EXPORTS}/fields").json
    assert [field["name"] for field in listed["fields"]] == [field.name for field in FIELDS]
    assert {field["name"] for field in listed["fields"] if field["default"]} == set(DEFAULT)
    assert {purpose["code"] for purpose in listed["purposes"]} == set(exports.PURPOSES)


def test_options_saved_found_replaced_removed(client: FlaskClient) -> None:
    options = {"fields": ["id", "score"], "sort": "-release_date", "format": "xlsx"}
    saved = client.put(f"{OPTIONS}/Monthly", json=options)
    assert (saved.status_code, saved.json["options"]) == (200, options)
    assert client.get(f"{OPTIONS}/Monthly").json == saved.json
    client.put(f"{OPTIONS}/Monthly", json={"format": "csv"})
    assert [one["options"] for one in client.get(OPTIONS).json["options"]] == [{"format": "csv"}]
    assert client.put(f"{OPTIONS}/x", json={"purpose": "statistics"}).status_code == 422
    assert client.delete(f"{OPTIONS}/Monthly").json == {"removed": True}
    assert client.delete(f"{OPTIONS}/Monthly").status_code == 404
    assert client.get(f"{OPTIONS}/Monthly").status_code == 404


def test_sorted_both_ways(
    client: FlaskClient, application: Application, caseload: list[dict[str, Any]]
) -> None:
    for sort, turned in (("score", 1), ("-score", -1)):
        job = made(client, application, criteria={"process": ["violence"]}, sort=sort, fields=["score"])
        scores = [turned * float(line["score"]) for line in lines(result(client, job))]
        assert all(one <= following for one, following in pairwise(scores))
