"""Training: a user tries an exercise, and supervisors see who in their offices has done which.

Only the log is in the database. The fictional people are not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from api.services.access.offices import office_names
from api.services.context import Context
from api.services.users import Role, User, known
from api.storage import Tried
from rms.errors import InvalidInput, LimitReached, Problem
from rms.support.training import Exercise

MOST_A_DAY = 200  # attempts of one account


@dataclass(frozen=True)
class Trainee:
    """A user, their office, and what they have tried, by exercise."""

    user: User
    office: str
    tried: Mapping[str, Tried]


def own_training(context: Context) -> Mapping[str, Tried]:
    """What the caller has tried, by exercise."""
    with context.store.reading() as tx:
        return {one.exercise: one for one in tx.training_log.of([context.user.id])}


def try_exercise(context: Context, exercise: Exercise, answer: str) -> bool:
    """Whether the answer is right. The attempt is logged.

    Raises
    ------
    InvalidInput
        If it is none of the options.
    LimitReached
        If the caller has tried `MOST_A_DAY` times in the last 24 hours.
    """
    if answer not in exercise.options:
        raise InvalidInput([Problem("/answer", "invalid_choice", "Choose one of the answers.")])
    passed = answer == exercise.right
    with context.store.transaction() as tx:
        tx.accounts.hold(context.user.id)
        if tx.training_log.number_since(context.at - timedelta(days=1), user=context.user.id) >= MOST_A_DAY:
            raise LimitReached(f"You have tried {MOST_A_DAY} times today. Try again tomorrow.")
        tx.training_log.add(exercise.name, passed=passed, user=context.user.id, at=context.at)
    return passed


def trainees(context: Context) -> tuple[Trainee, ...]:
    """The users with an active account in the caller's office and those below it, by name."""
    names = office_names(context)
    with context.store.reading() as tx:
        within = tx.offices.below(context.user.office)
        users = [user for user in map(known, tx.accounts.users()) if _trains(user) and user.office in within]
        tried: dict[int, dict[str, Tried]] = {}
        for one in tx.training_log.of([user.id for user in users]):
            tried.setdefault(one.user, {})[one.exercise] = one
    return tuple(Trainee(user, names[user.office], tried.get(user.id, {})) for user in users)


def _trains(user: User) -> bool:
    return user.active and user.role is not Role.SERVICE_ACCOUNT
