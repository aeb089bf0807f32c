"""What of a person's assessments counts: a correction stands in the place of what it corrects."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from api.services.assessments.person import standing
from api.storage import ListedSubmission
from rms.assessment import AssessmentKind, display_id

START = datetime(2026, 3, 4, tzinfo=UTC)
NOTHING: dict[str, Any] = dict.fromkeys(ListedSubmission.__dataclass_fields__)


def listed(sequence: int, kind: AssessmentKind = AssessmentKind.ASSESSMENT) -> ListedSubmission:
    one = ListedSubmission(**NOTHING)
    at = START + timedelta(days=sequence)
    return replace(one, id=display_id("10000", sequence), sequence=sequence, kind=kind, submitted_at=at)


def test_corrections_of_corrections_stand_in_the_first_ones_place() -> None:
    first, second, what_if, right, righter = (
        listed(0),
        listed(1),
        listed(2, AssessmentKind.WHAT_IF),
        listed(3),
        listed(4),
    )
    corrections = {"10000": "10000-03", "10000-03": "10000-04"}
    found = standing((righter, right, what_if, second, first), corrections)
    assert [one.listed.id for one in found] == ["10000-04", "10000-01"]
    assert [one.id for one in found[0].corrects] == ["10000", "10000-03"]
    assert found[0].made_at == START
    assert found[1].corrects == ()
