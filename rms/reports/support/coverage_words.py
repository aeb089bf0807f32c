"""The kinds of records in words, and what RMS has no place for."""

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "areas": "Areas",
    "people": "People",
    "offences": "Offences",
    "sentences": "Sentences",
    "registrations": "Registrations",
    "plans": "Management plans",
    "drug_markers": "Drug markers",
    "intelligence": "Intelligence reports (grade and date, never the text)",
    "associations": "Associations",
    "nationalities": "Nationalities",
}
NEVER = (
    "custody images and other photographs",
    "the text of intelligence reports",
    "records of victims and witnesses",
    "health and social care records",
    "records of other forces, unless they are one of the sources above",
    "records of probation and youth justice services, other than assessments made in RMS and notes that "
    "users enter on the page of a person",
)
