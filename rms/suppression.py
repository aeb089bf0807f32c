"""Counts too small to be shown: they could identify people."""

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")

LEAST_SHOWN = 5


def shown_count(count: int) -> int | None:
    """The count, or None where it is too small to be shown."""
    return count if count >= LEAST_SHOWN else None


def shown_parts(parts: Mapping[Key, int]) -> dict[Key, int | None]:
    """Counts that add to a total which is shown: None for those that are too small.

    A single hidden count could be worked out from the total and the others, and so could several whose sum
    is too small. The smallest shown counts are therefore hidden as well, until none can be worked out.

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
