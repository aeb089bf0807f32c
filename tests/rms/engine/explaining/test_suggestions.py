"""Suggestions: needs that can change, lower, clear, typical, and out of a pool that can carry them."""

from dataclasses import replace

import numpy as np
import pytest

from rms.engine.explaining.difference import CLEAR_FROM, differences
from rms.engine.explaining.suggestions import LEAST_POOL, Suggestions, WhyNone, suggestions
from rms.engine.library import Library
from rms.engine.result import TYPICAL_FROM
from rms.engine.simulation import simulate
from tests.rms.engine.assessments import ANSWERS, assessment
from tests.rms.engine.libraries import library, past_cases


@pytest.fixture(scope="module")
def known() -> Library:
    return library(past_cases(31, count=1500))


def suggested(known: Library, **given) -> Suggestions:
    about = assessment(**given)
    return suggestions(about, simulate(about, known), "recidivism", known)


def test_each_is_what_a_what_if_would_show(known: Library) -> None:
    before = simulate(assessment(), known)
    found = suggested(known)
    assert found.found and found.why_none is None
    for one in found.found:
        lower = {change.code: change.now for change in one.changes}
        for change in one.changes:
            assert change.code in ("drug", "work")
            assert change.was == ANSWERS[change.code] == change.now + 1
        after = simulate(assessment(answers={**ANSWERS, **lower}), known)
        whole = differences(before, after)[0]
        assert one.difference.change == pytest.approx(whole.change, abs=1e-12)
        assert one.difference.standard_error == pytest.approx(whole.standard_error, abs=1e-12)
        assert (one.difference.kept, one.difference.joined) == (whole.kept, whole.joined)
        assert -whole.change >= CLEAR_FROM * whole.standard_error
        assert after.simulations[0].typicality >= TYPICAL_FROM
    changes = [one.difference.change for one in found.found]
    assert changes == sorted(changes)


def test_pairs_only_where_nothing_alone_is_clear(known: Library) -> None:
    alone = {len(one.changes) for one in suggested(known).found}
    assert len(alone) == 1


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"answers": {**ANSWERS, "drug": 0, "work": 0}}, WhyNone.NOTHING_LOWER),
        (
            {
                "answers": {k: v for k, v in ANSWERS.items() if k != "drug"} | {"work": 0},
                "unknown": {"drug": "Not asked"},
            },
            WhyNone.NOTHING_LOWER,
        ),
    ],
)
def test_why_there_are_none(known: Library, given: dict, why: WhyNone) -> None:
    assert suggested(known, **given) == Suggestions("recidivism", (), why)


def test_ten_cases_suggest_nothing() -> None:
    nearest = library(past_cases(31, count=1500), policy="nearest")
    assert suggested(nearest).why_none is WhyNone.POOL_TOO_SMALL
    assert LEAST_POOL == 100


def test_where_the_needs_say_nothing_nothing_is_clear() -> None:
    past = past_cases(31, count=600)
    rng = np.random.default_rng(7)
    past.cases.values[:, [2, 3]] = rng.integers(0, 3, (600, 2))
    past.actual["recidivism"][:] = np.where(past.cases.values[:, 4] > 1, 2, 1)
    assert suggested(library(past)).why_none is WhyNone.NOT_CLEAR


def test_nothing_without_a_score_or_with_another_library(known: Library) -> None:
    assert suggested(library(past_cases(31, count=90))).why_none is WhyNone.NO_SCORE
    about = assessment()
    other = replace(known, reference=replace(known.reference, sha256="ff" * 32))
    found = suggestions(about, simulate(about, known), "recidivism", other)
    assert found.why_none is WhyNone.ANOTHER_LIBRARY
