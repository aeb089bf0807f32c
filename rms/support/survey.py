"""A short survey of users: its questions, an answer, and the result, which names nobody."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rms.proportions import wilson

FEWEST = 5  # answers of a result: with fewer, colleagues could guess who said what
POINTS = (1, 2, 3, 4, 5)
AGREE = (4, 5)
LONGEST = 2000  # characters of the text
# Statements on which users say how far they agree, by name.
STATEMENTS: Mapping[str, str] = {
    "trust": "I trust what RMS says enough to use it as one source among others.",
    "ease": "RMS is easy to use.",
    "usefulness": "RMS helps me in my work.",
}
SCALE: Mapping[int, str] = {
    1: "Strongly disagree",
    2: "Disagree",
    3: "Neither agree nor disagree",
    4: "Agree",
    5: "Strongly agree",
}
USED = "How often have you used RMS in the last month?"
OFTEN: Mapping[int, str] = {
    1: "Not at all",
    2: "Once or twice",
    3: "About once a week",
    4: "Several times a week",
    5: "Every working day",
}


@dataclass(frozen=True)
class SurveyAnswer:
    """One user's answer: points from 1 to 5, and a text that may be empty."""

    trust: int
    ease: int
    usefulness: int
    used: int
    text: str = ""


@dataclass(frozen=True)
class StatementResult:
    """How many users chose each point, of `of`, and the share who agree with its 95% Wilson interval."""

    name: str
    counts: Mapping[int, int]

    @property
    def of(self) -> int:
        return sum(self.counts.values())

    @property
    def agree(self) -> int:
        return sum(self.counts[point] for point in AGREE)

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.agree, self.of)


@dataclass(frozen=True)
class SurveyResult:
    """`texts` are in the order of the alphabet, so that their order does not tell who wrote them."""

    answers: int
    statements: tuple[StatementResult, ...]
    used: Mapping[int, int]
    texts: tuple[str, ...]


def survey_result(answers: Sequence[SurveyAnswer]) -> SurveyResult | None:
    """The result; None with fewer than `FEWEST` answers."""
    if len(answers) < FEWEST:
        return None
    return SurveyResult(
        len(answers),
        tuple(_statements(answers)),
        _counts([answer.used for answer in answers]),
        tuple(sorted(answer.text for answer in answers if answer.text)),
    )


def _statements(answers: Sequence[SurveyAnswer]) -> Iterator[StatementResult]:
    for name in STATEMENTS:
        yield StatementResult(name, _counts([getattr(answer, name) for answer in answers]))


def _counts(points: Sequence[int]) -> Mapping[int, int]:
    counted = Counter(points)
    return {point: counted[point] for point in POINTS}
