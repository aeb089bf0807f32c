"""Who people are and whom they are connected with, for viewers who may not see everybody."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from api.storage import Association, Reach, Store, Viewer
from api.storage.harm.policies import SuspectPolicy
from api.storage.records.areas import AreaRow
from api.storage.records.loading import DETAILS, PersonRow, Row

AT, LATER = datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)
DAY = date(2026, 3, 4)
HOMES = {"P1": "W1", "P2": "W1", "P3": "W2"}
# Association, person, other, kind, strength, first and last day.
ROWS = (
    ("A1", "P1", "P2", "gang", 2, date(2020, 1, 1), date(2021, 1, 1)),
    ("A2", "P2", "P1", "gang", 5, date(2019, 1, 1), None),
    ("A3", "P1", "P2", "family", None, None, None),
    ("A4", "P1", "P3", "gang", 9, None, None),
)


@pytest.fixture
def keys(store: Store) -> dict[str, int]:
    """The keys of three people, by their ID in the source; the first two live in the first area."""
    with store.transaction() as tx:
        areas = [AreaRow(2, code, f"Area {code}", "ward", None) for code in ("W1", "W2")]
        tx.records.load_areas(areas, by="test", at=AT)
        source = tx.records.source("one", as_at=DAY, at=AT)
        loading = tx.records.loading(source, by="test", at=AT)
        loading.people([_person(id, home_area=home, surname=f"S{id}") for id, home in HOMES.items()])
        refused = loading.rows(
            "associations", [Row(2, id, person, values) for id, person, values in map(_tuple, ROWS)]
        ).refused
        assert not refused
        found = {id: tx.records.person_of("one", id) for id in HOMES}
    return {id: key for id, key in found.items() if key is not None}


def _tuple(row: Sequence[object]) -> tuple[str, str, tuple[object, ...]]:
    id, person, *values = row
    return str(id), str(person), tuple(values)


def _person(id: str, **details: object) -> PersonRow:
    return PersonRow(2, id, {**dict.fromkeys(DETAILS), **details}, None)


def within(store: Store, area: str) -> Store:
    """The store as an officer of the area sees it."""
    with store.reading() as tx:
        office = next(one.id for one in tx.offices.all() if one.code == area)
    return store.within(Viewer(7, "officer", Reach.OFFICES, office, AT))


def test_connections_are_one_of_each_kind_and_only_with_people_in_view(
    store: Store, keys: dict[str, int]
) -> None:
    one, two = sorted((keys["P1"], keys["P2"]))
    both = {
        Association(one, two, "gang", 5, date(2019, 1, 1), None),
        Association(one, two, "family", None, None, None),
    }
    with within(store, "W1").reading() as tx:
        assert set(tx.details.associations([keys["P1"]])) == both
        assert not tx.details.records(keys["P3"])
        assert set(tx.details.records_of(keys.values())) == {keys["P1"], keys["P2"]}
    with within(store, "W2").reading() as tx:
        assert tx.details.associations([keys["P3"], keys["P1"]]) == ()
    with store.reading() as tx:
        assert len(tx.details.associations([keys["P1"]])) == 3


def test_the_record_that_changed_last_comes_first(store: Store, keys: dict[str, int]) -> None:
    with store.transaction() as tx:
        source = tx.records.source("one", as_at=DAY, at=LATER)
        tx.records.loading(source, by="test", at=LATER).people(
            [_person("P1", home_area="W1", surname="Okoro")]
        )
    with store.reading() as tx:
        (record,) = tx.details.records(keys["P1"])
    assert (record.surname, record.home_area, record.source) == ("Okoro", "Area W1", "one")


def test_suspected_offences_are_not_shown_until_somebody_decides_so(store: Store) -> None:
    with store.transaction() as tx:
        assert not tx.suspect_policies.shows_suspected()
        for place, show in enumerate((True, False, True)):
            tx.suspect_policies.add(SuspectPolicy(show, f"Reason {place}", "ada", AT))
        assert tx.suspect_policies.shows_suspected()
        assert [one.reason for one in tx.suspect_policies.all()] == ["Reason 2", "Reason 1", "Reason 0"]
