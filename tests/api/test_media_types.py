"""Which media type an `Accept` header prefers, and what is compressed."""

import gzip
import io
import json
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.media_types import preferred

JSON, CSV = "application/json", "text/csv"
JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"  # what java.net sends if nothing is set
# C07: the header, and what the client prefers of JSON and CSV.
ACCEPTED = [
    ("", JSON),
    ("*/*", JSON),
    ("*", JSON),
    (JAVA, JSON),
    ("application/json", JSON),
    ("application/json; charset=utf-8", JSON),
    ("Application/JSON;Charset=UTF-8", JSON),
    ("application/json;odata=verbose;q=0.9", JSON),
    ("application/*", JSON),
    ("text/csv; charset=utf-8", CSV),
    ("text/csv;header=present, application/json;q=0.5", CSV),
    ("text/*", CSV),
    ("text/csv, */*", CSV),
    ("text/csv;q=0.5, */*;q=0.1", CSV),
    ("text/csv;q=0.5, application/json;q=0.50", JSON),
    ("application/json;q=0.3, text/csv;q=0.4", CSV),
    ("application/json;q=0, */*", CSV),
    ("*/*;q=0.8, application/json;q=0.1", CSV),
    ("application/json;q=high", JSON),
    ("application/json;q=7", JSON),
    ("application/json;q=0", None),
    ("*/*;q=0", None),
    ("text/html", None),
    ("application/xml; charset=utf-8", None),
    ("json", None),
    (",", JSON),
]


@pytest.mark.parametrize(("header", "expected"), ACCEPTED, ids=[f"C07 {header}" for header, _ in ACCEPTED])
def test_preferred(app: Flask, header: str, expected: str | None) -> None:
    with app.test_request_context(headers={"Accept": header} if header else {}):
        assert preferred([JSON, CSV]) == expected


@pytest.mark.parametrize("header", [header for header, _ in ACCEPTED])
def test_a_route_answers_as_preferred(client: FlaskClient, header: str) -> None:
    expected = dict(ACCEPTED)[header]
    answer = client.get("/api/v1/assessments?all=true", headers={"Accept": header} if header else {})
    if expected is None:
        assert answer.status_code == 406
    else:
        assert (answer.status_code, answer.mimetype) == (200, expected)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "GZIP", "identity, gzip"])
def test_c14_an_encoded_body_is_refused(
    client: FlaskClient, valid_body: dict[str, Any], encoding: str
) -> None:
    body = gzip.compress(json.dumps(valid_body).encode())
    for path in ("/api/v1/assessments", "/api/v1/imports", "/login"):
        answer = client.post(path, data=body, content_type=JSON, headers={"Content-Encoding": encoding})
        assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity"), path
    assert client.get("/api/v1/assessments/10000").status_code == 404


@pytest.mark.parametrize("encoding", ["identity", ""])
def test_a_body_that_is_not_encoded_may_say_so(
    client: FlaskClient, valid_body: dict[str, Any], encoding: str
) -> None:
    answer = client.post("/api/v1/assessments", json=valid_body, headers={"Content-Encoding": encoding})
    assert answer.status_code == 201


def zip_file() -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize("body", [gzip.compress(b"{}"), zip_file()], ids=["gzip", "a spreadsheet"])
@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/api/v1/assessments", JSON),
        ("/api/v1/imports", "application/x-ndjson"),
        ("/api/v1/imports", CSV),
    ],
)
def test_c14_a_compressed_body_that_does_not_say_so(
    client: FlaskClient, body: bytes, path: str, media_type: str
) -> None:
    answer = client.post(path, data=body, content_type=media_type)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
    assert answer.headers["Accept-Encoding"] == "identity"
    assert "compressed" in answer.json["detail"]
