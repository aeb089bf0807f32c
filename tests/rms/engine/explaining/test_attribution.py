"""What moved a score: parts that add up, held against every order written out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rms.engine.explaining.attribution import Attribution, attribution, shapley
from rms.engine.library import Library
from rms.engine.reference import reference_attribution
from rms.engine.result import Status
from rms.engine.simulation import simulate
from tests.rms.engine.assessments import answered, assessment
from tests.rms.engine.libraries import libraries, library, past_cases, random_values

POLICIES = pytest.mark.parametrize("policy", ["pool", "nearest"])
SECTIONS = {"sex": "who", "age": "who", "drug": "needs", "work": "needs"}


def sectioned(known: Library) -> Library:
    """The same library of an instrument in three sections, and a fourth without an item."""
    items = tuple(replace(item, section=SECTIONS.get(item.code, "past")) for item in known.instrument.items)
    sections = {"who": "Who", "needs": "Needs", "past": "Past", "none": "None"}
    return replace(known, instrument=replace(known.instrument, items=items, sections=sections))


def moved(known: Library, **given) -> Attribution | None:
    about = assessment(**given)
    return attribution(about, simulate(about, known), "recidivism", known)


@POLICIES
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_parts_are_those_of_every_order_written_out(policy: str, data: st.DataObject, seed: int) -> None:
    known = sectioned(data.draw(libraries(policy=policy)))
    vector = random_values(np.random.default_rng(seed), 1, coarse=True)[0]
    about = answered(vector)
    result = simulate(about, known)
    for simulation in result.simulations:
        found = attribution(about, result, simulation.process, known)
        if simulation.status is not Status.SIMULATED:
            assert found is None
            continue
        cases = known.process(simulation.process)
        groups = [
            [j for j, item in enumerate(known.instrument.items) if item.section == part.section]
            for part in found.parts
        ]
        expected = reference_attribution(
            result.vector.tolist(), about.person, known, cases, groups, score=simulation.score
        )
        assert [part.amount for part in found.parts] == pytest.approx(expected, abs=1e-9)
        total = sum(part.amount for part in found.parts)
        assert found.base_rate + total == pytest.approx(simulation.score, abs=1e-12)


def test_a_section_that_says_nothing_moves_nothing() -> None:
    past = past_cases(5, count=400)
    past.cases.values[:, [0, 1]] = [0.0, 30.0]  # everybody alike in who they are
    found = moved(sectioned(library(past)))
    assert {part.section: part.amount for part in found.parts}["who"] == pytest.approx(0.0, abs=1e-12)
    assert [part.section for part in found.parts] == ["who", "needs", "past"]


def test_nothing_is_told_without_a_score_or_of_another_library() -> None:
    known = sectioned(library(past_cases(31, count=400)))
    about = assessment()
    result = simulate(about, known)
    other = replace(known, reference=replace(known.reference, sha256="ff" * 32))
    assert attribution(about, result, "recidivism", other) is None
    assert attribution(about, result, "arson", known) is None
    small = sectioned(library(past_cases(31, count=90)))
    assert moved(small) is None


def test_of_players_who_are_worth_what_they_add_each_gets_that() -> None:
    adds = np.array([3.0, -1.0, 0.5])
    worth = np.array([sum(adds[i] for i in range(3) if way >> i & 1) for way in range(8)])
    assert shapley(worth) == pytest.approx(adds)
    glove = np.array([0.0, 0, 0, 1, 0, 1, 0, 1])  # one left glove (player 0), two right ones
    assert shapley(glove) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
