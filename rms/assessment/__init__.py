from rms.assessment.assessment import Assessment, Kind
from rms.assessment.numbering import display_id, offender_number, person_key

__all__ = ["Assessment", "Kind", "display_id", "offender_number", "person_key"]
