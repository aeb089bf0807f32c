"""People whom the fictional force and the fictional caseload both know."""

from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import NamedTuple

from api.demonstration.caseload import Entry

KNOWN = 300  # people: all of the caseload


class Known(NamedTuple):
    """Someone who is in RMS already, under this offender number."""

    offender_number: str
    sex: str
    date_of_birth: date


def known_people(entries: Iterable[Entry], *, count: int = KNOWN) -> list[Known]:
    """Some people of a caseload, each once."""
    assessments = (entry.assessment for entry in entries)
    people = (Known(one.offender_number, one.sex, one.date_of_birth) for one in assessments)
    return list(islice(dict.fromkeys(people), count))
