"""The exercises: fixed people, and right answers that follow from the real formula and a fixed day."""

import pytest

from rms.errors import NotFound
from rms.harm.catalogue import harm_settings
from rms.harm.settings import COMPONENTS
from rms.support.training import DAY, LATER, exercise_named, exercises, fictional_people, score_of

# The person and the score that the formula gives on the day of the training.
SCORES = {
    "Ash Sample": "55.6",
    "Billie Sample": "62.4",
    "Charlie Sample": "51.2",
    "Drew Sample": "41.1",
    "Eden Sample": "43.6",
    "Frankie Sample": "17.5",
}
# The exercise and its right answer.
RIGHT = [
    ("first", "ash"),
    ("counted", "2"),
    ("points", "recency"),
    ("later", "falls"),
    ("says", "record"),
    ("prediction", "read"),
    ("reason", "facts"),
]


def test_the_scores_are_always_the_same() -> None:
    assert {one.name: str(score_of(one).shown) for one in fictional_people()} == SCORES


def test_the_right_answers() -> None:
    assert [(one.name, one.right) for one in exercises()] == RIGHT
    for one in exercises():
        assert one.right in one.options and len(one.options) >= 3


def test_no_answer_is_a_close_call() -> None:
    ash, billie, *_ = fictional_people()
    others = [score_of(one).score for one in fictional_people() if one not in (ash, billie)]
    assert billie.is_hidden and score_of(billie).score > score_of(ash).score > max(others) + 2
    eden, weights = score_of(fictional_people()[4]), harm_settings().weights
    points = sorted(weights[name] * getattr(eden, name) for name in COMPONENTS)
    assert points[-1] > points[-2] + 2
    assert score_of(ash, on=LATER).score < score_of(ash).score - 2


def test_nothing_is_later_than_the_day_of_the_training() -> None:
    for person in fictional_people():
        assert all(one.on <= DAY for one in (*person.history.offences, *person.history.reports))


def test_an_unknown_exercise() -> None:
    with pytest.raises(NotFound):
        exercise_named("none")
