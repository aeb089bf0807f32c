"""Whole answers: the score is what the comparables say, and nothing else has a say in it."""

from datetime import date

import faiss
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rms.assessment import AssessmentKind, person_key
from rms.engine.library import Library
from rms.engine.policy import SHOWN
from rms.engine.result import SPARSE_BELOW, WITHHELD_BELOW, Result, Simulation, Status
from rms.engine.simulation import simulate, simulate_each, simulate_many, typicality
from rms.engine.weights import wilson
from tests.rms.engine.assessments import ANSWERS, answered, assessment
from tests.rms.engine.libraries import SMALL, libraries, library, past_cases, random_values

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
POLICIES = pytest.mark.parametrize("policy", ["pool", "nearest"])


def bits(result: Result) -> list[bytes]:
    """Everything a result says, so that two can be compared to the last bit."""
    said = [repr(result.needs).encode(), result.vector.tobytes()]
    for simulation in result.simulations:
        evidence = simulation.evidence
        said.append(repr((simulation.status, simulation.score, simulation.interval)).encode())
        said.append(repr((simulation.effective_size, simulation.typicality, simulation.comparables)).encode())
        if evidence:
            said += [
                evidence.case_numbers.tobytes(),
                evidence.distances.tobytes(),
                evidence.weights.tobytes(),
            ]
    return said


def assert_made_of_its_comparables(simulation: Simulation) -> None:
    shown, evidence = simulation.comparables, simulation.evidence
    assert sum(c.weight * c.actual for c in shown) == pytest.approx(simulation.score, abs=1e-12)
    assert sum(round(c.percent * 100) for c in shown) == 10_000
    assert sum(c.stands_for for c in shown) == len(evidence.case_numbers)
    assert 1.0 <= simulation.score <= 2.0
    low, high = wilson(np.array([simulation.score]), np.array([simulation.effective_size]))
    assert simulation.interval == (low[0], high[0])
    assert simulation.effective_size == pytest.approx(1 / (evidence.weights**2).sum(), rel=1e-12)
    assert evidence.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (np.diff(evidence.distances) >= 0).all()
    weights = [(-round(c.weight, 12), c.case_number) for c in shown]
    assert weights == sorted(weights)


@POLICIES
@SLOW
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_weight_times_actual_of_the_comparables_is_the_score(policy, data, seed):
    held = data.draw(libraries(policy=policy))
    vector = random_values(np.random.default_rng(seed), 1, coarse=bool(seed % 2))[0]
    for simulation in simulate(answered(vector), held).simulations:
        if simulation.status is Status.SIMULATED:
            assert_made_of_its_comparables(simulation)
            shown = len(simulation.comparables)
            assert shown == SHOWN if policy == "pool" else SHOWN <= shown <= 50


@pytest.fixture(scope="module", params=["pool", "nearest"])
def held(request) -> Library:
    return library(past_cases(31, count=400), policy=request.param)


def test_one_answer_and_a_batch_agree(held):
    people = random_values(np.random.default_rng(4), 40, coarse=False)
    people[:, 1] = 35  # the age of whoever is assessed here
    many = simulate_many(people, np.full(40, person_key("10000"), np.uint64), held)
    for row in range(40):
        for simulation in simulate(answered(people[row]), held).simulations:
            scores = many[simulation.process]
            assert scores.status[row] is simulation.status
            if simulation.status is Status.SIMULATED:
                assert scores.score[row] == simulation.score
                assert (scores.interval_low[row], scores.interval_high[row]) == simulation.interval
                assert scores.effective_size[row] == simulation.effective_size
            assert scores.typicality[row] == simulation.typicality


def test_the_same_question_has_the_same_answer_to_the_last_bit(held):
    before, first = faiss.omp_get_max_threads(), bits(simulate(assessment(), held))
    try:
        for threads in (1, 2):
            faiss.omp_set_num_threads(threads)
            for _ in range(3):
                assert bits(simulate(assessment(), held)) == first
    finally:
        faiss.omp_set_num_threads(before)


@POLICIES
@settings(SLOW, max_examples=15)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12))
def test_each_of_many_is_answered_as_if_alone(policy, data, seed, count):
    """To the last bit: an import may not say anything else than a single post."""
    held = data.draw(libraries(policy=policy))
    vectors = random_values(np.random.default_rng(seed), count, coarse=bool(seed % 2))
    asked = [answered(vector, number=f"P{row % 5}") for row, vector in enumerate(vectors)]
    together = simulate_each(asked, held)
    assert [bits(result) for result in together] == [bits(simulate(one, held)) for one in asked]


