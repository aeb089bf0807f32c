"""The tree of offices and areas: how deep and how large it may be, and walks over it.

No walk recurses, and each ends: what is stored may be deeper than the bound, or older than it.
"""

from collections.abc import Iterator, Mapping

MOST_LEVELS = 20  # below the agency
MOST_OFFICES = 20_000  # with areas: pages and imports read all of them


def in_tree_order(parents: Mapping[int, int | None]) -> Iterator[tuple[int, int]]:
    """The depth and the key of each office: each after the one above it, and before its next sibling.

    `parents` is key → key of the office above. Offices whose parent is not among them are at the top, at
    depth 0. Siblings keep their order.

    >>> list(in_tree_order({3: 2, 4: 1, 1: None, 2: 1}))
    [(0, 1), (1, 4), (1, 2), (2, 3)]
    """
    below: dict[int | None, list[int]] = {}
    for office, parent in parents.items():
        below.setdefault(parent if parent in parents else None, []).append(office)
    waiting = [(0, office) for office in reversed(below.get(None, []))]
    while waiting:
        depth, office = waiting.pop()
        yield depth, office
        waiting += [(depth + 1, child) for child in reversed(below.get(office, []))]


class OfficeTree:
    """The tree while offices are added and moved. `parents` is key → key of the office above."""

    def __init__(self, parents: Mapping[int, int | None]) -> None:
        self._parents = dict(parents)
        self._below: dict[int, set[int]] = {}
        for office, parent in self._parents.items():
            if parent is not None:
                self._below.setdefault(parent, set()).add(office)

    def __len__(self) -> int:
        return len(self._parents)

    def place(self, office: int, parent: int) -> None:
        """Add the office below another, or move it there with all below it."""
        before = self._parents.get(office)
        if before is not None:
            self._below[before].remove(office)
        self._parents[office] = parent
        self._below.setdefault(parent, set()).add(office)

    def holds(self, upper: int, office: int) -> bool:
        """Whether `office` is `upper` or below it."""
        return upper in self._upwards(office)

    def is_too_deep(self, parent: int, office: int | None = None) -> bool:
        """Whether the office, or one below it, would be more than MOST_LEVELS below the top under `parent`.

        Without `office`, a new one. It is never too deep where it is not deeper than now: a tree that was
        stored before there was a bound can be made flatter step by step.
        """
        depth = self._depth(parent) + 1
        if office is not None and depth <= self._depth(office):
            return False
        return depth + self._height(office) > MOST_LEVELS

    def _depth(self, office: int) -> int:
        return len(self._upwards(office)) - 1

    def _upwards(self, office: int) -> dict[int, None]:
        """The office and those above it."""
        found: dict[int, None] = {}
        above: int | None = office
        while above is not None and above not in found:
            found[above] = None
            above = self._parents.get(above)
        return found

    def _height(self, office: int | None) -> int:
        """How many levels there are below the office."""
        levels, level = 0, self._below.get(office, set()) if office is not None else set()
        seen: set[int] = set()
        while level:
            levels += 1
            seen |= level
            level = {child for one in level for child in self._below.get(one, ())} - seen
        return levels
