"""The fictional force has a known risk of becoming high harm. The prediction finds it in its files."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.demonstration.force import write_force
from api.demonstration.force.associations import Associations, draw_associations
from api.demonstration.force.days import BLANK, YEAR
from api.demonstration.force.escalation import escalations, risk_on
from api.demonstration.force.folder import draw_force
from api.demonstration.force.offences import OffenceDays, draw_days
from api.demonstration.force.people import People
from rms.harm.columnar import harm_scores
from rms.prediction.drift import alarms, seen
from rms.prediction.figures import auc, calibration_error
from rms.prediction.model import Model, probabilities
from rms.prediction.target import outcomes
from tests.api.demonstration.folder_records import RULES, FolderRecords, folder_records

DAY = date(2026, 11, 30)
SEED, PEOPLE = 5, 8_000
ARGUMENTS: Mapping[str, Any] = {"people": PEOPLE, "day": DAY}
LAST = 2  # the span that ends on the day of the data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("force")
    write_force(path, seed=SEED, **ARGUMENTS)
    return path


@pytest.fixture(scope="module")
def force(folder: Path) -> FolderRecords:
    return folder_records(folder, as_at=DAY)


@pytest.fixture(scope="module")
def model(force: FolderRecords) -> Model:
    return force.model()


@pytest.fixture(scope="module")
def people() -> People:
    return draw_force(SEED, **ARGUMENTS, offences=None, known=())[0]


@pytest.fixture(scope="module")
def ties(people: People) -> Associations:
    return draw_associations(SEED, people)


@pytest.fixture(scope="module")
def drawn(people: People, ties: Associations) -> OffenceDays:
    return draw_days(SEED, people, ties, total=8 * PEOPLE)


@pytest.fixture(scope="module")
def truth(
    folder: Path, force: FolderRecords, drawn: OffenceDays, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """The true probability of everybody: that they escalate, or become high harm without it."""
    without = tmp_path_factory.mktemp("without")
    for file in folder.iterdir():
        (without / file.name).write_bytes(file.read_bytes())
    begin = drawn.escalations.begin[LAST]
    with (folder / "offences.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == len(drawn.day)
    kept = ~(drawn.escalation & (drawn.day > begin))
    with (without / "offences.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(row for row, keep in zip(rows, kept, strict=True) if keep)])
    quiet = folder_records(without, as_at=DAY, high=force.high)
    otherwise = outcomes(quiet.records, on=force.test_day, high=force.high, settings=RULES.settings)
    return np.where(otherwise.became_high, 1, drawn.escalations.risk[LAST])


def test_everybody_who_escalates_becomes_high_harm(force: FolderRecords, drawn: OffenceDays) -> None:
    for span, begin in enumerate(drawn.escalations.begin):
        on = date.fromordinal(begin)
        escalates = drawn.escalations.first[span] != BLANK
        about = force.about(on)
        became = outcomes(force.records, on=on, high=force.high, settings=RULES.settings).became_high
        assert np.count_nonzero(escalates & about) > 50
        assert became[escalates & about].mean() > 0.98


def test_people_escalate_as_often_as_their_risk_says(
    people: People, ties: Associations, drawn: OffenceDays
) -> None:
    usual = ~drawn.escalation
    often = np.zeros(len(people))
    risk = drawn.escalations.risk[0]
    for seed in range(60):
        found = escalations(seed, people, ties, who=drawn.who[usual], day=drawn.day[usual], offences=1_000)
        np.testing.assert_array_equal(found.risk[0], risk)
        often += found.first[0] != BLANK
    for low, high in ((0.05, 0.3), (0.3, 0.6), (0.6, 1)):
        group = (risk >= low) & (risk < high)
        assert often[group].mean() / 60 == pytest.approx(risk[group].mean(), abs=0.03)
    assert not often[risk == 0].any()


@pytest.mark.parametrize("what", ["age", "recency", "frequency", "ties"])
def test_the_risk_goes_by(what: str, people: People, ties: Associations) -> None:
    """Two people who differ in one thing. The first has the higher risk."""
    on = DAY.toordinal()
    born = np.array([on - int(22 * YEAR)] * 4)
    days = [on - 100, on - 50, on - 100, on - 50, on - 10, on - 10]
    who = [0, 0, 1, 1, 2, 3]
    nobody = np.zeros(0, np.int64)
    one, other = nobody, nobody
    if what == "age":
        born[1] -= int(20 * YEAR)
    elif what == "recency":
        days[2:4] = [on - 500, on - 450]
    elif what == "frequency":
        days, who = [on - 100, on - 50, on - 50, on - 10, on - 10], [0, 0, 1, 2, 3]
    else:
        one, other = np.array([0, 1]), np.array([2, 3])
    four = replace(people, **{name: getattr(people, name)[:4] for name in ("born", "sex")})
    four = replace(four, born=born)
    drawn = Associations(one, other, one * 0, one * 0, one * 0 + on - 900, one * 0)
    earlier = np.array([[BLANK, BLANK, on - 100, BLANK]])
    risk = risk_on(four, drawn, np.array(who), np.array(days), earlier, on=on)
    assert risk[0] > 1.2 * risk[1]


def test_the_prediction_is_calibrated_and_beats_the_harm_score(model: Model) -> None:
    figures = model.figures
    assert figures["ece"] is not None and figures["ece"] <= 0.03
    assert figures["harm_score_ece"] is not None and figures["ece"] < figures["harm_score_ece"]
    assert figures["auc"] is not None and figures["harm_score_auc"] is not None
    assert figures["auc"] > figures["harm_score_auc"] + 0.08


def test_the_prediction_is_the_true_risk_on_average(force: FolderRecords, model: Model, truth: Any) -> None:
    day, about = force.day(force.test_day), force.about(force.test_day)
    predicted, true = probabilities(model, day.x), truth[about]
    place = np.minimum((predicted * 10).astype(int), 9)
    people = np.bincount(place, minlength=10)
    error = np.abs(np.bincount(place, predicted - true, minlength=10)).sum() / people.sum()
    assert error <= 0.03
    assert np.corrcoef(predicted, true)[0, 1] > 0.6
    assert calibration_error(true, day.became_high) <= 0.03
    best = auc(true, day.became_high)
    assert best is not None and best > 0.9


def test_nobody_reads_the_risk_in_the_files(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        header = path.read_text(encoding="utf-8").split("\n", 1)[0]
        assert "risk" not in header
        assert "escalat" not in header


def test_inputs_like_those_of_the_test_raise_no_alarm(force: FolderRecords, model: Model) -> None:
    x = force.day(DAY).x
    assert alarms(model, seen(model, x, probabilities(model, x))) == ()


def test_a_model_trained_again_after_the_coding_changed_in_january_raises_alarms(
    folder: Path, force: FolderRecords, tmp_path: Path
) -> None:
    """A new system writes every code in a way that the severity table does not know."""
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (folder / "offences.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    code, day = header.index("code"), header.index("date")
    changed = [
        [*row[:code], f"N{row[code]}" if row[day] >= "2026-01-01" else row[code], *row[code + 1 :]]
        for row in rows
    ]
    with (tmp_path / "offences.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *changed])
    again = folder_records(tmp_path, as_at=DAY, high=force.high)
    model = again.model()
    x = again.day(DAY).x
    named = {
        alarm.name
        for alarm in alarms(model, seen(model, x, probabilities(model, x)))
        if alarm.kind == "input"
    }
    assert {"severity", "violence_and_sexual_offences_6", "shoplifting_6"} <= named


def test_the_baseline_is_the_harm_score_of_the_day(force: FolderRecords) -> None:
    day, about = force.day(force.test_day), force.about(force.test_day)
    score = harm_scores(force.records.harm, on=force.test_day, settings=RULES.settings).score
    np.testing.assert_array_equal(day.score, score[about])
    assert day.score.max() < force.high
