"""What differs between two assessments of one person, as a value."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rms.assessment.assessment import Assessment
from rms.instrument import Answer

IDENTIFICATION = ("sex", "date_of_birth", "release_date")


class Subject(StrEnum):
    """What changed: an item of the form, or a line of the identification."""

    ITEM = "item"
    IDENTIFICATION = "identification"


@dataclass(frozen=True)
class Said:
    """An answer, or why it is unknown; neither if the assessment has nothing here."""

    answer: Answer | None = None
    unknown: str | None = None


@dataclass(frozen=True)
class Change:
    """One place where two assessments differ. `code` is an item's, or the name in the identification."""

    of: Subject
    code: str
    before: Said
    after: Said


def changes(before: Assessment, after: Assessment) -> tuple[Change, ...]:
    """Every difference: the identification's first, then the items' in the order of the later form.

    An item that only the earlier form asked comes last; dates are given as YYYY-MM-DD.
    """
    return (*_identification_changes(before, after), *_item_changes(before, after))


def _identification_changes(before: Assessment, after: Assessment) -> Iterator[Change]:
    for name in IDENTIFICATION:
        earlier, later = _identified(before, name), _identified(after, name)
        if earlier != later:
            yield Change(Subject.IDENTIFICATION, name, earlier, later)


def _item_changes(before: Assessment, after: Assessment) -> Iterator[Change]:
    asked = (item.code for form in (after.instrument, before.instrument) for item in form.asked)
    for code in dict.fromkeys(asked):
        earlier, later = _said(before, code), _said(after, code)
        if earlier != later:
            yield Change(Subject.ITEM, code, earlier, later)


def _identified(assessment: Assessment, name: str) -> Said:
    value = getattr(assessment, name)
    return Said(None if value is None else str(value))


def _said(assessment: Assessment, code: str) -> Said:
    return Said(assessment.answers.get(code), assessment.unknown.get(code))