def test_batches_of_any_size_give_the_same_bits(held):
    people = random_values(np.random.default_rng(9), 120, coarse=True)
    persons = np.zeros(120, np.uint64)
    whole = simulate_many(people, persons, held)
    order = np.random.default_rng(1).permutation(120)
    shuffled = simulate_many(people[order], persons[order], held)
    for process, scores in whole.items():
        np.testing.assert_array_equal(shuffled[process].score, scores.score[order])
        for batch in (1, 50):
            parts = [
                simulate_many(people[at : at + batch], persons[at : at + batch], held)[process]
                for at in range(0, 120, batch)
            ]
            for name in ("score", "interval_low", "interval_high", "effective_size", "typicality"):
                together = np.concatenate([getattr(part, name) for part in parts])
                np.testing.assert_array_equal(together, getattr(scores, name))


@POLICIES
@pytest.mark.parametrize("number", ["10000", "P7", "p7 "])
def test_nobody_is_compared_with_themselves(policy, number):
    past = past_cases(31, count=400)
    own = person_key(number.strip().upper())
    past.cases.person[:60] = own
    vector = past.cases.values[0]
    held = library(past, policy=policy)
    numbers = set(past.cases.case_number[:60].tolist())
    asked = [
        answered(vector, number=number.strip().upper()),
        answered(vector, number=number.strip().upper(), kind=AssessmentKind.WHAT_IF, baseline_id=number),
    ]
    for each in asked:
        for simulation in simulate(each, held).simulations:
            assert simulation.evidence is not None
            assert not numbers & set(simulation.evidence.case_numbers.tolist())
            assert not numbers & {c.case_number for c in simulation.comparables}
    others = simulate(answered(vector, number="Q1"), held).simulations[0]
    assert numbers & set(others.evidence.case_numbers.tolist())


def test_suffixes_belong_to_the_same_person():
    assert person_key("10000-12") == person_key("10000") != person_key("1000")


@POLICIES
def test_no_person_appears_twice(policy):
    held = library(past_cases(17, count=400, persons=150), policy=policy)
    keys = dict(zip(held.cases.case_number.tolist(), held.cases.person.tolist(), strict=True))
    for simulation in simulate(assessment(), held).simulations:
        persons = [keys[number] for number in simulation.evidence.case_numbers.tolist()]
        assert len(persons) == len(set(persons))


@POLICIES
def test_typicality_is_what_it_says(policy):
    """The share of cases at least as far from their own tenth nearest, each left out in turn."""
    held = library(past_cases(5, count=180, coarse=True, persons=140), policy=policy)
    cases = held.processes[0]
    places, persons = cases.candidates.coordinates, cases.candidates.persons
    queries, offsets = cases.metric.query(held.cases.values[cases.rows])

    def tenth(row: int) -> float:
        squared = ((places - queries[row]) ** 2).sum(axis=1) + offsets[row]
        distances = np.sqrt(squared / cases.metric.scale).round(10)
        nearest = {}
        for person, distance in zip(persons.tolist(), distances.tolist(), strict=True):
            nearest[person] = min(distance, nearest.get(person, np.inf))
        del nearest[int(persons[row])]
        return sorted(nearest.values())[SHOWN - 1]

    own = sorted(tenth(row) for row in range(len(cases.rows)))
    np.testing.assert_allclose(cases.leave_one_out_distances, own, atol=2e-10)
    for distance in (0.0, *cases.leave_one_out_distances[[0, 50, -1]], np.inf):
        as_far = sum(other >= distance for other in cases.leave_one_out_distances)
        expected = (1 + as_far) / (len(own) + 1)
        assert typicality(np.array([distance]), cases)[0] == expected


@POLICIES
def test_answers_beyond_the_library_are_named(policy):
    past = past_cases(8, count=400)
    past.cases.values[:, SMALL.position["thefts"]] = np.arange(400) % 2
    past.cases.values[:, SMALL.position["years"]] = np.arange(400) % 3
    odd = {**ANSWERS, "thefts": 99, "years": 60.0}
    unlike = assessment(answers=odd, date_of_birth=date(1920, 1, 1))
    for simulation in simulate(unlike, library(past, policy=policy)).simulations:
        assert set(simulation.outside_range) == {"age", "thefts", "years"}


