"""An earlier assessment's answers, carried over into a new form of the same person."""

from collections.abc import Mapping
from dataclasses import dataclass

from rms.assessment.assessment import Assessment
from rms.instrument import Answer, Instrument, Item


@dataclass(frozen=True)
class Carried:
    """What a new form starts with: item code → answer, and item code → why it is not known."""

    answers: Mapping[str, Answer]
    unknown: Mapping[str, str]


def carried_over(earlier: Assessment, instrument: Instrument) -> Carried:
    """The answers of `earlier` that `instrument` accepts; none if they are of another instrument.

    A later version of the same instrument may differ: what no longer fits has to be answered again.
    """
    items = {item.code: item for item in instrument.asked if earlier.instrument.name == instrument.name}
    return Carried(
        answers={
            code: answer
            for code, answer in earlier.answers.items()
            if code in items and items[code].wrong_with(answer) is None
        },
        unknown={
            code: reason
            for code, reason in earlier.unknown.items()
            if code in items and items[code].unknown_allowed
        },
    )


def changed_over(
    earlier: Assessment, instrument: Instrument, answers: Mapping[str, Answer], unknown: Mapping[str, str]
) -> Carried:
    """The answers of `earlier`, some of them changed; an item made unknown loses its answer."""
    kept = carried_over(earlier, instrument)
    changed = {*answers, *unknown}
    return Carried(
        answers={**{code: kept.answers[code] for code in kept.answers if code not in changed}, **answers},
        unknown={**{code: kept.unknown[code] for code in kept.unknown if code not in changed}, **unknown},
    )


def is_stale(item: Item, months: int, *, after: int) -> bool:
    """Whether an answer of that age should be asked again: only items that can change become stale."""
    return item.dynamic and months > after
