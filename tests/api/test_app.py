"""Every response has security headers, a request ID and a line in the log."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.config import Config
from rms.engine.library import Library
from tests.api.rows import change

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", ["/health", "/login", "/api/v1/assessments", "/api/v1/nothing", "/nothing"])
def test_every_response_has_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_pages_link_styles_by_their_hash_so_that_browsers_cache_them(client: FlaskClient) -> None:
    addresses = re.findall(r'"(/static/[^"]+)"', client.get("/notice").text)
    with_hash = next(address for address in addresses if address.startswith("/static/rms.css?v="))
    for address, caching in (
        (with_hash, "public, max-age=31536000, immutable"),
        ("/static/rms.css", "no-cache"),
        ("/static/rms.css?v=older", "no-cache"),
    ):
        with client.get(address) as response:  # otherwise the file stays open
            assert response.headers["Cache-Control"] == caching


def test_a_valid_request_id_is_kept_and_others_are_replaced(client: FlaskClient) -> None:
    assert client.get("/health", headers={"X-Request-ID": "a-1"}).headers["X-Request-ID"] == "a-1"
    for invalid in ("", "x" * 65, "a b", "ä", 'a"}'):
        assert len(client.get("/health", headers={"X-Request-ID": invalid}).headers["X-Request-ID"]) == 32
    assert client.get("/health").headers["X-Request-ID"] != client.get("/health").headers["X-Request-ID"]


def test_the_log_does_not_name_anyone(
    client: FlaskClient, valid_body: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    valid_body["offender_number"] = "SECRET77"
    client.post("/api/v1/assessments", json=valid_body)
    client.get("/api/v1/assessments/SECRET77/report.pdf")
    client.get("/api/v1/offenders/SECRET77/assessments?x=SECRET77")
    client.get("/SECRET77")
    client.open("/api/v1/assessments", method="SECRET77")
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/api/v1/assessments", 201),
        ("GET", "/api/v1/assessments/<string:id>/report.pdf", 200),
        ("GET", "/api/v1/offenders/<string:number>/assessments", 422),
        ("", "unmatched", 404),
        ("", "unmatched", 405),
    ]
    for secret in ("SECRET77", "c.worker", "on record", "1985"):
        assert secret not in written


def test_rms_is_not_ready_if_the_database_has_old_tables(
    app: Flask, client: FlaskClient, config: Config
) -> None:
    assert client.get("/ready").status_code == 200
    change(config.database, "UPDATE alembic_version SET version_num = '0000'")
    response = client.get("/ready")
    assert response.status_code == 503
    assert "rms db upgrade" in response.json["detail"]
    assert client.get("/health").status_code == 200


def test_rms_is_not_ready_without_a_library(config: Config, tmp_path: Path) -> None:
    app = create_app(Config(**{**vars(config), "library": tmp_path / "nowhere"}))
    response = app.test_client().get("/ready")
    assert (response.status_code, response.json["code"]) == (503, "library_altered")


def test_the_library_is_loaded_from_its_folder(config: Config, library: Library) -> None:
    app = create_app(config)
    assert app.extensions["rms"].library.reference == library.reference


def test_cookies_are_secure_by_default(config: Config, library: Library) -> None:
    app = create_app(Config(**{**vars(config), "insecure_cookies": False}), library=library)
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert app.config["RMS_SESSION_COOKIE"].startswith("__Host-")
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
