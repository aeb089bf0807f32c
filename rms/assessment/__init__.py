from rms.assessment.assessment import Assessment, AssessmentKind
from rms.assessment.changes import Change, Said, Subject, changes
from rms.assessment.numbering import (
    display_id,
    id_sought,
    number_sought,
    person_key,
    wrong_with_mark,
    zeros_added_or_lost,
)
from rms.people.offender_numbers import offender_number, wrong_number

__all__ = [
    "Assessment",
    "Change",
    "AssessmentKind",
    "Said",
    "Subject",
    "changes",
    "display_id",
    "id_sought",
    "number_sought",
    "offender_number",
    "person_key",
    "wrong_number",
    "wrong_with_mark",
    "zeros_added_or_lost",
]
