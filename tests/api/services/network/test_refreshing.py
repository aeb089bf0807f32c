"""Stored figures are those of the network of their day, and nobody reads half of them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.services.network import refreshing
from api.services.network.refreshing import refresh_network
from api.storage import AGENCY, Reach, Store, StoredCentrality, Viewer
from rms.errors import InvalidInput
from tests.api.case_records import DAY, FILES, import_files, key_of
from tests.api.contexts import START, context_for

ASSOCIATIONS = """association,person,other,kind,strength,from,to
A1,P1,P2,co_offending,3,2024-01-01,
A2,P2,P1,family,,,
A3,P2,P4,gang,2,2023-01-01,2023-12-31
A4,P1,P3,co_offending,9,2024-01-01,
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = Store(request.getfixturevalue(f"{request.param}_url"))
    import_files(store, {**FILES, "associations": ASSOCIATIONS})
    yield store
    store.close()


@pytest.fixture(autouse=True)
def several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "BLOCK", 2)


def figures(store: Store, on: date = DAY) -> dict[str, StoredCentrality]:
    keys = {id: key_of(store, id) for id in ("P1", "P2", "P3", "P4")}
    with store.reading() as tx:
        found = tx.centrality.of(list(keys.values()), on=on)
    return {id: found[key] for id, key in keys.items() if key in found}


def neighbours(store: Store, on: date = DAY) -> dict[str, int]:
    return {id: one.neighbours for id, one in figures(store, on).items()}


def test_the_figures_of_a_day(store: Store) -> None:
    refreshed = refresh_network(context_for(store), day=DAY)
    assert (refreshed.people, refreshed.links, refreshed.groups, refreshed.largest_group) == (3, 2, 1, 3)
    assert (refreshed.sample, refreshed.error) == (128, 0)
    found = figures(store)
    assert neighbours(store) == {"P1": 2, "P2": 1, "P3": 1}
    assert (found["P1"].degree, found["P1"].betweenness, found["P1"].betweenness_rank) == (1.0, 1.0, 1)
    assert [found[id].betweenness_rank for id in ("P2", "P3")] == [2, 2]
    assert found["P3"].pagerank_rank < found["P2"].pagerank_rank  # the stronger association
    assert sum(one.pagerank for one in found.values()) == pytest.approx(1)
    assert {(one.day, one.group_size) for one in found.values()} == {(DAY, 3)}


def test_only_associations_in_force_on_the_day(store: Store) -> None:
    """A1 and A4 began later. A2 has no first day, and was not known to RMS."""
    refresh_network(context_for(store), day=date(2023, 12, 31))
    assert neighbours(store) == {"P2": 1, "P4": 1}
    refresh_network(context_for(store), day=date(2024, 1, 1))
    assert neighbours(store) == {"P1": 2, "P2": 1, "P3": 1}


def test_each_day_keeps_its_figures(store: Store) -> None:
    earlier = date(2023, 6, 1)
    for day in (DAY, earlier):
        refresh_network(context_for(store), day=day)
    assert neighbours(store, date(2023, 5, 31)) == {}
    assert neighbours(store, earlier) == neighbours(store, DAY - timedelta(days=1)) == {"P2": 1, "P4": 1}
    assert neighbours(store) == {"P1": 2, "P2": 1, "P3": 1}


def test_a_later_fact_changes_nothing_earlier(store: Store) -> None:
    day = date(2024, 6, 1)
    refresh_network(context_for(store), day=day)
    before = figures(store, day)
    later = ASSOCIATIONS + "A6,P3,P4,gang,5,2024-06-02,\nA7,P2,P3,gang,5,,\n"
    import_files(store, {**FILES, "associations": later}, at=datetime(2026, 3, 2, 6, tzinfo=UTC))
    refresh_network(context_for(store), day=day)
    assert figures(store, day) == before
    refresh_network(context_for(store), day=START.date())
    assert neighbours(store, START.date()) == {"P1": 2, "P2": 2, "P3": 3, "P4": 1}


def test_again_for_the_same_day_replaces_its_figures(store: Store) -> None:
    refresh_network(context_for(store), day=DAY)
    open_end = "A4,P1,P3,co_offending,9,2024-01-01,"
    ended = ASSOCIATIONS.replace(open_end, f"{open_end}2025-01-01")
    import_files(store, {**FILES, "associations": ended}, at=START)
    refresh_network(context_for(store), day=DAY)
    assert neighbours(store) == {"P1": 1, "P2": 1}


def test_nobody_reads_a_day_that_is_not_complete(store: Store) -> None:
    earlier = date(2023, 6, 1)
    refresh_network(context_for(store), day=earlier)
    refresh_network(context_for(store), day=DAY)

    def stop(_stored: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh_network(context_for(store), day=DAY, on_block=stop)
    assert neighbours(store) == neighbours(store, earlier)
    refresh_network(context_for(store), day=DAY)
    assert neighbours(store) == {"P1": 2, "P2": 1, "P3": 1}


def test_somebody_erased_meanwhile_is_left_out(store: Store) -> None:
    row = (10**6, DAY, 1, 1.0, 0.5, 0.0, 0.0, 2, 1, 1, 1)
    with store.transaction() as tx:
        tx.centrality.store([row], day=DAY, after=0, up_to=None)
    refresh_network(context_for(store), day=DAY)
    with store.reading() as tx:
        assert tx.centrality.of([10**6], on=DAY) == {}


def test_an_empty_network(store: Store) -> None:
    refreshed = refresh_network(context_for(store), day=date(2001, 1, 1))
    assert (refreshed.people, refreshed.links, refreshed.groups, refreshed.error) == (0, 0, 0, 0)
    assert figures(store) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"day": START.date() + timedelta(days=1)}, "2026-03-05 is in the future."),
        ({"day": DAY, "sample": 1}, "The sample is 1. It must have at least 2 people."),
    ],
)
def test_what_is_refused(store: Store, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        refresh_network(context_for(store), **options)
    assert message in refused.value.problems[0].detail


def test_a_sample_is_stored_with_its_error(store: Store) -> None:
    refresh_network(context_for(store), day=DAY, sample=2, seed=7)
    with store.reading() as tx:
        stored = tx.centrality.refresh_on(DAY)
        entries = [entry.detail for entry in tx.audit.entries() if entry.action == "network.refreshed"]
    assert stored is not None
    assert (stored.sample, stored.seed, stored.confidence) == (2, 7, 0.95)
    assert stored.error > 0
    assert entries == [{"day": str(DAY), "people": 3, "links": 2, "sample": 2}]


@pytest.mark.parametrize(
    ("reach", "office", "sees"),
    [
        (Reach.OFFICES, AGENCY, True),
        (Reach.OWN, AGENCY, True),
        (Reach.OFFICES, 2, False),
        (Reach.OWN, 2, False),
        (Reach.CASELOAD, AGENCY, False),
        (Reach.NONE, AGENCY, False),
    ],
)
def test_figures_of_the_agency_are_for_those_who_see_everybody(
    store: Store, reach: Reach, office: int, sees: bool
) -> None:
    refresh_network(context_for(store), day=DAY)
    seen = store.within(Viewer(1, "somebody", reach, office, START))
    assert bool(figures_of(seen, key_of(store, "P1"))) == sees
    with seen.reading() as tx:
        assert (tx.centrality.refresh_on(DAY) is not None) == sees


def figures_of(store: Store, person: int) -> object:
    with store.reading() as tx:
        return tx.centrality.of([person], on=DAY)
