from dataclasses import replace
from datetime import date

import pytest

from rms.errors import InvalidInput, NotFound
from rms.harm.catalogue import crime_severity_score
from rms.harm.severity import CodePeriod, Severity, SeverityTables
from tests.rms.harm.tables import BURGLARY, THEFT, table

ENDED = CodePeriod(THEFT, date(1990, 1, 1), date(2003, 12, 31))


@pytest.mark.parametrize(
    ("on", "days"),
    [
        (date(1999, 6, 1), 2),
        (date(1990, 1, 1), 2),
        (date(2003, 12, 31), 2),
        (date(2004, 1, 1), None),
        (date(1989, 12, 31), None),
    ],
)
def test_an_ended_code_is_judged_at_the_date_of_the_offence(on, days):
    assert table(c04900=[ENDED]).days_of("04900", on) == days


def test_a_code_that_was_used_again_means_what_it_meant_on_that_day():
    both = table(c04900=[ENDED, CodePeriod(BURGLARY, date(2010, 1, 1))])
    found = [both.severity_of("04900", date(year, 6, 1)) for year in (1999, 2005, 2020)]
    assert found == [THEFT, None, BURGLARY]


def test_the_mapping_of_2022_is_kept_after_a_change_in_2023():
    old = table("2020", valid_to=date(2022, 12, 31), c04900=THEFT)
    new = table("2023", valid_from=date(2023, 1, 1), c04900=replace(THEFT, days=10.0))
    tables = SeverityTables((new, old))
    assert [tables.as_at(date(year, 6, 1)).name for year in (2022, 2023)] == ["2020", "2023"]
    assert [tables.days_of("04900", date(year, 6, 1)) for year in (2019, 2022, 2023)] == [None, 2, 10]
    assert tables.named("2020").days_of("04900", date(2026, 1, 1)) == 2


def test_the_edition_that_began_last_governs_and_of_two_the_one_given_last():
    first, second = table("rms", c04900=THEFT), table("county", c04900=BURGLARY)
    later = table("later", valid_from=date(2024, 1, 1))
    tables = SeverityTables((first, later, second))
    assert tables.as_at(date(2022, 1, 1)) is second
    assert tables.as_at(date(2024, 1, 1)) is later
    assert SeverityTables((first, second)).as_at(date(2019, 12, 31)) is None
    assert SeverityTables(()).days_of("04900", date(2026, 1, 1)) is None


def test_unknown_codes_and_classes_have_no_days():
    """Severity is never read from the number of a class: 28 is no harm, and no neighbour of a known code."""
    codes = table(c02803=BURGLARY)
    assert [codes.days_of(code, date(2026, 1, 1)) for code in ("28", "02804", "2803", "")] == [None] * 4


def test_weights_are_never_days():
    weights = crime_severity_score()
    on = date(2026, 1, 1)
    assert (weights.weight_of("02800", on), weights.days_of("02800", on)) == (438, None)
    assert (table(c02803=BURGLARY).weight_of("02803", on), weights.weight_of("99999", on)) == (None, None)
    with pytest.raises(InvalidInput, match="Tables of days and tables of weights cannot be mixed"):
        SeverityTables((table(), weights))


def test_a_table_that_is_not_there_is_refused_by_name():
    with pytest.raises(NotFound, match="no severity table css. Choose one of: county, rms."):
        SeverityTables((table("county"), table("rms"))).named("css")
    with pytest.raises(InvalidInput, match="2 severity tables are called county"):
        SeverityTables((table("county"), table("county")))


def test_the_tree_from_category_to_code():
    damage = Severity("Theft", "Bicycle theft", 2.0)
    codes = table(c04901=THEFT, c02803=BURGLARY, c04900=[ENDED], c04400=damage)
    assert codes.tree() == {
        "Theft": {"Other theft": ("04900", "04901"), "Bicycle theft": ("04400",)},
        "Burglary": {"Residential burglary": ("02803",)},
    }
    assert list(codes.tree()) == ["Theft", "Burglary"]
