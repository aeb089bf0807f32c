"""Every error as a response: one table, one format (RFC 9457, `application/problem+json`)."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from api.auth import asks_for_a_page
from api.telemetry.log_format import frames
from api.telemetry.request_log import log
from rms.errors import Problem, RMSError

MEDIA_TYPE = "application/problem+json"
MOST_PROBLEMS = 100

# Code → (status, title). The first part are errors of RMS, the second part errors of HTTP.
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "invalid_input": (422, "The input is not valid"),
    "malformed_json": (400, "The body is not JSON"),
    "incomplete_body": (400, "The body is incomplete"),
    "not_found": (404, "Not found"),
    "conflict": (409, "Conflict"),
    "on_hold": (409, "The records are under a legal hold"),
    "another_must_approve": (409, "Another administrator must approve"),
    "held_elsewhere": (409, "The person is not on your caseload"),
    "limit_reached": (409, "Limit reached"),
    "too_many_jobs": (429, "Too many jobs"),
    "still_in_progress": (409, "Still in progress"),
    "result_expired": (410, "The result has expired"),
    "import_stopped": (422, "The import was stopped"),
    "people_import_failed": (422, "The case records were not imported"),
    "list_export_failed": (422, "The file of the list was not made"),
    "idempotency_key_reused": (422, "The Idempotency-Key belongs to another request"),
    "idempotency_key_required": (400, "An Idempotency-Key is required"),
    "changed_meanwhile": (412, "Changed by another request"),
    "not_authenticated": (401, "Not signed in"),
    "insufficient_scope": (403, "The API key does not have this scope"),
    "forbidden": (403, "Not allowed"),
    "judgement_first": (403, "Record your own judgement first"),
    "notice_not_accepted": (403, "Accept the notice first"),
    "too_many_attempts": (429, "Too many attempts"),
    "already_running": (429, "Your previous request is still running"),
    "too_many_requests": (429, "Too many requests"),
    "sign_in_busy": (503, "Many people are signing in"),
    "passwords_busy": (503, "Other passwords are being changed"),
    "long_read_busy": (503, "Other long requests are running"),
    "protected_attribute": (422, "Protected attribute"),
    "instrument_invalid": (422, "The instrument is not valid"),
    "library_invalid": (422, "The library is not valid"),
    "library_damaged": (503, "The reference library is damaged"),
    "instrument_not_in_use": (409, "This form is no longer in use"),
    "library_altered": (503, "The reference library has been altered"),
    "record_damaged": (503, "The audit log is damaged"),
    "agency_unavailable": (502, "The identity provider is not available"),
    "storage_unavailable": (503, "The database is not available"),
    "storage_read_only": (503, "The database is read-only"),
    "storage_full": (507, "The database is full"),
    "storage_lost": (503, "The database is not the one in use"),
    "configuration_invalid": (500, "The service is misconfigured"),
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
# Used instead of Werkzeug's messages.
MESSAGES: Mapping[int, str] = {
    400: "RMS cannot read this request.",
    404: "There is nothing at this address.",
    405: "This address does not support this method. See the `Allow` header for those it supports.",
    406: "This address does not have any of the media types in `Accept`.",
    413: "The request is too large.",
    415: "This address does not support the media type of the request.",
    429: "There were too many requests. Try again later.",
}
INTERNAL = "Something went wrong. Give the request ID to your administrator."
SEVERAL = "Each entry of `errors` names a field and says what is wrong with it."


@dataclass(frozen=True)
class Refusal:
    """The content of an error response."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[Problem, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


Page = Callable[[Refusal], Response]


class ProblemEntrySchema(Schema):
    pointer = fields.String(
        required=True,
        metadata={"description": "The field: an RFC 6901 pointer into the body, or /query/… for a query."},
    )
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """An error, as of RFC 9457."""

    type = fields.String(required=True, metadata={"description": "A name for the type of error."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"enum": sorted({*PROBLEMS, "http_error"})})
    request_id = fields.String(required=True, metadata={"description": "The ID of this request in the log."})
    errors = fields.List(fields.Nested(ProblemEntrySchema), required=True)


def register(app: Flask, *, page: Page | None = None) -> None:
    """Turn every error of the application into a response. `page` makes the page for browsers."""

    def respond(error: Exception) -> Response:
        refusal = refusal_of(error)
        if page is not None and asks_for_a_page():
            response = page(refusal)
            response.status_code = refusal.status
        else:
            response = problem_response(refusal)
        response.headers.extend(refusal.headers)
        return response

    for error_class in (RMSError, HTTPException, Exception):
        app.register_error_handler(error_class, respond)


def refusal_of(error: Exception) -> Refusal:
    """The content of the response to `error`.

    An unexpected error gets no details. It is logged without its message, which can name a person.
    """
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
    return SEVERAL if left_out <= 0 else f"{SEVERAL} {left_out:,} more are not listed."


def _headers(error: RMSError, status: int) -> Iterable[tuple[str, str]]:
    challenge = 'Bearer realm="RMS"' if status == HTTPStatus.UNAUTHORIZED else None
    challenge = getattr(error, "challenge", challenge)
    if challenge is not None:
        yield "WWW-Authenticate", challenge
    retry_after: Any = getattr(error, "retry_after", None)
    if retry_after is not None:
        yield "Retry-After", str(retry_after)


def _of_http(error: HTTPException) -> Refusal:
    """An error of HTTP keeps its headers, such as `Allow` and `Retry-After`, but not its body."""
    assert error.code is not None
    code = OF_HTTP.get(error.code, "http_error")
    title = PROBLEMS[code][1] if code in PROBLEMS else error.name
    has_own_message = error.description != type(error).description
    detail = (error.description if has_own_message else MESSAGES.get(error.code)) or title
    headers = tuple(
        (name, value)
        for name, value in error.get_headers(request.environ)
        if name.lower() not in {"content-type", "content-length"}
    )
    return Refusal(error.code, code, title, detail, headers=headers)
