"""What each kind of fact does to a person's prediction, and the single facts behind it.

Facts of one kind overlap: offences of the last 6 months are also offences of the last 24, and the harm
score is made of offences. So the sum of a kind says what it does, and the sign of a single fact says little.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rms.harm.settings import COMPONENTS
from rms.prediction.features import NEAR, OLDER, YOUNG
from rms.prediction.model import Part
from rms.rounding import half_up


class Kind(StrEnum):
    """A kind of fact, in the order in which kinds of equal effect are shown."""

    OFFENCES = "offences, and the harm score made of them"
    AGE = "age"
    CUSTODY = "custody and plans"
    REGISTRATIONS = "registrations"
    ASSOCIATES = "associates"


_AGE = ("under_18", "under_25", "over_35", "over_50", "age_unknown")
_CUSTODY = ("in_custody", "released", "custody_times", "managed")
_ASSOCIATES = ("links", "pagerank", "high_harm_links")
_YES_NO = ("in_custody", "released", "managed")
HIDDEN = "not shown: it counts people whom you may not see"
LITTLE, LOT = math.log(1.1), math.log(2)  # in log-odds: the odds change by a tenth; they double
EFFECTS = (
    "“A lot” means that the odds of becoming high harm at least double or halve. “Hardly” means that they "
    "change by less than a tenth."
)


@dataclass(frozen=True)
class Fact:
    """A fact of a person. `value`: in words. `change`: what it does to the log-odds, against the average."""

    name: str
    kind: Kind
    title: str
    value: str
    change: float

    @property
    def shown_change(self) -> str:
        return signed(self.change)


@dataclass(frozen=True)
class Group:
    """All facts of a kind, the largest change first, and the sum of their changes."""

    kind: Kind
    facts: tuple[Fact, ...]

    @property
    def change(self) -> float:
        return math.fsum(fact.change for fact in self.facts)

    @property
    def title(self) -> str:
        return self.kind[0].upper() + self.kind[1:]

    @property
    def effect(self) -> str:
        return effect(self.change)

    @property
    def shown_change(self) -> str:
        return signed(self.change)


def groups(facts: Sequence[Fact]) -> tuple[Group, ...]:
    """The facts by kind, the kind with the largest sum first."""
    found = [Group(kind, tuple(fact for fact in facts if fact.kind is kind)) for kind in Kind]
    return tuple(sorted((one for one in found if one.facts), key=lambda one: -abs(one.change)))


def facts_of(parts: Sequence[Part], *, high: float) -> tuple[Fact, ...]:
    """The facts behind a prediction, the largest change first. Their changes add up to those of the parts.

    Age is one fact, though a model has several features of it. So are associates: how many there are, and
    how many of them are high harm, counts people whom the reader may not see, so no figure of it is a fact.

    Parameters
    ----------
    high : the score at which the band *high* begins.
    """
    together = (Kind.AGE, Kind.ASSOCIATES)
    found = [_fact(part, high) for part in parts if kind_of(part.feature.name) not in together]
    found += _together(parts)
    return tuple(sorted(found, key=lambda fact: (-abs(fact.change), fact.name)))


def kind_of(name: str) -> Kind:
    """The kind of a feature. What is none of the others is about offences or the harm score.

    They are one kind: the score is made of offences, so what one raises the other can lower.

    >>> kind_of("robbery_6").name, kind_of("near_high").name, kind_of("links").name
    ('OFFENCES', 'OFFENCES', 'ASSOCIATES')
    """
    if name in _AGE:
        return Kind.AGE
    if name in _CUSTODY:
        return Kind.CUSTODY
    if name in _ASSOCIATES:
        return Kind.ASSOCIATES
    return Kind.REGISTRATIONS if name.startswith("registered_") else Kind.OFFENCES


def effect(change: float) -> str:
    """
    >>> effect(0.05), effect(0.3), effect(-0.3), effect(-0.7)
    ('hardly changes it', 'raises it', 'lowers it', 'lowers it a lot')
    """
    if abs(change) < LITTLE:
        return "hardly changes it"
    verb = "raises it" if change > 0 else "lowers it"
    return f"{verb} a lot" if abs(change) >= LOT else verb


def signed(change: float) -> str:
    """
    >>> signed(0.314), signed(-1.2), signed(0.001)
    ('+0.31', '−1.20', '0.00')
    """
    shown = str(half_up(abs(change), places=2))
    return shown if shown == "0.00" else f"{'+' if change > 0 else '−'}{shown}"


def _fact(part: Part, high: float) -> Fact:
    name, title = part.feature.name, part.feature.title
    if name == "near_high":
        title = "harm score"
    title = title[0].upper() + title[1:]
    return Fact(name, kind_of(name), title, value_in_words(name, part.value, high=high), part.change)


def _together(parts: Sequence[Part]) -> Iterator[Fact]:
    for kind, name, title in ((Kind.AGE, "age", "Age"), (Kind.ASSOCIATES, "associates", "Associates")):
        values = {part.feature.name: part.value for part in parts if kind_of(part.feature.name) is kind}
        change = math.fsum(part.change for part in parts if part.feature.name in values)
        if values:
            yield Fact(name, kind, title, HIDDEN if kind is Kind.ASSOCIATES else age_in_words(values), change)


def age_in_words(values: dict[str, float]) -> str:
    """The age from its features: 10 years of each side of a limit are 1.

    >>> age_in_words({"under_18": 0.5, "under_25": 1.2}), age_in_words({"over_35": 2.25})
    ('13', '57')
    >>> age_in_words({"under_25": 0.0, "over_35": 0.0}), age_in_words({"age_unknown": 1.0})
    ('25 to 35', 'not known')
    """
    if values.get("age_unknown"):
        return "not known"
    (_, young), (older, _) = YOUNG, OLDER
    if below := values.get("under_25", 0.0):
        return f"{int(young - below * 10 + 1e-6)}"
    above = values.get("over_35", 0.0)
    return f"{int(older + above * 10 + 1e-6)}" if above else f"{young} to {older}"


def value_in_words(name: str, value: float, *, high: float) -> str:
    """The value of a feature, transformed back.

    >>> value_in_words("recency", 0.5, high=73), value_in_words("in_custody", 1, high=73)
    ('50 of 100', 'yes')
    >>> value_in_words("offences_6", math.log(4), high=73), value_in_words("near_high", 0.82, high=73)
    ('3', '71.2 (the band high starts at 73.0)')
    """
    if name in COMPONENTS:
        return f"{value * 100:.0f} of 100"
    if name in _YES_NO or name.startswith("registered_"):
        return "yes" if value else "no"
    starts = f"the band high starts at {half_up(high, places=1)}"
    if name == "near_high":
        score = half_up(high - NEAR + NEAR * value, places=1)
        return f"{score} ({starts})" if value else f"{score} or below ({starts})"
    if name == "first_offence":
        return f"{math.expm1(value):.1f}"
    return f"{math.expm1(value):.0f}"
