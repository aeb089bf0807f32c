"""The instruments that ship with RMS, and the real files two of them are for."""

import csv
from pathlib import Path

import pytest

from rms.errors import NotFound
from rms.instrument import DaysOutcome, ItemKind, Source, instrument, names

SHARED = Path(__file__).parents[4] / "shared" / "data"


def test_three_instruments_ship():
    assert names() == ("broward", "georgia", "rms")


def test_an_instrument_that_is_not_there_is_refused_by_name():
    with pytest.raises(NotFound, match="'oasys'.*broward, georgia, rms"):
        instrument("oasys")


def test_the_needs_stand_in_the_order_of_the_plot():
    order = ["ACAD", "EMPL", "FANM", "RELA", "COMP", "EMOT", "ALCO", "DRUG", "MENT", "HEAL", "SEXS"]
    form = instrument("rms")
    assert [need.code for need in form.needs] == order
    assert [item.need for item in form.items if item.need] == order


def test_every_need_is_dynamic_may_be_unknown_and_spans_the_percent_scale():
    form = instrument("rms")
    for need in form.needs:
        item = form.item(need.item)
        assert item.dynamic and item.unknown_allowed
        assert [level.value for level in item.levels] == [0, 1, 2, 3]
        assert [round(item.percent(position), 2) for position in range(4)] == [0, 33.33, 66.67, 100]


def test_every_rating_has_an_anchor_of_its_own():
    anchors = [
        level.anchor
        for item in instrument("rms").items
        if item.kind is ItemKind.ORDINAL
        for level in item.levels
    ]
    assert len(anchors) == 12 * 4
    assert len(set(anchors)) == len(anchors)
    assert all(anchor.endswith(".") and len(anchor) > 20 for anchor in anchors)


def test_the_history_of_a_comparable_is_asked_and_cannot_be_changed():
    form = instrument("rms")
    assert list(form.shown) == ["violence", "property", "drug", "weapon", "escape", "other", "years_served"]
    assert not any(form.item(code).dynamic for code in form.shown.values())


def test_the_outcomes_of_the_default_instrument_follow_from_days_at_liberty():
    assert {process.code: process.outcome for process in instrument("rms").processes} == {
        "recidivism": DaysOutcome("reconviction_days", "days_at_liberty", within=730, free=1095),
        "violence": DaysOutcome(
            "violent_reconviction_days", "days_at_liberty_violence", within=730, free=1095
        ),
    }


@pytest.mark.parametrize("name", names())
def test_items_are_asked_in_words(name):
    form = instrument(name)
    assert all(item.question.endswith(("?", ".")) for item in form.items)
    assert len({item.question for item in form.items}) == len(form.items)
    assert all(level.label for item in form.items for level in item.levels)
    assert {item.section for item in form.items} == set(form.sections)


@pytest.mark.parametrize("name", ["broward", "georgia"])
def test_arrests_are_not_called_convictions(name):
    for process in instrument(name).processes:
        assert "arrest" in process.stayed
        assert "An arrest is not a conviction" in process.returned


@pytest.mark.parametrize(
    ("name", "audited", "benchmarks"),
    [
        ("broward", ("race",), ("compas_decile", "compas_v_decile")),
        ("georgia", ("Race",), ("Supervision_Risk_Score_First",)),
    ],
)
def test_race_and_the_existing_score_are_kept_apart(name, audited, benchmarks):
    columns = instrument(name).columns
    assert (columns.audit_only, columns.benchmark_only) == (audited, benchmarks)


def test_the_charge_and_the_record_of_broward():
    codes = [item.code for item in instrument("broward").asked]
    assert codes == [
        "juv_fel_count",
        "juv_misd_count",
        "juv_other_count",
        "priors_count",
        "charge_degree",
        "charge_group",
    ]


@pytest.mark.parametrize("name", ["broward", "georgia"])
def test_every_cell_of_the_real_file_has_a_meaning(name):
    file = SHARED / f"{name}.csv"
    if not file.exists():
        pytest.skip("the real file is not part of the project")
    with file.open(newline="") as rows:
        cells = {column: set() for column in next(csv.reader(rows))}
        for row in csv.DictReader(rows, list(cells)):
            for column, cell in row.items():
                cells[column].add(cell)
    form = instrument(name)
    for item in form.items:
        assert item.unknown_allowed == ("" in cells[item.column]), item.code
        if item.levels:
            assert cells[item.column] - {""} == {level.csv for level in item.levels}, item.code
        elif item.source is Source.ANSWER:
            assert all(item.wrong_with(int(cell)) is None for cell in cells[item.column]), item.code
    for process in form.processes:
        assert cells[process.outcome.column] == {"0", "1"}
    used = {item.column for item in form.items} | {process.outcome.column for process in form.processes}
    columns = form.columns
    used |= {columns.case_number, columns.sex, *columns.audit_only, *columns.benchmark_only}
    assert {column for column in cells if column not in used} == (
        {f"Recidivism_Arrest_Year{year}" for year in (1, 2, 3)} if name == "georgia" else set()
    )
