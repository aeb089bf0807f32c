"""What an analyst sees of an assessment: the same person always the same, and nobody by name."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time

from api.services.users import Role, User
from api.storage import Columns, ListedSubmission
from rms.assessment import display_id

PSEUDONYMOUS = (
    "Each person has a pseudonym, always the same. Only the year of a date of birth is true: it is given as "
    "1 January. Only the day of a submission is true: it is given as midnight."
)
# What an analyst's columns are made from.
HIDDEN_BY = (
    *("offender_number", "pseudonym", "sequence", "baseline_id", "submitted_at", "submitted_by"),
    "date_of_birth",
)


def as_shown_to(user: User, submissions: Iterable[ListedSubmission]) -> Iterator[ListedSubmission]:
    """The submissions as this user sees them: for an analyst without numbers, birthdays and authors.

    A date of birth becomes the first day of its year, and a time the midnight of its day: times would tell
    in which order people came, and so perhaps their numbers.
    """
    if user.role is not Role.ANALYST:
        yield from submissions
        return
    for one in submissions:
        yield _without_names(one, pseudonym(one.pseudonym))


def hidden_by(user: User) -> tuple[str, ...]:
    """The columns that must be there for this user to be shown any of an assessment."""
    return HIDDEN_BY if user.role is Role.ANALYST else ()


def columns_as_shown_to(user: User, columns: Columns) -> Columns:
    """The same of many at once, with the columns of `hidden_by`."""
    if user.role is not Role.ANALYST:
        return columns
    told = columns.assessments
    numbers = told["offender_number"]
    names = [pseudonym(int(drawn)) for drawn in told["pseudonym"]]
    ids = zip(names, map(int, told["sequence"]), strict=True)
    hidden = {
        "id": [display_id(name, sequence) for name, sequence in ids],
        "offender_number": names,
        "baseline_id": [
            id and name + id.removeprefix(number)
            for id, name, number in zip(told["baseline_id"], names, numbers, strict=True)
        ],
        "submitted_at": [f"{at[:10]} 00:00:00" for at in told["submitted_at"]],
        "submitted_by": [""] * len(names),
        "date_of_birth": [f"{day[:4]}-01-01" for day in told["date_of_birth"]],
    }
    return replace(columns, assessments={**told, **hidden})


def pseudonym(drawn: int) -> str:
    """As it is shown. It was drawn at random: only the database leads back from it to the number.

    >>> pseudonym(255)
    '00000000000000FF'
    """
    return f"{drawn:016X}"


def _without_names(one: ListedSubmission, name: str) -> ListedSubmission:
    return replace(
        one,
        id=display_id(name, one.sequence),
        offender_number=name,
        baseline_id=one.baseline_id and name + one.baseline_id.removeprefix(one.offender_number),
        submitted_at=datetime.combine(one.submitted_at.astimezone(UTC), time(), UTC),
        submitted_by="",
        date_of_birth=date(one.date_of_birth.year, 1, 1),
    )
