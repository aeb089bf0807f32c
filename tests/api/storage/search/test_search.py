"""Searches in SQL find what a simple filter in Python finds, in random small caseloads."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from api.storage import Store, upgrade
from api.storage.database import migrating_engine
from api.storage.migrations import downgrade
from api.storage.search import search
from api.storage.viewer import AGENCY, Reach, Viewer
from rms.assessment import AssessmentKind, display_id
from rms.engine.filter import Bounds, Filter, Key, Sort, whole_percent
from rms.engine.result import NeedReading, Result, Simulation, Status
from rms.engine.scale import PROCESSES, hundredths
from tests.api.rows import rows
from tests.api.storage.examples import AT, MARKS, assessment, result

DAYS = [date(2025, 3, 4) + timedelta(days=day) for day in range(4)]
SCORES = (1.0, 1.244999, 1.245, 1.25, 1.5, 1.745, 1.75, 1.994, 2.0, None)
PERCENTS = (0.0, 100 / 3, 49.5, 50.0, 200 / 3, 100.0, None)
NEEDS = ("DRUG", "ALCO")
ANALYST = Viewer(1, "ann", Reach.OFFICES, AGENCY, AT, by_pseudonym=True)
NUMBERS = ("10000", "1000", "10001", "20P", "2")


@dataclass(frozen=True)
class Rated:
    """One assessment of a small caseload."""

    number: str
    day: date
    release: date | None
    scores: tuple[float | None, ...]
    needs: tuple[float | None, ...]
    what_if: bool
    id: str = ""
    key: int = 0
    latest: bool = False
    pseudonym: int = 0

    def value(self, sort: Sort) -> object:
        """The value it is sorted by."""
        return {
            Key.SUBMITTED_AT: self.day,
            Key.OFFENDER_NUMBER: self.number,
            Key.RELEASE_DATE: self.release,
            Key.SCORE: hundredths(self.scores[PROCESSES.index(sort.process or PROCESSES[0])]),
        }[sort.key]


def matches(filter: Filter, caseload: Sequence[Rated]) -> list[Rated]:
    """The expected matches: each criterion in turn, as in the manual."""
    found = [one for one in caseload if filter.what_ifs or not one.what_if]
    if filter.everything:
        return found
    if filter.latest:
        found = [one for one in found if one.latest]
    if filter.offender is not None:
        found = [one for one in found if one in named(filter.offender, caseload)]
    found = [one for one in found if one.day in filter.submitted]
    found = [one for one in found if one.release in filter.release]
    for need, bounds in filter.needs.items():
        found = [one for one in found if whole_percent(one.needs[NEEDS.index(need)]) in bounds]
    return [
        one
        for one in found
        if any(
            process in filter.processes and hundredths(score) in filter.score
            for process, score in zip(PROCESSES, one.scores, strict=True)
        )
    ]


def named(text: str, caseload: Sequence[Rated]) -> list[Rated]:
    """Those with exactly this offender number, else with this ID, else all that start with the text."""
    return (
        [one for one in caseload if one.number == text]
        or [one for one in caseload if one.id == text]
        or [one for one in caseload if (one.id if "-" in text else one.number).startswith(text)]
    )


def in_order(found: Iterable[Rated], sort: Sort, *, by_pseudonym: bool = False) -> list[int]:
    """Their keys, with unknown values last in either direction. Ties are sorted by pseudonym, then by key."""

    def place(one: Rated) -> tuple[Any, ...]:
        if sort.key is Key.SUBMITTED_AT and not by_pseudonym:
            return one.day, one.key
        if sort.key is Key.OFFENDER_NUMBER and by_pseudonym:
            return one.pseudonym, one.key
        return one.value(sort), one.pseudonym, one.key

    found = list(found)
    known = sorted((one for one in found if one.value(sort) is not None), key=place)
    unknown = sorted(
        (one for one in found if one.value(sort) is None), key=lambda one: (one.pseudonym, one.key)
    )
    backwards = slice(None, None, -1 if sort.descending else 1)
    return [one.key for one in (*known[backwards], *unknown[backwards])]


def counted(filter: Filter, caseload: Sequence[Rated]) -> tuple[int, int, dict[str, dict[str, int]]]:
    """People, assessments, and actual needs by range."""
    found = matches(filter, caseload)
    needs = {}
    for place, need in enumerate(NEEDS):
        percents = [whole_percent(one.needs[place]) for one in found]
        ranges = {
            f"{low}–{high}": sum(
                percent in range(low, high + 1) for percent in percents if percent is not None
            )
            for low, high in ((0, 24), (25, 49), (50, 74), (75, 100))
        }
        needs[need] = {**ranges, "unknown": percents.count(None)}
    return len({one.number for one in found}), len(found), needs if found else {}


def stored(caseload: Iterable[Rated], store: Store) -> list[Rated]:
    """The caseload after it was submitted, with IDs, keys and pseudonyms."""
    known: dict[str, list[Rated]] = {}
    for key, one in enumerate(sorted(caseload, key=lambda one: one.day), start=1):
        before = known.setdefault(one.number, [])
        what_if = one.what_if and bool(before)
        submit(replace(one, what_if=what_if), store, baseline=before[0].id if what_if else None)
        if not what_if:
            before[:] = [replace(old, latest=False) for old in before]
        place = display_id(one.number, len(before))
        with store.reading() as tx:
            [pseudonym] = (stored.pseudonym for stored in tx.submissions.of_keys([key]))
        before.append(
            replace(one, what_if=what_if, id=place, key=key, latest=not what_if, pseudonym=pseudonym)
        )
    return [one for of_person in known.values() for one in of_person]


def submit(one: Rated, store: Store, *, baseline: str | None) -> None:
    kind = AssessmentKind.WHAT_IF if baseline else AssessmentKind.ASSESSMENT
    form = assessment(one.number, release_date=one.release, kind=kind, baseline_id=baseline)
    with store.transaction() as tx:
        at = datetime.combine(one.day, time(23, 59, 59), UTC)
        tx.submissions.add(form, result_of(one, result(form)), by="ada", at=at)


def result_of(one: Rated, like: Result) -> Result:
    """A result like the other one, with the scores and needs of this assessment."""
    return replace(
        like,
        simulations=tuple(
            Simulation(process, Status.NO_COMPARABLE_CASES if score is None else Status.SIMULATED, score)
            for process, score in zip(PROCESSES, one.scores, strict=True)
        ),
        needs=tuple(
            NeedReading(need, percent, None, None, None, None)
            for need, percent in zip(NEEDS, one.needs, strict=True)
        ),
    )


def bounds(values: Sequence[object]) -> st.SearchStrategy[Bounds]:  # type: ignore[type-arg]
    ends = st.none() | st.sampled_from(values)
    return st.builds(Bounds, ends, ends).filter(lambda pair: not pair.is_reversed)


days = st.sampled_from(DAYS)
rated = st.builds(
    Rated,
    number=st.sampled_from(NUMBERS),
    day=days,
    release=st.none() | days,
    scores=st.tuples(*[st.sampled_from(SCORES)] * 2),
    needs=st.tuples(*[st.sampled_from(PERCENTS)] * 2),
    what_if=st.booleans(),
)
filters = st.builds(
    Filter,
    submitted=st.just(Bounds()) | bounds(DAYS),
    release=st.just(Bounds()) | bounds(DAYS),
    score=st.just(Bounds()) | bounds((100, 124, 125, 150, 175, 200)),
    processes=st.sampled_from([PROCESSES, PROCESSES[:1], PROCESSES[1:]]),
    needs=st.dictionaries(st.sampled_from(NEEDS), bounds((0, 33, 50, 67, 100)), max_size=2),
    offender=st.none() | st.sampled_from([*NUMBERS, "1", "10000-01", "10000-0", "3", "1000-1"]),
    latest=st.booleans(),
    what_ifs=st.booleans(),
    everything=st.sampled_from([False, False, False, True]),
)
sorts = st.builds(
    Sort, key=st.sampled_from(Key), descending=st.booleans(), process=st.sampled_from(PROCESSES)
)


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """An empty database, to be copied for each caseload."""
    with TemporaryDirectory() as folder:
        upgrade(f"sqlite:///{folder}/empty.sqlite")
        yield Path(folder) / "empty.sqlite"


@settings(max_examples=60, deadline=None)
@given(
    caseload=st.lists(rated, max_size=9),
    queries=st.lists(st.tuples(filters, sorts, st.integers(1, 4)), min_size=1, max_size=8),
    sample_cost=st.sampled_from([2, 60, search.SAMPLE_COST]),
)
def test_sql_finds_what_python_finds(
    empty: Path, caseload: list[Rated], queries: list[tuple[Filter, Sort, int]], sample_cost: int
) -> None:
    """Whatever the size of the sample from which the query plan is chosen."""
    least = 1 if sample_cost < search.LEAST_FOR_SHARE else search.LEAST_FOR_SHARE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SAMPLE_COST", sample_cost)
        patch.setattr(search, "LEAST_FOR_SHARE", least)
        compare(empty, caseload, queries)


def compare(empty: Path, caseload: list[Rated], queries: list[tuple[Filter, Sort, int]]) -> None:
    copy = empty.with_name("copy.sqlite")
    shutil.copy(empty, copy)
    with closing(Store(f"sqlite:///{copy}")) as store:
        known = stored(caseload, store)
        for filter, sort, limit in queries:
            expected = matches(filter, known)
            assert list(pages(store, filter, sort, limit=limit)) == in_order(expected, sort)
            by_pseudonym = in_order(expected, sort, by_pseudonym=True)
            assert list(pages(store.within(ANALYST), filter, sort, limit=limit)) == by_pseudonym
            with store.reading() as tx:
                counts = tx.search.counts(filter)
                assert tx.search.total(filter) == tx.search.number_released(filter) == len(expected)
            assert (counts.people, counts.assessments, counts.needs) == counted(filter, known)


def pages(store: Store, filter: Filter, sort: Sort, *, limit: int) -> Iterator[int]:
    after = None
    while True:
        with store.reading() as tx:
            keys = tx.search.page(filter, sort=sort, limit=limit, after=after)
        yield from keys
        if len(keys) < limit:
            return
        after = keys[-1]


@pytest.mark.parametrize(
    ("criterion", "frequency"), [*product(("release", "score", "need", "offender"), ("rare", "common"))]
)
def test_both_query_plans_find_the_same(store: Store, criterion: str, frequency: str) -> None:
    """Of 40 people, 1 in 20 or all but 1 in 20 meet the criterion: read by its index, or by a scan."""
    common = frequency == "common"
    plain = Rated("A", DAYS[0], DAYS[3 * common], (1.0 + common, None), (100.0 * common, None), False)
    other = Rated(
        "B", DAYS[0], DAYS[3 - 3 * common], (2.0 - common, None), (100.0 - 100 * common, None), False
    )
    known = stored(
        (
            replace(one, number=f"{one.number}{place}")
            for place in range(40)
            for one in [plain if place % 20 else other]
        ),
        store,
    )
    filter = {
        "release": Filter(release=Bounds(DAYS[3], DAYS[3])),
        "score": Filter(score=Bounds(200, None)),
        "need": Filter(needs={"DRUG": Bounds(75, 100)}),
        "offender": Filter(offender="A" if common else "B"),
    }[criterion]
    expected = in_order(matches(filter, known), Sort())
    assert len(expected) == (38 if common else 2)
    assert list(pages(store, filter, Sort(), limit=3)) == expected


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("key", Key)
def test_matches_of_an_index_are_sorted_in_every_order(
    store: Store, key: Key, descending: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 60 people 18 are released on the day, and 12 of them have the need; the sample is small."""
    monkeypatch.setattr(search, "SAMPLE_COST", 4)
    known = stored(
        (
            Rated(
                f"{place * 7 % 60:02d}",
                DAYS[place % 3],
                DAYS[3] if place % 10 in (1, 4, 7) else DAYS[0],
                (SCORES[place * 3 % 10], None),
                (100.0 if place % 3 else 0.0, None),
                what_if=False,
            )
            for place in range(60)
        ),
        store,
    )
    filter = Filter(release=Bounds(DAYS[3], DAYS[3]), needs={"DRUG": Bounds(75, 100)})
    sort = Sort(key, descending, PROCESSES[0] if key is Key.SCORE else None)
    expected = in_order(matches(filter, known), sort)
    assert len(expected) == 12
    assert list(pages(store, filter, sort, limit=5)) == expected
    by_pseudonym = in_order(matches(filter, known), sort, by_pseudonym=True)
    assert list(pages(store.within(ANALYST), filter, sort, limit=5)) == by_pseudonym


