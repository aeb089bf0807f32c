"""Counts too small to be shown: few people could be told apart by them."""

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")

LEAST_SHOWN = 5


def shown_count(count: int) -> int | None:
    """The count, or None where it is too small to be shown."""
    return count if count >= LEAST_SHOWN else None


def shown_parts(parts: Mapping[Key, int]) -> dict[Key, int | None]:
    """Counts that add to a total which is shown: None for those that are too small to be.

    A single hidden one could be told from the total and the others, and so could those that together
    are too small: the smallest shown ones are hidden as well, until nothing can be.

    >>> shown_parts({"higher": 20, "lower": 6})
    {'higher': 20, 'lower': 6}
    >>> shown_parts({"a": 30, "b": 12, "c": 2})
    {'a': 30, 'b': None, 'c': None}
    """
    hidden = [key for key, count in parts.items() if count < LEAST_SHOWN]
    if hidden:
        by_size = sorted((key for key in parts if key not in hidden), key=lambda key: parts[key])
        while by_size and (len(hidden) == 1 or sum(parts[key] for key in hidden) < LEAST_SHOWN):
            hidden.append(by_size.pop(0))
    return {key: None if key in hidden else count for key, count in parts.items()}
