"""The current assessments of a person: corrections replace what they correct."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from api.services.assessments.person import current_assessments
from api.storage import ListedSubmission
from rms.assessment import AssessmentKind, display_id

START = datetime(2026, 3, 4, tzinfo=UTC)
NOTHING: dict[str, Any] = dict.fromkeys(ListedSubmission.__dataclass_fields__)


def listed(sequence: int, kind: AssessmentKind = AssessmentKind.ASSESSMENT) -> ListedSubmission:
    submission = ListedSubmission(**NOTHING)
    at = START + timedelta(days=sequence)
    return replace(
        submission, id=display_id("10000", sequence), sequence=sequence, kind=kind, submitted_at=at
    )


def test_a_corrected_correction_keeps_the_date_of_the_first_assessment() -> None:
    first, second, what_if, correction, later_correction = (
        listed(0),
        listed(1),
        listed(2, AssessmentKind.WHAT_IF),
        listed(3),
        listed(4),
    )
    corrections = {"10000": "10000-03", "10000-03": "10000-04"}
    current = current_assessments((later_correction, correction, what_if, second, first), corrections)
    assert [one.listed.id for one in current] == ["10000-04", "10000-01"]
    assert [one.id for one in current[0].corrects] == ["10000", "10000-03"]
    assert current[0].made_at == START
    assert current[1].corrects == ()
