"""What a score is based on, in words and figures: the rows of the page that explains a result."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rms.engine.explaining.attribution import Attribution
from rms.engine.explaining.comparability import Contrast
from rms.engine.explaining.sensitivity import Sensitivity, Tried
from rms.engine.explaining.suggestions import Suggestion, Suggestions, WhyNone
from rms.instrument import Answer, Instrument
from rms.reports import wording
from rms.reports.content import answer_text

Row = tuple[str, ...]  # the cells of a table's row

WHY_NONE = {
    WhyNone.ANOTHER_LIBRARY: "This result was made with a library that is no longer in use here.",
    WhyNone.NO_SCORE: "There is no score here, so there is nothing to compare with.",
    WhyNone.POOL_TOO_SMALL: (
        "This score is based on too few cases to compare people with lower needs. Any difference could be "
        "chance."
    ),
    WhyNone.NOTHING_LOWER: "Every need that can change is already at its lowest level or is unknown.",
    WhyNone.NOT_TYPICAL: (
        "RMS looked for people who resemble this person but have lower needs. The library has too few of "
        "them to compare with."
    ),
    WhyNone.NOT_CLEAR: "With one or two lower needs, there is no clear difference.",
}
SUGGESTIONS_CAVEAT = (
    "This shows what other people did. It does not say that lowering a need would change what this person "
    "does. It is a question to think about, never a plan by itself."
)
NOTHING_TO_ASK = "No answer to an unknown item would change this score."
ATTRIBUTION_CAVEAT = (
    "RMS adds the groups of answers one after another. The effect of a group depends on which groups were "
    "added before it, so RMS tries every order and shows the average effect. The first line and all the "
    "effects add up to the score. They describe the comparison, not causes."
)


@dataclass(frozen=True)
class AttributionTable:
    """From the base rate, by the parts, to the score: figures that add up as printed."""

    base_rate: str
    rows: tuple[Row, ...]
    score: str


def attribution_table(attribution: Attribution, instrument: Instrument) -> AttributionTable:
    base, score = (_hundredths(value) for value in (attribution.base_rate, attribution.score))
    amounts = adding_up([part.amount for part in attribution.parts], to=score - base)
    return AttributionTable(
        base_rate=wording.two_decimals(attribution.base_rate),
        rows=tuple(
            (instrument.sections[part.section], signed(amount))
            for part, amount in zip(attribution.parts, amounts, strict=True)
        ),
        score=wording.two_decimals(attribution.score),
    )


def adding_up(amounts: Sequence[float], *, to: int) -> list[int]:
    """Amounts in whole hundredths that add up to `to`, each as near to its own as can be.

    >>> adding_up([0.004, 0.004, 0.004], to=1)
    [1, 0, 0]
    """
    exact = [100.0 * amount for amount in amounts]
    whole = [round(one) for one in exact]
    short = to - sum(whole)
    step = 1 if short > 0 else -1
    for _ in range(abs(short)):  # change the amount that rounding moved farthest
        off = [step * (own - shown) for own, shown in zip(exact, whole, strict=True)]
        whole[off.index(max(off))] += step
    return whole


def signed(hundredths: int) -> str:
    """
    >>> signed(-9), signed(0), signed(12)
    ('−0.09', '0.00', '+0.12')
    """
    sign = "−" if hundredths < 0 else "+" if hundredths else ""
    return f"{sign}{abs(hundredths) / 100:.2f}"


def sensitivity_sentences(sensitivity: Sensitivity, instrument: Instrument) -> Iterator[str]:
    """What the score would be if one answer were one step different."""
    if not sensitivity.steps:
        yield "No item has an answer that could be one step different."
        return
    ends = [_end(step, instrument) for step in (sensitivity.low, sensitivity.high) if step]
    tried = f"Each of the {sensitivity.steps} single steps was tried, with all other answers unchanged."
    if ends:
        between = f"the score would be between {_between(sensitivity)}"
        yield f"If one answer were one step higher or lower, {between}. {tried}"
        yield from ends
    else:
        yield f"No single step changes the score of {wording.two_decimals(sensitivity.score)}. {tried}"
    if sensitivity.withheld:
        yield (
            f"After {sensitivity.withheld} of them there would be no score, because no case would be "
            "comparable."
        )


def unknown_rows(sensitivity: Sensitivity, instrument: Instrument) -> tuple[Row, ...]:
    """Item; the lowest and the highest score, each with its answer; the difference of the two as shown.

    An item whose answer would not change the score as shown is left out: there is no use in asking.
    """
    return tuple(
        (
            instrument.item(step.code).label,
            *(
                f"{_score(end)} ({_answer(end.answer, end.code, instrument)})"
                for end in (step.low, step.high)
            ),
            str(apart),
        )
        for step in sensitivity.unknown
        if (apart := Decimal(_score(step.high)) - Decimal(_score(step.low)))
    )


def contrast_sentence(contrast: Contrast) -> str:
    return (
        f"The nearest person with actual 1 is case {contrast.stayed} (distance "
        f"{wording.fixed(contrast.stayed_distance, places=3)}), the nearest with actual 2 case "
        f"{contrast.returned} ({wording.fixed(contrast.returned_distance, places=3)})."
    )


def contrast_rows(contrast: Contrast, instrument: Instrument) -> tuple[Row, ...]:
    """Item; this person; the case with actual 1; the case with actual 2."""
    return tuple(
        (
            instrument.item(compared.code).label,
            *(
                _answer(answer, compared.code, instrument)
                for answer in (compared.person, compared.stayed, compared.returned)
            ),
        )
        for compared in contrast.differ
    )


def suggestion_sentence(suggestion: Suggestion, instrument: Instrument) -> str:
    """What people with these needs lower did, who otherwise resemble this person."""
    labels = " and ".join(instrument.item(change.code).label for change in suggestion.changes)
    before, after = (
        wording.two_decimals(side.score or 0.0)
        for side in (suggestion.difference.before, suggestion.difference.after)
    )
    return (
        f"People who otherwise resemble this person but with lower {labels} more often had actual 1: "
        f"{after} instead of {before} ({wording.difference_word(suggestion.difference)})."
    )


def lower_needs(suggestion: Suggestion, instrument: Instrument) -> tuple[str, ...]:
    """Each need that is lower, from what to what."""
    return tuple(
        f"{instrument.item(change.code).label} ({_answer(change.was, change.code, instrument)} → "
        f"{_answer(change.now, change.code, instrument)})"
        for change in suggestion.changes
    )


def tried_sentence(suggestions: Suggestions) -> str:
    """How many changes were tried: one clear difference among many can be chance."""
    if suggestions.tried == 1:
        return "One change was tried."
    return f"{suggestions.tried} changes were tried. With this many tries, one can look clear by chance."


def _between(sensitivity: Sensitivity) -> str:
    low, high = (step.score if step else sensitivity.score for step in (sensitivity.low, sensitivity.high))
    return f"{wording.two_decimals(low)} and {wording.two_decimals(high)}"


def _end(step: Tried, instrument: Instrument) -> str:
    answer = _answer(step.answer, step.code, instrument)
    return f"{_score(step)} with {instrument.item(step.code).label} answered “{answer}”."


def _score(step: Tried) -> str:
    return wording.two_decimals(step.score)


def _answer(answer: Answer | None, code: str, instrument: Instrument) -> str:
    return wording.UNKNOWN if answer is None else answer_text(answer, instrument.item(code))


def _hundredths(value: float) -> int:
    return int(Decimal(wording.two_decimals(value)) * 100)
