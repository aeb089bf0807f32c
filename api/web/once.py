"""A form is submitted once: a double click, or Back and the button again, makes no second assessment."""

from contextlib import suppress
from datetime import datetime
from threading import Lock

from api.current import Services
from api.services.assessments import find_submission, history, submit_assessment
from rms.assessment import Assessment

# Two clicks arrive at the same moment, so looking and submitting are one step within the process.
_one_by_one = Lock()


def submit_once(assessment: Assessment, *, handed_out: str, by: str, services: Services) -> str:
    """Submit, unless this user has submitted just this since the form was handed out; the id either way.

    Whatever differs is submitted: Back, a corrected answer and the button again are a new assessment.
    """
    with _one_by_one:
        earlier = _already_submitted(assessment, since=_moment(handed_out), by=by, services=services)
        if earlier is not None:
            return earlier
        return submit_assessment(
            assessment, by=by, library=services.library, store=services.store, at=services.clock()
        ).id


def _already_submitted(
    assessment: Assessment, *, since: datetime | None, by: str, services: Services
) -> str | None:
    for listed in history(assessment.offender_number, store=services.store):
        if since is None or listed.submitted_at < since:
            return None
        if listed.submitted_by == by:
            found = find_submission(listed.id, store=services.store)
            if found.assessment == assessment:
                return listed.id
    return None


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        given = datetime.fromisoformat(text)
        return given if given.tzinfo else None
    return None
