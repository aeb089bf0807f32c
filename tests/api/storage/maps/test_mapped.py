"""What the map counts is what the plain rules of the list leave of each person, by area and by point."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.storage import Store
from api.storage.maps import mapped
from rms.harm.listing import CodeDays, HarmFilter, HarmQuery, OffenceChoice, matches, matching_offences
from tests.api.storage.harm.populations import AREAS, CODES, TODAY, Drawn, drawn, stored

OUTCOMES = frozenset({1, 2, 3, 4, 6, 7, 8})
days = st.none() | st.sampled_from([TODAY - timedelta(days=days) for days in (0, 1, 30, 400)])
chosen = st.none() | st.builds(
    OffenceChoice, st.just("chosen"), st.lists(st.builds(CodeDays, st.sampled_from(CODES), days), min_size=1)
)
areas = st.none() | st.sampled_from([*AREAS, "nowhere"])


@pytest.fixture(params=[1, 2])
def population(request: pytest.FixtureRequest, store: Store, url: str) -> Mapping[int, Drawn]:
    return stored(drawn(request.param, 90), store, url)


@st.composite
def filters(draw: st.DrawFn) -> HarmFilter:
    home = draw(areas)
    return HarmFilter(
        offence=draw(chosen),
        offence_since=draw(days),
        offence_area=draw(areas),
        home_area=home,
        elsewhere=home is not None and draw(st.booleans()),
        show_hidden=True,
    )


@pytest.mark.parametrize("block", [4, mapped.BLOCK])
def test_people_and_offences_by_area(
    store: Store, population: Mapping[int, Drawn], monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(mapped, "BLOCK", block)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(filter=filters())
    def compare(filter: HarmFilter) -> None:
        query = HarmQuery(filter, TODAY, OUTCOMES)
        listed = {key: one for key, one in population.items() if matches(one.candidate, query)}
        expected = Counter(
            offence.areas[0] if offence.areas else None
            for one in listed.values()
            for offence in matching_offences(one.candidate, query)
        )
        with store.reading() as tx:
            people = [place.person for place in tx.offender_list.page(query, limit=None)]
            homes, recorded = tx.mapped.homes(people), tx.mapped.offences(people, query)
        assert homes == Counter(one.home for one in listed.values())
        assert {one.area: one.offences for one in recorded} == expected
        assert all(one.latitude is None for one in recorded)

    compare()


def test_nobody(store: Store, population: Mapping[int, Drawn]) -> None:
    query = HarmQuery(HarmFilter(), TODAY, OUTCOMES)
    with store.reading() as tx:
        assert (tx.mapped.homes([]), tx.mapped.offences([], query)) == ({}, ())
