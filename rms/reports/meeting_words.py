"""Recommendations and meetings in words."""

from rms.meetings.recommendations import Kind, State
from rms.reports import record_words

KINDS = {Kind.SELECT: "Select for management", Kind.DESELECT: "Deselect: no longer manage"}
STATES = {
    State.WAITING: "waiting for a decision",
    State.ACCEPTED: "accepted",
    State.REFUSED: "refused",
    State.WITHDRAWN: "withdrawn",
}
STATES_BY_NAME = {str(state): words for state, words in STATES.items()}
SECTIONS = {
    "waiting": "Waiting for a decision",
    "unmanaged": "High and unmanaged",
    "moved": "Moved band",
    "flex": "Flex suggestions by harm score",
    "predicted": "Flex suggestions by prediction",
    "decided": "Recommendations with their results",
    "deselected": "Deselected",
}
DECISIONS = {State.ACCEPTED: "Accept", State.REFUSED: "Refuse"}
CHANGES_NOTHING = (
    "A recommendation changes no plan and no registration. It records what was advised and decided."
)

COMPARISON_CHANGES_NOTHING = (
    "A comparison changes nothing on any list, and nobody is treated otherwise because of it."
)
COMPARISON_SAYS = (
    "It can show whether listed people and their matches differ later, for example in new offences.",
    "It cannot show for sure that the list is the reason. People are not listed by chance: officers know "
    "things about them that are not in the records, and the matches may differ in these.",
    "More attention by the police puts more on record. So listed people can seem to offend more only because "
    "they are watched.",
    "Listed people without a match are left out. What is found does not hold for them.",
    "“No clear evidence” is not “no effect”. With few pairs, even a real difference stays unseen.",
)
COMPARISON_RULE = (
    "Same sex, same kind of home area, and both ages known or neither.",
    "Distance: a tenth of the difference of the harm scores, plus a hundredth of that of each component, "
    "plus a tenth of that of the ages in years. It must be 1 or less.",
    "Listed people choose in the order of their scores, the highest first. Nobody is chosen twice. Of "
    "equally near people RMS takes the one whom it has known longest.",
    "Nobody whose selection or deselection has ever been accepted in a meeting can be a match.",
)


def recommended(kind: Kind, cohort: str | None) -> str:
    """
    >>> recommended(Kind.SELECT, "flex"), recommended(Kind.SELECT, None), recommended(Kind.DESELECT, None)
    ('Select for management, cohort: flex', 'Select for management, no cohort', 'Deselect')
    """
    if kind is Kind.DESELECT:
        return "Deselect"
    words = f"cohort: {record_words.COHORTS[cohort]}" if cohort else "no cohort"
    return f"Select for management, {words}"


def rank(place: int | None, criteria: str) -> str:
    """
    >>> rank(3, "home area W1; under 25"), rank(None, "none")
    ('Rank 3. Filters: home area W1; under 25', 'Not on the list. Filters: none')
    """
    return f"{'Not on the list' if place is None else f'Rank {place:,}'}. Filters: {criteria}"


def kept(most: int, total: int, *, or_more: bool = False) -> str:
    """What the minutes say of a part of which they do not have everybody.

    >>> kept(100, 4400), kept(100, 10_000, or_more=True)
    ('The minutes have the first 100 of 4,400.', 'The minutes have the first 100 of 10,000 or more.')
    """
    return f"The minutes have the first {most:,} of {total:,}{' or more' if or_more else ''}."


def moved(before: str | None, after: str | None) -> str:
    """
    >>> moved("low", "high"), moved("high", "high"), moved(None, "high")
    ('from low', '', '')
    """
    return "" if before is None or after is None or before == after else f"from {before}"
