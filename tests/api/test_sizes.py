"""What is too large is refused by its size, before anything compares, sorts or repeats its entries.

Every list and every map of the API is found from its description, every page from the routes.
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
from api.schemas.assessments.assessment import assessment_from
from api.schemas.search.search import SearchSchema
from api.schemas.transfer.import_lines import header, json_document
from api.services.access.accounts import create_api_key
from api.services.transfer.export_fields import BY_NAME
from api.services.users import Role
from api.storage import Store
from reference_library.reading import read_table
from rms.errors import InvalidInput
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
    """A client of every role, so that one of them may call whatever there is."""
    store: Store = app.extensions["rms"].store
    found = []
    for role in Role:
        with store.transaction() as tx:
            tx.accounts.add_user(f"a.{role}", password_hash="x", role=role, by="test", at=clock())
        key = create_api_key(context_for(store, at=clock(), by="test"), f"a.{role}", name="test")
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        found.append(client)
    return found


def places(schema: Any, whole: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where a list or an object may stand in a body, and which of the two."""
    while "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for inner in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from places(inner, whole, at)
    for kind in {schema.get("type")} if isinstance(schema.get("type"), str) else set(schema.get("type", ())):
        if kind in ("array", "object"):
            yield at, kind
    for name, inner in schema.get("properties", {}).items():
        yield from places(inner, whole, (*at, name))


