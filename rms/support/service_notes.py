"""A note of another service about a person: who wrote it there, when, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

LONGEST = 2000  # characters of the text
LONGEST_NAME = 100
SERVICES: Mapping[str, str] = {
    "probation": "Probation",
    "youth_justice": "Youth justice",
    "other": "Another service",
}


@dataclass(frozen=True)
class ServiceNote:
    """`service` is one of `SERVICES`, `written_by` the person in that service who wrote it."""

    service: str
    written_by: str
    written_on: date
    text: str
