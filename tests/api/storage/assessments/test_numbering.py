"""Numbers of assessments are consecutive and unique, also for concurrent submissions."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from api.storage import Store
from rms.assessment import Assessment
from rms.submission import Submission
from tests.api.storage.examples import AT, assessment, result, what_if


def add(store: Store, form: Assessment) -> Submission:
    with store.transaction() as tx:
        return tx.submissions.add(form, result(form), by="ada", at=AT)


def test_concurrent_submissions_for_one_person_are_consecutive(store: Store) -> None:
    forms = [assessment("10000")] * 200
    with ThreadPoolExecutor(200) as threads:
        added = list(threads.map(lambda form: add(store, form), forms))
    assert sorted(submission.sequence for submission in added) == list(range(200))
    with store.reading() as tx:
        stored = tx.submissions.history("10000")
    assert [listed.sequence for listed in stored] == list(range(199, -1, -1))
    assert [listed.latest for listed in stored] == [True] + [False] * 199


def test_ids_have_the_number_and_a_suffix(store: Store) -> None:
    ids = [add(store, assessment("10P")).id for _ in range(102)]
    assert ids[:3] == ["10P", "10P-01", "10P-02"]
    assert ids[98:] == ["10P-98", "10P-99", "10P-100", "10P-101"]


def test_each_person_has_their_own_sequence(store: Store) -> None:
    numbers = ["A1", "B2", "C3"] * 20
    random.Random(1).shuffle(numbers)
    with ThreadPoolExecutor(16) as threads:
        added = list(threads.map(lambda number: add(store, assessment(number)), numbers))
    for number in "A1", "B2", "C3":
        of_person = [submission for submission in added if submission.assessment.offender_number == number]
        assert sorted(submission.sequence for submission in of_person) == list(range(20))


def test_a_what_if_takes_a_number_and_is_never_the_latest(store: Store) -> None:
    add(store, assessment())
    add(store, what_if("10000", baseline="10000"))
    assert add(store, what_if("10000", baseline="10000")).id == "10000-02"
    with store.reading() as tx:
        assert [(listed.id, listed.latest) for listed in tx.submissions.history("10000")] == [
            ("10000-02", False),
            ("10000-01", False),
            ("10000", True),
        ]


def test_a_rolled_back_submission_uses_no_number(store: Store) -> None:
    add(store, assessment())
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        assert tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT).sequence == 1
        _ = 1 / 0
    assert add(store, assessment()).sequence == 1


def test_failed_submissions_of_a_group_leave_the_others_consecutive(store: Store) -> None:
    def attempt(place: int) -> bool:
        with suppress(ZeroDivisionError):
            with store.transaction() as tx:
                tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT)
                _ = 1 / (place % 3)
            return True
        return False

    with ThreadPoolExecutor(32) as threads:
        done = sum(threads.map(attempt, range(120)))
    assert done == 80
    with store.reading() as tx:
        assert [listed.sequence for listed in tx.submissions.history("10000")] == list(range(79, -1, -1))
        assert tx.audit.head().sequence == 80
        assert list(tx.audit.problems()) == []
