"""The made-up past cases: exact group sizes, no contradictions, the same bytes everywhere."""

import hashlib
from collections import Counter

import pytest

from reference_library.synthetic import synthetic_cases, write_csv
from rms.instrument import Source, instrument

SHA256 = "7436a4208a445fa0f32774a935f34179a1c99cf2062d8f2d0dfe8ccef0640d01"
RMS = instrument("rms")


@pytest.fixture(scope="module")
def cases():
    return synthetic_cases()


def test_the_file_has_the_same_bytes_each_time(tmp_path):
    for name in ("first.csv", "second.csv"):
        write_csv(tmp_path / name)
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == SHA256


def test_the_groups_have_their_sizes(cases):
    assert Counter(case["sex"] for case in cases) == {"male": 5_357, "female": 584}
    assert Counter(group(case) for case in cases) == {"stayed": 3_267, "readmitted": 1_718, "convicted": 956}
    assert sum(case["violent_reconviction_days"] != "" for case in cases) == 300


def group(case):
    if case["reconviction_days"]:
        return "convicted"
    return "stayed" if int(case["days_at_liberty"]) >= 1095 else "readmitted"


def test_the_numbers_run_from_10001_whatever_the_outcome(cases):
    assert [case["case_number"] for case in cases] == [str(number) for number in range(10_001, 15_942)]
    assert all(case["offender_number"] == "S" + case["case_number"] for case in cases)
    early = Counter(group(case) for case in cases[:2_000])
    assert 270 < early["convicted"] < 380  # 322 expected


def test_the_days_do_not_contradict_each_other(cases):
    for case in cases:
        free, free_of_violence = int(case["days_at_liberty"]), int(case["days_at_liberty_violence"])
        assert 1 <= free <= 2_556 and 1 <= free_of_violence <= 2_556
        if group(case) == "convicted":
            assert 1 <= int(case["reconviction_days"]) <= 730
            assert int(case["reconviction_days"]) <= free
        if case["violent_reconviction_days"]:
            assert case["violent_reconviction_days"] == case["reconviction_days"]
            assert free_of_violence == free
        if group(case) != "convicted":
            assert free_of_violence == free


def test_most_of_those_convicted_of_something_else_count_for_violence(cases):
    watched = [
        int(case["days_at_liberty_violence"]) >= 1095
        for case in cases
        if group(case) == "convicted" and not case["violent_reconviction_days"]
    ]
    assert 0.6 < sum(watched) / len(watched) < 0.95


def test_every_cell_is_an_answer_or_blank_where_it_may_be(cases):
    for item in RMS.items:
        spelled = {level.csv: level.value for level in item.levels}
        parse = float if item.takes_fractions else int
        for cell in {case[item.column] for case in cases}:
            if cell == "":
                assert item.unknown_allowed, item.code
            elif item.levels:
                assert cell in spelled, item.code
            else:
                assert item.wrong_with(parse(cell)) is None, (item.code, cell)


@pytest.mark.parametrize("item", RMS.asked, ids=lambda item: item.code)
def test_a_few_cells_are_blank_where_the_item_may_be_unknown(cases, item):
    blank = sum(case[item.column] == "" for case in cases) / len(cases)
    assert 0.03 < blank < 0.06 if item.unknown_allowed else blank == 0


@pytest.mark.parametrize("item", RMS.items, ids=lambda item: item.code)
def test_every_level_occurs_and_every_number_varies(cases, item):
    occurring = {case[item.column] for case in cases} - {""}
    assert occurring == {level.csv for level in item.levels} if item.levels else len(occurring) > 5


def test_a_life_is_consistent(cases):
    for case in cases:
        age, served = int(case["age"]), float(case["years_served"])
        assert age >= 18
        assert 2013 <= int(case["birth_year"]) + age <= 2017  # released 2014–2017
        assert 0 < served <= age - 10
        assert case["age_first_conviction"] == "" or int(case["age_first_conviction"]) <= age - served + 1e-9
        assert int(case["revocations"]) <= int(case["supervision_periods"])
        assert sum(int(case[item.column]) for item in RMS.items if item.code.startswith("conv_")) >= 1


def mean(cases, column):
    known = [float(case[column]) for case in cases if case[column] != ""]
    return sum(known) / len(known)


def test_items_hang_together_as_they_do_in_life(cases):
    using = [case for case in cases if case["drug"] == "3"]
    abstinent = [case for case in cases if case["drug"] == "0"]
    assert mean(using, "conv_drug") > mean(abstinent, "conv_drug") + 1
    back = [case for case in cases if group(case) == "convicted"]
    stayed = [case for case in cases if group(case) == "stayed"]
    assert mean(back, "age") < mean(stayed, "age") - 2
    assert mean(back, "comp") > mean(stayed, "comp") + 0.3


def test_women_return_less_often(cases):
    share = {
        sex: sum(group(case) == "convicted" for case in cases if case["sex"] == sex) / size
        for sex, size in (("male", 5_357), ("female", 584))
    }
    assert share["female"] < share["male"] - 0.03


def test_the_columns_are_those_the_instrument_reads(cases):
    asked = {item.column for item in RMS.items if item.source is not Source.SEX}
    columns, outcomes = RMS.columns, [process.outcome for process in RMS.processes]
    identified = {columns.case_number, columns.person, columns.sex, columns.birth_year}
    assert set(cases[0]) == asked | identified | {o.event for o in outcomes} | {o.follow_up for o in outcomes}
