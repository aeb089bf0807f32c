"""Whether past cases are enough for a library: how many people they are of, and how many a score needs."""

from collections.abc import Iterator

import numpy as np

from reference_library.building import PastCases
from rms.engine.policy import POLICIES
from rms.errors import Problem


def people_in(past: PastCases) -> int:
    """How many people the cases are of."""
    return len(np.unique(past.cases.person))


def shared_marks(past: PastCases) -> Problem | None:
    """Most marks that differ are read as the same person: probably a format of which the end counts."""
    if past.marks.shared * 2 <= past.marks.different:
        return None
    columns = past.instrument.columns
    detail = (
        f"{past.marks.different:,} different marks are read as {people_in(past):,} people, because only the "
        "part before the first hyphen counts. If each mark is another person, use an instrument with "
        'person_mark = "whole". If the people are right, build with --yes.'
    )
    return Problem(f"/1/{columns.person or columns.case_number}", "shared_marks", detail)


def insufficient(past: PastCases, *, policy: str) -> Iterator[str]:
    """A sentence for each process that has too few people for any score."""
    for process in past.instrument.processes:
        labelled = np.flatnonzero(past.actual[process.code])
        people, needed = len(np.unique(past.cases.person[labelled])), POLICIES[policy].needed(len(labelled))
        if people < needed:
            yield (
                f"{process.code}: every answer will be insufficient_library. A score needs {needed:,} people "
                f"with an outcome, and the file has {people:,}."
            )
