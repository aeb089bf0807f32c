"""One line of JSON for each request, and its count: what kind, how it ended, how long it took.

The route's template stands in place of the path, for paths hold offender numbers. Bodies, names,
addresses and query strings are never written.
"""

import re
import time
from uuid import uuid4

from flask import Flask, Response, g, has_app_context, request

from api.telemetry.log_format import line
from api.telemetry.metrics import REQUESTS

REQUEST_ID = "X-Request-ID"
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def register(app: Flask) -> None:
    """Number every request and log its end; to be called before anything that may refuse."""
    app.before_request(_begin)
    app.after_request(_end)


def log(event: str, **facts: object) -> None:
    """One line about the present request, if there is one."""
    line(event, request_id=g.get("request_id", "") if has_app_context() else "", **facts)


def _begin() -> None:
    given = request.headers.get(REQUEST_ID, "")
    g.request_id = given if GIVEN_ID.fullmatch(given) else uuid4().hex
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[REQUEST_ID] = g.get("request_id", "")
    took = time.perf_counter() - g.began
    method = request.method if request.url_rule else ""
    route = request.url_rule.rule if request.url_rule else "unmatched"
    log("request", method=method, route=route, status=response.status_code, ms=round(took * 1000, 1))
    REQUESTS.labels(route, method, response.status_code).observe(took)
    return response
