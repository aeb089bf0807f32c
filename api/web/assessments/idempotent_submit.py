"""A form is submitted once: a double click, or Back and the button again, makes no second assessment."""

import json

from flask import g

from api.context import application, request_context
from api.services.assessments.assessments import submit_assessment
from api.services.systems.idempotency import came_of, once
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
    """Submit, unless this user has submitted just this in the form handed out then; the id either way.

    Whatever differs is submitted: Back, a corrected answer and the button again are a new assessment.
    """
    said = _said(assessment, correction)
    # The form and what it says are the key together, so that it never stands for another request.
    request = once(g.user.id, f"form {handed_out} {said}", said.encode()) if handed_out else None
    return _submitted(assessment, draft=draft, correction=correction, request=request)


def submit_draft_once(
    assessment: Assessment,
    *,
    id: str,
    draft: Draft | None,
    correction: Correction | None = None,
) -> str:
    """Submit what a draft has become, also where it is gone; it becomes one assessment and no other.

    Raises
    ------
    KeyReused
        If it has been submitted, and said something else.
    """
    request = once(g.user.id, _key_of_draft(id), _said(assessment, correction).encode())
    return _submitted(assessment, draft=draft, correction=correction, request=request)


def submitted_draft(id: str) -> str | None:
    """The assessment that a draft became, if it was submitted lately and on its page."""
    return came_of(request_context(), _key_of_draft(id))


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
        library=application().library.whole(),
        draft=draft,
        correction=correction,
        once=request,
    ).id


def _key_of_draft(id: str) -> str:
    return f"draft {id}"


def _said(assessment: Assessment, correction: Correction | None) -> str:
    """All that a form says, as one text."""
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
