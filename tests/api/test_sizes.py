"""What is too large is refused by its size, before anything compares, sorts or repeats its entries.

The tests find every list and object of the API in its description, and every page in the routes.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ, run_wsgi_app

from api.app import description
from api.config import Config
from api.schemas.assessments.assessment import Body, assessment_from
from api.schemas.search.search import MOST_FIELDS, SearchSchema
from api.schemas.transfer.import_lines import header, json_document
from api.services.access.accounts import create_api_key
from api.services.users import Role
from api.storage import Store
from reference_library.tables import read_table
from rms.errors import InvalidInput, too_many
from rms.instrument import instrument
from tests.api.conftest import Clock
from tests.api.contexts import context_for

SIZES = (10_000, 100_000)
METHODS = ("post", "put", "patch")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
RMS = instrument("rms")


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, max_body=10_000_000)


@pytest.fixture
def callers(app: Flask, clock: Clock) -> list[FlaskClient]:
    """A client of every role, so that at least one of them may use each route."""
    store: Store = app.extensions["rms"].store
    clients = []
    for role in Role:
        with store.transaction() as tx:
            tx.accounts.add_user(f"a.{role}", password_hash="x", role=role, by="test", at=clock())
        key = create_api_key(context_for(store, at=clock(), by="test"), f"a.{role}", name="test")
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        clients.append(client)
    return clients


def containers(schema: Any, document: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The fields of a body that can be a list or an object, with the type."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for inner in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from containers(inner, document, at)
    for type_ in {schema.get("type")} if isinstance(schema.get("type"), str) else set(schema.get("type", ())):
        if type_ in ("array", "object"):
            yield at, type_
    for name, inner in schema.get("properties", {}).items():
        yield from containers(inner, document, (*at, name))


def described() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Method, path, field and type of every list and every object in the bodies of the API."""
    document = description()
    for path, operations in document["paths"].items():
        for method in (name for name in METHODS if name in operations):
            content = operations[method].get("requestBody", {}).get("content", {})
            if JSON in content:
                schema = content[JSON]["schema"]
                for field, type_ in {*containers(schema, document), ((), "array"), ((), "object")}:
                    yield method, path, field, type_


DESCRIBED = sorted(described())


@cache
def large(type_: str, count: int) -> str:
    return json.dumps(["acad"] * count if type_ == "array" else dict.fromkeys(map(str, range(count)), 1))


def body_with(field: tuple[str, ...], type_: str, count: int) -> str:
    """A body with this many entries in this field, and nothing else."""
    return "".join(f'{{"{name}":' for name in field) + large(type_, count) + "}" * len(field)


def test_the_description_has_every_list_and_object() -> None:
    found = {(path, ".".join(field), type_) for _, path, field, type_ in DESCRIBED}
    assert {
        ("/api/v1/assessments", "answers", "object"),
        ("/api/v1/assessments", "unknown", "object"),
        ("/api/v1/assessments/search", "fields", "array"),
        ("/api/v1/assessments/search", "process", "array"),
        ("/api/v1/exports", "criteria", "object"),
        ("/api/v1/assessments/{id}/judgements", "judgements", "object"),
        ("/api/v1/service-accounts/{name}/keys", "scopes", "array"),
        ("/api/v1/webhooks", "", "object"),
    } <= found


def test_the_entries_of_every_list_and_object_are_counted_first(
    client: FlaskClient, callers: list[FlaskClient], valid_body: dict[str, Any]
) -> None:
    assert client.post("/api/v1/assessments", json=valid_body).status_code == 201
    tested = set()
    for method, path, field, type_ in DESCRIBED:
        path = path.replace("{id}", "10000").replace("{number}", "10000").replace("{name}", "rms")
        for count in SIZES if field else SIZES[:1]:
            response = first_allowed(callers, method, path, body_with(field, type_, count))
            if response.status_code in (404, 428):  # it does not exist for this body
                continue
            assert response.status_code == 422, (method, path, field, response.text)
            detail = too_many("entries", most=1000, given=count)
            pointer = "".join(f"/{name}" for name in field)
            assert response.json["errors"] == [{"pointer": pointer, "code": "too_many", "detail": detail}]
            tested.add(path)
    assert len(tested) > 15


def first_allowed(callers: list[FlaskClient], method: str, path: str, body: str) -> Any:
    """The response to the first caller who may use this route."""
    headers = {"Idempotency-Key": "once", "If-Match": '"1"'}  # service accounts need the first
    for client in callers:
        response = client.open(path, method=method.upper(), data=body, content_type=JSON, headers=headers)
        if response.status_code != 403:
            break
    return response