@pytest.fixture(scope="module")
def graded() -> Library:
    return library(past_cases(8, count=400), policy="nearest")


def test_withheld_below_one_in_a_hundred_and_warned_below_one_in_ten(graded):
    cases = graded.processes[0]
    people = random_values(np.random.default_rng(3), 300, coarse=False)
    people[::2, 1] += 30
    people[::2, 4] = 90
    people[::2, 5] = 55
    people[::3] = np.nan
    found = simulate_many(people, np.zeros(300, np.uint64), graded)[cases.process.code]
    withheld = found.typicality < WITHHELD_BELOW
    assert withheld.any() and (~withheld).any()
    for row in range(300):
        if withheld[row]:
            assert found.status[row] is Status.NO_COMPARABLE_CASES
            assert np.isnan([found.score[row], found.interval_low[row], found.effective_size[row]]).all()
        else:
            assert found.status[row] is Status.SIMULATED
            assert 1.0 <= found.score[row] <= 2.0


@pytest.mark.parametrize(
    ("measured", "sparse"), [(0.0999, True), (0.01, True), (0.1, False), (0.5, False), (None, False)]
)
def test_sparse(measured, sparse):
    assert Simulation("recidivism", Status.SIMULATED, typicality=measured).sparse is sparse
    assert (WITHHELD_BELOW, SPARSE_BELOW) == (0.01, 0.10)


def test_a_withheld_answer_shows_nothing_but_its_typicality(graded):
    vector = np.array([np.nan, 35.0, np.nan, np.nan, 99.0, 60.0, np.nan])
    result = simulate(answered(vector), graded)
    withheld = [s for s in result.simulations if s.status is Status.NO_COMPARABLE_CASES]
    assert withheld
    for simulation in withheld:
        assert simulation.score is simulation.interval is simulation.effective_size is None
        assert simulation.comparables == () and simulation.evidence is None
        assert simulation.typicality is not None and simulation.typicality < WITHHELD_BELOW


@pytest.mark.parametrize(
    ("policy", "count", "others", "status"),
    [
        ("pool", 101, 100, Status.SIMULATED),
        ("pool", 100, 99, Status.INSUFFICIENT_LIBRARY),
        ("pool", 99, 99, Status.INSUFFICIENT_LIBRARY),
        ("nearest", 11, 10, Status.SIMULATED),
        ("nearest", 10, 9, Status.INSUFFICIENT_LIBRARY),
        ("nearest", 9, 9, Status.INSUFFICIENT_LIBRARY),
    ],
)
def test_too_few_candidates(policy, count, others, status):
    """One case belongs to whoever asks wherever there are more cases than others."""
    past = past_cases(1, count=count)
    if others < count:
        past.cases.person[0] = person_key("10000")
    vector = past.cases.values[-1].copy()
    vector[1] = 35
    for simulation in simulate(answered(vector), library(past, policy=policy)).simulations[:1]:
        if status is Status.INSUFFICIENT_LIBRARY:
            assert simulation.status is status
            assert simulation.score is simulation.typicality is None
        else:
            assert simulation.status is not Status.INSUFFICIENT_LIBRARY


def test_ties_at_the_tenth_count_and_are_capped():
    past = past_cases(2, count=90)
    past.cases.values[:] = past.cases.values[0]
    past.cases.values[80:, 4] = 50
    vector = past.cases.values[0].copy()
    vector[1] = 35
    evidence = simulate(answered(vector), library(past, policy="nearest")).simulations[0].evidence
    assert evidence is not None
    assert evidence.case_numbers.tolist() == list(range(10001, 10051))
    np.testing.assert_allclose(evidence.weights, 1 / 50, atol=1e-15)


def test_the_answer_names_what_made_it(held):
    result = simulate(assessment(), held)
    assert result.library == held.reference and result.engine_version
    np.testing.assert_array_equal(result.vector, [0, 35, 2, 1, 2, 4.5, 1])
    assert [need.need for need in result.needs] == ["DRUG", "WORK"]
    assert [need.actual for need in result.needs] == [pytest.approx(200 / 3), 50.0]
    for need in result.needs:
        assert need.gap == pytest.approx(need.actual - need.simulated)
        assert need.standardised_gap == pytest.approx(need.gap / held.need_errors[need.need])
