"""How pages write dates, times and scores."""

from datetime import datetime

from api.services.users import User
from api.storage import ListedSimulation
from rms.engine.result import Simulation, Status
from rms.reports import wording
from rms.reports.wording import day, moment

__all__ = ["day", "moment", "score_of", "seconds_left"]


def seconds_left(user: User, *, at: datetime) -> float:
    """Seconds until the session ends without further activity; 0 for an API key, which has no session."""
    return (user.session_ends - at).total_seconds() if user.session_ends else 0.0


def score_of(simulation: Simulation | ListedSimulation) -> str:
    """A score with its interval, as in a list, or why there is no score."""
    if simulation.status is not Status.SIMULATED or simulation.score is None:
        return wording.WITHHELD.get(simulation.status, wording.NO_VALUE)
    score = wording.two_decimals(simulation.score)
    return f"{score} ({wording.interval_range(simulation.interval)})" if simulation.interval else score
