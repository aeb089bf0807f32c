"""The result of a survey: counts, the share who agree with its interval, and none from a few answers."""

import pytest

from rms.support.survey import FEWEST, SurveyAnswer, survey_result

ANSWERS = [
    SurveyAnswer(5, 4, 1, 5, "Faster."),
    SurveyAnswer(4, 4, 2, 5),
    SurveyAnswer(4, 3, 3, 1, "A map."),
    SurveyAnswer(2, 4, 3, 2),
    SurveyAnswer(1, 1, 3, 2),
]


def test_counts_shares_and_texts() -> None:
    result = survey_result(ANSWERS)
    assert result is not None
    trust, ease, usefulness = result.statements
    assert [trust.counts[point] for point in (1, 2, 3, 4, 5)] == [1, 1, 0, 2, 1]
    assert [(one.agree, one.of) for one in (trust, ease, usefulness)] == [(3, 5), (3, 5), (0, 5)]
    assert usefulness.interval[0] == 0
    assert trust.interval == pytest.approx((0.2307, 0.8824), abs=1e-4)
    assert result.used == {1: 1, 2: 2, 3: 0, 4: 0, 5: 2}
    assert result.texts == ("A map.", "Faster.")


def test_fewer_than_five_answers_have_no_result() -> None:
    assert survey_result(ANSWERS[: FEWEST - 1]) is None
