"""Submit a form only once: a double click, or Back and Submit again, does not store a second assessment."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode

from flask import current_app, g

from api.context import library_of, request_context
from api.services.assessments.assessments import submit_assessment
from api.services.systems.idempotency import answered_before, came_of, once
from api.storage import Draft, Once
from rms.assessment import Assessment
from rms.submission import Correction


def submit_once(
    assessment: Assessment,
    *,
    handed_out: str,
    draft: Draft | None = None,
    correction: Correction | None = None,
) -> str:
    """Submit, unless this user already submitted the same form with the same content; return the ID.

    Changed content is submitted: Back, a different answer and Submit make a new assessment.
    """
    content = content_of(assessment, correction)
    # The key combines the form and its content, so that it never matches another request.
    request = once(g.user.id, f"form {handed_out} {content}", content.encode()) if handed_out else None
    return _submitted(assessment, draft=draft, correction=correction, request=request)


def submit_draft_once(
    assessment: Assessment,
    *,
    id: str,
    draft: Draft | None,
    correction: Correction | None = None,
) -> str:
    """Submit a draft, even if it no longer exists. A draft becomes one assessment only.

    Raises
    ------
    KeyReused
        If it was already submitted with different content.
    """
    request = _request_of_draft(id, content_of(assessment, correction))
    return _submitted(assessment, draft=draft, correction=correction, request=request)


def submitted_draft(id: str) -> str | None:
    """The ID of the assessment that a draft became, if it was recently submitted from its page."""
    return came_of(request_context(), _key_of_draft(id))


def draft_submitted_as(id: str, content: str) -> str | None:
    """The ID of the assessment that a draft became with this content; None if it was not submitted.

    Raises
    ------
    KeyReused
        If it was submitted with different content.
    """
    earlier = answered_before(request_context(), _request_of_draft(id, content))
    return None if earlier is None else earlier.id


def draft_of_form(handed_out: str, content: str) -> str:
    """The ID of the draft of a form that was not one: the same for the same form with the same content.

    The audit log keeps it. So it is keyed: nobody can try which offender number it was made of.
    """
    assert isinstance(current_app.secret_key, str)
    text = f"draft {g.user.id} {handed_out} {content}"
    digest = hmac.digest(current_app.secret_key.encode(), text.encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def content_of(assessment: Assessment, correction: Correction | None = None) -> str:
    """The content of a form as one short text, which tells it from any other content."""
    return hashlib.sha256(_content(assessment, correction).encode()).hexdigest()


def _request_of_draft(id: str, content: str) -> Once:
    return once(g.user.id, _key_of_draft(id), content.encode())


def _submitted(
    assessment: Assessment,
    *,
    draft: Draft | None,
    correction: Correction | None,
    request: Once | None,
) -> str:
    return submit_assessment(
        request_context(),
        assessment,
        library=library_of(assessment.instrument.name).whole(),
        draft=draft,
        correction=correction,
        once=request,
    ).id


def _key_of_draft(id: str) -> str:
    return f"draft {id}"


def _content(assessment: Assessment, correction: Correction | None) -> str:
    """The content of a form as one text."""
    return json.dumps(
        [
            assessment.offender_number,
            assessment.sex,
            str(assessment.date_of_birth),
            str(assessment.release_date),
            assessment.instrument.sha256,
            assessment.answers,
            assessment.unknown,
            assessment.kind,
            assessment.baseline_id,
            assessment.based_on,
            correction and vars(correction),
        ],
        sort_keys=True,
    )
