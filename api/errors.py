"""Every refusal as an answer: one table, one shape (RFC 9457, `application/problem+json`)."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from api.auth import asks_for_a_page
from api.auth.own_site import without_site
from api.telemetry.log_format import frames
from api.telemetry.request_log import log
from rms.errors import Problem, RMSError

MEDIA_TYPE = "application/problem+json"
MOST_PROBLEMS = 100

# code → (status, title). The first half is what RMS raises, the second what HTTP itself knows.
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "invalid_input": (422, "What was sent cannot be accepted"),
    "malformed_json": (400, "The body is not JSON"),
    "incomplete_body": (400, "The body is incomplete"),
    "not_found": (404, "Not found"),
    "conflict": (409, "Conflict"),
    "on_hold": (409, "The records are held"),
    "another_must_approve": (409, "Another person must approve"),
    "held_elsewhere": (409, "The person is held elsewhere"),
    "limit_reached": (409, "The limit is reached"),
    "too_many_jobs": (429, "Too many jobs"),
    "still_in_progress": (409, "Still in progress"),
    "result_expired": (410, "The result is no longer kept"),
    "import_stopped": (422, "The import was stopped"),
    "idempotency_key_reused": (422, "The key belongs to another request"),
    "idempotency_key_required": (400, "An Idempotency-Key is required"),
    "changed_meanwhile": (412, "Changed meanwhile"),
    "not_authenticated": (401, "Not authenticated"),
    "insufficient_scope": (403, "The key has not the scope"),
    "forbidden": (403, "Not allowed"),
    "judgement_first": (403, "Own judgement first"),
    "notice_not_accepted": (403, "The notice has to be accepted first"),
    "too_many_attempts": (429, "Too many attempts"),
    "too_many_requests": (429, "Too many requests"),
    "sign_in_busy": (503, "Many people are signing in"),
    "protected_attribute": (422, "Protected attribute"),
    "instrument_invalid": (422, "The instrument is not valid"),
    "library_invalid": (422, "The library is not valid"),
    "library_damaged": (503, "The reference library is damaged"),
    "library_altered": (503, "The reference library has been altered"),
    "record_damaged": (503, "The record is damaged"),
    "agency_unavailable": (502, "The agency's login is not available"),
    "storage_unavailable": (503, "The database is not available"),
    "storage_read_only": (503, "The database is read-only"),
    "storage_full": (507, "The database is full"),
    "storage_lost": (503, "The database is not the one in use"),
    "configuration_invalid": (500, "The service is not set up rightly"),
    "rms_error": (500, "The service failed"),
    "bad_request": (400, "Bad request"),
    "method_not_allowed": (405, "Method not allowed"),
    "not_acceptable": (406, "Not acceptable"),
    "body_too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "Unsupported media type"),
    "precondition_required": (428, "A precondition is required"),
    "internal_error": (500, "The service failed"),
}
OF_HTTP: Mapping[int, str] = {
    status: code
    for code, (status, _) in PROBLEMS.items()
    if code
    not in {
        "rms_error",
        "configuration_invalid",
        "malformed_json",
        "incomplete_body",
        "judgement_first",
        "notice_not_accepted",
    }
    and status in {400, 401, 403, 404, 405, 406, 413, 415, 428, 429, 500}
}
# In place of Werkzeug's sentences.
OWN_WORDS: Mapping[int, str] = {
    400: "The request cannot be read as it stands.",
    404: "There is nothing at this address.",
    405: "This address is there, but not for this method; `Allow` names those that it takes.",
    406: "There is nothing here of a type that `Accept` names.",
    413: "What was sent is larger than is taken.",
    415: "What was sent is of a type that is not taken here.",
    429: "Too much was asked at once.",
}
INTERNAL = "Something went wrong inside the service. Give the request id to whoever runs it."
SEVERAL = "Each of `errors` names one field and what is wrong with it."


@dataclass(frozen=True)
class Refusal:
    """What went wrong, as it is told to whoever asked."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[Problem, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


Page = Callable[[Refusal], Response]


class ProblemEntrySchema(Schema):
    pointer = fields.String(
        required=True, metadata={"description": "Which field: an RFC 6901 pointer into the body or /query/…"}
    )
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """Any refusal, by RFC 9457."""

    type = fields.String(required=True, metadata={"description": "A name for the kind of problem."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"enum": sorted({*PROBLEMS, "http_error"})})
    request_id = fields.String(required=True, metadata={"description": "Names this request in the log."})
    errors = fields.List(fields.Nested(ProblemEntrySchema), required=True)


def register(app: Flask, *, page: Page | None = None) -> None:
    """Answer every error of the application; `page` draws a refusal for a person's browser."""

    def answer(error: Exception) -> Response:
        if isinstance(error, RequestRedirect):
            return Response(status=error.code, headers={"Location": without_site(error.new_url)})
        refusal = refusal_of(error)
        if page is not None and asks_for_a_page():
            response = page(refusal)
            response.status_code = refusal.status
        else:
            response = problem_response(refusal)
        response.headers.extend(refusal.headers)
        return response

    for kind in (RMSError, HTTPException, Exception):
        app.register_error_handler(kind, answer)


def refusal_of(error: Exception) -> Refusal:
    """What to tell of `error`. Of the unforeseen nothing is told, only logged, and without its words."""
    if isinstance(error, RMSError):
        return _of_rms(error)
    if isinstance(error, HTTPException) and error.code is not None:
        return _of_http(error)
    log("failed", error=type(error).__name__, frames=frames(error))
    return Refusal(500, "internal_error", PROBLEMS["internal_error"][1], INTERNAL)


def problem_response(refusal: Refusal) -> Response:
    body = {
        "type": f"urn:rms:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "request_id": g.get("request_id", ""),
        "errors": [vars(problem) for problem in refusal.errors],
    }
    return Response(json.dumps(body), status=refusal.status, mimetype=MEDIA_TYPE)


def _of_rms(error: RMSError) -> Refusal:
    status, title = PROBLEMS[error.code]
    problems: Iterable[Problem] = getattr(error, "problems", ())
    problems = tuple(problems)
    detail = _several(len(problems)) if problems else error.detail
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = INTERNAL
    return Refusal(
        status, error.code, title, detail, problems[:MOST_PROBLEMS], tuple(_headers(error, status))
    )


def _several(count: int) -> str:
    left_out = count - MOST_PROBLEMS
    return SEVERAL if left_out <= 0 else f"{SEVERAL} {left_out:,} more are left out."


def _headers(error: RMSError, status: int) -> Iterable[tuple[str, str]]:
    challenge = 'Bearer realm="RMS"' if status == HTTPStatus.UNAUTHORIZED else None
    challenge = getattr(error, "challenge", challenge)
    if challenge is not None:
        yield "WWW-Authenticate", challenge
    retry_after: Any = getattr(error, "retry_after", None)
    if retry_after is not None:
        yield "Retry-After", str(retry_after)


def _of_http(error: HTTPException) -> Refusal:
    """HTTP's own refusals keep their headers (`Allow`, `Retry-After`); their body is replaced by ours."""
    assert error.code is not None
    code = OF_HTTP.get(error.code, "http_error")
    title = PROBLEMS[code][1] if code in PROBLEMS else error.name
    ours = error.description != type(error).description
    detail = (error.description if ours else OWN_WORDS.get(error.code)) or title
    kept = tuple(
        (name, value)
        for name, value in error.get_headers(request.environ)
        if name.lower() not in {"content-type", "content-length"}
    )
    return Refusal(error.code, code, title, detail, headers=kept)
