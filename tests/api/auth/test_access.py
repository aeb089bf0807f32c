"""Who may ask for what, and of whom: every route × role × scope.

`MATRIX` names every route of the application. One that is not in it fails here, and so does one in it that
is not there: whoever adds a route says whom it is for.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from api.auth.sessions import session_cookie
from api.services.access.accounts import log_in
from api.services.access.sign_in_throttle import Throttle
from api.services.users import Role
from tests.api.conftest import PASSWORD, SECRET, Clock
from tests.api.contexts import context_for
from tests.api.small_force import load_small_force

POST = "/api/v1/assessments"
ANYBODY = "anybody"  # without credentials
STRANGERS = "anybody, and what each role may see"
ALL = "csonmux"  # case worker, supervisor, offender manager, analyst (n), adMinistrator, aUditor, system (x)
LETTER = {
    "c": Role.CASE_WORKER,
    "s": Role.SUPERVISOR,
    "o": Role.OFFENDER_MANAGER,
    "n": Role.ANALYST,
    "m": Role.ADMINISTRATOR,
    "u": Role.AUDITOR,
    "x": Role.SERVICE_ACCOUNT,
}
MATRIX = {
    "GET /account": ALL,
    "GET /account/password": ALL,
    "POST /account/password": ALL,
    "GET /account/second-factor": ALL,
    "POST /account/second-factor": ALL,
    "POST /account/second-factor/confirmation": ALL,
    "POST /account/sessions": ALL,
    "GET /administration": "m",
    "GET /administration/bands": "sm",
    "POST /administration/bands": "sm",
    "GET /administration/erasures": "m",
    "POST /administration/erasures": "m",
    "POST /administration/erasures/allowed-records": "m",
    "GET /administration/erasures/<id>/approve": "m",
    "POST /administration/erasures/<id>/approve": "m",
    "POST /administration/erasures/<id>/withdraw": "m",
    "GET /administration/exports": "m",
    "GET /administration/libraries": "m",
    "GET /administration/new-user": "m",
    "POST /administration/new-user": "m",
    "GET /administration/offices": "m",
    "POST /administration/offices": "m",
    "GET /administration/offices/<id>": "m",
    "GET /administration/offices/<id>/move": "m",
    "POST /administration/offices/<id>/move": "m",
    "POST /administration/offices/<id>/name": "m",
    "GET /administration/prediction": "m",
    "GET /administration/prediction/<version>": "m",
    "POST /administration/prediction/<version>": "m",
    "GET /administration/prediction/<version>/model.json": "m",
    "GET /administration/schedules": "sm",
    "POST /administration/schedules/<number>/end": "sm",
    "POST /administration/schedules/lists": "sm",
    "POST /administration/schedules/refresh": "sm",
    "GET /administration/suspected-offences": "m",
    "POST /administration/suspected-offences": "m",
    "GET /administration/systems": "m",
    "POST /administration/systems": "m",
    "GET /administration/systems/<name>": "m",
    "POST /administration/systems/<name>/credentials": "m",
    "GET /administration/systems/<name>/credentials/<id>/revoke": "m",
    "POST /administration/systems/<name>/credentials/<id>/revoke": "m",
    "GET /administration/systems/<name>/deactivate": "m",
    "POST /administration/systems/<name>/deactivate": "m",
    "GET /administration/users": "m",
    "GET /administration/users/<username>": "m",
    "POST /administration/users/<username>": "m",
    "GET /administration/users/<username>/<act>": "m",
    "POST /administration/users/<username>/<act>": "m",
    "POST /administration/users/<username>/password": "m",
    "GET /": STRANGERS,
    "GET /api/v1/assessments": "csnx",
    "POST /api/v1/assessments": "csx",
    "GET /api/v1/assessments/<string:id>": "csx",
    "GET /api/v1/assessments/<string:id>/changes": "csx",
    "GET /api/v1/assessments/<string:id>/comparables": "csx",
    "POST /api/v1/assessments/<string:id>/corrections": "csx",
    "GET /api/v1/assessments/<string:id>/judgements": "csx",
    "POST /api/v1/assessments/<string:id>/judgements": "csx",
    "GET /api/v1/assessments/<string:id>/explanation": "csx",
    "GET /api/v1/assessments/<string:id>/needs": "csx",
    "GET /api/v1/assessments/<string:id>/needs.png": "csx",
    "GET /api/v1/assessments/<string:id>/needs.svg": "csx",
    "GET /api/v1/assessments/<string:id>/notes": "csx",
    "POST /api/v1/assessments/<string:id>/notes": "csx",
    "GET /api/v1/assessments/<string:id>/overrides": "csx",
    "POST /api/v1/assessments/<string:id>/overrides": "cs",
    "POST /api/v1/assessments/<string:id>/overrides/<string:number>/decision": "s",
    "POST /api/v1/assessments/<string:id>/repopulate": "csx",
    "GET /api/v1/assessments/<string:id>/report.pdf": "csx",
    "GET /api/v1/assessments/<string:id>/simulations/<string:process>": "csx",
    "POST /api/v1/assessments/<string:id>/what-if": "csx",
    "POST /api/v1/assessments/counts": "csnx",
    "POST /api/v1/assessments/search": "csnx",
    "GET /api/v1/audit": "mu",
    "GET /api/v1/audit/head": "u",
    "POST /api/v1/audit/search": "u",
    "GET /api/v1/audit/verify": "u",
    "GET /api/v1/bands": ALL,
    "POST /api/v1/bands": "sm",
    "POST /api/v1/disclaimer-acceptances": ALL,
    "GET /api/v1/docs": ALL,
    "GET /api/v1/docs/<string:name>": ALL,
    "GET /api/v1/drafts": "csx",
    "POST /api/v1/drafts": "csx",
    "GET /api/v1/drafts/<string:id>": "csx",
    "PATCH /api/v1/drafts/<string:id>": "csx",
    "DELETE /api/v1/drafts/<string:id>": "csx",
    "POST /api/v1/drafts/<string:id>/submit": "csx",
    "GET /api/v1/erasures": "m",
    "POST /api/v1/erasures": "m",
    "GET /api/v1/erasures/source-records": "m",
    "POST /api/v1/erasures/source-records/allowed": "m",
    "DELETE /api/v1/erasures/<string:id>": "m",
    "POST /api/v1/erasures/<string:id>/approval": "m",
    "POST /api/v1/exports": "csnx",
    "GET /api/v1/exports/fields": "csnx",
    "POST /api/v1/imports": "csx",
    "GET /api/v1/imports/columns": "csx",
    "POST /api/v1/people/imports": "x",
    "POST /api/v1/harm/list/reasons": "csox",
    "POST /api/v1/harm/list/search": "csox",
    "POST /api/v1/prediction/list/search": "csox",
    "GET /api/v1/prediction/people/<string:id>": "csox",
    "GET /api/v1/harm/lists": "csox",
    "GET /api/v1/harm/offences": "csox",
    "GET /api/v1/rules": "csox",
    "POST /api/v1/rules/<string:rule>/decisions": "csox",
    "GET /api/v1/harm/areas/<string:code>/recommendations": "csox",
    "GET /api/v1/harm/people/<string:id>/recommendations": "csox",
    "POST /api/v1/harm/people/<string:id>/recommendations": "so",
    "POST /api/v1/harm/recommendations/<string:id>/decision": "so",
    "GET /api/v1/harm/people/<string:id>": "csox",
    "GET /api/v1/harm/people/<string:id>/network": "csox",
    "GET /api/v1/instruments": ALL,
    "GET /api/v1/instruments/<string:name>": ALL,
    "GET /api/v1/jobs": ALL,
    "GET /api/v1/jobs/<string:id>": ALL,
    "DELETE /api/v1/jobs/<string:id>": ALL,
    "GET /api/v1/jobs/<string:id>/result": ALL,
    "GET /api/v1/jobs/<string:id>/result/notice": "csnx",
    "GET /api/v1/libraries": ALL,
    "GET /api/v1/libraries/<string:version>": ALL,
    "GET /api/v1/me": ALL,
    "GET /api/v1/me/caseload": "csx",
    "GET /api/v1/me/export-options": "csnx",
    "GET /api/v1/me/export-options/<string:name>": "csnx",
    "PUT /api/v1/me/export-options/<string:name>": "csnx",
    "DELETE /api/v1/me/export-options/<string:name>": "csnx",
    "GET /api/v1/me/filters": "csnx",
    "GET /api/v1/me/filters/<string:name>": "csnx",
    "PUT /api/v1/me/filters/<string:name>": "csnx",
    "DELETE /api/v1/me/filters/<string:name>": "csnx",
    "GET /api/v1/me/harm-lists": "csox",
    "GET /api/v1/me/harm-lists/<string:name>": "csox",
    "PUT /api/v1/me/harm-lists/<string:name>": "csox",
    "DELETE /api/v1/me/harm-lists/<string:name>": "csox",
    "PUT /api/v1/me/password": ALL,
    "GET /api/v1/me/second-factor": ALL,
    "POST /api/v1/me/second-factor": ALL,
    "POST /api/v1/me/second-factor/confirmation": ALL,
    "GET /api/v1/notice": ANYBODY,
    "POST /api/v1/oauth/token": ANYBODY,
    "GET /api/v1/offenders/<string:number>/assessments": "csx",
    "GET /api/v1/offenders/<string:number>/hold": "s",
    "PUT /api/v1/offenders/<string:number>/hold": "s",
    "DELETE /api/v1/offenders/<string:number>/hold": "s",
    "GET /api/v1/offenders/<string:number>/holders": "s",
    "PUT /api/v1/offenders/<string:number>/holders/<string:username>": "s",
    "DELETE /api/v1/offenders/<string:number>/holders/<string:username>": "s",
    "PUT /api/v1/offenders/<string:number>/office": "s",
    "GET /api/v1/offenders/<string:number>/record": "s",
    "GET /api/v1/offices": ALL,
    "POST /api/v1/offices": "m",
    "PATCH /api/v1/offices/<string:name>": "m",
    "PUT /api/v1/offices/<string:name>/parent": "m",
    "GET /api/v1/openapi.json": ALL,
    "GET /api/v1/overrides/summary": "s",
    "GET /api/v1/people/by-key/<string:id>/hold": "s",
    "PUT /api/v1/people/by-key/<string:id>/hold": "s",
    "DELETE /api/v1/people/by-key/<string:id>/hold": "s",
    "GET /api/v1/people/by-key/<string:id>/record": "s",
    "GET /api/v1/people/by-key/<string:id>/holders": "s",
    "DELETE /api/v1/people/by-key/<string:id>/holders/<string:username>": "s",
    "PUT /api/v1/people/by-key/<string:id>/office": "s",
    "GET /api/v1/people/duplicates": "so",
    "POST /api/v1/people/duplicates/join": "s",
    "POST /api/v1/people/duplicates/separate": "s",
    "GET /api/v1/service-accounts": "m",
    "POST /api/v1/service-accounts": "m",
    "GET /api/v1/service-accounts/<string:name>": "m",
    "DELETE /api/v1/service-accounts/<string:name>": "m",
    "POST /api/v1/service-accounts/<string:name>/keys": "m",
    "DELETE /api/v1/service-accounts/<string:name>/keys/<string:id>": "m",
    "POST /api/v1/service-accounts/<string:name>/secrets": "m",
    "DELETE /api/v1/service-accounts/<string:name>/secrets/<string:id>": "m",
    "GET /api/v1/users": "sm",
    "POST /api/v1/users": "m",
    "GET /api/v1/users/<string:username>": "m",
    "PATCH /api/v1/users/<string:username>": "m",
    "DELETE /api/v1/users/<string:username>/drafts-and-jobs": "m",
    "GET /api/v1/users/<string:username>/caseload": "s",
    "DELETE /api/v1/users/<string:username>/second-factor": "m",
    "GET /api/v1/webhooks": "x",
    "POST /api/v1/webhooks": "x",
    "GET /api/v1/webhooks/<string:id>": "x",
    "PATCH /api/v1/webhooks/<string:id>": "x",
    "DELETE /api/v1/webhooks/<string:id>": "x",
    "GET /api/v1/webhooks/<string:id>/deliveries": "x",
    "POST /api/v1/webhooks/<string:id>/test": "x",
    "GET /assessments.csv": "csnx",
    "GET /assessments/<id>": "csx",
    "GET /assessments/<id>/answers": "csx",
    "GET /assessments/<id>/changes": "csx",
    "GET /assessments/<id>/comparable-people": "csx",
    "GET /assessments/<id>/files": "csx",
    "GET /assessments/<id>/judgement-and-notes": "csx",
    "POST /assessments/<id>/judgements": "csx",
    "GET /assessments/<id>/needs": "csx",
    "GET /assessments/<id>/needs.csv": "csx",
    "GET /assessments/<id>/needs.png": "csx",
    "GET /assessments/<id>/explained": "csx",
    "GET /assessments/<id>/needs.svg": "csx",
    "GET /assessments/<id>/notes": "csx",
    "POST /assessments/<id>/notes": "csx",
    "GET /assessments/<id>/override": "cs",
    "POST /assessments/<id>/override": "cs",
    "GET /assessments/<id>/overrides/<number>/decision": "s",
    "POST /assessments/<id>/overrides/<number>/decision": "s",
    "GET /assessments/<id>/print": "csx",
    "GET /assessments/<id>/report.pdf": "csx",
    "GET /assessments/<id>/result.csv": "csx",
    "GET /assessments/<id>/workbench": "csx",
    "POST /assessments/<id>/workbench": "csx",
    "GET /assessments/<id>/workbench/check": "csx",
    "GET /assessments/<id>/workbench/outcome": "csx",
    "GET /assessments/<id>/correct": "csx",
    "POST /assessments/<id>/correct": "csx",
    "GET /assessments/new": "csx",
    "POST /assessments/new": "csx",
    "GET /feedback": "m",
    "GET /assessments/populate": "csx",
    "POST /assessments/populate": "csx",
    "GET /comparisons": "nm",
    "POST /comparisons": "nm",
    "GET /comparisons/<number>": "nm",
    "GET /comparisons/<number>/delete": "nm",
    "POST /comparisons/<number>/delete": "nm",
    "GET /comparisons/<number>/people.csv": "nm",
    "GET /comparisons/<number>/study.toml": "nm",
    "GET /drafts": "csx",
    "POST /drafts": "csx",
    "GET /drafts/<id>": "csx",
    "POST /drafts/<id>": "csx",
    "POST /drafts/<id>/save": "csx",
    "GET /drafts/<id>/check": "csx",
    "POST /drafts/<id>/check": "csx",
    "GET /drafts/<id>/delete": "csx",
    "POST /drafts/<id>/delete": "csx",
    "GET /exports": "csonx",
    "POST /exports": "csnx",
    "GET /exports/jobs/<id>/file": "csonx",
    "GET /exports/jobs/<id>/notice": "csnx",
    "POST /exports/jobs/<id>/delete": "csonx",
    "POST /exports/options": "csnx",
    "POST /exports/options/<name>/delete": "csnx",
    "GET /harm": "csox",
    "POST /harm": "csox",
    "GET /harm/list.csv": "csox",
    "GET /harm/list.xlsx": "csox",
    "POST /harm/lists": "csox",
    "POST /harm/lists/<name>/delete": "csox",
    "POST /harm/name": "csox",
    "GET /harm/network": "csox",
    "GET /harm/domestic-abuse": "csox",
    "GET /harm/settings": "so",
    "GET /harm/settings/<name>": "s",
    "POST /harm/settings/<name>": "s",
    "GET /harm/shares": "sn",
    "GET /harm/map": "csox",
    "GET /harm/map/boundaries": "csox",
    "GET /prediction": "csox",
    "POST /prediction": "csox",
    "GET /prediction/list.csv": "csox",
    "GET /prediction/list.xlsx": "csox",
    "GET /prediction/how-well-it-works": "csnomx",
    "POST /harm/why": "csox",
    "GET /support/aims": ALL,
    "GET /support/coverage": ALL,
    "GET /people/by-key/<id>/service-notes": "csox",
    "POST /people/by-key/<id>/service-notes": "cso",
    "POST /people/by-key/<id>/service-notes/<number>/withdraw": "cso",
    "GET /support/guide": ALL,
    "GET /support/help": ALL,
    "POST /support/help": ALL,
    "GET /support/requests": "sm",
    "GET /support/requests/<number>": "sm",
    "POST /support/requests/<number>/answer": "sm",
    "POST /support/requests/<number>/close": "sm",
    "POST /support/requests/<number>/take": "sm",
    "POST /support/rota": "m",
    "GET /support/training": ALL,
    "GET /support/training/exercises/<name>": ALL,
    "POST /support/training/exercises/<name>": ALL,
    "GET /support/training/log": "sm",
    "GET /support/usage": "sm",
    "GET /support/usage.csv": "sm",
    "GET /support/survey": ALL,
    "POST /support/survey": ALL,
    "POST /support/survey/open": "m",
    "POST /support/survey/close": "m",
    "GET /support/survey/results.csv": "sm",
    "GET /health": ANYBODY,
    "GET /help": ALL,
    "GET /help/feedback": ALL,
    "POST /help/feedback": ALL,
    "GET /help/method": STRANGERS,
    "GET /help/rules": STRANGERS,
    "GET /help/rules/<string:version>": STRANGERS,
    "GET /help/scoring/<name>": ALL,
    "GET /help/tour": ALL,
    "GET /login": ANYBODY,
    "POST /login": ANYBODY,
    "GET /login/agency": ANYBODY,
    "GET /login/agency/back": ANYBODY,
    "GET /login/code": ANYBODY,
    "POST /login/code": ANYBODY,
    "GET /login/enrol": ANYBODY,
    "POST /login/enrol": ANYBODY,
    "POST /logout": ALL,
    "GET /notice": ANYBODY,
    "GET /notice/accept": ALL,
    "POST /notice/accept": ALL,
    "GET /office": "s",
    "GET /office/caseloads/<username>": "s",
    "GET /office/counts": "s",
    "GET /office/counts/<name>.png": "s",
    "GET /office/due": "s",
    "GET /office/overrides": "s",
    "GET /office/overrides/<id>/<number>": "s",
    "POST /office/overrides/<id>/<number>": "s",
    "GET /office/people": "s",
    "POST /office/people": "s",
    "GET /office/people/<number>": "s",
    "POST /office/people/<number>/hold": "s",
    "GET /office/people/<number>/hold/lift": "s",
    "POST /office/people/<number>/hold/lift": "s",
    "POST /office/people/<number>/holders": "s",
    "GET /office/people/<number>/move": "s",
    "POST /office/people/<number>/move": "s",
    "POST /office/people/<number>/release": "s",
    "GET /office/releases": "s",
    "GET /office/unassigned": "s",
    "GET /people": "csx",
    "POST /people": "csx",
    "GET /people/<number>": "csx",
    "GET /people/duplicates": "so",
    "GET /people/duplicates/<first>/<second>/join": "s",
    "POST /people/duplicates/<first>/<second>/join": "s",
    "GET /people/duplicates/<first>/<second>/separate": "s",
    "POST /people/duplicates/<first>/<second>/separate": "s",
    "GET /people/by-key/<id>": "csox",
    "GET /people/by-key/<id>/associations": "csox",
    "GET /meetings": "so",
    "POST /meetings": "so",
    "GET /meetings/<number>": "so",
    "GET /meetings/<number>/minutes.csv": "so",
    "GET /meetings/<number>/minutes.xlsx": "so",
    "GET /recommendations/<id>": "csox",
    "POST /recommendations/<id>": "so",
    "GET /people/by-key/<id>/recommend": "so",
    "POST /people/by-key/<id>/recommend": "so",
    "GET /people/by-key/<id>/recommendations": "csox",
    "GET /people/by-key/<id>/domestic-abuse": "csox",
    "GET /people/by-key/<id>/harm": "csox",
    "GET /people/by-key/<id>/listed": "csox",
    "GET /people/by-key/<id>/offences": "csox",
    "GET /people/by-key/<id>/map": "csox",
    "GET /people/by-key/<id>/prediction": "csox",
    "GET /people/by-key/<id>/records": "csox",
    "GET /people/by-key/<id>/records/<record>/source": "csox",
    "GET /people/by-key/<id>/hold": "s",
    "POST /people/by-key/<id>/hold": "s",
    "GET /people/by-key/<id>/hold/lift": "s",
    "POST /people/by-key/<id>/hold/lift": "s",
    "GET /people/by-key/<id>/office": "s",
    "GET /people/by-key/<id>/office/move": "s",
    "POST /people/by-key/<id>/office/move": "s",
    "POST /people/by-key/<id>/office/release": "s",
    "GET /people/by-key/<id>/record": "s",
    "GET /people/by-key/<id>/record.json": "s",
    "GET /people/<number>/record": "s",
    "GET /people/<number>/record.json": "s",
    "GET /people/<number>/needs.csv": "csx",
    "GET /people/<number>/needs.png": "csx",
    "GET /people/<number>/needs.svg": "csx",
    "GET /people/<number>/trajectory.csv": "csx",
    "GET /people/<number>/trajectory.png": "csx",
    "GET /people/<number>/trajectory.svg": "csx",
    "GET /waiting/judgements": "cs",
    "GET /waiting/releases": "cs",
    "GET /ready": ANYBODY,
    "GET /record": "mu",
    "GET /record.csv": "mu",
    "GET /record/end": "u",
    "GET /record/person": "u",
    "POST /record/person": "u",
    "GET /record/verification": "u",
    "POST /record/verification": "u",
    "GET /session": ALL,
    "GET /results": "csnx",
    "POST /results": "csnx",
    "GET /results-filter": "csnx",
    "POST /results/saved": "csnx",
    "POST /results/saved/<name>/delete": "csnx",
    "GET /results/scores": "csnx",
    "GET /results/scores.csv": "csnx",
    "GET /results/scores.png": "csnx",
    "GET /results/scores.svg": "csnx",
    "GET /replies/<id>": ANYBODY,
    "GET /static/<path:filename>": ANYBODY,
}
TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')  # it holds the time
# What is about one person or one assessment, and must not tell whether that is there.
ABOUT_SOMEBODY = [
    route
    for route in MATRIX
    if (
        "/assessments/<" in route
        or "/offenders/<" in route
        or "/people/<" in route
        or "/overrides/<id>" in route
    )
]
# A valid body for each route about a person, so that none is refused for its body.
BODIES = {
    "corrections": {"reason": "Wrong.", "answers": {"drug": 1}},
    "office": {"office": "North"},
    "hold": {"reason": "Asked for."},
    "notes": {"text": "Seen."},
    "recommendations": {"kind": "select", "reason": "Seen."},
    "judgements": {"judgements": {"recidivism": {"judgement": "higher", "confidence": 3}}},
    "overrides": {
        "process": "recidivism",
        "direction": "higher",
        "reason_code": "other",
        "text": "Said by somebody who should know.",
    },
    "decision": {"decision": "agreed", "text": "Seen."},
}


PLACES = ("id", "number", "name", "username", "version", "process", "filename", "act", "first", "second")


def routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def filled(route: str, **given: str) -> tuple[str, str]:
    """Method and path of a route, with something in every place that takes something."""
    method, path = route.split(" ")
    for place in PLACES:
        value = given.get(place, "nobody")
        for kind in ("string:", "path:", ""):
            path = path.replace(f"<{kind}{place}>", value)
    return method, path


def test_the_matrix_names_every_route(app: Flask) -> None:
    assert routes(app) == set(MATRIX)


@pytest.mark.parametrize("letter", LETTER, ids=lambda letter: str(LETTER[letter]))
def test_every_route_answers_its_roles_alone(
    app: Flask, as_user: Callable[..., FlaskClient], letter: str
) -> None:
    client = as_user(LETTER[letter])
    for route, letters in MATRIX.items():
        method, path = filled(route)
        answer = client.open(path, method=method)
        if letters in (ANYBODY, STRANGERS) or letter in letters:
            assert answer.status_code not in (401, 403) or route == "POST /login", route
        else:
            assert answer.status_code == 403, route
        assert answer.status_code < 500, route


@pytest.mark.parametrize("role", Role)
def test_before_the_notice_only_what_leads_to_it(
    app: Flask, as_user: Callable[..., FlaskClient], clock: Clock, role: Role
) -> None:
    as_user(role)
    client, store = app.test_client(), app.extensions["rms"].store
    token = log_in(context_for(store, at=clock()), f"a.{role}", PASSWORD, throttle=Throttle(store, SECRET))
    client.set_cookie(session_cookie(app), token)
    opened = set()
    for route, letters in MATRIX.items():
        method, path = filled(route)
        answer = client.open(path, method=method, headers={"Accept": "application/json"})
        to_notice = (answer.location or "").startswith("/notice/accept")
        if letters is not ANYBODY and answer.status_code != 403 and not to_notice:
            opened.add(route)
    assert opened == {
        "GET /api/v1/me",
        "POST /api/v1/disclaimer-acceptances",
        "POST /logout",
        "GET /session",
        "GET /notice/accept",
        "POST /notice/accept",
    }


@pytest.fixture
def people(as_user: Callable[..., FlaskClient], valid_body: dict[str, Any]) -> dict[str, FlaskClient]:
    """Two offices below the agency; one case worker in each, who has assessed one person: 10000 and 20000.

    A service account has assessed 30000 in the first.
    """
    admin = as_user(Role.ADMINISTRATOR)
    for name in ("North", "South"):
        assert admin.post("/api/v1/offices", json={"name": name}).status_code == 201
    assert admin.post("/api/v1/offices", json={"name": "North East", "parent": "North"}).status_code == 201
    found = {
        "north": as_user(Role.CASE_WORKER, username="north", office="North East"),
        "south": as_user(Role.CASE_WORKER, username="south", office="South"),
        "system": as_user(Role.SERVICE_ACCOUNT, username="system", office="North"),
        "head of north": as_user(Role.SUPERVISOR, username="n.head", office="North"),
        "head of south": as_user(Role.SUPERVISOR, username="s.head", office="South"),
        "head": as_user(Role.SUPERVISOR, username="head"),
        "analyst": as_user(Role.ANALYST, office="North"),
        "administrator": admin,
        "auditor": as_user(Role.AUDITOR),
    }
    for name, number in (("north", "10000"), ("south", "20000"), ("system", "30000")):
        once = {"Idempotency-Key": number}
        answer = found[name].post(POST, json={**valid_body, "offender_number": number}, headers=once)
        assert answer.status_code == 201, answer.json
    return found


SEES = {
    "north": {"10000"},
    "south": {"20000"},
    "system": {"30000"},
    "head of north": {"10000", "30000"},
    "head of south": {"20000"},
    "head": {"10000", "20000", "30000"},
}


@pytest.mark.parametrize("who", SEES)
def test_everybody_finds_their_own_alone(people: dict[str, FlaskClient], who: str) -> None:
    client, theirs = people[who], SEES[who]
    everything = client.get(f"{POST}?all=true&count=true").json
    assert {one["offender_number"] for one in everything["assessments"]} == theirs
    assert everything["total"] == len(theirs)
    counts = client.post(f"{POST}/counts", json={}).json
    assert (counts["people"], counts["assessments"]) == (len(theirs), len(theirs))
    assert sum(counts["scores"]["recidivism"].values()) == len(theirs)
    lines = client.get(f"{POST}?all=true", headers={"Accept": "text/csv"}).text.splitlines()
    assert {line.partition(",")[0] for line in lines[1:]} == theirs
    for number in ("10000", "20000", "30000"):
        found = client.post(f"{POST}/search", json={"offender_number": number}).json["assessments"]
        assert bool(found) == (number in theirs)


@pytest.mark.parametrize("route", ABOUT_SOMEBODY)
def test_others_people_look_as_if_they_were_unknown(
    people: dict[str, FlaskClient], route: str, valid_body: dict[str, Any]
) -> None:
    """Each route about a person, for each caller who may not see them: the same answer as for no person."""
    for who in ("north", "head of north", "system"):
        answers = []
        for number in ("20000", "20001"):  # another caller's person, and an unknown one
            method, path = filled(route, id=number, number=number, process="recidivism", username="north")
            body = BODIES.get(path.rsplit("/", 1)[-1], {"answers": {"drug": 1}})
            sent = {} if method == "GET" else {"json": body}
            headers = {"X-Request-ID": "same", "Idempotency-Key": number}
            answer = people[who].open(path, method=method, headers=headers, **sent)
            told = TOKEN.sub("", answer.text.replace(number, "NUMBER"))
            answers.append((answer.status_code, told))
        assert answers[0] == answers[1], (who, route)
        assert answers[0][0] in (403, 404) or route == "GET /people/<number>", (who, route)


@pytest.mark.parametrize(
    "path", [f"{POST}/NUMBER", f"{POST}/NUMBER/report.pdf", "/api/v1/offenders/NUMBER/assessments"]
)
def test_others_people_take_as_long_as_unknown_people(people: dict[str, FlaskClient], path: str) -> None:
    """The very same statements are run, so that time tells nothing either."""
    run: dict[str, list[str]] = {}
    for number in ("20000", "20001"):
        statements = run[number] = []
        with noted(statements):
            assert people["north"].get(path.replace("NUMBER", number)).status_code == 404
    assert run["20000"] == run["20001"] != []


@contextmanager
def noted(statements: list[str]) -> Iterator[None]:
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield
    event.remove(Engine, "before_cursor_execute", note)


def test_callers_cannot_write_about_others_people(
    people: dict[str, FlaskClient], valid_body: dict[str, Any]
) -> None:
    for query in ("", "?validate_only=true"):
        refused = people["north"].post(POST + query, json={**valid_body, "offender_number": "20000"})
        assert (refused.status_code, refused.json["code"]) == (409, "held_elsewhere")
    for body in ({**valid_body, "offender_number": "20000"}, {"baseline_id": "20000-01"}):
        refused = people["north"].post("/api/v1/drafts", json=body)
        assert (refused.status_code, refused.json["code"]) == (409, "held_elsewhere")
    draft = people["north"].post("/api/v1/drafts", json={**valid_body, "offender_number": "20001"})
    changed = people["north"].patch(
        draft.headers["Location"], json={"offender_number": "20000"}, headers={"If-Match": '"1"'}
    )
    assert (changed.status_code, changed.json["code"]) == (409, "held_elsewhere")
    assert people["north"].get(draft.headers["Location"]).json["body"]["offender_number"] == "20001"
    origin = people["north"].post(POST, json={**valid_body, "based_on": "20000"})
    unknown = people["north"].post(POST, json={**valid_body, "based_on": "20001"})
    assert [one["code"] for one in origin.json["errors"]] == ["unknown_origin"]
    assert origin.json["errors"] == unknown.json["errors"]
    assert len(people["south"].get("/api/v1/offenders/20000/assessments").json["assessments"]) == 1


def test_a_supervisor_shares_gives_away_and_gives_over(
    people: dict[str, FlaskClient], as_user: Callable[..., FlaskClient], valid_body: dict[str, Any]
) -> None:
    colleague = as_user(Role.CASE_WORKER, username="colleague", office="North")
    head, path = people["head of north"], "/api/v1/offenders/10000/holders"
    north = {"username": "north", "office": "North East", "role": "case_worker", "active": True}
    held = {"office": "North East", "holders": ["north"], "held_by": [north]}
    assert head.get(path).json == held
    assert colleague.get(f"{POST}/10000").status_code == 404
    assert head.put(f"{path}/colleague").json["holders"] == ["colleague", "north"]
    assert head.put(f"{path}/colleague").status_code == 200
    assert colleague.get("/api/v1/me/caseload").json == {"offender_numbers": ["10000"]}
    assert colleague.post(POST, json=valid_body).json["id"] == "10000-01"
    assert head.delete(f"{path}/north").json["holders"] == ["colleague"]
    assert people["north"].get(f"{POST}/10000").status_code == 404
    assert head.delete(f"{path}/north").status_code == 404
    assert head.put(f"{path}/south").status_code == 404  # a case worker of another office
    assert people["head of south"].put(f"{path}/south").status_code == 404
    to_south = "/api/v1/offenders/10000/office"
    assert head.put(to_south, json={"office": "Nowhere"}).status_code == 422
    assert head.put(to_south, json={"office": "South"}).status_code == 204
    assert colleague.get(f"{POST}/10000").status_code == 404
    assert head.get(path).status_code == 404
    assert people["head of south"].get(path).json == {"office": "South", "holders": [], "held_by": []}


def test_an_analyst_sees_rows_without_names(people: dict[str, FlaskClient]) -> None:
    found = people["analyst"].get(f"{POST}?all=true").json["assessments"]
    assert len(found) == 2  # of the office and those below it
    for one in found:
        assert one["offender_number"] not in ("10000", "30000") and len(one["offender_number"]) == 16
        assert one["id"] == one["offender_number"]
        assert (one["submitted_by"], one["date_of_birth"]) == ("", "1985-01-01")
    again = people["analyst"].get(f"{POST}?all=true").json["assessments"]
    assert again == found
    lines = people["analyst"].get(f"{POST}?all=true", headers={"Accept": "text/csv"}).text
    assert "10000" not in lines and "30000" not in lines and "1985-05-17" not in lines
    refused = people["analyst"].post(f"{POST}/search", json={"offender_number": "1"})
    assert [one["code"] for one in refused.json["errors"]] == ["pseudonymised"]


def test_searched_by_office(people: dict[str, FlaskClient]) -> None:
    def found(who: str, office: str) -> set[str]:
        answer = people[who].get(POST, query_string={"office": office})
        return {one["offender_number"] for one in answer.json["assessments"]}

    assert found("head", "North") == {"10000", "30000"}
    assert found("head", "North East") == {"10000"}
    assert found("head", "Agency") == {"10000", "20000", "30000"}
    assert found("north", "South") == set()
    assert people["head"].get(POST, query_string={"office": "Nowhere"}).status_code == 422


# Role, office and the forenames of the people whom such a user finds in the offender list.
LISTED = [
    (Role.SUPERVISOR, None, {"Ann", "Bea", "Bo", "Flo", "Di", "Ed"}),
    (Role.SUPERVISOR, "Force", {"Ann", "Bea", "Bo", "Flo", "Di", "Ed"}),
    (Role.OFFENDER_MANAGER, "Castle", {"Ann", "Bea", "Flo", "Di", "Ed"}),
    (Role.OFFENDER_MANAGER, "Mill", {"Bo"}),
    (Role.CASE_WORKER, "Castle", set()),  # nobody is on their caseload
    (Role.SERVICE_ACCOUNT, "Mill", {"Bo"}),
]


@pytest.mark.parametrize(("role", "office", "seen"), LISTED)
def test_the_offender_list_has_the_people_of_the_user_alone(
    app: Flask, as_user: Callable[..., FlaskClient], role: Role, office: str | None, seen: set[str]
) -> None:
    """Nobody else is listed, counted, ranked, or found by name, area, offence or number."""
    load_small_force(app.extensions["rms"].store)
    client = as_user(role, office=office)

    def found(**criteria: Any) -> tuple[set[str], int, list[int]]:
        body = {"show_hidden": True, "count": True, **criteria}
        page = client.post("/api/v1/harm/list/search", json=body).json
        rows = page["people"]
        return {row["forename"] for row in rows}, page["total"], [row["rank"] for row in rows]

    assert found() == (seen, len(seen), list(range(1, len(seen) + 1)))
    criteria = [
        ({"surname": "Okoro"}, {"Ann", "Flo"}),
        ({"home_area": "W1"}, {"Ann", "Bea", "Flo", "Di", "Ed"}),
        ({"offence_area": "W2"}, {"Ann", "Bo", "Flo"}),
        ({"offence_category": "Robbery"}, {"Ann", "Bo", "Di"}),
    ]
    for criterion, match in criteria:
        assert found(**criterion)[:2] == (seen & match, len(seen & match)), criterion
    for number, forename in (("A1", "Ann"), ("A3", "Bo"), ("A99", None)):
        answer = client.post("/api/v1/harm/list/reasons", json={"offender_number": number})
        assert answer.status_code == (200 if forename in seen else 404), number


def test_every_look_and_refusal_is_on_record(app: Flask, people: dict[str, FlaskClient]) -> None:
    def since(before: int) -> list[tuple[str, str]]:
        with app.extensions["rms"].store.reading() as tx:
            return [(one.action, one.actor) for one in tx.audit.entries() if one.sequence > before]

    def so_far() -> int:
        with app.extensions["rms"].store.reading() as tx:
            return int(tx.audit.head().sequence)

    looks = {
        f"{POST}/10000": "assessment.read",
        f"{POST}/10000/report.pdf": "assessment.report_downloaded",
        f"{POST}/20000": "assessment.refused",
        f"{POST}/20001": "assessment.refused",
        "/api/v1/offenders/10000/assessments": "person.read",
        f"{POST}?all=true": "assessments.listed",
        "/api/v1/me/caseload": "caseload.listed",
        "/api/v1/users": "access.refused",
    }
    for path, action in looks.items():
        before = so_far()
        people["north"].get(path)
        assert since(before) == [(action, "north")], path
    before = so_far()
    people["north"].get(f"{POST}?all=true", headers={"Accept": "text/csv"})
    people["north"].post(f"{POST}/counts", json={})
    assert since(before) == [("assessments.exported", "north"), ("assessments.counted", "north")]
    with app.extensions["rms"].store.reading() as tx:
        assert list(tx.audit.problems()) == []
        entries = " ".join(str(vars(one)) for one in tx.audit.entries())
    for secret in ("'10000'", "20000", "1985", "on record"):
        assert secret not in entries
