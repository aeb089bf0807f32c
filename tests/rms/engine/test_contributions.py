"""Contribution tables: what each answer says, fitted so that a hand can check it."""

import numpy as np
import pytest

from rms.engine.contributions import DECIMALS, ContributionTable, fit_tables
from tests.rms.engine.libraries import SMALL, past_cases

PAST = past_cases(21, count=600)
VALUES, ACTUAL = PAST.cases.values, PAST.actual["recidivism"]
TABLES = fit_tables(VALUES, ACTUAL, SMALL.items)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 10), (1, 10), (1.5, 20), (2, 20), (2.1, 30), (99, 30), (-5, 10), (np.nan, 40)],
)
def test_an_edge_belongs_to_the_bin_below_it(value, expected):
    table = ContributionTable(np.array([1.0, 2.0]), np.array([10.0, 20.0, 30.0, 40.0]))
    assert table.look_up(np.array([float(value)])) == [expected]


def test_every_level_has_an_entry_and_unknown_one_more():
    for item, table in zip(SMALL.items, TABLES, strict=True):
        if item.levels:
            assert table.upper.tolist() == list(range(len(item.levels) - 1))
            assert len(table.contribution) == len(item.levels) + 1
        else:
            assert len(table.contribution) == len(table.upper) + 2
            assert (np.diff(table.upper) > 0).all()


def test_each_table_is_centred_on_the_library_and_rounded():
    for j, table in enumerate(TABLES):
        assert abs(table.look_up(VALUES[:, j]).mean()) < 1e-6
        np.testing.assert_array_equal(table.contribution, table.contribution.round(DECIMALS))


def test_what_brings_people_back_contributes():
    drug = TABLES[SMALL.position["drug"]].contribution
    assert drug[0] < drug[3] and drug[3] - drug[0] > 0.5
    age = TABLES[SMALL.position["age"]].contribution[:-1]
    assert age[0] > age[-1]
    offence = TABLES[SMALL.position["offence"]].contribution[:-1]  # says nothing
    assert np.ptp(offence) < np.ptp(drug)


def test_the_fit_is_the_same_every_time():
    for one, other in zip(TABLES, fit_tables(VALUES.copy(), ACTUAL.copy(), SMALL.items), strict=True):
        np.testing.assert_array_equal(one.contribution, other.contribution)
        np.testing.assert_array_equal(one.upper, other.upper)


def test_a_table_survives_its_facts():
    for table in TABLES:
        again = ContributionTable.from_fact(table.as_fact())
        np.testing.assert_array_equal(again.look_up(VALUES[:, 1]), table.look_up(VALUES[:, 1]))


@pytest.mark.parametrize("values", [np.full(60, 3.0), np.r_[np.full(59, 3.0), 4.0], np.full(60, np.nan)])
def test_a_column_that_hardly_varies(values):
    cases = VALUES[:60].copy()
    cases[:, SMALL.position["thefts"]] = values
    tables = fit_tables(cases, ACTUAL[:60], SMALL.items)
    assert all(np.isfinite(table.contribution).all() for table in tables)
