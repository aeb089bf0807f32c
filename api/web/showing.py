"""How a page spells dates, moments and scores."""

from datetime import UTC, date, datetime

from api.services.accounts import User
from api.storage import ListedSimulation
from rms.engine.result import Simulation, Status
from rms.reports import wording


def day(given: date) -> str:
    """
    >>> day(date(1985, 3, 7))
    '7 March 1985'
    """
    return f"{given.day} {given:%B %Y}"


def moment(given: datetime) -> str:
    """
    >>> moment(datetime(2025, 3, 4, 5, 6, tzinfo=UTC))
    '4 March 2025, 05:06 UTC'
    """
    return f"{day(given)}, {given.astimezone(UTC):%H:%M} UTC"


def seconds_left(user: User, *, at: datetime) -> float:
    """For how long somebody's session lasts if they ask for nothing more; a key has none, and 0 is told."""
    return (user.session_ends - at).total_seconds() if user.session_ends else 0.0


def score_of(simulation: Simulation | ListedSimulation) -> str:
    """A score with its interval, as a list shows it, or why there is none."""
    if simulation.status is not Status.SIMULATED or simulation.score is None:
        return wording.WITHHELD.get(simulation.status, wording.NO_VALUE)
    score = wording.two_decimals(simulation.score)
    return f"{score} ({wording.interval_range(simulation.interval)})" if simulation.interval else score
