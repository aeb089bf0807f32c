"""Who of the fictional people becomes high harm: a process with a known risk, which files do not show.

At the beginning of each of three spans of two years up to the day of the data, everybody with an offence so
far has a risk. It goes by age, how lately and how often they offended, and their ties to people who escalated
lately. Those who escalate commit several serious offences within three months.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from api.demonstration.force.associations import Associations
from api.demonstration.force.days import BLANK, YEAR
from api.demonstration.force.draws import Flags, Floats, Integers, Stream, stream
from api.demonstration.force.people import People
from rms.calendar import months_before

SPANS, MONTHS = 3, 24
SHARE = 0.12  # of all offences: those of escalations
AT_ONCE = 90  # days that the offences of one escalation take
ENDS_BEFORE = 30  # days: that long before the end of its span an escalation is over at the latest
LATELY = 700  # days
# What the risk goes by, in log-odds.
BASE, YOUNG, OLDER, RECENT, FREQUENT, TIES = -8.4, 4.0, -2.0, 2.8, 1.2, 3.0


@dataclass(frozen=True)
class Escalations:
    """Arrays of shape (spans, people); the last span ends on the day of the data.

    `begin`: the day on which each span begins. `risk`: the probability that the person escalates in it,
    given all that was before. `first`: the first day of the escalation, `BLANK` without one. `offences`: how
    many it has.
    """

    begin: Sequence[int]
    risk: Floats
    first: Integers
    offences: Integers


def escalations(
    seed: int, people: People, ties: Associations, *, who: Integers, day: Integers, offences: int
) -> Escalations:
    """Draw who escalates and when.

    Parameters
    ----------
    who, day : the other offences, sorted by person.
    offences : how many the escalations have together.
    """
    rng = stream(seed, Stream.ESCALATIONS)
    until = np.where(people.custody_from == BLANK, people.end, people.custody_from) - 1
    today = date.fromordinal(people.day)
    begin = [months_before(today, MONTHS * span).toordinal() for span in range(SPANS, 0, -1)]
    ends = [*begin[1:], people.day]
    risks: list[Floats] = []
    starts: list[Integers] = []
    for first, end in zip(begin, ends, strict=True):
        earlier = np.concatenate([np.zeros((0, len(people)), np.int64), *[one[None] for one in starts]])
        latest = np.minimum(end - ENDS_BEFORE, until) - AT_ONCE
        risk = risk_on(people, ties, who, day, earlier, on=first) * (latest > first)
        escalates = _drawn(rng, risk)
        start = first + 1 + (rng.random(len(people)) * np.maximum(latest - first, 0)).astype(np.int64)
        risks.append(risk)
        starts.append(np.where(escalates, start, BLANK))
    first_days = np.array(starts)
    return Escalations(begin, np.array(risks), first_days, _numbers(rng, first_days, offences))


def risk_on(
    people: People, ties: Associations, who: Integers, day: Integers, earlier: Integers, *, on: int
) -> Floats:
    """The risk of everybody on a day; 0 without an offence so far."""
    past = day <= on
    last = np.zeros(len(people))
    np.maximum.at(last, who[past], day[past])
    escalated = np.asarray((earlier > on - LATELY).any(axis=0))
    last = np.maximum(last, np.where(earlier == BLANK, 0, earlier).max(axis=0, initial=0))
    age = (on - people.born) / YEAR
    lately = np.bincount(who[past & (day > on - 2 * YEAR)], minlength=len(people))
    line = (
        BASE
        + YOUNG * np.maximum(0, 25 - age) / 10
        + OLDER * np.maximum(0, age - 35) / 10
        + RECENT * np.exp2((last - on) / YEAR)
        + FREQUENT * np.log1p(lately)
        + TIES * np.log1p(_ties_to(escalated, ties, on))
    )
    known = np.isin(np.arange(len(people)), who[past])
    risk: Floats = known / (1 + np.exp(-line))
    return risk


def _ties_to(others: Flags, ties: Associations, on: int) -> Integers:
    """How many of these others each person has a tie to on a day, each pair once."""
    in_force = (ties.first <= on) & ((ties.last == BLANK) | (on <= ties.last))
    one, other = ties.one[in_force], ties.other[in_force]
    pairs = np.unique(np.minimum(one, other) * len(others) + np.maximum(one, other))
    first, second = np.divmod(pairs, len(others))
    return np.bincount(first[others[second]], minlength=len(others)) + np.bincount(
        second[others[first]], minlength=len(others)
    )


def _drawn(rng: np.random.Generator, risk: Floats) -> Flags:
    """Each person with exactly their risk, and in all about as many as the risks add to."""
    order = rng.permutation(len(risk))
    steps = np.floor(np.cumsum(risk[order]) + rng.random())
    drawn = np.zeros(len(risk), bool)
    drawn[order] = np.diff(steps, prepend=0) > 0
    return drawn


def _numbers(rng: np.random.Generator, first: Integers, offences: int) -> Integers:
    """How many offences each escalation has: equal shares. In a tiny force, one person has them all."""
    numbers = np.zeros_like(first)
    places = np.flatnonzero(first.ravel() != BLANK)
    if len(places):
        each, left = divmod(offences, len(places))
        numbers.ravel()[places] = each + (rng.permutation(len(places)) < left)
    return numbers
