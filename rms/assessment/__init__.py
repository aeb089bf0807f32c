from rms.assessment.assessment import Assessment, Kind
from rms.assessment.changes import Change, Said, Subject, changes
from rms.assessment.numbering import display_id, offender_number, person_key

__all__ = [
    "Assessment",
    "Change",
    "Kind",
    "Said",
    "Subject",
    "changes",
    "display_id",
    "offender_number",
    "person_key",
]
