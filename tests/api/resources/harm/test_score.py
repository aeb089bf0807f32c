"""The parts of a harm score in the API: they add to it, and nobody sees those of another ward's people."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.harm.explaining import Explanation, explain_score
from api.services.harm.policy import decide_on_suspects
from api.services.users import Role
from api.web.people.address import id_of
from rms.harm.settings import BANDS, COMPONENTS
from tests.api.case_records import AT, DAY, SOURCE, key_of, load
from tests.api.conftest import AsUser
from tests.api.contexts import context_for
from tests.api.resources.systems.service_accounts import administrator, system

PATH = "/api/v1/harm/people"
FORMULA = (
    "RMS calculates the harm score with its own formula. It is not the formula of West Midlands Police "
    "(RFSDi), which is not public."
)


@pytest.fixture(autouse=True)
def force(app: Flask) -> Flask:
    load(app.extensions["rms"].store)
    return app


@pytest.fixture
def head(as_user: AsUser) -> FlaskClient:
    """The supervisor of the force."""
    return as_user(Role.SUPERVISOR, username="head", office="Westmarch")


def path(force: Flask, source_id: str) -> str:
    key = key_of(force.extensions["rms"].store, source_id)
    with force.app_context():
        return f"{PATH}/{id_of(key)}"


def score_of(client: FlaskClient, force: Flask, source_id: str) -> dict[str, Any]:
    answer = client.get(path(force, source_id))
    assert answer.status_code == 200 and answer.json, answer.text
    return dict(answer.json)


def explained(force: Flask, source_id: str) -> Explanation:
    rms = force.extensions["rms"]
    return explain_score(context_for(rms.store), key_of(rms.store, source_id), rules=rms.harm)


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["source_id"]: row for row in rows}


def test_the_parts_add_to_the_score(force: Flask, head: FlaskClient) -> None:
    for source_id in ("P1", "P2", "P3"):
        score = score_of(head, force, source_id)
        exact, components = score["score_exact"], score["components"]
        others = [*score["markers"], *score["reports"]]
        assert exact > 0
        parts = [one["total"] for one in score["offences"]] + [one["points"] for one in others]
        assert sum(parts) == pytest.approx(exact, abs=1e-9)
        assert sum(one["points"] for one in components.values()) == pytest.approx(exact, abs=1e-9)
        for one in components.values():
            assert one["value"] * one["weight"] == pytest.approx(one["points"], abs=1e-9)
        for name in ("recency", "frequency", "severity"):
            of_offences = sum(one["points"][name] for one in score["offences"])
            assert of_offences == pytest.approx(components[name]["points"], abs=1e-9)
        for name, rows in (("drugs", score["markers"]), ("intelligence", score["reports"])):
            points = sum(row["points"] for row in rows)
            assert points == pytest.approx(components[name]["points"], abs=1e-9)
        assert all(one["total"] == 0 for one in score["offences"] if not one["counts"])


def test_it_is_what_the_explanation_has(force: Flask, head: FlaskClient) -> None:
    score, explanation = score_of(head, force, "P1"), explained(force, "P1")
    assert explanation.score is not None and explanation.cuts is not None
    assert score["score_exact"] == explanation.score.score
    assert score["score_in_list"] == explanation.last == pytest.approx(score["score_exact"], abs=1e-9)
    assert score["score"] == float(explanation.score.shown)
    assert score["band"] == explanation.band
    assert score["cuts"] == {
        "reference_day": DAY.isoformat(),
        "scores": dict(zip(BANDS[1:], explanation.cuts.scores, strict=True)),
    }
    for name in COMPONENTS:
        assert score["components"][name]["value"] == getattr(explanation.score, name)
    for part in explanation.offences:
        shown = by_id(score["offences"])[part.offence.source_id]
        assert (shown["total"], shown["counts"]) == (part.total, part.counts)
        assert {name: value for name, value in shown["points"].items() if value} == part.points
    assert len(score["offences"]) == len(explanation.offences)
    assert [row["points"] for row in score["markers"]] == [one.points for one in explanation.markers]
    assert [row["points"] for row in score["reports"]] == [one.points for one in explanation.reports]


def test_what_else_it_says(force: Flask, head: FlaskClient) -> None:
    score = score_of(head, force, "P1")
    day = DAY.isoformat()
    assert score["formula"] == FORMULA
    assert score["as_at"] == {"scores": day, "sources": [{"source": SOURCE, "as_at": day}]}
    assert (score["settings"], score["table"]) == ("rms-harm-1", "cchi-2026")
    assert score["unknown_codes"] == ["99901"]
    assert score["history"] == [{"day": day, "score": score["score_in_list"], "band": score["band"]}]
    offences = by_id(score["offences"])
    assert list(offences) == ["O5", "O4", "O2", "O1"]
    robbery = {name: value for name, value in offences["O1"].items() if name not in ("points", "total")}
    assert robbery == {
        "source": SOURCE,
        "source_id": "O1",
        "code": "03401",
        "category": "Robbery",
        "group": "Robbery, of business or personal property",
        "days": 365,
        "committed_on": "2025-12-01",
        "counts": True,
    }
    assert (offences["O4"]["category"], offences["O4"]["group"], offences["O4"]["days"]) == (None, None, None)
    assert {id for id, one in offences.items() if not one["counts"]} == {"O5"}
    markers, reports = by_id(score["markers"]), by_id(score["reports"])
    assert (markers["D1"]["kind"], markers["D1"]["last_day"]) == ("personal_use", None)
    assert (markers["D2"]["last_day"], markers["D2"]["points"]) == ("2020-01-01", 0)
    assert (reports["I1"]["grade"], reports["I1"]["reported_on"]) == ("B", "2026-02-01")


def test_somebody_without_a_counted_offence_has_no_score(force: Flask, head: FlaskClient) -> None:
    score = score_of(head, force, "P4")
    names = ("score", "score_exact", "score_in_list", "band", "components")
    assert [score[name] for name in names] == [None] * len(names)
    assert (score["offences"], score["unknown_codes"], score["history"]) == ([], [], [])


def test_the_id_is_that_of_the_list(force: Flask, head: FlaskClient) -> None:
    [row] = head.post("/api/v1/harm/list/search", json={"forename": "Ann"}).json["people"]
    score = head.get(f"{PATH}/{row['person']}").json
    assert score["person"] == row["person"]
    assert (score["score"], score["score_in_list"]) == (row["score"], row["score_exact"])
    assert score["band"] == row["band"]


def test_suspected_offences_are_shown_only_by_policy(force: Flask, head: FlaskClient) -> None:
    before = head.get(path(force, "P1"))
    assert before.json["suspected"] is None
    assert "O3" not in before.text and "02801" not in before.text
    context = context_for(force.extensions["rms"].store, at=AT)
    decide_on_suspects(context, show=True, reason="Ethics committee, 2 March.")
    shown = score_of(head, force, "P1")
    assert shown["suspected"]["count"] == 1
    [suspected] = shown["suspected"]["offences"]
    assert (suspected["source_id"], suspected["code"]) == ("O3", "02801")
    assert "points" not in suspected
    assert {**shown, "suspected": None} == before.json
    decide_on_suspects(context, show=False, reason="Paused.")
    assert head.get(path(force, "P1")).json == before.json


# Who sees whom ---------------------------------------------------------------


def test_another_ward_is_as_unknown_as_nobody(force: Flask, as_user: AsUser) -> None:
    sergeant = as_user(Role.OFFENDER_MANAGER, username="sergeant", office="Mill ward")
    assert score_of(sergeant, force, "P3")["score"] is not None
    worker = as_user(Role.CASE_WORKER, username="worker", office="Mill ward")
    with force.app_context():
        nobody = f"{PATH}/{id_of(10**6)}"
    headers = {"X-Request-ID": "same"}
    for client, theirs in (
        (sergeant, (path(force, "P1"), path(force, "P4"))),
        (worker, (path(force, "P3"),)),
    ):
        answers = [client.get(one, headers=headers) for one in (*theirs, nobody, f"{PATH}/{'x' * 22}")]
        details = {(answer.status_code, answer.json["code"], answer.json["detail"]) for answer in answers}
        assert details == {(404, "not_found", "There is no such person.")}


def test_a_system_needs_the_scope(force: Flask) -> None:
    admin = administrator(force)
    other = system(force, admin, name="courts", scopes=["assessments:read", "assessments:write"])
    refused = other.get(path(force, "P1"))
    assert (refused.status_code, refused.json["code"]) == (403, "insufficient_scope")
    reader = system(force, admin, name="reader", scopes=["harm:read"])
    assert score_of(reader, force, "P1")["score"] is not None


def test_each_look_is_on_record(force: Flask, head: FlaskClient) -> None:
    score_of(head, force, "P1")
    store = force.extensions["rms"].store
    with store.reading() as tx:
        about = tx.audit.entries_about(key_of(store, "P1"))
        looks = [entry.action for entry in about if entry.actor == "head"]
    assert looks == ["harm.explained"]
