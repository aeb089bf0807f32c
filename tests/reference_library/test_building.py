"""Building a library: the order of the rows means nothing, and what is kept for audit stays out."""

import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_library import build, load, read_past_cases, steps, write
from reference_library.building import need_errors
from rms.engine.simulation import simulate_many, weigh
from rms.errors import ProtectedAttribute
from rms.instrument import instrument_from
from tests.reference_library.rows import HEADER, rows, write_rows
from tests.rms.engine.libraries import FACTS, SMALL, TOML, past_cases
from tests.rms.engine.libraries import library as built

CASES = rows(140, seed=3, persons=110)
AUDITED = TOML.replace(
    'sex = "sex"\n\n', 'sex = "sex"\naudit_only = ["Race"]\nbenchmark_only = ["Decile"]\n\n'
)


def written(cells, folder: Path, *, policy: str, form=SMALL, header=HEADER) -> Path:
    folder.mkdir(exist_ok=True)
    past = read_past_cases(write_rows(folder / "cases.csv", cells, header=header), form)
    return write(build(past, policy=policy, name="small", version="1.0", facts=FACTS), folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("policy", ["pool", "nearest"])
@settings(max_examples=4, deadline=None)
@given(order=st.permutations(range(len(CASES))))
def test_any_order_of_the_rows_gives_the_same_bytes(policy, order):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first = written(CASES, Path(one), policy=policy)
        second = written([CASES[row] for row in order], Path(other), policy=policy)
        assert first.name == second.name
        assert contents(first) == contents(second)


@pytest.mark.parametrize("policy", ["pool", "nearest"])
def test_columns_kept_for_audit_are_in_no_file(tmp_path, policy):
    form = instrument_from(AUDITED)
    assert form.columns.audit_only == ("Race",)
    header = (*HEADER, "Race", "Decile")
    marked = [
        {**row, "Race": ("Zebra-striped", "Quilted")[n % 2], "Decile": f"77{n}"}
        for n, row in enumerate(CASES)
    ]
    with_race = written(marked, tmp_path / "with", policy=policy, form=form, header=header)
    without = written(CASES, tmp_path / "without", policy=policy, form=form)
    for name, content in contents(with_race).items():
        assert not re.search(rb"zebra|quilted", content, re.IGNORECASE), name
    assert contents(with_race) == contents(without)


def test_an_instrument_that_asks_for_race_is_refused():
    with pytest.raises(ProtectedAttribute):
        instrument_from(TOML.replace('code = "offence"\nlabel = "Offence"', 'code = "race"\nlabel = "Race"'))
    with pytest.raises(ProtectedAttribute):
        instrument_from(AUDITED.replace("Race", "offence"))


def test_the_manifest_says_what_the_library_was_made_of(tmp_path):
    facts = {"synthetic": False, "source": "a test", "period": "never"}
    past = read_past_cases(write_rows(tmp_path / "cases.csv", CASES), SMALL)
    library = build(past, policy="pool", name="small", version="2.1", facts=facts)
    folder = write(library, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["cases"] == 140
    for process, column in (("recidivism", "again"), ("violence", "violent")):
        labels = [row[column] for row in CASES]
        assert manifest["labels"][process] == {
            "1": labels.count("0"),
            "2": labels.count("1"),
            "none": labels.count(""),
        }
        assert manifest["processes"][process]["actual_2"] == library.process(process).process.returned
        tables = manifest["processes"][process]["metric"]["tables"]
        assert len(tables) == len(SMALL.items)
    assert {name: manifest[name] for name in ("source", "period", "policy", "name", "version")} == {
        "source": "a test",
        "period": "never",
        "policy": "pool",
        "name": "small",
        "version": "2.1",
    }
    assert manifest["instrument"] == {"name": "small", "version": "1.0"}
    assert folder.name == f"small-2.1-{manifest['sha256'][:12]}"
    assert set(manifest["files"]) == {file.name for file in folder.iterdir()} - {"manifest.json"}
    assert not load(folder).synthetic


def test_a_case_without_a_label_is_no_candidate():
    past = past_cases(7, count=150)
    library = built(past)
    cases = library.process("violence")
    unlabelled = np.flatnonzero(past.actual["violence"] == 0)
    assert 0 < len(unlabelled) == 150 - len(cases.rows)
    assert not set(unlabelled) & set(cases.rows.tolist())
    np.testing.assert_array_equal(cases.actual, past.actual["violence"][cases.rows])


@pytest.mark.parametrize("policy", ["pool", "nearest"])
def test_need_errors_are_those_of_every_case_left_out_in_turn(policy):
    library = built(past_cases(5, count=130, coarse=True), policy=policy)
    cases = library.processes[0]
    expected = []
    for code, item in zip(library.needs.codes, library.needs.items, strict=True):
        squared = []
        for row in cases.rows:
            readings = needs_of(library, row)
            if (simulated := readings[code]) is not None and not np.isnan(library.cases.values[row, item]):
                actual = library.instrument.items[item].percent(library.cases.values[row, item])
                squared.append((actual - simulated) ** 2)
        expected.append(np.sqrt(np.mean(squared)))
    np.testing.assert_allclose(list(need_errors(library).values()), expected, atol=1e-9)
    assert library.need_errors == need_errors(library)


def needs_of(library, row):
    """Simulated needs of a case that asks about itself, from its weighed cases one by one."""
    from_ = library.processes[0]
    person = library.cases.person[row : row + 1]
    found = weigh(library.cases.values[row : row + 1], person, from_, library.policy)
    readings = {}
    for code, item in zip(library.needs.codes, library.needs.items, strict=True):
        total = known = 0.0
        for case, weight in zip(from_.rows[found.rows[0]], found.weights[0], strict=True):
            if not np.isnan(rating := library.cases.values[case, item]):
                known += weight
                total += weight * library.instrument.items[item].percent(rating)
        readings[code] = total / known if known >= 0.5 else None
    return readings


def test_a_library_too_small_to_measure_itself_still_builds(tmp_path):
    library = built(past_cases(5, count=40))
    assert library.need_errors == {}
    again = load(write(library, tmp_path))
    many = simulate_many(library.cases.values[:3], library.cases.person[:3], again)
    assert {str(status) for scores in many.values() for status in scores.status} == {"insufficient_library"}


def test_each_step_is_announced():
    heard = []
    past = past_cases(1, count=120)
    build(past, policy="pool", name="small", version="1.0", facts=FACTS, on_step=heard.append)
    assert heard == ["Fitting recidivism", "Fitting violence", "Measuring the simulated needs"]
    assert steps(SMALL) == len(heard)


def test_its_name_is_no_part_of_what_it_says():
    past = past_cases(1, count=120)
    one, other = (built(past), replace(built(past), reference=replace(built(past).reference, name="other")))
    asked = (past.cases.values[:9], past.cases.person[:9])
    for process, scores in simulate_many(*asked, one).items():
        np.testing.assert_array_equal(scores.score, simulate_many(*asked, other)[process].score)
