"""A viewer sees the people who live in the areas of their office, as well as those of the office itself."""

from datetime import UTC, datetime

import pytest

from api.storage import AGENCY, Reach, Store, Viewer
from api.storage.records.areas import AreaRow
from rms.engine.filter import Filter, Sort
from tests.api.storage.examples import AT, assessment, result
from tests.api.storage.records.examples import load, person

AREAS = [
    AreaRow(2, "F", "Westmarch", "force", None),
    AreaRow(3, "N", "Northside", "neighbourhood", "F"),
    AreaRow(4, "W1", "Castle ward", "ward", "N"),
    AreaRow(5, "W2", "Mill ward", "ward", "F"),
]
# Each lives in a ward. The third was moved to an office that is not an area.
HOMES = {"10000": "W1", "20000": "W2", "30000": "W1"}
SEEN = {
    "Castle ward": {"10000", "30000"},
    "Northside": {"10000", "30000"},
    "Mill ward": {"20000"},
    "Westmarch": {"10000", "20000", "30000"},
    "Probation North": {"30000"},
}


def by_search(store: Store) -> set[str]:
    with store.reading() as tx:
        return {one.id for one in tx.submissions.of_keys(tx.search.page(Filter(), sort=Sort(), limit=10))}


def by_number(store: Store) -> set[str]:
    with store.reading() as tx:
        found = {one.number for digit in "123" for one in tx.caseload.beginning_with(digit, most=10)}
        assert found == {one for one in HOMES if tx.caseload.may_write_about(tx.people.key(one) or 0)}
    return found


@pytest.fixture
def offices(store: Store) -> dict[str, int]:
    """The key of each office, by name."""
    load(store, "areas", AREAS)
    load(
        store,
        "people",
        [
            person(id, line=n, offender_number=id, home_area=home)
            for n, (id, home) in enumerate(HOMES.items())
        ],
    )
    for number in HOMES:
        form = assessment(number)
        with store.transaction() as tx:
            tx.submissions.add(form, result(form), by="ada", at=AT)
    with store.transaction() as tx:
        moved = tx.people.key("30000")
        probation = tx.offices.add("Probation North", parent=AGENCY, by="test", at=AT)
        assert moved is not None
        tx.belonging.move(moved, office=probation.id, by="test", at=AT)
        return {office.name: office.id for office in tx.offices.all()}


@pytest.mark.parametrize("name", SEEN)
def test_people_are_seen_by_office_and_by_home_area(store: Store, offices: dict[str, int], name: str) -> None:
    seen = store.within(Viewer(1, "sergeant", Reach.OFFICES, offices[name], datetime.now(UTC)))
    assert by_number(seen) == SEEN[name]
    assert by_search(seen) == SEEN[name]
    with store.reading() as tx:
        assert tx.search.total(Filter(office=name)) == len(SEEN[name])


def test_people_of_an_area_are_not_waiting_for_a_case_worker(store: Store, offices: dict[str, int]) -> None:
    with store.reading() as tx:
        assert tx.caseload.number_unallocated(AGENCY, role="case_worker") == 1  # of the probation office
