"""Why a case is comparable: shares of its own distance, and nothing that is not in it."""

from dataclasses import replace

import numpy as np
import pytest

from rms.engine.explaining.comparability import contrast, explain, unchangeable_share
from rms.engine.simulation import simulate
from tests.rms.engine.assessments import assessment
from tests.rms.engine.libraries import library, past_cases

POLICIES = pytest.mark.parametrize("policy", ["pool", "nearest"])


@POLICIES
def test_the_shares_are_those_of_the_distance(policy: str) -> None:
    known = library(past_cases(31, count=400), policy=policy)
    result = simulate(assessment(), known)
    simulation = result.simulations[0]
    explained = explain(result, "recidivism", known)
    assert [one.case_number for one in explained] == [one.case_number for one in simulation.comparables]
    metric = known.process("recidivism").metric
    for one, case in zip(explained, simulation.comparables, strict=True):
        told = (*one.alike, *one.differ)
        assert len({item.code for item in told}) == len(told) <= 6
        whole = sum(item.share for item in told) + one.rest + one.together
        assert whole == pytest.approx(1.0 if case.distance else 0.0, abs=1e-6)
        if policy == "nearest":
            assert one.together == pytest.approx(0.0, abs=1e-9)
        row = known.cases.case_number.searchsorted(one.case_number)
        for item in told:
            position = known.instrument.position[item.code]
            values = known.cases.values[row][None, :]
            apart = metric.item_distances(result.vector, values)[0, position] / metric.scale
            assert item.share * case.distance**2 == pytest.approx(apart, abs=1e-8)
            assert item.person == known.instrument.items[position].answer(result.vector[position])
        shares = [item.share for item in one.differ]
        assert shares == sorted(shares, reverse=True)


def test_nothing_is_told_of_cases_that_are_not_at_hand() -> None:
    known = library(past_cases(31, count=400))
    result = simulate(assessment(), known)
    other = replace(known, reference=replace(known.reference, sha256="ff" * 32))
    assert explain(result, "recidivism", other) == ()
    assert unchangeable_share(result, "recidivism", other) is None


def test_the_share_of_what_cannot_change() -> None:
    plain = library(past_cases(31, count=400), policy="nearest")
    result = simulate(assessment(), plain)
    assert unchangeable_share(result, "recidivism", plain) == pytest.approx(5 / 7)  # all but drug and work
    learned = library(past_cases(31, count=400))
    share = unchangeable_share(simulate(assessment(), learned), "recidivism", learned)
    assert share is not None and 0.0 < share < 1.0


@POLICIES
def test_the_nearest_of_each_outcome_and_what_separates_them(policy: str) -> None:
    known = library(past_cases(31, count=400), policy=policy)
    result = simulate(assessment(), known)
    found = contrast(result, "recidivism", known)
    assert found is not None
    evidence, cases = result.simulations[0].evidence, known.process("recidivism")
    assert evidence is not None
    actual = dict(zip(known.cases.case_number[cases.rows].tolist(), cases.actual.tolist(), strict=True))
    ranked = list(zip(evidence.case_numbers.tolist(), evidence.distances.tolist(), strict=True))
    for outcome, number, distance in (
        (1, found.stayed, found.stayed_distance),
        (2, found.returned, found.returned_distance),
    ):
        assert (number, distance) == next(pair for pair in ranked if actual[pair[0]] == outcome)
    stayed, returned = (
        known.cases.values[known.cases.case_number.searchsorted(number)]
        for number in (found.stayed, found.returned)
    )
    assert 1 <= len(found.differ) <= 3
    for one in found.differ:
        j, item = known.instrument.position[one.code], known.instrument.item(one.code)
        told = [None if np.isnan(v[j]) else item.answer(v[j]) for v in (stayed, returned, result.vector)]
        assert [one.stayed, one.returned, one.person] == told
        assert one.stayed != one.returned


def test_no_contrast_where_all_had_one_outcome_or_the_library_is_another() -> None:
    known = library(past_cases(31, count=400), policy="nearest")
    result = simulate(assessment(), known)
    other = replace(known, reference=replace(known.reference, sha256="ff" * 32))
    assert contrast(result, "recidivism", other) is None
    cases = known.process("recidivism")
    all_stayed = replace(cases, actual=np.ones_like(cases.actual))
    assert (
        contrast(result, "recidivism", replace(known, processes=(all_stayed, *known.processes[1:]))) is None
    )
