"""A route that is to go says so for a year, in its answers and in the description."""

from datetime import date

import pytest
from flask import Flask, Response
from flask_smorest import Api

from api.resources.deprecation import Deprecated
from api.resources.routing import Routes, Success, announce_end, json_answer
from api.schemas.description import StateSchema

SOON = Deprecated(date(2026, 1, 1), date(2027, 1, 1), successor="/api/v1/new")


@pytest.mark.parametrize("method", ["get", "post", "patch", "put", "delete"])
def test_a_made_up_route(method: str) -> None:
    routes = Routes("made up", about="Nothing.")
    more = {"body": StateSchema} if method == "patch" else {}

    @getattr(routes, method)("/old", Success(StateSchema), deprecated=SOON, **more)
    def old() -> Response:
        return json_answer({"status": "ok"})

    app = Flask("made up")
    app.config.update(API_TITLE="x", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    api = Api(app)
    api.register_blueprint(routes.blueprint)
    app.after_request(announce_end)
    answer = app.test_client().open("/api/v1/old", method=method.upper())
    assert answer.json == {"status": "ok"}
    assert answer.headers["Deprecation"] == "@1767225600"
    assert answer.headers["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert answer.headers["Link"] == '</api/v1/new>; rel="successor-version"'
    assert api.spec.to_dict()["paths"]["/api/v1/old"][method]["deprecated"] is True


def test_nothing_goes_without_a_year_s_notice() -> None:
    with pytest.raises(ValueError, match="365 days"):
        Deprecated(date(2026, 1, 1), date(2026, 12, 31))
