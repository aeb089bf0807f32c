"""Submissions are read back exactly as stored, and cannot be changed."""

from dataclasses import fields, is_dataclass, replace
from datetime import timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2 as sqlite

from api.storage import Store
from rms.assessment import Assessment
from rms.engine.filter import Filter, Sort
from rms.engine.result import Evidence, Result
from rms.instrument import Instrument
from rms.submission import Correction, Submission
from tests.api.storage.examples import AT, assessment, result

finite = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)  # no -0.0
anything = st.floats()


def add(store: Store, form: Assessment, found: Result | None = None, **when: Any) -> Submission:
    with store.transaction() as tx:
        return tx.submissions.add(form, found or result(form), by="ada", **({"at": AT} | when))


def get(store: Store, id: str) -> Submission:
    with store.reading() as tx:
        submission = tx.submissions.get(id)
    assert submission is not None
    return submission


def bits(value: object) -> object:
    """The value in a form whose equality means the same bits and type."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, Instrument):
        return value.name
    if is_dataclass(value):
        return type(value), [bits(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, dict):
        return [(key, bits(entry)) for key, entry in value.items()]
    if isinstance(value, tuple):
        return [bits(entry) for entry in value]
    return type(value), value.hex() if isinstance(value, float) else value


def test_a_submission_is_read_back_exactly(store: Store) -> None:
    stored = add(store, assessment())
    assert bits(get(store, "10000")) == bits(stored)


def test_the_form_of_a_listed_submission_is_that_it_was_made_with(store: Store) -> None:
    stored = add(store, assessment())
    with store.reading() as tx:
        [listed] = tx.submissions.history("10000")
        assert tx.submissions.form_of(listed.key).sha256 == stored.assessment.instrument.sha256


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=finite, raw=st.lists(anything, min_size=1, max_size=30), case=st.integers(-(2**63), 2**63 - 1))
def test_any_number_is_read_back_exactly(store: Store, number: float, raw: list[float], case: int) -> None:
    form = assessment("999")
    plain = result(form)
    evidence = Evidence(np.full(len(raw), case), np.array(raw), np.array(raw[::-1]))
    first = replace(plain.simulations[0], score=number, interval=(number, -number + 0.0), evidence=evidence)
    comparable = first.comparables[0]._replace(weight=number, distance=-number)
    need = replace(plain.needs[0], expected=number)
    found = replace(
        plain,
        simulations=(replace(first, comparables=(comparable,)), plain.simulations[1]),
        needs=(need,),
        vector=np.array(raw),
    )
    stored = add(store, form, found)
    assert bits(get(store, stored.id)) == bits(stored)


def test_times_are_stored_in_utc(store: Store) -> None:
    add(store, assessment(), at=AT.astimezone(timezone(timedelta(hours=-7))))
    stored = get(store, "10000").submitted_at
    assert stored == AT
    assert stored.utcoffset() == timedelta(0)


def test_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="time zone"):
        add(store, assessment(), at=AT.replace(tzinfo=None))
    with store.reading() as tx:
        assert tx.submissions.history("10000") == ()


def test_a_missing_submission_is_none(store: Store) -> None:
    with store.reading() as tx:
        assert tx.submissions.get("10000") is None
        assert tx.submissions.history("10000") == ()
        assert tx.search.page(Filter(), sort=Sort(), limit=5) == ()


def test_pages_are_newest_first_and_complete(store: Store) -> None:
    for place in range(7):  # three of them in the same instant
        add(store, assessment(f"{place}"), at=AT + timedelta(days=min(place, 4)))
    seen: list[str] = []
    after = None
    with store.reading() as tx:
        while keys := tx.search.page(Filter(), sort=Sort(), limit=2, after=after):
            seen += [listed.id for listed in tx.submissions.of_keys(keys)]
            after = keys[-1]
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_listed_submissions_agree_with_whole_ones(store: Store) -> None:
    stored = add(store, assessment())
    with store.reading() as tx:
        (listed,) = tx.submissions.history("10000")
    assert (listed.id, listed.submitted_at, listed.submitted_by) == ("10000", AT, "ada")
    assert (listed.library, listed.needs) == (stored.result.library, stored.result.needs)
    for short, long in zip(listed.simulations, stored.result.simulations, strict=True):
        for name in "process", "status", "score", "interval", "effective_size", "typicality":
            assert getattr(short, name) == getattr(long, name)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessments SET answers = '{}'",
        "UPDATE assessments SET id = '10000'",
        "UPDATE assessments SET submitted_by = 'eve', latest = 0",
        "UPDATE assessments SET rowid = 99",
        "DELETE FROM assessments",
        "REPLACE INTO assessments SELECT * FROM assessments",
        "UPDATE simulations SET score = 1.0",
        "DELETE FROM simulations",
        "REPLACE INTO simulations SELECT * FROM simulations",
        "UPDATE changes SET changes = '[]'",
        "DELETE FROM changes",
        "UPDATE corrections SET reason = ''",
        "DELETE FROM corrections",
        "UPDATE instruments SET text = ''",
        "DELETE FROM instruments",
        "UPDATE libraries SET synthetic = 0",
        "DELETE FROM libraries",
        "REPLACE INTO libraries SELECT * FROM libraries",
        "UPDATE audit SET actor = 'eve'",
        "DELETE FROM audit",
        "REPLACE INTO audit SELECT * FROM audit",
        "UPDATE OR REPLACE audit SET hash = ''",
    ],
)
def test_stored_rows_cannot_be_changed_or_deleted(store: Store, url: str, statement: str) -> None:
    stored = add(store, assessment(), changes=())
    add(store, assessment("20000"))
    add(store, assessment("20000"), correction=Correction("20000", "Mistyped."))
    connection = sqlite.connect(url.removeprefix("sqlite:///"))
    connection.execute("PRAGMA recursive_triggers=ON")
    with pytest.raises(sqlite.IntegrityError, match=r"never (altered|renumbered|deleted)"):
        connection.execute(statement)
    connection.close()
    assert bits(get(store, "10000")) == bits(stored)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_every_column_but_latest_is_frozen(store: Store, url: str) -> None:
    add(store, assessment())
    connection = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(assessments)")]
    for column in set(columns) - {"latest"}:
        with pytest.raises(sqlite.IntegrityError, match="never altered"):
            connection.execute(f"UPDATE assessments SET {column} = {column}")
    connection.execute("UPDATE assessments SET latest = 0")
    connection.close()
