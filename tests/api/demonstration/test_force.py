"""The fictional police force: it can be imported, keeps the rules of records, and is plausible."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.demonstration.caseload import PEOPLE as OF_CASELOAD
from api.demonstration.caseload import caseload
from api.demonstration.force import Known, known_people, write_force, write_second_source
from api.demonstration.force.areas import DEGREE, LATITUDES, LONGITUDES, areas
from api.demonstration.force.days import later_birthday
from api.demonstration.force.folder import day_texts, draw_force, write_declaration
from api.demonstration.force.markers import write_markers
from api.demonstration.force.second_source import spelled_differently
from rms.calendar import completed_years
from rms.engine.library import Library
from rms.harm.catalogue import crime_harm_index
from rms.people.identifiers import Standing, cro, pnc
from rms.records.declaration import read_declaration
from rms.records.layout import LAYOUT
from rms.records.reading import OPENING, read_csv
from tests.api.conftest import START

DAY = date(2026, 11, 30)
PEOPLE = 3_000
KNOWN = [Known("10007", "female", date(1991, 5, 2)), Known("AB12", "unknown", date(1960, 2, 29))]
ARGUMENTS: Mapping[str, Any] = {"seed": 7, "people": PEOPLE, "day": DAY, "known": KNOWN}


@dataclass
class Folder:
    """The rows of each file, and what the reader found wrong with it."""

    rows: dict[str, list[Any]]
    problems: list[Any]

    def __getitem__(self, name: str) -> list[Any]:
        return self.rows[name]


def read(path: Path) -> Folder:
    declaration = read_declaration((path / "import.toml").read_text(encoding="utf-8"))
    folder = Folder({}, [])
    for name, layout in LAYOUT.items():
        if (path / f"{name}.csv").exists():
            with (path / f"{name}.csv").open(**OPENING) as stream:
                batches = list(read_csv(stream, layout, declaration=declaration))
            folder.rows[name] = [row for batch in batches for row in batch.rows]
            folder.problems += [problem for batch in batches for problem in batch.problems]
    return folder


@pytest.fixture(scope="module")
def force(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("force")
    write_force(path, **ARGUMENTS)
    return read(path)


@pytest.fixture(scope="module")
def people(force: Folder) -> dict[str, Any]:
    return {row.person: row for row in force["people"]}


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}


def share(flags: Iterable[object]) -> float:
    return float(np.mean([bool(flag) for flag in flags]))


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_force(tmp_path / name, seed=seed, people=200, day=DAY)
        write_second_source(tmp_path / name / "second", seed=seed, people=200, day=DAY)
    for part in ("", "second"):
        one, again, other = (contents(tmp_path / name / part) for name in ("one", "again", "other"))
        assert one == again
        assert one["people.csv"] != other["people.csv"]


def test_a_reader_takes_every_row(force: Folder) -> None:
    assert force.problems == []
    assert set(force.rows) == set(LAYOUT)
    assert all(force.rows.values())
    assert len(force["people"]) == PEOPLE
    assert len(force["offences"]) == 8 * PEOPLE


def test_the_number_of_offences_can_be_chosen(tmp_path: Path) -> None:
    write_force(tmp_path, seed=1, people=200, day=DAY, offences=700)
    assert len(read(tmp_path)["offences"]) == 700


def test_every_folder_says_that_it_is_synthetic(tmp_path: Path) -> None:
    write_force(tmp_path, seed=1, people=100, day=DAY)
    write_second_source(tmp_path / "second", seed=1, people=100, day=DAY)
    for path in (tmp_path, tmp_path / "second"):
        assert "synthetic = true" in (path / "import.toml").read_text(encoding="utf-8")
    assert "(fictional)" in (tmp_path / "areas.csv").read_text(encoding="utf-8")


def test_every_reference_names_a_row(force: Folder) -> None:
    ids = {
        name: {getattr(row, LAYOUT[name].id_column.name) for row in rows} for name, rows in force.rows.items()
    }
    for name, rows in force.rows.items():
        assert len(ids[name]) == len(rows), name
        for column in LAYOUT[name].columns:
            if column.refers_to:
                named = {getattr(row, column.attribute) for row in rows} - {None}
                assert named <= ids[column.refers_to], (name, column.name)


@pytest.mark.parametrize(("people", "wards"), [(5_000, 32), (100_000, 80), (1_000_000, 200)])
def test_areas_are_one_tree_with_unique_names(people: int, wards: int) -> None:
    rows = areas(np.random.default_rng(1), people=people).rows
    kinds = {code: kind for code, _, kind, _ in rows}
    assert Counter(kinds.values())["ward"] == wards
    assert Counter(kinds.values())["local_policing_area"] == 4
    assert len({name for _, name, _, _ in rows}) == len(kinds) == len(rows)
    above = {"ward": "neighbourhood", "neighbourhood": "local_policing_area", "local_policing_area": "force"}
    assert [code for code, _, _, parent in rows if not parent] == [rows[0][0]]
    assert all(kinds[parent] == above[kind] for _, _, kind, parent in rows if parent)


def test_nobody_offends_before_ten_in_the_future_in_custody_or_after_death(
    force: Folder, people: Mapping[str, Any]
) -> None:
    for row in force["offences"]:
        person = people[row.person]
        assert completed_years(person.date_of_birth, row.day) >= 10
        assert date(2016, 11, 30) <= row.day < DAY
        assert person.deceased_on is None or row.day < person.deceased_on
        assert person.custody_from is None or row.day < person.custody_from


@pytest.mark.parametrize("name", ["registrations", "plans", "drug_markers", "associations", "sentences"])
def test_periods_begin_after_ten_and_end_after_they_begin(
    name: str, force: Folder, people: Mapping[str, Any]
) -> None:
    for row in force[name]:
        assert row.from_day <= DAY
        assert row.to_day is None or row.to_day >= row.from_day
        for person in (people[row.person], people[getattr(row, "other", row.person)]):
            assert completed_years(person.date_of_birth, row.from_day) >= 10
            assert person.deceased_on is None or row.from_day <= person.deceased_on


def test_what_is_known_of_people_who_died_years_ago_ended_by_then(tmp_path: Path) -> None:
    people, _ = draw_force(7, people=1_000, day=DAY, offences=8_000, known=())
    died = np.maximum(people.tenth_birthday + 60, DAY.toordinal() - 1_500)
    write_declaration(tmp_path, source="test", day=DAY)
    write_markers(tmp_path, 7, replace(people, deceased=died, end=died), days=day_texts(DAY))
    force = read(tmp_path)
    assert force.problems == []
    for name in ("registrations", "plans", "drug_markers"):
        for row in force[name]:
            assert row.to_day is not None
            assert row.to_day.toordinal() <= died[int(row.person[1:]) - 1]


def test_reports_are_about_living_people_over_ten(force: Folder, people: Mapping[str, Any]) -> None:
    for row in force["intelligence"]:
        person = people[row.person]
        assert completed_years(person.date_of_birth, row.day) >= 10
        assert row.day <= (person.deceased_on or DAY)


def test_a_sentence_follows_a_conviction_of_the_same_person(force: Folder) -> None:
    offences = {row.offence: row for row in force["offences"]}
    for row in force["sentences"]:
        offence = offences[row.offence]
        assert (offence.person, offence.stage, offence.outcome) == (row.person, "convicted", 1)
        assert offence.day < row.sentenced_on == row.from_day <= DAY


def test_nobody_offends_during_a_sentence_of_custody(force: Folder, people: Mapping[str, Any]) -> None:
    days = defaultdict(list)
    for row in force["offences"]:
        days[row.person].append(row.day)
    custody = [row for row in force["sentences"] if row.kind == "custody"]
    assert custody
    for row in custody:
        until = people[row.person].release_date or row.to_day
        assert not [day for day in days[row.person] if row.from_day <= day <= min(until, row.to_day)]


STAGES_OF_OUTCOMES = [
    ({1}, {"charged", "awaiting_court", "convicted"}),
    ({4}, {"convicted"}),
    ({2, 3, 6, 7, 8}, {None}),
    ({9, 10, 12, 13, 14, 15, 16, 21, None}, {"suspected"}),
]


def test_stage_and_outcome_fit_each_other(force: Folder) -> None:
    expected = {outcome: stages for outcomes, stages in STAGES_OF_OUTCOMES for outcome in outcomes}
    found = defaultdict(set)
    for row in force["offences"]:
        found[row.outcome].add(row.stage)
    assert found == expected


def test_cautions_are_those_of_the_age(force: Folder, people: Mapping[str, Any]) -> None:
    for row in force["offences"]:
        age = completed_years(people[row.person].date_of_birth, row.day)
        assert row.outcome != 2 or age < 18
        assert row.outcome not in (3, 6, 7) or age >= 18


def test_identifiers_are_valid_and_unique(force: Folder) -> None:
    for numbers, read_number in (
        ([row.pnc for row in force["people"] if row.pnc], pnc),
        ([row.cro for row in force["people"] if row.cro], cro),
    ):
        assert {read_number(number).standing for number in numbers} == {Standing.VALID}
        assert len(set(numbers)) == len(numbers) > PEOPLE / 3
    numbers = [row.offender_number for row in force["people"] if row.offender_number]
    assert len(set(numbers)) == len(numbers)


def test_people_who_are_in_rms_already_are_among_them(force: Folder) -> None:
    by_number = {row.offender_number: row for row in force["people"]}
    for known in KNOWN:
        row = by_number[known.offender_number]
        assert (row.sex, row.date_of_birth) == (known.sex, known.date_of_birth)


def test_people_of_the_caseload_can_be_known(library: Library) -> None:
    entries = caseload(library, until=START)
    known = known_people(entries)
    assert len({one.offender_number for one in known}) == len(known) == OF_CASELOAD
    of_caseload = {(one.assessment.offender_number, one.assessment.date_of_birth) for one in entries}
    assert {(one.offender_number, one.date_of_birth) for one in known} <= of_caseload


def test_someone_under_ten_cannot_be_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="older than ten"):
        write_force(tmp_path, seed=1, people=100, day=DAY, known=[Known("1", "male", date(2017, 1, 1))])


def test_a_birthday_on_29_february_is_on_1_march_in_other_years() -> None:
    born = np.array([date(2004, 2, 29).toordinal(), date(1999, 12, 31).toordinal()])
    birthdays = [date.fromordinal(int(day)) for day in later_birthday(born, 10)]
    assert birthdays == [date(2014, 3, 1), date(2009, 12, 31)]


def test_offences_lie_in_the_box(force: Folder) -> None:
    for row in force["offences"]:
        assert (row.latitude is None) == (row.longitude is None)
        if row.latitude is not None:
            assert LATITUDES[0] <= row.latitude * DEGREE <= LATITUDES[1]
            assert LONGITUDES[0] <= row.longitude * DEGREE <= LONGITUDES[1]


def test_the_harm_index_knows_all_codes_but_two(force: Folder) -> None:
    codes = {row.code for row in force["offences"]}
    assert codes - set(crime_harm_index().codes) == {"12509", "99999"}


def test_nobody_is_associated_with_themselves_or_twice_in_one_kind(force: Folder) -> None:
    pairs = [(row.kind, frozenset((row.person, row.other))) for row in force["associations"]]
    assert all(len(pair) == 2 for _, pair in pairs)
    assert len(set(pairs)) == len(pairs)
    assert {kind for kind, _ in pairs} == {"co_offending", "family", "gang", "other"}


def test_a_family_has_one_surname_and_one_home(force: Folder, people: Mapping[str, Any]) -> None:
    for row in force["associations"]:
        if row.kind == "family":
            one, other = people[row.person], people[row.other]
            assert (one.surname, one.home_area) == (other.surname, other.home_area)


def test_some_people_are_connected_in_a_larger_group(force: Folder) -> None:
    ties = defaultdict(set)
    for row in force["associations"]:
        if row.kind == "gang":
            ties[row.person].add(row.other)
            ties[row.other].add(row.person)
    reached: set[str] = set()
    following = {next(iter(ties))}
    while following:
        reached |= following
        following = {other for person in following for other in ties[person]} - reached
    assert len(reached) >= 8


def ages(force: Folder) -> list[int]:
    return [completed_years(row.date_of_birth, DAY) for row in force["people"]]


def offences_each(force: Folder) -> list[int]:
    counts = Counter(row.person for row in force["offences"])
    return [counts[row.person] for row in force["people"]]


def recent(force: Folder) -> list[Any]:
    return [row for row in force["offences"] if row.day >= date(2024, 11, 30)]


def homes(force: Folder) -> list[bool]:
    home = {row.person: row.home_area for row in force["people"]}
    return [row.area == home[row.person] for row in force["offences"]]


SHARES: list[tuple[str, Callable[[Folder], Iterable[object]], float, float]] = [
    ("under 18", lambda force: [age < 18 for age in ages(force)], 0.03, 0.1),
    ("18 to 35", lambda force: [18 <= age <= 35 for age in ages(force)], 0.45, 0.65),
    ("10 to 80", lambda force: [10 <= age <= 80 for age in ages(force)], 1, 1),
    ("men", lambda force: [row.sex == "male" for row in force["people"]], 0.75, 0.85),
    ("home known", lambda force: [row.home_area for row in force["people"]], 0.94, 0.99),
    ("PNC number", lambda force: [row.pnc for row in force["people"]], 0.8, 0.9),
    ("offender number", lambda force: [row.offender_number for row in force["people"]], 0.25, 0.35),
    ("British", lambda force: [row.nationality == "British" for row in force["people"]], 0.8, 0.9),
    ("dual", lambda force: [" and " in (row.nationality or "") for row in force["people"]], 0.005, 0.03),
    ("in custody", lambda force: [row.in_custody for row in force["people"]], 0.045, 0.08),
    ("custody unknown", lambda force: [row.in_custody is None for row in force["people"]], 0.03, 0.07),
    ("deceased", lambda force: [row.deceased_on for row in force["people"]], 0.002, 0.01),
    ("1 to 4 offences", lambda force: [1 <= count <= 4 for count in offences_each(force)], 0.5, 0.7),
    ("60 offences or more", lambda force: [count >= 60 for count in offences_each(force)], 0.005, 0.03),
    ("last two years", lambda force: [row.day >= date(2024, 11, 30) for row in force["offences"]], 0.3, 0.6),
    ("at home", homes, 0.5, 0.65),
    ("no area", lambda force: [row.area is None for row in force["offences"]], 0.02, 0.06),
    ("no coordinates", lambda force: [row.latitude is None for row in force["offences"]], 0.02, 0.05),
    ("domestic abuse", lambda force: [row.domestic_abuse for row in force["offences"]], 0.05, 0.15),
    ("unknown code", lambda force: [row.code == "99999" for row in force["offences"]], 0.0005, 0.005),
    ("robbery", lambda force: [row.code.startswith("034") for row in recent(force)], 0.015, 0.06),
    ("managed", lambda force: [row.managed for row in force["plans"]], 0.6, 0.9),
    ("registrations ended", lambda force: [row.to_day for row in force["registrations"]], 0.2, 0.45),
]


@pytest.mark.parametrize(
    ("counted", "lowest", "highest"), [row[1:] for row in SHARES], ids=[row[0] for row in SHARES]
)
def test_shares_are_plausible(
    counted: Callable[[Folder], Iterable[object]], lowest: float, highest: float, force: Folder
) -> None:
    assert lowest <= share(counted(force)) <= highest


def test_every_kind_of_registration_and_marker_occurs(force: Folder) -> None:
    levels = defaultdict(set)
    for row in force["registrations"]:
        levels[row.kind].add(row.level)
    assert levels["iom"] == {"fixed", "flex", "free"}
    assert levels["mappa"] >= {"1", "2"}
    assert levels["home_office_interest"] == levels["domestic_abuse"] == {None}
    assert {row.kind for row in force["drug_markers"]} == {"personal_use", "class_a_dependent", "supply"}
    assert {row.grade for row in force["intelligence"]} == set("ABCDE")
    assert {row.managed_by is None for row in force["plans"] if not row.managed} == {True}


def test_the_second_source_knows_some_of_the_same_people_by_other_spellings(
    force: Folder, tmp_path: Path
) -> None:
    write_second_source(tmp_path, **ARGUMENTS)
    second = read(tmp_path)
    assert second.problems == []
    assert (
        read_declaration((tmp_path / "import.toml").read_text(encoding="utf-8")).source == "custody records"
    )
    same = defaultdict(list)
    for row in force["people"]:
        same[row.date_of_birth, row.custody_from, row.release_date].append(row)
    assert 0.03 * PEOPLE < len(second["people"]) < 0.12 * PEOPLE
    for row in second["people"]:
        [original] = same[row.date_of_birth, row.custody_from, row.release_date]
        assert (row.forename, row.surname) != (original.forename, original.surname)
        assert row.pnc in (None, original.pnc)
        assert row.offender_number is None
    assert 0.25 < share(row.pnc for row in second["people"]) < 0.6


@pytest.mark.parametrize(
    ("forename", "surname"), [("Robert", "Ackbourne"), ("Imran", "Malikzad"), ("Esi", "Grantley-Osei")]
)
def test_another_spelling_always_differs(forename: str, surname: str) -> None:
    rng = np.random.default_rng(3)
    spellings = {spelled_differently(rng, forename, surname) for _ in range(50)}
    assert (forename, surname) not in spellings
    assert len(spellings) >= 4
