"""The query of the offender list finds, in order, the people whom the plain rules find, for every viewer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.storage import AGENCY, ListPlace, Reach, Store, Viewer
from api.storage.harm import listing
from rms.harm.listing import (
    AGE_GROUPS,
    COHORTS_LISTED,
    MANAGED,
    STAGES_LISTED,
    CodeDays,
    HarmFilter,
    HarmQuery,
    OffenceChoice,
    matches,
)
from rms.harm.settings import BANDS
from tests.api.storage.examples import AT
from tests.api.storage.harm.populations import (
    AREAS,
    BEFORE,
    CODES,
    OFFICE,
    TODAY,
    Drawn,
    drawn,
    stored,
)

OUTCOMES = frozenset({1, 2, 3, 4, 6, 7, 8})
LIMIT = 7


@pytest.fixture(params=[1, 2])
def population(request: pytest.FixtureRequest, store: Store, url: str) -> Mapping[int, Drawn]:
    return stored(drawn(request.param, 90), store, url)


def some(*words: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True).map(tuple)


days = st.sampled_from([TODAY - timedelta(days=days) for days in (0, 1, 30, 400)])
spans = st.builds(CodeDays, st.sampled_from(CODES), st.none() | days, st.none() | days)
offences = st.builds(OffenceChoice, st.just("chosen"), st.lists(spans, min_size=1, max_size=3).map(tuple))
areas = st.sampled_from([*AREAS, "nowhere"])


@st.composite
def filters(draw: st.DrawFn) -> HarmFilter:
    """A filter with a few criteria: with all of them nobody would be left."""
    criteria: dict[str, st.SearchStrategy[Any]] = {
        "offence": offences,
        "offence_since": days,
        "offence_area": areas,
        "home_area": areas,
        "under_25": st.just(True),
        "age_group": st.sampled_from(AGE_GROUPS),
        "bands": some(*BANDS),
        "moved_since": st.sampled_from([BEFORE - timedelta(days=1), BEFORE, TODAY]),
        "release_soon": st.just(True),
        "stages": some(*STAGES_LISTED),
        "cohorts": some(*COHORTS_LISTED),
        "managed": some(*MANAGED),
        "forename": st.sampled_from(["A", "ANN", "ANNA", "LUK", "X"]),
        "surname": st.sampled_from(["O", "OKORO", "OKORO LEE", "OB", "X"]),
        "disagreements": st.just(True),
        "show_hidden": st.just(True),
    }
    names = draw(st.lists(st.sampled_from(sorted(criteria)), max_size=4, unique=True))
    chosen = {name: draw(criteria[name]) for name in names}
    is_elsewhere = "home_area" in chosen and draw(st.booleans())
    moved_up = "moved_since" in chosen and draw(st.booleans())
    return HarmFilter(**chosen, elsewhere=is_elsewhere, moved_up=moved_up)


def sees(viewer: Viewer | None, one: Drawn, offices: Mapping[int, tuple[str, ...]]) -> bool:
    """Whether the viewer may see the person; `offices` has what is below each office."""
    if viewer is None:
        return True
    below = offices[viewer.office]
    of_offices = viewer.office == AGENCY or bool({one.office or one.home, one.home} & set(below))
    on_caseload = one.on_caseload and viewer.account == 1
    return {
        Reach.OFFICES: of_offices,
        Reach.CASELOAD: on_caseload,
        Reach.OWN: of_offices or on_caseload,
        Reach.NONE: False,
    }[viewer.reach]


def names_below(store: Store) -> dict[int, tuple[str, ...]]:
    """The key of each office → the codes or names of it and of all below it."""
    with store.reading() as tx:
        every = tx.offices.all()
    named = {office.id: office.code or office.name for office in every}
    return {
        office.id: tuple(
            named[other.id]
            for other in every
            if other.id == office.id or named[office.id] in AREAS.get(named[other.id], ())
        )
        for office in every
    }


def viewers(store: Store) -> Iterator[Viewer | None]:
    yield None
    for office in names_below(store):
        for reach in (Reach.OFFICES, Reach.OWN):
            yield Viewer(1, "somebody", reach, office, AT)
    for account in (1, 2):
        yield Viewer(account, "somebody", Reach.CASELOAD, AGENCY, AT)
    yield Viewer(2, "somebody", Reach.OWN, AGENCY, AT)
    yield Viewer(1, "somebody", Reach.NONE, AGENCY, AT)


def expected(
    population: Mapping[int, Drawn],
    query: HarmQuery,
    viewer: Viewer | None,
    below: Mapping[int, tuple[str, ...]],
) -> list[ListPlace]:
    found = [
        ListPlace(one.candidate.score, key)
        for key, one in population.items()
        if sees(viewer, one, below) and matches(one.candidate, query) and one.candidate.score is not None
    ]
    return sorted(found, key=lambda place: (place.score, place.person), reverse=True)


def pages(store: Store, query: HarmQuery) -> Iterator[ListPlace]:
    after = None
    while True:
        with store.reading() as tx:
            page = tx.offender_list.page(query, limit=LIMIT, after=after)
        yield from page
        if len(page) < LIMIT:
            return
        after = page[-1]


@pytest.mark.parametrize(("most_keys", "most_parts"), [(0, 0), (0, 40), (5000, 40)])
def test_the_query_finds_whom_the_rules_find(
    store: Store,
    population: Mapping[int, Drawn],
    monkeypatch: pytest.MonkeyPatch,
    most_keys: int,
    most_parts: int,
) -> None:
    """In whichever way the list is read."""
    monkeypatch.setattr(listing, "MOST_KEYS", most_keys)
    monkeypatch.setattr(listing, "MOST_PARTS", most_parts)
    below = names_below(store)
    everyone = list(viewers(store))

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(filter=filters(), viewer=st.sampled_from(everyone))
    def compare(filter: HarmFilter, viewer: Viewer | None) -> None:
        if viewer is not None and filter.disagreements and viewer.reach is not Reach.OFFICES:
            filter = replace(filter, disagreements=False)  # whose assessments they see is another rule
        query = HarmQuery(filter, TODAY, OUTCOMES)
        limited = store if viewer is None else store.within(viewer)
        found = expected(population, query, viewer, below)
        assert list(pages(limited, query)) == found
        with limited.reading() as tx:
            assert tx.offender_list.total(query, most=1000) == len(found)
            assert tx.offender_list.total(query, most=2) == min(len(found), 2)
            for rank, place in enumerate(found[:3], start=1):
                assert tx.offender_list.rank(query, place, most=1000) == rank

    compare()


def test_what_decides_about_a_person_is_read_as_it_is(store: Store, population: Mapping[int, Drawn]) -> None:
    with store.reading() as tx:
        for key, one in population.items():
            found = tx.listed_people.candidate(key)
            if one.candidate.score is None:
                assert found.score is None and not found.is_due
                continue
            assert set(found.names) == set(one.candidate.names)
            moments = one.candidate.bands if one.bands[0] != one.bands[1] else found.bands
            assert found == replace(one.candidate, names=found.names, bands=moments)
            assert (found.band_on(BEFORE), found.band_on(TODAY)) == tuple(BANDS[band] for band in one.bands)


def test_each_viewer_may_see_exactly_their_people(store: Store, population: Mapping[int, Drawn]) -> None:
    """Those without a score too; and nobody may see a person who does not exist."""
    below = names_below(store)
    for viewer in viewers(store):
        with (store if viewer is None else store.within(viewer)).reading() as tx:
            for key, one in population.items():
                assert tx.offender_list.may_see(key) == sees(viewer, one, below), (viewer, one)
                assert tx.caseload.may_write_about(key) == sees(viewer, one, below), (viewer, one)
            assert not tx.offender_list.may_see(10**6)


def test_a_row_of_the_list(store: Store, population: Mapping[int, Drawn]) -> None:
    keys = [key for key, one in population.items() if one.candidate.score is not None]
    with store.reading() as tx:
        rows = tx.listed_people.of([*keys[::-1], 10**6], on=TODAY)
    assert [row.person for row in rows] == keys[::-1]
    for row in rows:
        one = population[row.person]
        assert (row.offender_number, row.home_area) == (one.number, one.home)
        assert row.home_area_name == (one.home and f"Area {one.home}")
        assert row.forename == next((name for name in one.forenames[::-1] if name), None)
        assert row.stage == (None if one.candidate.stage == "suspected" else one.candidate.stage)
        assert row.band_before == BANDS[one.bands[0]]


def test_the_office_of_a_person_need_not_be_an_area(population: Mapping[int, Drawn]) -> None:
    """The population has what the test is about."""
    assert any(one.office == OFFICE for one in population.values())
