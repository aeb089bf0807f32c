"""What a score is based on, in words and figures: the rows of the page that explains a result."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rms.engine.explaining.attribution import Attribution
from rms.engine.explaining.comparability import Contrast
from rms.engine.explaining.sensitivity import Sensitivity, Tried, Unknown
from rms.engine.explaining.suggestions import Suggestion, Suggestions, WhyNone
from rms.instrument import Answer, DaysOutcome, Instrument, Source
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
    WhyNone.NOT_CLEAR: (
        "RMS compared this score with the scores of people who have one or two needs rated lower. No "
        "difference was clear."
    ),
}
SUGGESTIONS_CAVEAT = (
    "This shows what other people did. It does not say that lowering a need would change what this person "
    "does. It is a question to think about, never a plan by itself."
)
ATTRIBUTION_CAVEAT = (
    "RMS adds the groups of answers one after another. The effect of a group depends on which groups were "
    "added before it, so RMS tries every order and shows the average effect. The first line and all the "
    "effects add up to the score. The effects describe the comparison, not causes."
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
    tried = f"RMS tried each of the {sensitivity.steps} single steps, with all other answers unchanged."
    lower, higher = _seen(sensitivity.low, sensitivity), _seen(sensitivity.high, sensitivity)
    if lower or higher:
        yield f"The score is {wording.two_decimals(sensitivity.score)}. {tried}"
        yield _end(lower, "fall", instrument) if lower else "No single step lowers the score."
        yield _end(higher, "rise", instrument) if higher else "No single step raises the score."
    else:
        yield f"No single step changes the score: it stays {wording.two_decimals(sensitivity.score)}. {tried}"
    if sensitivity.withheld:
        yield (
            f"After {sensitivity.withheld} of these steps there would be no score, because no case would be "
            "comparable."
        )


def unknown_sentence(sensitivity: Sensitivity, instrument: Instrument) -> str:
    """What the scores of `unknown_rows` compare with; "" if there are none."""
    worth = _worth_asking(sensitivity)
    if not worth:
        return ""
    shown = wording.two_decimals(sensitivity.score)
    sentences = [
        f"The score is {shown} with {'this answer' if len(worth) == 1 else 'these answers'} unknown."
    ]
    for step in worth:
        answer = (
            "Any known answer" if len(worth) == 1 else f"Any answer to {instrument.item(step.code).label}"
        )
        if Decimal(_score(step.high)) < Decimal(shown):
            sentences.append(f"{answer} would make it lower.")
        elif Decimal(_score(step.low)) > Decimal(shown):
            sentences.append(f"{answer} would make it higher.")
    return " ".join(sentences)


def nothing_to_ask(sensitivity: Sensitivity, instrument: Instrument) -> str:
    """That no unknown answer would change the score as shown; "" if nothing is unknown."""
    labels = [instrument.item(step.code).label for step in sensitivity.unknown]
    if not labels:
        return ""
    named = " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)
    are, answer = ("is", "the answer") if len(labels) == 1 else ("are", "the answer to any one of them")
    stays = wording.two_decimals(sensitivity.score)
    return f"{named} {are} unknown. Whatever {answer}, the score stays {stays}."


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
            str(Decimal(_score(step.high)) - Decimal(_score(step.low))),
        )
        for step in _worth_asking(sensitivity)
    )


def _worth_asking(sensitivity: Sensitivity) -> tuple[Unknown, ...]:
    """The unknown items whose answer would change the score as shown."""
    return tuple(step for step in sensitivity.unknown if _score(step.high) != _score(step.low))


def contrast_sentence(contrast: Contrast) -> str:
    return (
        f"The nearest person with actual 1 is case {contrast.stayed}. The nearest person with actual 2 is "
        f"case {contrast.returned}. On the page Comparable people, the percent of a case also counts the "
        "people it stands for. So the nearest case may not have the highest percent."
    )


def contrast_details(contrast: Contrast) -> tuple[str, ...]:
    """The figures behind the sentence: the distances of the two cases."""
    stayed, returned = (
        wording.fixed(distance, places=3)
        for distance in (contrast.stayed_distance, contrast.returned_distance)
    )
    return (
        f"Distance of case {contrast.stayed}: {stayed}. Distance of case {contrast.returned}: {returned}. "
        "A distance of 0 means identical in every item that counts.",
    )


def contrast_rows(contrast: Contrast, instrument: Instrument) -> tuple[Row, ...]:
    """Item; this person; the case with actual 1; the case with actual 2."""
    return tuple(
        (
            compared_label(compared.code, instrument),
            *(
                _answer(answer, compared.code, instrument)
                for answer in (compared.person, compared.stayed, compared.returned)
            ),
        )
        for compared in contrast.differ
    )


def compared_label(code: str, instrument: Instrument) -> str:
    """The label of an item in which a person and a case are compared. Their ages are of different days."""
    item = instrument.item(code)
    if item.source is not Source.DATE_OF_BIRTH:
        return item.label
    since_release = isinstance(instrument.processes[0].outcome, DaysOutcome)
    of_case = "at release" if since_release else "when the case was recorded"
    return f"{item.label} (this person: at assessment; the case: {of_case})"


def suggestion_sentence(suggestion: Suggestion, instrument: Instrument) -> str:
    """What people did who have these needs lower and otherwise resemble this person."""
    labels = " and ".join(instrument.item(change.code).label for change in suggestion.changes)
    process = next(one for one in instrument.processes if one.code == suggestion.difference.process)
    _, returned = wording.outcomes_in_brief(process)
    before, after = (
        wording.two_decimals(side.score or 0.0)
        for side in (suggestion.difference.before, suggestion.difference.after)
    )
    return (
        f"Of the people who resemble this person but have lower {labels}, a smaller share "
        f"{returned}. Their score is {after} instead of {before} "
        f"({wording.difference_word(suggestion.difference)})."
    )


def lower_needs(suggestion: Suggestion, instrument: Instrument) -> tuple[str, ...]:
    """Each need that is lower, from what to what."""
    return tuple(
        f"{instrument.item(change.code).label} ({_answer(change.was, change.code, instrument)} → "
        f"{_answer(change.now, change.code, instrument)})"
        for change in suggestion.changes
    )


def why_none_sentence(suggestions: Suggestions) -> str:
    """Why nothing is listed, with how many changes were tried; "" if something is."""
    if suggestions.why_none is None:
        return ""
    tried = "one change" if suggestions.tried == 1 else f"{suggestions.tried} changes"
    if suggestions.why_none is WhyNone.NOT_TYPICAL:
        if suggestions.tried == 1:
            return f"RMS tried {tried}. There were too few people to compare with."
        return f"RMS tried {tried}. For none of them were there enough people to compare with."
    if suggestions.why_none is WhyNone.NOT_CLEAR:
        return f"RMS tried {tried}. {WHY_NONE[WhyNone.NOT_CLEAR]}"
    return WHY_NONE[suggestions.why_none]


def tried_sentence(suggestions: Suggestions) -> str:
    """How many changes were tried: one clear difference among many can be chance."""
    if suggestions.tried == 1:
        return "RMS tried one change."
    return (
        f"RMS tried {suggestions.tried} changes. The more changes it tries, the more likely it is that one "
        "seems to make a difference only by chance."
    )


def _seen(step: Tried | None, sensitivity: Sensitivity) -> Tried | None:
    """The step, if the score with it differs from the score in two decimals."""
    hides = step is None or _score(step) == wording.two_decimals(sensitivity.score)
    return None if hides else step


def _end(step: Tried, change: str, instrument: Instrument) -> str:
    answer = _answer(step.answer, step.code, instrument)
    return (
        f"The largest {change} is to {_score(step)}, if {instrument.item(step.code).label} were “{answer}”."
    )


def _score(step: Tried) -> str:
    return wording.two_decimals(step.score)


def _answer(answer: Answer | None, code: str, instrument: Instrument) -> str:
    return wording.UNKNOWN if answer is None else answer_text(answer, instrument.item(code))


def _hundredths(value: float) -> int:
    return int(Decimal(wording.two_decimals(value)) * 100)
