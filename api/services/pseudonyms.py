"""What an analyst sees of an assessment: the same person always the same, and nobody by name."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from api.services.accounts import Role, User
from api.storage import Columns, ListedSubmission
from rms.assessment import display_id

PSEUDONYMOUS = (
    "Each person stands under a pseudonym, always the same. Of a date of birth only the year is true: it is "
    "given as 1 January."
)
HIDDEN_BY = ("offender_number", "sequence", "baseline_id", "date_of_birth")  # what an analyst's columns take
LENGTH = 16  # hexadecimal digits: 64 bits, so that no two people of an agency fall together


def as_shown_to(
    user: User, submissions: Iterable[ListedSubmission], *, secret: str
) -> Iterator[ListedSubmission]:
    """The submissions as this user sees them: for an analyst without numbers, birthdays and authors.

    Of a date of birth the year is left, as its first day.
    """
    if user.role is not Role.ANALYST:
        yield from submissions
        return
    for one in submissions:
        yield _without_names(one, pseudonym(one.offender_number, secret=secret))


def hidden_by(user: User) -> tuple[str, ...]:
    """The columns that must be there for this user to be shown any of an assessment."""
    return HIDDEN_BY if user.role is Role.ANALYST else ()


def columns_as_shown_to(user: User, columns: Columns, *, secret: str) -> Columns:
    """The same of many at once, with the columns of `hidden_by`."""
    if user.role is not Role.ANALYST:
        return columns
    told = columns.assessments
    numbers = told["offender_number"]
    names = [pseudonym(number, secret=secret) for number in numbers]
    ids = zip(names, map(int, told["sequence"]), strict=True)
    hidden = {
        "id": [display_id(name, sequence) for name, sequence in ids],
        "offender_number": names,
        "baseline_id": [
            id and name + id.removeprefix(number)
            for id, name, number in zip(told["baseline_id"], names, numbers, strict=True)
        ],
        "submitted_by": [""] * len(names),
        "date_of_birth": [f"{day[:4]}-01-01" for day in told["date_of_birth"]],
    }
    return replace(columns, assessments={**told, **hidden})


def pseudonym(offender_number: str, *, secret: str) -> str:
    """A name that only who holds the service's secret could lead back to the number (HMAC-SHA256)."""
    digest = hmac.new(secret.encode(), f"pseudonym {offender_number}".encode(), hashlib.sha256)
    return digest.hexdigest()[:LENGTH].upper()


def _without_names(one: ListedSubmission, name: str) -> ListedSubmission:
    return replace(
        one,
        id=display_id(name, one.sequence),
        offender_number=name,
        baseline_id=one.baseline_id and name + one.baseline_id.removeprefix(one.offender_number),
        submitted_by="",
        date_of_birth=date(one.date_of_birth.year, 1, 1),
    )
