"""What an analyst sees of an assessment: a pseudonym for each person, always the same, and no names."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time

from api.services.users import Role, User
from api.storage import Columns, ListedSubmission
from rms.assessment import display_id

PSEUDONYMOUS = (
    "Each person has a pseudonym, always the same. Dates of birth are given as 1 January of the true year. "
    "The time of submission is left out: only the day is correct."
)
# The columns that an analyst's are made from.
HIDDEN_BY = (
    *("offender_number", "pseudonym", "sequence", "baseline_id", "submitted_at", "submitted_by"),
    "date_of_birth",
)


def as_shown_to(user: User, submissions: Iterable[ListedSubmission]) -> Iterator[ListedSubmission]:
    """The submissions as this user sees them: for an analyst without numbers, birthdays and authors.

    A date of birth becomes the first day of its year, and a time the midnight of its day. Times would show
    the order in which people came, and so perhaps their numbers.
    """
    if user.role is not Role.ANALYST:
        yield from submissions
        return
    for submission in submissions:
        yield _without_names(submission, pseudonym(submission.pseudonym))


def hidden_by(user: User) -> tuple[str, ...]:
    """The columns needed to show this user any column of an assessment."""
    return HIDDEN_BY if user.role is Role.ANALYST else ()


def columns_as_shown_to(user: User, columns: Columns) -> Columns:
    """The same as `as_shown_to` for columns, which must include those of `hidden_by`."""
    if user.role is not Role.ANALYST:
        return columns
    stored = columns.assessments
    numbers = stored["offender_number"]
    names = [pseudonym(int(drawn)) for drawn in stored["pseudonym"]]
    ids = zip(names, map(int, stored["sequence"]), strict=True)
    hidden = {
        "id": [display_id(name, sequence) for name, sequence in ids],
        "offender_number": names,
        "baseline_id": [
            id and name + id.removeprefix(number)
            for id, name, number in zip(stored["baseline_id"], names, numbers, strict=True)
        ],
        "submitted_at": [f"{at[:10]} 00:00:00" for at in stored["submitted_at"]],
        "submitted_by": [""] * len(names),
        "date_of_birth": [f"{day[:4]}-01-01" for day in stored["date_of_birth"]],
    }
    return replace(columns, assessments={**stored, **hidden})


def pseudonym(drawn: int) -> str:
    """A pseudonym as text. It is random: only the database links it to the offender number.

    >>> pseudonym(255)
    '00000000000000FF'
    """
    return f"{drawn:016X}"


def _without_names(submission: ListedSubmission, name: str) -> ListedSubmission:
    baseline = submission.baseline_id
    return replace(
        submission,
        id=display_id(name, submission.sequence),
        offender_number=name,
        baseline_id=baseline and name + baseline.removeprefix(submission.offender_number),
        submitted_at=datetime.combine(submission.submitted_at.astimezone(UTC), time(), UTC),
        submitted_by="",
        date_of_birth=date(submission.date_of_birth.year, 1, 1),
    )
