"""A client that nobody wrote: generated from the description, and used against the real service."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.end_to_end.server import BODY, Server

NUMBER = "77900"
SETTINGS = {
    "post_hooks": [],
    "content_type_overrides": {"application/pdf": "application/octet-stream"},
}


@pytest.fixture(scope="module")
def generated(served: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the package that the tool made of `/api/v1/openapi.json`."""
    folder = tmp_path_factory.mktemp("generated")
    with closing(served.client()) as client:
        (folder / "openapi.json").write_bytes(client.get("/api/v1/openapi.json").content)
    (folder / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    made = subprocess.run(
        [Path(sys.executable).with_name("openapi-python-client"), "generate", "--meta", "none"]
        + ["--path", "openapi.json", "--config", "settings.json", "--output-path", "rms_client"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stdout
    sys.path.insert(0, str(folder))
    yield "rms_client"
    sys.path.remove(str(folder))


def operation(generated: str, name: str) -> ModuleType:
    return import_module(f"{generated}.api.{name}")


@pytest.fixture
def client(generated: str, served: Server) -> Iterator[Any]:
    made = import_module(f"{generated}.client").AuthenticatedClient(
        base_url=f"http://127.0.0.1:{served.port}",
        token=served.access["api_key"],
        raise_on_unexpected_status=True,
    )
    with made as client:
        yield client


def test_posted_found_searched_and_exported(generated: str, client: Any) -> None:
    models = import_module(f"{generated}.models")
    body = models.Assessment.from_dict({**BODY, "offender_number": NUMBER})
    answer = operation(generated, "assessments.assessments_submit").sync(client=client, body=body)
    assert (answer.id, answer.kind.value) == (NUMBER, "assessment")
    assert [one.status.value for one in answer.simulations] == ["simulated", "simulated"]

    again = operation(generated, "assessments.assessments_assessment").sync(NUMBER, client=client)
    assert again.to_dict() == answer.to_dict()

    search = operation(generated, "search.search_search")
    asked = models.Search(offender_number=NUMBER, count=True)
    found = search.sync(client=client, body=asked)
    assert ([one.id for one in found.assessments], found.total, found.next_) == ([NUMBER], 1, None)

    accepting = {"Accept": "text/csv"}
    table = client.get_httpx_client().post(
        "/api/v1/assessments/search", json=asked.to_dict(), headers=accepting
    )
    rows = [*csv.DictReader(StringIO(table.text))]
    assert [row["id"] for row in rows] == [NUMBER, NUMBER]
    assert {row["process"] for row in rows} == {"recidivism", "violence"}

    report = operation(generated, "report.report_printed").sync(NUMBER, client=client)
    assert report.payload.read().startswith(b"%PDF-")


def test_what_is_refused_is_told(generated: str, client: Any) -> None:
    refused = operation(generated, "assessments.assessments_assessment").sync("77999", client=client)
    assert (refused.status, refused.code.value) == (404, "not_found")
