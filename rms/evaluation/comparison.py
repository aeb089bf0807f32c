"""People on a list, and for each the nearest of those who are not on it: nearest-neighbour matching.

Two people can be a pair if they have the same sex and live in an area of the same kind (not known is a value
of its own), if both ages are known or neither, and if their distance is at most 1. Distance: a tenth of the
difference of the harm scores, plus a hundredth of that of each component, plus a tenth of that of the ages.

Those on the list choose in the order of their scores, the highest first, and nobody is chosen twice. So each
pair depends on the pairs before it; another order could match a few more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SCORE, COMPONENT, AGE = 10.0, 100.0, 10.0  # a difference of so much makes a distance of 1
MOST_DISTANCE = 1.0


@dataclass(frozen=True)
class Subject:
    """A person as known on the day of the study. `age` in completed years; None: not known."""

    id: int
    score: float
    components: tuple[float, ...]
    age: int | None = None
    sex: str | None = None
    area_kind: str | None = None

    @property
    def stratum(self) -> tuple[str | None, str | None, bool]:
        """Only people of one stratum can be a pair."""
        return self.sex, self.area_kind, self.age is None


def distance(one: Subject, other: Subject) -> float:
    """How far two people of one stratum lie apart; 0 if they are equal."""
    components = sum(abs(a - b) for a, b in zip(one.components, other.components, strict=True))
    years = abs((one.age or 0) - (other.age or 0))
    return abs(one.score - other.score) / SCORE + components / COMPONENT + years / AGE


def matched_plainly(listed: Sequence[Subject], others: Sequence[Subject]) -> dict[int, int]:
    """The ID of each person on the list who has a match → the ID of the match. It is the reference."""
    free = {other.id: other for other in others}
    found: dict[int, int] = {}
    for one in _in_order(listed):
        near = [(distance(one, other), id) for id, other in free.items() if other.stratum == one.stratum]
        nearest = min(near, default=None)
        if nearest is not None and nearest[0] <= MOST_DISTANCE:
            found[one.id] = nearest[1]
            del free[nearest[1]]
    return found


def matched(listed: Sequence[Subject], others: Sequence[Subject]) -> dict[int, int]:
    """The same pairs, fast: of equally near people the lowest ID."""
    strata = defaultdict(list)
    for other in sorted(others, key=lambda one: one.id):
        strata[other.stratum].append(other)
    columns = {stratum: _Columns(people) for stratum, people in strata.items()}
    found: dict[int, int] = {}
    for one in _in_order(listed):
        if one.stratum in columns and (id := columns[one.stratum].take_nearest(one)) is not None:
            found[one.id] = id
    return found


class _Columns:
    """The people of a stratum, by ID; those who were taken are at an infinite distance."""

    def __init__(self, people: Sequence[Subject]) -> None:
        self._people = people
        self._score = np.array([one.score for one in people])
        self._components = np.array([one.components for one in people])
        self._age = np.array([one.age or 0 for one in people], float)
        self._taken = np.zeros(len(people), bool)

    def take_nearest(self, one: Subject) -> int | None:
        near = np.abs(self._score - one.score) / SCORE
        near += np.abs(self._components - np.array(one.components)).sum(axis=1) / COMPONENT
        near += np.abs(self._age - (one.age or 0)) / AGE
        near[self._taken] = np.inf
        # The sums may differ from those of the plain form in their last digits, so the nearest few decide.
        few = np.flatnonzero(near <= near.min() + 1e-9)
        at = min(few.tolist(), key=lambda place: (distance(one, self._people[place]), self._people[place].id))
        if self._taken[at] or distance(one, self._people[at]) > MOST_DISTANCE:
            return None
        self._taken[at] = True
        return self._people[at].id


def _in_order(listed: Sequence[Subject]) -> list[Subject]:
    return sorted(listed, key=lambda one: (-one.score, one.id))
