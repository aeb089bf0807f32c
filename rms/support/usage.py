"""How much RMS is used: which entries of the audit log count as what, month by month."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

SESSIONS = "sessions"
RECOMMENDATIONS = "recommendations"
# What is counted → the actions of the audit log.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    SESSIONS: ("session.started",),
    "list": ("harm.listed", "harm.exported"),
    "person": (
        "harm.explained",
        "person.records_read",
        "person.read",
        "recommendations.read",
        "service_notes.read",
    ),
    "map": ("harm.mapped",),
    "network": ("network.opened", "network.cluster_read", "person.associations_read"),
    "prediction": ("prediction.listed", "prediction.explained", "prediction.exported"),
    RECOMMENDATIONS: ("recommendation.made",),
}
COUNTED = tuple(action for actions in ACTIONS.values() for action in actions)
_KIND_OF = {action: kind for kind, actions in ACTIONS.items() for action in actions}


@dataclass(frozen=True)
class Done:
    """How often a user, by name, has an entry of this action in a month."""

    actor: str
    action: str
    times: int


@dataclass(frozen=True)
class Use:
    """How many users did something, and how often."""

    users: int
    times: int


@dataclass(frozen=True)
class MonthOfUse:
    """The use in the month that begins on `first`, by the names of `ACTIONS`."""

    first: date
    of: Mapping[str, Use]


def month_of_use(first: date, done: Iterable[Done], *, users: Collection[str]) -> MonthOfUse:
    """The use of RMS by these users in one month."""
    actors: dict[str, set[str]] = {kind: set() for kind in ACTIONS}
    times = dict.fromkeys(ACTIONS, 0)
    for one in done:
        if one.actor in users:
            kind = _KIND_OF[one.action]
            actors[kind].add(one.actor)
            times[kind] += one.times
    return MonthOfUse(first, {kind: Use(len(actors[kind]), times[kind]) for kind in ACTIONS})


def months_until(day: date, *, count: int) -> tuple[date, ...]:
    """The first days of the last months, that of `day` last.

    >>> [str(first) for first in months_until(date(2026, 2, 3), count=3)]
    ['2025-12-01', '2026-01-01', '2026-02-01']
    """
    places = range(day.year * 12 + day.month - count, day.year * 12 + day.month)
    return tuple(date(place // 12, place % 12 + 1, 1) for place in places)
