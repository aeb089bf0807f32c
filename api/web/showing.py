"""How a page spells dates, moments and scores."""

from datetime import UTC, date, datetime

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


def score_of(simulation: Simulation | ListedSimulation) -> str:
    """A score with its interval, as a list shows it, or why there is none."""
    if simulation.status is not Status.SIMULATED or simulation.score is None:
        return wording.WITHHELD.get(simulation.status, wording.NO_VALUE)
    score = wording.two_decimals(simulation.score)
    return f"{score} ({wording.interval_range(simulation.interval)})" if simulation.interval else score
