"""How the force works with its lists: a default for the force, which an area may override.

A value holds for an area and all areas below it, until one of them has its own. Without any decision the
value is the one that comes with RMS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rms.errors import InvalidInput, Problem, listed

Value = int | tuple[str, ...]
FORCE = None  # the key under which the default of the force stands, where areas have theirs


@dataclass(frozen=True)
class WholeNumber:
    """A setting that is a whole number from `least` to `most`."""

    name: str
    initial: int
    least: int
    most: int

    def value_of(self, given: object) -> int:
        """
        Raises
        ------
        InvalidInput
            If this is no such number.
        """
        if isinstance(given, int) and not isinstance(given, bool) and self.least <= given <= self.most:
            return given
        detail = f"Enter a whole number from {self.least:,} to {self.most:,}."
        raise InvalidInput([Problem("/value", "invalid_value", detail)])


@dataclass(frozen=True)
class Choices:
    """A setting that is a choice among `options`, in their order; none of them is a choice too."""

    name: str
    options: tuple[str, ...]

    @property
    def initial(self) -> tuple[str, ...]:
        return self.options

    def value_of(self, given: object) -> tuple[str, ...]:
        """
        Raises
        ------
        InvalidInput
            If something else is chosen.
        """
        if isinstance(given, Sequence) and not isinstance(given, str) and set(given) <= set(self.options):
            return tuple(option for option in self.options if option in given)
        detail = f"Choose from {listed(self.options)}."
        raise InvalidInput([Problem("/value", "invalid_value", detail)])


Setting = WholeNumber | Choices


def value_in_force(
    setting: Setting,
    area: int | None,
    *,
    above: Mapping[int, int | None],
    decided: Mapping[int | None, Value],
) -> Value:
    """The value for an area, or for the force (`FORCE`).

    Parameters
    ----------
    above
        Key of each office → key of the one above it.
    decided
        Key of an area, or `FORCE` → the value that was decided for it.
    """
    at = area
    while at is not None:
        if at in decided:
            return decided[at]
        at = above.get(at)
    return decided.get(FORCE, setting.initial)
