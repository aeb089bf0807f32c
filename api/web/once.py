"""A form is submitted once: a double click, or Back and the button again, makes no second assessment."""

import json

from api.current import Services
from api.services.accounts import User
from api.services.assessments import submit_assessment
from api.services.idempotency import once
from rms.assessment import Assessment


def submit_once(assessment: Assessment, *, handed_out: str, user: User, services: Services) -> str:
    """Submit, unless this user has submitted just this in the form handed out then; the id either way.

    Whatever differs is submitted: Back, a corrected answer and the button again are a new assessment.
    """
    said = _said(assessment)
    # The form and what it says are the key together, so that it never stands for another request.
    request = once(user.id, f"form {handed_out} {said}", said.encode()) if handed_out else None
    return submit_assessment(
        assessment,
        by=user.username,
        library=services.library,
        store=services.store,
        at=services.clock(),
        once=request,
    ).id


def _said(assessment: Assessment) -> str:
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
        ],
        sort_keys=True,
    )
