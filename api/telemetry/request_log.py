"""The log and the metrics of requests: route, method, status and duration.

Paths contain offender numbers, so the template of the route is logged instead. Bodies, names, addresses and
query strings are never logged.
"""

import re
import time
from uuid import uuid4

from flask import Flask, Response, g, has_app_context, request

from api.telemetry.log_format import line
from api.telemetry.metrics import REQUESTS

REQUEST_ID = "X-Request-ID"
VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def register(app: Flask) -> None:
    """Give every request an ID and log its end. Call this before registering anything that can refuse."""
    app.before_request(_begin)
    app.after_request(_end)


def log(event: str, **facts: object) -> None:
    """Log an event of the current request, if there is one."""
    line(event, request_id=g.get("request_id", "") if has_app_context() else "", **facts)


def _begin() -> None:
    sent_id = request.headers.get(REQUEST_ID, "")
    g.request_id = sent_id if VALID_ID.fullmatch(sent_id) else uuid4().hex
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[REQUEST_ID] = g.get("request_id", "")
    seconds = time.perf_counter() - g.began
    method = request.method if request.url_rule else ""
    route = request.url_rule.rule if request.url_rule else "unmatched"
    log("request", method=method, route=route, status=response.status_code, ms=round(seconds * 1000, 1))
    REQUESTS.labels(route, method, response.status_code).observe(seconds)
    return response
