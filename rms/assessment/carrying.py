"""An earlier assessment's answers, carried over into a new form of the same person."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rms.assessment.assessment import Assessment
from rms.instrument import Answer, Instrument, Item


@dataclass(frozen=True)
class Carried:
    """What a new form begins with: item code → answer, and item code → why it is not known."""

    answers: Mapping[str, Answer]
    unknown: Mapping[str, str]


def carried_over(earlier: Assessment, instrument: Instrument) -> Carried:
    """The answers of `earlier` that `instrument` takes; of another instrument's form none are.

    A later version of the same instrument may ask otherwise: what no longer fits is left to be asked anew.
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


def months_between(earlier: date, later: date) -> int:
    """Whole months from one day to another.

    >>> [months_between(date(2026, 1, 31), day) for day in (date(2026, 2, 28), date(2027, 1, 31))]
    [0, 12]
    """
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (later.day < earlier.day)


def months_before(day: date, months: int) -> date:
    """The last day that lies that many whole months before another.

    >>> months_before(date(2026, 8, 31), 6), months_before(date(2026, 3, 4), 15)
    (datetime.date(2026, 2, 28), datetime.date(2024, 12, 4))
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_stale(item: Item, months: int, *, after: int) -> bool:
    """Whether an answer of that age should be asked again: only what can change in a person grows old."""
    return item.dynamic and months > after
