from reference_library.building import PastCases, build, read_past_cases, steps
from reference_library.facts import read_facts
from reference_library.folder import (
    FileStates,
    check,
    copied,
    described,
    file_states,
    folders_in,
    library_folder,
    load,
    loaded,
    verify,
    write,
)
from reference_library.instruments import Instruments, instruments_in, read_instrument
from reference_library.packaged import PACKAGED_STEPS, packaged_library
from reference_library.reading import People, expected_columns, read_people
from reference_library.sealed import Copies
from reference_library.sufficiency import insufficient, people_in, shared_marks
from reference_library.validation import problems

__all__ = [
    "PACKAGED_STEPS",
    "Copies",
    "FileStates",
    "Instruments",
    "PastCases",
    "People",
    "build",
    "check",
    "copied",
    "described",
    "expected_columns",
    "file_states",
    "folders_in",
    "instruments_in",
    "insufficient",
    "library_folder",
    "load",
    "loaded",
    "packaged_library",
    "people_in",
    "problems",
    "read_facts",
    "read_instrument",
    "read_past_cases",
    "read_people",
    "shared_marks",
    "steps",
    "verify",
    "write",
]
