"""Checks that need more than one row of an import: the person of an offence, areas, references.

Each problem has the pointer of its column. The importer adds file and line (`at_line`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from rms.errors import Problem
from rms.people.offices import MOST_LEVELS, MOST_OFFICES
from rms.records.layout import LAYOUT, Column
from rms.records.rows import OffenceRow, PersonRow

RELEASE_PASSED = "release_passed"
OFFENCE_BEFORE_BIRTH = Problem(
    "/date", "before_birth", "date is before the person’s date of birth. One of the two is wrong."
)
AREA_IN_ITSELF = Problem(
    "/parent",
    "area_in_itself",
    "parent leads back to the area itself. Name a larger area.",
)

AREA_TOO_DEEP = Problem(
    "/parent",
    "too_deep",
    f"The area, or one below it, is more than {MOST_LEVELS} levels below the agency. Name a larger area.",
)
TOO_MANY_AREAS = Problem(
    "/area", "too_many_areas", f"RMS can have up to {MOST_OFFICES:,} areas and offices. It has that many."
)


def check_offence(offence: OffenceRow, *, person_born: date | None) -> Problem | None:
    """What is wrong with an offence of a person born on that day; nothing if the day is not known."""
    is_before = person_born is not None and offence.day < person_born
    return OFFENCE_BEFORE_BIRTH if is_before else None


def check_custody(person: PersonRow, *, as_at: date) -> Problem | None:
    """What is doubtful about the custody of a person, by data of the day `as_at`. The row is taken as it is.

    Whether a release that was due has happened cannot be known. `rms.records.current` reads that it has.

    >>> check_custody(PersonRow("P1", None, "Lee", in_custody=True, release_date=date(2026, 11, 29)),
    ...     as_at=date(2026, 11, 30)).code
    'release_passed'
    """
    release = person.release_date
    if not person.in_custody or release is None or release >= as_at:
        return None
    detail = (
        f"release_date is before the day of the data, {as_at} (as_at in import.toml), and in_custody is yes. "
        "The row is taken, and RMS shows the person as released on that day. One of the two is wrong."
    )
    return Problem("/release_date", RELEASE_PASSED, detail)


def unknown_reference(column: Column) -> Problem:
    """The problem of a cell that names a row which neither the folder nor an earlier import has.

    >>> unknown_reference(LAYOUT["offences"].columns[1]).detail
    'No row of people has this person. Import it first, or correct the cell.'
    """
    wanted = LAYOUT[column.refers_to].id_column.name
    detail = f"No row of {column.refers_to} has this {wanted}. Import it first, or correct the cell."
    return Problem(f"/{column.name}", f"unknown_{wanted}", detail)


def areas_in_themselves(parents: Mapping[str, str | None]) -> frozenset[str]:
    """The areas whose parents lead back to them. `parents`: area → the area it is part of.

    >>> sorted(areas_in_themselves({"force": None, "ward": "force", "a": "b", "b": "a", "c": "a"}))
    ['a', 'b']
    """
    looped: set[str] = set()
    finished: set[str] = set()
    for start in parents:
        path: dict[str, int] = {}  # area → its place on the way up
        area: str | None = start
        while area is not None and area in parents and area not in finished and area not in path:
            path[area] = len(path)
            area = parents[area]
        if area is not None and area in path:
            looped.update(step for step, at in path.items() if at >= path[area])
        finished.update(path)
    return frozenset(looped)


def at_line(problem: Problem, *, file: str, line: int) -> Problem:
    """The problem with its place in a folder.

    >>> at_line(OFFENCE_BEFORE_BIRTH, file="offences.csv", line=12).pointer
    '/offences.csv/12/date'
    """
    return replace(problem, pointer=f"/{file}/{line}{problem.pointer}")
