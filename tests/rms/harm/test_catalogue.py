"""The tables that come with RMS, and the public files that they are from."""

import csv
from datetime import date
from pathlib import Path

import pytest

from rms.errors import InvalidInput
from rms.harm.catalogue import agency_settings, crime_harm_index, crime_severity_score, harm_settings
from rms.harm.severity import Severity, SeverityTables
from rms.harm.severity_files import severity_table
from rms.records.offence_codes import offence_code
from tests.rms.harm.tables import TOML

SHARED = Path(__file__).parents[4] / "shared" / "data"
ON = date(2025, 6, 1)
SETTINGS = (Path(__file__).parents[3] / "rms/harm/rms-harm-1.toml").read_text(encoding="utf-8")


def rows_of(name: str) -> list[dict[str, str]]:
    file = SHARED / name
    if not file.exists():
        pytest.skip("the public file is not part of the project")
    with file.open(newline="") as rows:
        return list(csv.DictReader(rows))


def test_the_groups_of_the_crime_harm_index_are_those_of_the_public_file():
    published = {
        row["prc_subgroup"]: Severity(row["category"], row["prc_subgroup"], float(row["cchi_days_median"]))
        for row in rows_of("cchi_2026_by_prc_subgroup.csv")
    }
    assert len(published) == 23
    both_robberies = "Robbery, of business or personal property"
    assert crime_harm_index().groups == {
        **published,
        both_robberies: Severity("Robbery", both_robberies, 365),
    }


@pytest.mark.parametrize("table", [crime_harm_index(), crime_severity_score()], ids=lambda table: table.name)
def test_every_code_is_a_published_one(table):
    published = {row["ho_code"] for row in rows_of("ho_code_ogrs3_weights.csv")}
    five_digits = {code for code in table.codes if code.isdigit()}
    assert five_digits and five_digits <= published


# What the OGRS3 category of a code says about its group. Aggravated burglary is violence in OGRS3.
@pytest.mark.parametrize(
    ("category", "groups"),
    [
        ("Burglary (domestic)", {"Residential burglary"}),
        ("Robbery", {"Robbery, of business or personal property"}),
        ("Theft from vehicles", {"Vehicle offences"}),
        ("Drug import/export/production", {"Trafficking of drugs"}),
        ("Criminal damage", {"Criminal damage", "Arson", "Miscellaneous crimes against society"}),
        ("Burglary (other)", {"Non-residential burglary", "Miscellaneous crimes against society"}),
    ],
)
def test_the_groups_agree_with_the_published_categories(category, groups):
    codes = {
        row["ho_code"] for row in rows_of("ho_code_ogrs3_weights.csv") if row["ogrs3_category"] == category
    }
    known = {crime_harm_index().severity_of(code, ON) for code in codes} - {None}
    assert {severity.group for severity in known} == groups


@pytest.mark.parametrize("table", [crime_harm_index(), crime_severity_score()], ids=lambda table: table.name)
def test_every_code_is_spelled_as_it_is_looked_up_and_every_group_has_one(table):
    assert [code for code in table.codes if offence_code(code) != code] == []
    assert all(codes for groups in table.tree().values() for codes in groups.values())
    assert "http" not in table.source and table.source


@pytest.mark.parametrize(
    ("code", "group", "days"),
    [
        ("00101", "Homicide", 5475),
        ("28/3", "Residential burglary", 273.5),
        ("28E", "Residential burglary", 273.5),
        ("30/2", "Non-residential burglary", 183.5),
        ("34/1", "Robbery, of business or personal property", 365),
        ("34B", "Robbery of personal property", 365),
        ("3900", "Theft from the person", 2),
        ("4400", "Bicycle theft", 2),
        ("45/10", "Vehicle offences", 5),
        ("48/1", "Vehicle offences", 5),
        ("4600", "Shoplifting", 1),
        ("56/1", "Arson", 185),
        ("4/4", "Death or serious injury - unlawful driving", 365),
    ],
)
def test_days_of_codes(code, group, days):
    severity = crime_harm_index().severity_of(offence_code(code), ON)
    assert (severity.group, severity.days, severity.weight) == (group, days, None)


def test_codes_whose_group_is_not_certain_are_left_out():
    """Possession or supply; a drink-drive code; causing death by aggravated taking or not; a class alone."""
    assert [crime_harm_index().days_of(code, ON) for code in ("09251", "80301", "03700", "28")] == [None] * 4


def test_the_weights_that_are_public():
    weights = [crime_severity_score().weight_of(code, ON) for code in ("00101", "02800", "02900", "03400")]
    assert weights == [7978.79, 438, 2127, 746]


def test_an_agency_adds_its_own_table():
    own = severity_table(TOML)
    tables = SeverityTables((crime_harm_index(), own))
    assert tables.as_at(date(2026, 1, 1)) is own
    assert tables.named(harm_settings().severity_table) is crime_harm_index()


def test_an_agency_changes_the_settings_under_a_version_of_its_own():
    assert agency_settings(SETTINGS) == harm_settings()
    changed = SETTINGS.replace("half_life = 3", "half_life = 4")
    with pytest.raises(InvalidInput, match="Give your settings another version, such as rms-harm-1-county"):
        agency_settings(changed)
    own = agency_settings(changed.replace('"rms-harm-1"', '"county-1"').replace('"RMS"', '"Chief analyst"'))
    assert (own.version, own.owner, own.severity.half_life) == ("county-1", "Chief analyst", 4)
