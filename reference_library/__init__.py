from reference_library.building import PastCases, build, read_past_cases, steps
from reference_library.folder import check, library_folder, load, write
from reference_library.packaged import PACKAGED_STEPS, packaged_library
from reference_library.reading import People, expected_columns, read_people
from reference_library.validation import problems

__all__ = [
    "PACKAGED_STEPS",
    "People",
    "PastCases",
    "build",
    "check",
    "expected_columns",
    "library_folder",
    "load",
    "packaged_library",
    "problems",
    "read_past_cases",
    "read_people",
    "steps",
    "write",
]
