"""The places of circles in a picture of a network: none covers another, linked ones are near each other."""

import math
from collections.abc import Mapping, Sequence

import networkx as nx
import numpy as np

Place = tuple[float, float]
SEED = 0
ROUNDS = 120  # of pulling and pushing
ROOM = 1.8  # the width of a group, in widths of a square that has the area of its circles
GAP = 6.0  # between two circles, at least
TURN = math.pi * (3 - math.sqrt(5))  # of the spiral of seeds along which a free place is looked for
FINENESS = 0.35  # its step, as a share of the radius of the circle
AT_ONCE = 500  # places


def places_of(radii: Sequence[float], links: Mapping[tuple[int, int], float]) -> tuple[Place, ...]:
    """The middle of each circle. The same circles and links give the same places.

    In each group of linked circles, these are pulled together and all are pushed apart (Fruchterman and
    Reingold 1991); then each goes to the free place that is nearest to where it is, the largest first. The
    groups are put around the largest one in the same way.

    Parameters
    ----------
    radii : of each circle
    links : (circle, circle) → strength, above 0

    Returns
    -------
    Places in the unit of the radii.
    """
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(radii)))
    graph.add_weighted_edges_from((one, other, weight) for (one, other), weight in links.items())
    groups = [sorted(group) for group in nx.connected_components(graph)]
    inside = [_of_group(graph.subgraph(group), group, radii) for group in groups]
    wide = [
        max(math.hypot(*place) + radii[circle] for circle, place in zip(group, places, strict=True))
        for group, places in zip(groups, inside, strict=True)
    ]
    middles = _apart([(0.0, 0.0)] * len(groups), wide)
    found = {
        circle: (middle[0] + x, middle[1] + y)
        for group, places, middle in zip(groups, inside, middles, strict=True)
        for circle, (x, y) in zip(group, places, strict=True)
    }
    return tuple(found[circle] for circle in range(len(radii)))


def _of_group(graph: "nx.Graph[int]", group: Sequence[int], radii: Sequence[float]) -> Sequence[Place]:
    """The places of the circles of one group, around 0, 0."""
    if len(group) == 1:
        return [(0.0, 0.0)]
    pulled = nx.spring_layout(graph, seed=SEED, iterations=ROUNDS, method="force")
    room = ROOM * min(1, (len(group) + 2) / 10)  # a few need less
    width = math.sqrt(sum((2 * radii[circle] + GAP) ** 2 for circle in group)) * room
    spread = np.array([pulled[circle] for circle in group])
    spread = (spread - spread.mean(axis=0)) / max(float(np.ptp(spread, axis=0).max()), 1e-9) * width
    places = np.array(_apart([(x, y) for x, y in spread.tolist()], [radii[circle] for circle in group]))
    middle = (places.max(axis=0) + places.min(axis=0)) / 2
    return [(x, y) for x, y in (places - middle).tolist()]


def _apart(wanted: Sequence[Place], radii: Sequence[float]) -> Sequence[Place]:
    """Places near the wanted ones where no circle touches another; larger circles choose first."""
    placed: dict[int, Place] = {}
    for circle in sorted(range(len(radii)), key=lambda one: (-radii[one], one)):
        placed[circle] = _free(wanted[circle], radii[circle], placed, radii)
    return [placed[circle] for circle in range(len(radii))]


def _free(wanted: Place, radius: float, placed: Mapping[int, Place], radii: Sequence[float]) -> Place:
    """The first place along a spiral around the wanted one where the circle touches no other."""
    others = np.array([placed[one] for one in placed]).reshape(-1, 2)
    needed = np.array([radii[one] + radius + GAP for one in placed])
    first = 0
    while True:
        steps = np.arange(first, first + AT_ONCE)
        away, angle = FINENESS * radius * np.sqrt(steps), TURN * steps
        x, y = wanted[0] + away * np.cos(angle), wanted[1] + away * np.sin(angle)
        distances = np.hypot(x[:, None] - others[:, 0], y[:, None] - others[:, 1])
        free = np.flatnonzero((distances >= needed).all(axis=1))
        if len(free):
            return float(x[free[0]]), float(y[free[0]])
        first += AT_ONCE
