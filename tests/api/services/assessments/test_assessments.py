"""Submitting: simulated, numbered, stored and audited, or refused with nothing stored."""

import numpy as np
import pytest

from api.services.assessments.assessments import find_submission, history, submit_assessment
from api.storage import Store
from rms.assessment import Assessment, changes
from rms.engine.library import Library
from rms.engine.simulation import simulate
from rms.errors import InvalidInput, NotFound
from rms.submission import Submission
from tests.api.contexts import context_for
from tests.api.storage.examples import AT, assessment, what_if


def submit(form: Assessment, library: Library, store: Store) -> Submission:
    return submit_assessment(context_for(store, at=AT, by="ada"), form, library=library)


def test_a_submission_is_found_with_its_simulation(library: Library, store: Store) -> None:
    submitted = submit(assessment(), library, store)
    found = find_submission(context_for(store), "10000")
    assert (found.id, found.submitted_by, found.submitted_at) == ("10000", "ada", AT)
    assert found.assessment == submitted.assessment
    assert found.result.library == library.reference
    assert found.result.needs == submitted.result.needs
    for stored, made in zip(
        found.result.simulations, simulate(assessment(), library).simulations, strict=True
    ):
        assert (stored.process, stored.status, stored.score) == (made.process, made.status, made.score)
        assert stored.comparables == made.comparables
        assert (stored.evidence is None) == (made.evidence is None)
        if stored.evidence and made.evidence:
            assert np.array_equal(stored.evidence.case_numbers, made.evidence.case_numbers)
            assert stored.evidence.weights.tobytes() == made.evidence.weights.tobytes()


def test_a_what_if_starts_from_an_assessment_of_the_same_person(library: Library, store: Store) -> None:
    submit(assessment(), library, store)
    assert submit(what_if("10000", baseline="10000"), library, store).id == "10000-01"
    assert submit(assessment(based_on="10000"), library, store).id == "10000-02"


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        (what_if("10000", baseline="10000-01"), "/baseline_id"),
        (what_if("10000", baseline="10000", based_on="10000-01"), "/based_on"),
        (assessment(based_on="10000-01"), "/based_on"),
    ],
)
def test_nothing_starts_from_a_what_if(
    form: Assessment, pointer: str, library: Library, store: Store
) -> None:
    submit(assessment(), library, store)
    submit(what_if("10000", baseline="10000"), library, store)
    with pytest.raises(InvalidInput) as refused:
        submit(form, library, store)
    assert [(one.pointer, one.code) for one in refused.value.problems] == [(pointer, "origin_is_what_if")]


def test_changes_are_stored_with_the_assessment(library: Library, store: Store) -> None:
    submit(assessment(), library, store)
    moved = assessment(based_on="10000", sex="female", release_date=None)
    submitted = submit(moved, library, store)
    assert submitted.changes == changes(assessment(), moved) != ()
    assert find_submission(context_for(store), "10000-01").changes == submitted.changes
    assert submit(assessment(based_on="10000"), library, store).changes == ()
    assert find_submission(context_for(store), "10000-02").changes == ()
    assert find_submission(context_for(store), "10000").changes is None


def test_a_what_if_that_changes_nothing_is_refused(library: Library, store: Store) -> None:
    submit(assessment(), library, store)
    same = what_if("10000", baseline="10000", release_date=assessment().release_date)
    with pytest.raises(InvalidInput) as refused:
        submit(same, library, store)
    assert [problem.code for problem in refused.value.problems] == ["nothing_changed"]
    assert len(history(context_for(store), "10000")) == 1


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        (what_if("10000", baseline="10000-01"), "/baseline_id"),
        (what_if("10000", baseline="20000"), "/baseline_id"),
        (assessment(based_on="20000"), "/based_on"),
    ],
)
def test_any_other_origin_is_refused(form: Assessment, pointer: str, library: Library, store: Store) -> None:
    submit(assessment("10000"), library, store)
    submit(assessment("20000"), library, store)
    with pytest.raises(InvalidInput) as refused:
        submit(form, library, store)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    assert submit(assessment("10000"), library, store).id == "10000-01"


def test_a_missing_assessment_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        find_submission(context_for(store), "10000")
    assert history(context_for(store), "10000") == ()
