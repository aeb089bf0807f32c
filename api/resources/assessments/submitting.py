"""The last step of every route that submits an assessment: store it and return the results."""

import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from api.context import application, library_of, request_context
from api.resources.routing import PREFIX, json_answer
from api.schemas.assessments.answer import answer
from api.services.assessments.assessments import submit_assessment
from api.services.systems.idempotency import KeyRequired, answered_before, once
from api.services.users import Role
from api.storage import Draft, Once
from rms.assessment import Assessment
from rms.errors import InvalidInput, Problem, RMSError
from rms.instrument import Instrument
from rms.submission import Correction, Submission

P = ParamSpec("P")
Content = Callable[[], object]
KEY = re.compile(r"[!-~]{1,255}", re.ASCII)


def answered_once(content: Content) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """A view that answers a repeated Idempotency-Key as it did the first time.

    `content` is what the body says, however it is spelled; it raises an error if the body is malformed.
    """

    def mark(view: Callable[P, Response]) -> Callable[P, Response]:
        @wraps(view)
        def answered(*args: P.args, **kwargs: P.kwargs) -> Response:
            once_only = _idempotent_request(content)
            if once_only is None:
                return view(*args, **kwargs)
            with application().under_way.marked(once_only):
                earlier = answered_before(request_context(), once_only)
                if earlier is not None:
                    return _created(earlier)
                g.once = once_only
                return view(*args, **kwargs)

        return answered

    return mark


def instrument_of(body: object) -> Instrument:
    """The instrument that a body names, if its library is in use; otherwise the default."""
    named = body.get("instrument") if isinstance(body, Mapping) else None
    return library_of(named).instrument


def submitted(
    assessment: Assessment, *, draft: Draft | None = None, correction: Correction | None = None
) -> Response:
    """Submit the assessment as the caller and delete the draft it comes from."""
    submission = submit_assessment(
        request_context(),
        assessment,
        library=library_of(assessment.instrument.name).whole(),
        draft=draft,
        correction=correction,
        once=g.get("once"),
    )
    return _created(submission)


def _created(submission: Submission) -> Response:
    return json_answer(answer(submission), status=201, Location=f"{PREFIX}/assessments/{submission.id}")


def idempotency_key() -> str | None:
    """The Idempotency-Key of the request, if it has one.

    Raises
    ------
    InvalidInput
        If it is not valid.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        detail = "An Idempotency-Key must be 1 to 255 visible ASCII characters."
        raise InvalidInput([Problem("/header/Idempotency-Key", "invalid_value", detail)])
    return key


def _idempotent_request(content: Content) -> Once | None:
    key = idempotency_key()
    if key is None:
        if g.user.role is Role.SERVICE_ACCOUNT and not _only_validates():
            raise KeyRequired
        return None
    spelled = f"{request.method} {request.full_path}\n".encode() + request.get_data(cache=True)
    return once(g.user.id, key, _understood(content) or spelled, spelled=spelled)


def _understood(content: Content) -> bytes | None:
    """What the request asks for, however it is spelled; None if its body is malformed."""
    try:
        body = content()
    except (RMSError, HTTPException):
        return None
    ids = {name: str(value).upper() for name, value in (request.view_args or {}).items()}
    asked = [request.method, str(request.url_rule), ids, _only_validates(), body]
    return json.dumps(asked, sort_keys=True, default=str).encode()


def _only_validates() -> bool:
    return request.args.get("validate_only") == "true"
