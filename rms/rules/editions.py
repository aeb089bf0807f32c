"""All rule sets of one rule: by version, and by the day on which they are in force."""

from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Generic, Protocol, TypeVar

from rms.errors import NotFound, listed, shown
from rms.rules.rule_sets import RuleSetHead, in_force


class RuleSet(Protocol):
    @property
    def head(self) -> RuleSetHead: ...


Set = TypeVar("Set", bound=RuleSet)


class Editions(Generic[Set]):
    """All rule sets of one rule: their files in `sets/`, and how a text becomes one."""

    def __init__(self, read: Callable[[str], Set], *versions: str) -> None:
        self._read = cache(lambda version: read(text_of(version)))
        self.versions = versions

    def named(self, version: str) -> Set:
        """
        Raises
        ------
        NotFound
            If there is none of this version.
        """
        if version not in self.versions:
            raise NotFound(f"There is no rule set {shown(version)}; there are {listed(self.versions)}.")
        return self._read(version)

    def every(self) -> list[Set]:
        return [self.named(version) for version in self.versions]

    def in_force(self, day: date) -> Set:
        """The set of that day. Of several, the one that began last.

        Raises
        ------
        NotFound
            If none was in force.
        """
        heads = [one.head for one in self.every()]
        return self.named(in_force(heads, day).version)


def text_of(version: str) -> str:
    """The TOML file of a rule set that comes with RMS."""
    return files(__package__).joinpath(f"sets/{version}.toml").read_text(encoding="utf-8")