def described() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Method, path, place and kind of every list and every object that a body of the API may have."""
    whole = description()
    for path, operations in whole["paths"].items():
        for method in (one for one in METHODS if one in operations):
            content = operations[method].get("requestBody", {}).get("content", {})
            if JSON in content:
                for place, kind in {*places(content[JSON]["schema"], whole), ((), "array"), ((), "object")}:
                    yield method, path, place, kind


DESCRIBED = sorted(described())


@cache
def large(kind: str, count: int) -> str:
    return json.dumps(["acad"] * count if kind == "array" else dict.fromkeys(map(str, range(count)), 1))


def body_with(place: tuple[str, ...], kind: str, count: int) -> str:
    """A body with so many entries at that place, and nothing else."""
    return "".join(f'{{"{name}":' for name in place) + large(kind, count) + "}" * len(place)


def test_all_lists_and_maps_are_found() -> None:
    found = {(path, ".".join(place), kind) for _, path, place, kind in DESCRIBED}
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


def test_every_list_and_every_map_is_counted_first(
    client: FlaskClient, callers: list[FlaskClient], valid_body: dict[str, Any]
) -> None:
    assert client.post("/api/v1/assessments", json=valid_body).status_code == 201
    looked_at = set()
    for method, path, place, kind in DESCRIBED:
        path = path.replace("{id}", "10000").replace("{number}", "10000").replace("{name}", "rms")
        for count in SIZES if place else SIZES[:1]:
            answer = refusal(callers, method, path, body_with(place, kind, count))
            if answer.status_code in (404, 428):  # there is nothing there for this body
                continue
            assert answer.status_code == 422, (method, path, place, answer.text)
            told = f"At most 1,000 entries are allowed; this has {count:,}."
            pointer = "".join(f"/{name}" for name in place)
            assert answer.json["errors"] == [{"pointer": pointer, "code": "too_many", "detail": told}]
            looked_at.add(path)
    assert len(looked_at) > 15


def refusal(callers: list[FlaskClient], method: str, path: str, body: str) -> Any:
    """The answer to the first of them who may call this."""
    headers = {"Idempotency-Key": "once", "If-Match": '"1"'}  # the first is needed by a service account
    for client in callers:
        answer = client.open(path, method=method.upper(), data=body, content_type=JSON, headers=headers)
        if answer.status_code != 403:
            break
    return answer


def test_lists_of_few_words_take_no_more_than_there_are() -> None:
    loaded = SearchSchema().validate({"fields": ["acad"] * 1000, "process": ["violence"] * 4})
    assert loaded == {
        "fields": [f"At most {len(BY_NAME)} entries are allowed; this has 1,000."],
        "process": ["At most 3 entries are allowed; this has 4."],
    }


@pytest.mark.parametrize("count", SIZES)
def test_every_query_is_counted_first(app: Flask, count: int) -> None:
    query = "&".join(f"process={place}" for place in range(count))
    for rule in app.url_map.iter_rules():
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        environ = create_environ(path_of(rule.rule), method=method) | {"QUERY_STRING": query}
        content, status, _ = run_wsgi_app(app, environ)  # a test client would look at the address five times
        told = b"".join(content).decode()
        assert (status[:3], f"this has {count:,}" in told) == ("422", True), rule.rule


@pytest.mark.parametrize("count", SIZES)
def test_every_form_is_counted_first(app: Flask, anonymous: FlaskClient, count: int) -> None:
    form = "&".join(f"{place % 1000}=1" for place in range(count))
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.rule != "/api/v1/imports":
            answer = anonymous.post(path_of(rule.rule), data=form, content_type=FORM)
            assert (answer.status_code, f"this has {count:,}" in answer.text) == (422, True), rule.rule


def path_of(rule: str) -> str:
    return "/".join("1" if part.startswith("<") else part for part in rule.split("/"))


def test_a_form_in_parts_is_counted_first(anonymous: FlaskClient) -> None:
    data = {str(place): "1" for place in range(2_000)}
    answer = anonymous.post("/login", data=data, content_type="multipart/form-data")
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "name", ["Accept", "If-None-Match", "If-Match", "Cookie", "X-Request-ID", "Content-Type"]
)
@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("path", ["/", "/api/v1/assessments", "/static/rms.css"])
def test_every_header_is_measured_first(app: Flask, name: str, count: int, path: str) -> None:
    values = ", ".join(f'"{place}"' for place in range(count))
    with app.test_client(use_cookies=False).get(path, headers={name: values}) as answer:
        assert (answer.status_code, "8190 characters" in answer.text) == (431, True)


@pytest.mark.parametrize("count", SIZES)
def test_the_columns_of_an_import_are_counted_first(count: int) -> None:
    for names in (["sex"] * count, [f"c{place}" for place in range(count)]):
        with pytest.raises(InvalidInput) as refused:
            header(",".join(names).encode(), instrument=RMS)
        (told,) = refused.value.problems
        assert told.detail == f"At most 1,000 columns are allowed; this has {count:,}."


def test_a_line_of_an_import_is_counted_first() -> None:
    for count in SIZES:
        with pytest.raises(InvalidInput) as refused:
            json_document(body_with(("answers",), "object", count).encode())
        assert [(one.pointer, one.code) for one in refused.value.problems] == [("/answers", "too_many")]


def test_the_columns_of_a_library_are_counted_first(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(",".join(["drug"] * 100_000), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_table(path, needed=["drug"])
    assert [one.detail for one in refused.value.problems] == [
        "At most 10,000 columns are allowed; this has 100,000."
    ]


def test_the_longest_header_of_a_library_takes_no_more_time_for_each_column(tmp_path: Path) -> None:
    def read(count: int) -> None:
        path = tmp_path / "cases.csv"
        path.write_text(",".join(["drug", *(f"c{place // 2}" for place in range(count - 1))]))
        with pytest.raises(InvalidInput):
            read_table(path, needed=["drug"])

    assert grows(read, 500, 10_000) < 5


def test_wrong_answers_take_no_more_time_for_each_where_there_are_more() -> None:
    def refuse(count: int) -> None:
        wrong = {"answers": {f"nothing{place}": None for place in range(count)}, "sex": "?"}
        wrong["unknown"] = {f"none{place}": "Not on record." for place in range(count)}
        with pytest.raises(InvalidInput):
            assessment_from(wrong, instrument=RMS, on=date(2026, 3, 4))

    assert grows(refuse, 250, 5_000) < 5


def grows(work: Callable[[int], None], few: int, many: int) -> float:
    """How many times as long one entry takes among many as among few: 1 where time grows in proportion."""
    return best(work, many) / best(work, few) / (many / few)


def best(work: Callable[[int], None], count: int) -> float:
    """The shortest of five runs, in seconds."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        work(count)
        taken.append(time.perf_counter() - began)
    return min(taken)
