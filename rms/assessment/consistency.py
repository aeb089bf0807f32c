"""Answers that cannot all be true together, told as warnings: nothing is refused for them.

Only what contradicts itself by the words of the form is told, never what is merely unusual. A rule
names items by their codes: an instrument that does not ask them all has no such rule, and where one
of them is not answered, nothing is said.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rms.instrument import Answer, Instrument, Kind, Source

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
    """One way to contradict oneself. `contradicts` takes the answers of `items`, in their order."""

    code: str
    items: tuple[str, ...]
    contradicts: Callable[..., bool]
    detail: str


@dataclass(frozen=True)
class Contradiction:
    """A rule that answers break: its code, the items to look at again, and why, as a sentence."""

    code: str
    items: tuple[str, ...]
    detail: str


# Of the identification, against what is on record: whether it is so, those tell who can look it up.
RECORDED_OTHERWISE = Contradiction(
    "recorded_otherwise",
    (),
    "Another sex or date of birth is on record under this offender number: see that it is the right person.",
)

# What is counted from birth on: it cannot fall from one assessment to the next, nor a first time move on.
# (code, what it is then, the items, the sign that makes them grow)
GROWING = (
    ("lower_than_before", "lower", (*CONVICTIONS, "years_served", "supervision_periods", "revocations"), 1),
    ("higher_than_before", "higher", ("age_first_conviction",), -1),
)
FALLEN = "{} is {} than in the assessment that this one starts from: one of the two is wrong."

CHECKS = (
    Check(
        "first_conviction_after_today",
        ("age_first_conviction", "age"),
        lambda first, age: first > age,
        "The first conviction cannot have been at an age that the person has not reached.",
    ),
    Check(
        "first_conviction_without_convictions",
        ("age_first_conviction", *CONVICTIONS),
        lambda first, *convictions: sum(convictions) == 0,
        "There is an age at the first conviction, but every kind of conviction is counted as none.",
    ),
    Check(
        "served_longer_than_lived",
        ("years_served", "age"),
        # Completed years: somebody of 20 has lived up to 11 years since turning ten.
        lambda served, age: served >= age + 1 - 10,
        "The years served are more than the person has lived since the age of ten.",
    ),
    Check(
        "more_revocations_than_periods",
        ("revocations", "supervision_periods"),
        lambda revoked, periods: revoked > periods,
        "More periods of supervision are counted as revoked than as had.",
    ),
    Check(
        "employed_without_work",
        ("empl", "months_employed"),
        # Level 3: no work in the last three months at liberty, which leaves nine of the twelve.
        lambda need, months: need == 3 and months > 9,
        "Employment is rated as no work in the last three months, but there was work in ten months or more.",
    ),
)


def checks_of(instrument: Instrument) -> tuple[Check, ...]:
    """The rules whose items this instrument has."""
    return tuple(check for check in CHECKS if all(code in instrument.position for code in check.items))


def warnings(
    instrument: Instrument, answers: Mapping[str, Answer], *, age: int | None
) -> tuple[Contradiction, ...]:
    """What contradicts itself in these answers, be they complete or not; `age` in completed years."""
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
    """What cannot be so if the answers of an earlier assessment of the person were right; an item each."""
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
    """The answers that are of their item's kind, with the age where it is one of the items."""
    for item in instrument.items:
        if item.source is Source.DATE_OF_BIRTH and item.kind is Kind.DATE and age is not None:
            yield item.code, age
        elif item.code in answers and item.wrong_with(answers[item.code]) is None:
            yield item.code, answers[item.code]
