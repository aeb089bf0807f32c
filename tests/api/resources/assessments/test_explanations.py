"""Explanations over the API: the engine's figures, and nothing before the user has judged."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION
from api.services.libraries_in_use import LibrariesInUse
from api.services.library_in_use import LibraryInUse

POST = "/api/v1/assessments"


@pytest.fixture
def posted(client: FlaskClient, valid_body: dict[str, Any]) -> dict[str, Any]:
    return dict(client.post(POST, json=valid_body).json)


def test_each_process_is_explained(client: FlaskClient, posted: dict[str, Any]) -> None:
    document = client.get(f"{POST}/{posted['id']}/explanation").json
    assert [one["process"] for one in document["processes"]] == ["recidivism", "violence"]
    for one, simulation in zip(document["processes"], posted["simulations"], strict=True):
        moved = one["moved"]
        assert moved["score"] == simulation["score"]
        assert moved["base_rate"] + sum(part["amount"] for part in moved["parts"]) == pytest.approx(
            simulation["score"], abs=1e-9
        )
        assert [why["case_number"] for why in one["comparables"]] == [
            case["case_number"] for case in simulation["comparables"]
        ]
        steps = one["sensitivity"]
        assert steps["low"] is None or steps["low"]["score"] < simulation["score"]
        assert steps["high"] is None or steps["high"]["score"] > simulation["score"]
        assert [unknown["item"] for unknown in steps["unknown"]] == list(posted["unknown"])
        found = one["suggestions"]["found"]
        assert bool(found) == (one["suggestions"]["why_none"] is None)
        assert all(suggestion["change"] < 0 for suggestion in found)
    assert document["notice"]


def test_the_lowest_score_is_that_of_the_same_what_if(client: FlaskClient, posted: dict[str, Any]) -> None:
    steps = client.get(f"{POST}/{posted['id']}/explanation").json["processes"][0]["sensitivity"]
    for end in filter(None, (steps["low"], steps["high"])):
        changed = {"answers": {end["item"]: end["answer"]}}
        what_if = client.post(f"{POST}/{posted['id']}/what-if", json=changed).json
        assert what_if["simulations"][0]["score"] == end["score"]


def test_results_of_another_library_are_not_explained(
    app: Flask, client: FlaskClient, posted: dict[str, Any]
) -> None:
    application = app.extensions[EXTENSION]
    library = application.library.whole()
    renamed = replace(library, reference=replace(library.reference, sha256="ff" * 32))
    another = replace(application, libraries=LibrariesInUse.fixed(LibraryInUse(library=renamed)))
    app.extensions[EXTENSION] = another
    one = client.get(f"{POST}/{posted['id']}/explanation").json["processes"][0]
    assert (one["moved"], one["comparables"], one["contrast"], one["sensitivity"]) == (None, [], None, None)
    assert one["suggestions"]["why_none"]["code"] == "another_library"


def test_a_missing_assessment_is_not_found(client: FlaskClient) -> None:
    assert client.get(f"{POST}/99999/explanation").status_code == 404
