"""The fast scores against the plain ones, person by person."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.harm.bands import cuts_of
from rms.harm.catalogue import harm_settings
from rms.harm.columnar import (
    STILL_IN_FORCE,
    HarmColumns,
    MarkerColumns,
    OffenceColumns,
    ReportColumns,
    columns_of,
    day_number,
    harm_scores,
)
from rms.harm.history import HarmHistory
from rms.harm.score import counted_offences, harm_score
from rms.harm.settings import COMPONENTS, HarmSettings
from tests.rms.harm.histories import DAYS_SCORED, histories, history, offence

ON = date(2026, 1, 1)
SETTINGS = harm_settings()
OTHERS = replace(
    SETTINGS,
    version="county-1",
    outcomes=frozenset({1, 18}),
    recency=replace(SETTINGS.recency, half_life=0.01),
    frequency=replace(SETTINGS.frequency, window=4, cap=2),
    intelligence=replace(SETTINGS.intelligence, months=1, cap=0.5),
    drugs={"personal_use": 0, "class_a_dependent": 50, "supply": 50},
)


def assert_equal(cases: list[HarmHistory], *, on: date, settings: HarmSettings) -> None:
    scores = harm_scores(columns_of(cases, settings=settings), on=on, settings=settings)
    assert (scores.version, scores.on) == (settings.version, on)
    for at, case in enumerate(cases):
        plain = harm_score(case, on=on, settings=settings)
        counted = counted_offences(case, on=on, settings=settings)
        assert scores.scored[at] == (plain is not None)
        assert scores.n_unknown[at] == sum(entry.days is None for entry in counted)
        for name in (*COMPONENTS, "score"):
            value = getattr(scores, name)[at]
            if plain is None:
                assert np.isnan(value)
            else:
                assert value == pytest.approx(getattr(plain, name), abs=1e-9), name


@given(data=st.data(), on=st.sampled_from(DAYS_SCORED), settings=st.sampled_from([SETTINGS, OTHERS]))
def test_the_scores_of_many_are_the_scores_of_each(data, on, settings):
    assert_equal(data.draw(st.lists(histories(on), max_size=5)), on=on, settings=settings)


@pytest.mark.parametrize("on", [date(2024, 2, 29), date(2025, 2, 28), date(2028, 2, 29), ON])
@pytest.mark.parametrize("settings", [SETTINGS, OTHERS], ids=lambda settings: settings.version)
def test_all_days_around_the_edges(on, settings):
    """An offence a day for six years before the day, each the only one of a person."""
    cases = [history(offence(on=date.fromordinal(on.toordinal() + 2 - days))) for days in range(2200)]
    assert_equal(cases, on=on, settings=settings)


def test_nobody_has_a_score_without_offences():
    scores = harm_scores(columns_of([history(), history()], settings=SETTINGS), on=ON, settings=SETTINGS)
    assert not scores.scored.any() and np.isnan(scores.score).all() and not scores.n_unknown.any()
    assert len(harm_scores(columns_of([], settings=SETTINGS), on=ON, settings=SETTINGS).score) == 0


def test_the_columns_are_left_as_they_are():
    columns = columns_of([history(offence(days=None))], settings=SETTINGS)
    for column in (columns.offences.person, columns.offences.day, columns.offences.days):
        column.setflags(write=False)
    assert harm_scores(columns, on=ON, settings=SETTINGS).n_unknown.tolist() == [1]
    assert np.isnan(columns.offences.days).all()


def test_a_person_has_the_same_bits_alone_and_among_others():
    """So the scores of some people, refreshed alone, are those of a refresh of all."""
    rng = np.random.default_rng(15)
    cases = [
        history(*(offence(f"o{n}", date.fromordinal(int(day)), 273.5) for n, day in enumerate(days)))
        for days in rng.integers(730_000, 739_600, (300, 7))
    ]
    of_all = harm_scores(columns_of(cases, settings=SETTINGS), on=ON, settings=SETTINGS).score
    for at in range(0, 300, 37):
        alone = harm_scores(columns_of([cases[at]], settings=SETTINGS), on=ON, settings=SETTINGS).score
        assert alone[0] == of_all[at]


def test_wider_and_narrower_integers_give_the_same():
    person, day = np.array([0, 0, 1]), np.array([day_number(date(2025, 1, 1))] * 3)
    days, counts = np.array([1.0, np.nan, 273.5]), np.array([True, True, True])
    markers = (np.array([1]), np.array([2]), np.array([0]), np.array([STILL_IN_FORCE]))
    reports = (np.array([0]), np.array([0]), np.array([day_number(ON)]))
    found = [
        harm_scores(
            HarmColumns(
                3,
                OffenceColumns(person.astype(kind), day.astype(kind), days, counts),
                MarkerColumns(*(column.astype(kind) for column in markers)),
                ReportColumns(*(column.astype(kind) for column in reports)),
            ),
            on=ON,
            settings=SETTINGS,
        ).score.tolist()
        for kind in (np.int32, np.int64)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0][1] == pytest.approx(38.760677607025 + 10, abs=1e-9)


def test_columns_that_do_not_fit_are_refused():
    person, day = np.array([0, 1], np.int32), np.array([1, 1], np.int32)
    days, counts = np.ones(2), np.ones(2, bool)
    with pytest.raises(ValueError, match="same length"):
        OffenceColumns(person, day[:1], days, counts)
    with pytest.raises(ValueError, match="sorted by person"):
        OffenceColumns(person[::-1], day, days, counts)
    with pytest.raises(ValueError, match="sorted by person, from 0"):
        OffenceColumns(person - 1, day, days, counts)
    with pytest.raises(ValueError, match="There are 1 people, but a row is of person 1"):
        HarmColumns(1, OffenceColumns(person, day, days, counts))


def test_people_without_a_score_do_not_move_the_cuts():
    cases = [history(offence()), history()]
    scores = harm_scores(columns_of(cases, settings=SETTINGS), on=ON, settings=SETTINGS).score
    assert cuts_of(scores, on=ON, settings=SETTINGS).scores == (scores[0],) * 4