def test_a_list_of_words_cannot_be_longer_than_the_number_of_words() -> None:
    messages = SearchSchema().validate({"fields": ["acad"] * 1001, "process": ["violence"] * 4})
    assert messages == {
        "fields": [too_many("entries", most=MOST_FIELDS, given=1001)],
        "process": [too_many("entries", most=3, given=4)],
    }


@pytest.mark.parametrize("count", SIZES)
def test_the_parameters_of_every_query_are_counted_first(app: Flask, count: int) -> None:
    query = "&".join(f"process={number}" for number in range(count))
    for rule in app.url_map.iter_rules():
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        environ = create_environ(path_of(rule.rule), method=method) | {"QUERY_STRING": query}
        content, status, _ = run_wsgi_app(app, environ)  # a test client would parse the URL five times
        text = b"".join(content).decode()
        assert (status[:3], f"{count:,}" in text) == ("422", True), rule.rule


@pytest.mark.parametrize("count", SIZES)
def test_the_fields_of_every_form_are_counted_first(app: Flask, anonymous: FlaskClient, count: int) -> None:
    form = "&".join(f"{number % 1000}=1" for number in range(count))
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.rule.endswith("/imports"):  # they take files
            response = anonymous.post(path_of(rule.rule), data=form, content_type=FORM)
            assert (response.status_code, f"{count:,}" in response.text) == (422, True), rule.rule


def path_of(rule: str) -> str:
    return "/".join("1" if part.startswith("<") else part for part in rule.split("/"))


def test_the_parts_of_a_multipart_form_are_counted_first(anonymous: FlaskClient) -> None:
    data = {str(number): "1" for number in range(2_000)}
    response = anonymous.post("/login", data=data, content_type="multipart/form-data")
    assert response.status_code == 413


@pytest.mark.parametrize(
    "name", ["Accept", "If-None-Match", "If-Match", "Cookie", "X-Request-ID", "Content-Type"]
)
@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("path", ["/", "/api/v1/assessments", "/static/rms.css"])
def test_a_long_header_is_refused_before_it_is_parsed(app: Flask, name: str, count: int, path: str) -> None:
    values = ", ".join(f'"{number}"' for number in range(count))
    with app.test_client(use_cookies=False).get(path, headers={name: values}) as response:
        assert (response.status_code, "8190 characters" in response.text) == (431, True)


@pytest.mark.parametrize("count", SIZES)
def test_the_columns_of_an_import_are_counted_first(count: int) -> None:
    for names in (["sex"] * count, [f"c{number}" for number in range(count)]):
        with pytest.raises(InvalidInput) as refused:
            header(",".join(names).encode(), instrument=RMS)
        (problem,) = refused.value.problems
        assert problem.detail == too_many("columns", most=1000, given=count)


def test_the_entries_of_a_line_of_an_import_are_counted_first() -> None:
    for count in SIZES:
        with pytest.raises(InvalidInput) as refused:
            json_document(body_with(("answers",), "object", count).encode())
        problems = [(problem.pointer, problem.code) for problem in refused.value.problems]
        assert problems == [("/answers", "too_many")]


def test_the_columns_of_a_library_are_counted_first(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(",".join(["drug"] * 100_000), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_table(path, needed=["drug"])
    (problem,) = refused.value.problems
    assert problem.detail == too_many("columns", most=10_000, given=100_000)


def test_the_time_to_read_the_header_of_a_library_is_linear(tmp_path: Path) -> None:
    def read(count: int) -> None:
        path = tmp_path / "cases.csv"
        names = ["drug", *(f"c{number // 2}" for number in range(count - 1))]
        path.write_text(f"{','.join(names)}\n{','.join(map(str, range(count)))}\n")
        with pytest.raises(InvalidInput):
            read_table(path, needed=names)

    assert growth(read, 500, 10_000) < 5


def test_the_time_to_refuse_invalid_answers_is_linear() -> None:
    def refuse(count: int) -> None:
        invalid = {"answers": {f"nothing{number}": None for number in range(count)}, "sex": "?"}
        invalid["unknown"] = {f"none{number}": "Not on record." for number in range(count)}
        with pytest.raises(InvalidInput):
            assessment_from(Body(invalid), instrument=RMS, on=date(2026, 3, 4))

    assert growth(refuse, 250, 5_000) < 5


def growth(work: Callable[[int], None], few: int, many: int) -> float:
    """The time for each entry among many, divided by that among few: 1 if the time is linear."""
    return shortest(work, many) / shortest(work, few) / (many / few)


def shortest(work: Callable[[int], None], count: int) -> float:
    """The shortest of five runs, in seconds."""
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        work(count)
        seconds.append(time.perf_counter() - began)
    return min(seconds)
