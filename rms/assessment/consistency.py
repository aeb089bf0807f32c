"""Answers that cannot all be true together. They give warnings; nothing is refused for them.

Only contradictions by the words of the form give a warning, never what is merely unusual. A check
names items by their codes. It is skipped where an instrument does not ask all of them, or where one
of them is not answered.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rms.instrument import Answer, Instrument, ItemKind, Source

CONVICTIONS = (
    "conv_violence",
    "conv_property",
    "conv_drug",
    "conv_weapon",
    "conv_escape",
    "conv_other",
)


@dataclass(frozen=True)
class Check:
    """One possible contradiction. `contradicts` takes the answers of `items`, in their order."""

    code: str
    items: tuple[str, ...]
    contradicts: Callable[..., bool]
    detail: str


@dataclass(frozen=True)
class Contradiction:
    """A check that the answers failed: its code, the items to look at again, and why, as a sentence."""

    code: str
    items: tuple[str, ...]
    detail: str


# Of the identification, against the recorded one: callers who can look that up decide if it applies.
RECORDED_OTHERWISE = Contradiction(
    "recorded_otherwise",
    (),
    "Another sex or date of birth is recorded for this offender number. Check that this is the right person.",
)

# Lifetime counts cannot fall from one assessment to the next, and a first time cannot become later.
# (code, what it is then, the items, the sign that makes them grow)
GROWING = (
    ("lower_than_before", "lower", (*CONVICTIONS, "years_served", "supervision_periods", "revocations"), 1),
    ("higher_than_before", "higher", ("age_first_conviction",), -1),
)
FALLEN = "{} is {} than in the assessment that this one starts from. One of the two must be wrong."

CHECKS = (
    Check(
        "first_conviction_after_today",
        ("age_first_conviction", "age"),
        lambda first, age: first > age,
        "Age at first conviction cannot be more than the person’s age.",
    ),
    Check(
        "first_conviction_without_convictions",
        ("age_first_conviction", *CONVICTIONS),
        lambda first, *convictions: sum(convictions) == 0,
        "There is an age at first conviction, but all counts of convictions are 0.",
    ),
    Check(
        "served_longer_than_lived",
        ("years_served", "age"),
        # Completed years: a person of 20 has lived up to 11 years since turning ten.
        lambda served, age: served >= age + 1 - 10,
        "Years served cannot be more than the years since the person turned ten.",
    ),
    Check(
        "more_revocations_than_periods",
        ("revocations", "supervision_periods"),
        lambda revoked, periods: revoked > periods,
        "Revocations cannot be more than supervision periods.",
    ),
    Check(
        "employed_without_work",
        ("empl", "months_employed"),
        # Level 3: no work in the last three months at liberty, which leaves nine of the twelve.
        lambda need, months: need == 3 and months > 9,
        "Employment is rated as no work in the last three months, but months employed is 10 or more.",
    ),
)


def checks_of(instrument: Instrument) -> tuple[Check, ...]:
    """The checks whose items this instrument has."""
    return tuple(check for check in CHECKS if all(code in instrument.position for code in check.items))


def warnings(
    instrument: Instrument, answers: Mapping[str, Answer], *, age: int | None
) -> tuple[Contradiction, ...]:
    """The contradictions in these answers, complete or not; `age` in completed years."""
    given = dict(_given(instrument, answers, age))
    return tuple(
        Contradiction(check.code, check.items, check.detail)
        for check in checks_of(instrument)
        if all(code in given for code in check.items)
        and check.contradicts(*(given[code] for code in check.items))
    )


def warnings_against(
    instrument: Instrument, before: Mapping[str, Answer], after: Mapping[str, Answer]
) -> tuple[Contradiction, ...]:
    """The items whose answers contradict those of an earlier assessment of the person."""
    return tuple(
        Contradiction(code, (item,), FALLEN.format(instrument.item(item).label, now))
        for code, now, items, sign in GROWING
        for item in items
        if item in instrument.position
        and _is_number(before.get(item))
        and _is_number(after.get(item))
        and sign * float(before[item]) > sign * float(after[item])
    )


def _is_number(answer: Answer | None) -> bool:
    return isinstance(answer, int | float)


def _given(
    instrument: Instrument, answers: Mapping[str, Answer], age: int | None
) -> Iterator[tuple[str, Answer]]:
    """The valid answers, with the age where it is one of the items."""
    for item in instrument.items:
        if item.source is Source.DATE_OF_BIRTH and item.kind is ItemKind.DATE and age is not None:
            yield item.code, age
        elif item.code in answers and item.wrong_with(answers[item.code]) is None:
            yield item.code, answers[item.code]
