"""The prediction in plain words, which are not those of the harm score or of simulations."""

from collections.abc import Mapping

from rms.prediction.figures import ConfusionMatrix, Figure
from rms.prediction.model import of_100

HIGH_HARM = "High harm means a harm score in the band high or above."
NOT_A_SCORE = (
    "A statistical model makes the prediction. It uses the harm score as one of its facts, and estimates "
    "whether the score will reach the band high. The two numbers are on different scales, so do not set one "
    "against the other."
)
FOR_WHAT = (
    "Use the prediction to decide whose records to read next. Do not use it as a reason for arrest, search, "
    "charge, sentence, recall or refusal of a service, and never as the only reason for any decision."
)
ONLY_IN_USE = "Predictions are shown only if an administrator has put a model into use (“current”)."
NOT_THE_PERSON = "It is an estimate for people with facts like these. Nobody knows what this person will do."
NOT_ANYONE = (
    "Each probability is an estimate for people with facts like these. Nobody knows what any one person will "
    "do."
)
ATTENTION = (
    "The prediction uses recorded offences, recorded associations and the harm score, which is made from "
    "records too. More attention by the police puts more on record, and so can raise the harm score and the "
    "prediction."
)
TOGETHER = (
    "Each kind of fact is compared with the average of the people that the model was trained on. A fact that "
    "raises a prediction need not be a cause."
)
TOO_FEW = "too few outcomes to judge"
NO_EVIDENCE = (
    "A figure from fewer than 10 people never raises an alarm. Something may have changed even without an "
    "alarm."
)


def sentence(probability: float) -> str:
    """
    >>> sentence(0.34).partition(" become")[0]
    'The model estimates that about 34 in 100 people with facts like this person’s'
    """
    return (
        f"The model estimates that {of_100(probability)} in 100 people with facts like this person’s become "
        "high harm within two years."
    )


def percent(share: float) -> str:
    """
    >>> percent(0.005), percent(0.725), percent(0.999)
    ('under 1%', '73%', 'over 99%')
    """
    if share < 0.01:
        return "under 1%"
    return "over 99%" if share > 0.99 else f"{int(share * 100 + 0.5)}%"


def missed(matrix: ConfusionMatrix, cut_off: float) -> str:
    """How many of those who became high harm the list would have missed.

    >>> missed(ConfusionMatrix(26, 9, 111, 2776), 0.6)
    'In the latest check, 137 people became high harm. The list missed 111 of them, because their prediction \
was below 60%, the limit of the list.'
    """
    if not matrix.outcomes:
        return "In the latest check, nobody became high harm."
    return (
        f"In the latest check, {_people(matrix.outcomes)} became high harm. The list missed "
        f"{matrix.false_negatives:,} of them, because their prediction was below {percent(cut_off)}, the "
        "limit of the list."
    )


def in_words(matrix: ConfusionMatrix, cut_off: float) -> tuple[str, ...]:
    """What the counts of a month say, and what flagging nobody would have given.

    >>> flagged, became, right = in_words(ConfusionMatrix(26, 9, 111, 2776), 0.6)
    >>> flagged.partition(": ")[0], flagged.partition("Of these, ")[2]
    ('35 of 2,922 people were flagged', '26 became high harm and 9 did not.')
    >>> became
    '137 people became high harm. 26 of them were flagged and 111 were not.'
    >>> right.partition(". ")[0], right.partition("still ")[2].partition(", because")[0]
    ('2,802 of 2,922 predictions were right (95.9%)', 'have been right for 2,785 people (95.3%)')
    """
    right, people = matrix.true_positives + matrix.true_negatives, matrix.people
    flagged = (
        f"{matrix.predicted:,} of {_people(people)} {_were(matrix.predicted)} flagged: their prediction was "
        f"{percent(cut_off)} or above."
    )
    if matrix.predicted:
        flagged += (
            f" Of these, {matrix.true_positives:,} became high harm and {matrix.false_positives:,} did not."
        )
    became = f"{_people(matrix.outcomes)} became high harm."
    if matrix.outcomes:
        became += (
            f" {matrix.true_positives:,} of them {_were(matrix.true_positives)} flagged and "
            f"{matrix.false_negatives:,} {_were(matrix.false_negatives)} not."
        )
    if matrix.is_too_few:
        return flagged, became
    nobody = people - matrix.outcomes
    return (
        flagged,
        became,
        f"{right:,} of {people:,} predictions were right ({right / people:.1%}). If RMS had flagged nobody "
        f"at all, it would still have been right for {nobody:,} people ({nobody / people:.1%}), because they "
        "did not become high harm. So this share alone does not show that the prediction is useful.",
    )


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


FIGURES: Mapping[str, str] = {
    "accuracy": "Of all people, how many predictions were right",
    "sensitivity": "Of people who became high harm, how many were flagged",
    "specificity": "Of people who did not, how many were not flagged",
    "precision": "Of people who were flagged, how many became high harm",
}


def figure(one: Figure) -> str:
    """
    >>> figure(Figure("precision", 30, 40)), figure(Figure("precision", 1, 4))
    ('0.750 (0.598 to 0.858)', 'too few outcomes to judge')
    """
    if one.value is None or one.is_too_few:
        return TOO_FEW
    low, high = one.interval
    return f"{one.value:.3f} ({low:.3f} to {high:.3f})"