def test_criteria_that_few_people_meet_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of 40 people meet each criterion and two meet all: the sample shows that a scan is too slow."""
    monkeypatch.setattr(search, "SAMPLE_COST", 8)
    monkeypatch.setattr(search, "LEAST_FOR_SHARE", 2)
    known = stored(
        (
            Rated(
                f"{place:02d}",
                DAYS[0],
                DAYS[3 if place < 20 else 0],
                (2.0 if place % 2 else 1.0, None),
                (100.0 if place in (3, 5) or place % 2 == 0 else 0.0, None),
                what_if=False,
            )
            for place in range(40)
        ),
        store,
    )
    filter = Filter(
        release=Bounds(DAYS[3], DAYS[3]), score=Bounds(200, None), needs={"DRUG": Bounds(75, 100)}
    )
    expected = in_order(matches(filter, known), Sort())
    assert len(expected) == 2
    assert list(pages(store, filter, Sort(), limit=1)) == expected


def test_earlier_assessments_are_found_after_an_upgrade(store: Store, url: str) -> None:
    known = stored([Rated("1", DAYS[0], None, (1.245, None), (200 / 3, None), False)], store)
    store.close()
    downgrade(url, "0001")
    upgrade(url)
    with closing(Store(url)) as again:
        filter = Filter(score=Bounds(125, 125), needs={"DRUG": Bounds(67, 67)})
        assert list(pages(again, filter, Sort(), limit=2)) == [known[0].key]
        with again.reading() as tx:
            counts = tx.search.counts(Filter())
    assert counts.quarters["violence"]["withheld"] == counts.quarters["recidivism"]["1.25–1.49"] == 1
    assert counts.needs["ALCO"]["unknown"] == counts.needs["DRUG"]["50–74"] == 1


def test_people_stored_before_have_pseudonyms_after_an_upgrade(store: Store, url: str) -> None:
    """One each, the same in every table, which never changes and also holds for later assessments."""
    numbers = [f"{number}" for number in range(100, 120)]
    known = stored(
        [Rated(number, DAYS[0], DAYS[1], (1.5, None), (0.0, None), False) for number in numbers], store
    )
    store.close()
    downgrade(url, "0013")
    upgrade(url)
    drawn = dict(rows(url, "SELECT offender_number, pseudonym FROM people ORDER BY 1"))
    assert len(set(drawn.values())) == len(numbers)
    assert all(0 <= one < 2**63 for one in drawn.values())
    assert list(drawn.values()) != sorted(drawn.values())
    with closing(Store(url)) as again:
        submit(Rated("100", DAYS[2], None, (1.5, None), (0.0, None), False), again, baseline=None)
        kept = rows(url, "SELECT offender_number, pseudonym FROM assessments")
        assert len(kept) == len(numbers) + 1
        assert {(number, drawn[number]) for number in numbers} == set(kept)
        of_scores = (
            "SELECT offender_number, s.pseudonym FROM shown_scores s JOIN assessments ON pk = assessment"
        )
        assert set(rows(url, of_scores)) == set(kept)
        days = rows(url, "SELECT pk, submitted_on FROM assessments ORDER BY pk")
        assert {str(day) for _, day in days[:-1]} == {str(DAYS[0])} != {str(days[-1][1])}
        upgraded = [replace(one, pseudonym=drawn[one.number]) for one in known]
        by_pseudonym = in_order(upgraded, Sort(), by_pseudonym=True)
        earlier = Filter(submitted=Bounds(None, DAYS[1]))
        assert list(pages(again.within(ANALYST), earlier, Sort(), limit=3)) == by_pseudonym
    engine = migrating_engine(url)
    for column in ("pseudonym", "submitted_on"):
        with pytest.raises(IntegrityError, match="never altered"), engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE assessments SET {column} = {column}")
    engine.dispose()


def test_a_person_submitted_again_after_erasure_has_another_pseudonym(store: Store, url: str) -> None:
    person = Rated("10000", DAYS[0], None, (1.5, None), (0.0, None), False)
    [before] = stored([person], store)
    with store.transaction() as tx:
        ada, ben = (
            tx.accounts.add_user(name, password_hash="", role="administrator", by="test", at=AT)
            for name in ("ada", "ben")
        )
        details = {"reason": "other", "text": "", "requested_by": ada.id, "by": "ada"}
        id = tx.erasures.request(
            tx.people.key("10000") or 0, at=AT, expires_at=AT + timedelta(days=1), **details
        )
        request = tx.erasures.get(id, at=AT)
        assert request is not None
        tx.erasures.erase(request, marks=MARKS, approved_by=ben.id, by="ben", at=AT)
    submit(person, store, baseline=None)
    [(after,)] = rows(url, "SELECT pseudonym FROM people")
    assert after != before.pseudonym
