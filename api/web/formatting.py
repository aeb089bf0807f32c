"""How pages write dates, times, scores and trees of offices, and take pictures into themselves."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime

from api.context import application
from api.services.users import User
from api.storage import ListedSimulation
from rms.engine.result import Simulation, Status
from rms.people.offices import MOST_LEVELS
from rms.reports import wording

__all__ = [
    "Pictured",
    "day",
    "indented",
    "inline",
    "local",
    "moment",
    "score_of",
    "seconds_left",
    "short_day",
]

INDENT = "\N{NO-BREAK SPACE}" * 3


@dataclass(frozen=True)
class Pictured:
    """The addresses of a picture: for wide screens and for phones."""

    wide: str
    narrow: str


def inline(svg: bytes) -> str:
    """The address of a picture that is part of its page, so that opening the page is one look."""
    return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"


def indented(words: str, depth: int) -> str:
    """Words in a list to choose from, further to the right the deeper they are in the tree of offices."""
    return INDENT * min(depth, MOST_LEVELS) + words


def local(at: datetime) -> datetime:
    """In the time zone of the agency."""
    return at.astimezone(application().zone)


def moment(at: datetime) -> str:
    return wording.moment(local(at))


def day(given: date) -> str:
    """A date, or the agency's day of a time."""
    return wording.day(local(given) if isinstance(given, datetime) else given)


def short_day(given: date) -> str:
    """The same where there is little room, as `7 Mar 2026`."""
    shown = local(given) if isinstance(given, datetime) else given
    return f"{shown.day} {shown:%b %Y}"


def seconds_left(user: User, *, at: datetime) -> float:
    """Seconds until the session ends without further activity; 0 for an API key, which has no session."""
    return (user.session_ends - at).total_seconds() if user.session_ends else 0.0


def score_of(simulation: Simulation | ListedSimulation) -> str:
    """A score with its interval, as in a list, or why there is no score."""
    score, interval = score_alone(simulation), simulation.interval
    shown = simulation.status is Status.SIMULATED and simulation.score is not None
    return f"{score} ({wording.interval_range(interval)})" if shown and interval else score


def score_alone(simulation: Simulation | ListedSimulation) -> str:
    """A score without its interval, or why there is no score."""
    if simulation.status is not Status.SIMULATED or simulation.score is None:
        return wording.WITHHELD.get(simulation.status, wording.NO_VALUE)
    return wording.two_decimals(simulation.score)
