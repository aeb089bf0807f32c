"""How sensitive a score is to one answer: every step is simulated as if it had been the answer."""

from dataclasses import replace

import pytest

from rms.engine.explaining.sensitivity import sensitivity, steps_from
from rms.engine.result import Status
from rms.engine.simulation import simulate
from tests.rms.engine.assessments import ANSWERS, assessment
from tests.rms.engine.libraries import SMALL, library, past_cases

POLICIES = pytest.mark.parametrize("policy", ["pool", "nearest"])


@pytest.mark.parametrize(
    ("code", "number", "steps"),
    [
        ("drug", 0.0, [1.0]),
        ("drug", 2.0, [1.0, 3.0]),
        ("drug", 3.0, [2.0]),
        ("thefts", 0.0, [1.0]),
        ("thefts", 99.0, [98.0]),
        ("years", 4.5, [3.5, 5.5]),
        ("years", 0.5, [1.5]),
        ("offence", 1.0, [0.0, 2.0]),
    ],
)
def test_a_step(code: str, number: float, steps: list[float]) -> None:
    assert list(steps_from(SMALL.item(code), number)) == steps


@POLICIES
def test_the_ends_are_the_scores_of_assessments_answered_so(policy: str) -> None:
    known = library(past_cases(31, count=400), policy=policy)
    about = assessment()
    by_hand = {}
    for item in SMALL.asked:
        for number in steps_from(item, item.number(ANSWERS[item.code])):
            other = simulate(assessment(answers={**ANSWERS, item.code: item.answer(number)}), known)
            for one in other.simulations:
                by_hand.setdefault(one.process, []).append(one.score)
    for found in sensitivity(about, simulate(about, known), known):
        scores = [score for score in by_hand[found.process] if score is not None]
        assert found.steps == len(by_hand[found.process]) == 10
        assert found.withheld == found.steps - len(scores)
        assert (found.low.score if found.low else found.score) == min([*scores, found.score])
        assert (found.high.score if found.high else found.score) == max([*scores, found.score])
        assert found.unknown == ()


def test_the_unknown_item_that_matters_most_comes_first() -> None:
    known = library(past_cases(31, count=400))
    answers = {code: answer for code, answer in ANSWERS.items() if code not in ("drug", "years")}
    about = assessment(answers=answers, unknown={"drug": "Not asked", "years": "Not asked"})
    found = sensitivity(about, simulate(about, known), known)[0]
    assert {one.code for one in found.unknown} == {"drug", "years"}
    ranges = [one.range for one in found.unknown]
    assert ranges == sorted(ranges, reverse=True)
    for one in found.unknown:
        for tried in (one.low, one.high):
            still = {code: why for code, why in about.unknown.items() if code != one.code}
            so = assessment(answers={**answers, one.code: tried.answer}, unknown=still)
            assert simulate(so, known).simulations[0].score == tried.score


def test_nothing_without_a_score_or_with_another_library() -> None:
    small = library(past_cases(31, count=90))
    about = assessment()
    assert simulate(about, small).simulations[0].status is Status.INSUFFICIENT_LIBRARY
    assert sensitivity(about, simulate(about, small), small) == ()
    known = library(past_cases(31, count=400))
    other = replace(known, reference=replace(known.reference, sha256="ff" * 32))
    assert sensitivity(about, simulate(about, known), other) == ()
