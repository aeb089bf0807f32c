"""A model is trained, approved by a second person, put in shadow, used, rolled back; and it predicts."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from api.services.harm.refreshing import refresh_scores, set_cuts
from api.services.harm.rules import HarmRules
from api.services.prediction import reading
from api.services.prediction.models import (
    NO_MODEL,
    change_state,
    current_model,
    model_version,
    model_versions,
    why_predictions_are_off,
)
from api.services.prediction.predicting import OTHER_CUTS, predict
from api.services.prediction.reading import everybody_on, high_cut
from api.services.prediction.training import train_model
from api.storage import Store
from rms.errors import Conflict, InvalidInput, NotFound
from rms.prediction.figures import ConfusionMatrix
from rms.prediction.model import CUT_OFF, probabilities
from rms.prediction.states import State
from tests.api.contexts import context_for
from tests.api.rows import change
from tests.api.trained_force import APPROVER, AT, DAY, RULES, TRAINER, VERSION, become, train, use


def states(store: Store) -> dict[str, str]:
    return {one.stored.version: one.stored.state for one in model_versions(context_for(store))}


def predictions(store: Store) -> dict[int, float]:
    found = current_model(context_for(store))
    assert found is not None
    with store.reading() as tx:
        run = tx.predictions.last_run(found.stored.id)
        assert run is not None
        people = tx.harm.inputs.people(after=0, most=10_000, only_due=False)
        rows = {person: tx.predictions.of(person, run) for person in people}
    return {person: row.probability for person, row in rows.items() if row is not None}


def test_a_trained_model_has_its_facts_and_is_not_used(store: Store) -> None:
    found = model_version(context_for(store), VERSION)
    assert (found.stored.state, found.stored.trained_by) == ("trained", TRAINER)
    training = found.model.training
    assert training.test_day == date(2024, 2, 29)
    assert max(training.days) <= date(2022, 2, 28)
    assert training.outcomes >= 30
    [figures] = found.figures
    matrix = ConfusionMatrix(
        *(
            getattr(figures, f"{kind}_{sign}")
            for kind, sign in (
                *(("true", "positives"), ("false", "positives")),
                *(("false", "negatives"), ("true", "negatives")),
            )
        )
    )
    assert matrix.people == training.test_people == sum(int(one[0]) for one in figures.bins)
    assert matrix.outcomes == training.test_outcomes
    assert figures.cut_off == CUT_OFF
    assert current_model(context_for(store)) is None


def test_who_trained_it_cannot_approve_it(store: Store) -> None:
    with pytest.raises(Conflict, match="Another person must approve it"):
        become(store, State.APPROVED, by=TRAINER)
    become(store, State.APPROVED)
    assert states(store) == {VERSION: "approved"}


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 1_001])
def test_a_change_needs_a_reason(reason: str, store: Store) -> None:
    with pytest.raises(InvalidInput, match="Give a reason"):
        change_state(context_for(store, by=APPROVER), VERSION, State.APPROVED, reason=reason)


def test_an_unknown_model_and_a_state_that_nobody_gives(store: Store) -> None:
    with pytest.raises(NotFound, match="There is no model 1999"):
        become(store, State.APPROVED, version="1999")
    with pytest.raises(Conflict, match="trained by training"):
        become(store, State.TRAINED)


def test_every_change_is_on_record(store: Store) -> None:
    become(store, State.APPROVED, State.SHADOW, State.CURRENT, State.ROLLED_BACK, State.WITHDRAWN)
    changes = model_version(context_for(store), VERSION).changes
    assert [one.state for one in changes] == [
        *("withdrawn", "rolled_back", "current", "shadow", "approved", "trained")
    ]
    assert {one.changed_by for one in changes[:-1]} == {APPROVER}
    assert changes[-1].changed_by == TRAINER
    assert all(one.reason and one.changed_at == AT for one in changes)
    with store.reading() as tx:
        actions = [entry.action for entry in tx.audit.entries()]
    assert [f"prediction.{one.state}" for one in reversed(changes)] == [
        action for action in actions if action.startswith("prediction.")
    ]


def test_a_new_model_replaces_the_current_one_and_rolling_back_restores_it(store: Store) -> None:
    train(store, "second")
    become(store, State.APPROVED, State.SHADOW, State.CURRENT)
    become(store, State.APPROVED, State.SHADOW, State.CURRENT, version="second")
    assert states(store) == {VERSION: "replaced", "second": "current"}
    become(store, State.ROLLED_BACK, version="second")
    assert states(store) == {VERSION: "current", "second": "rolled_back"}
    become(store, State.ROLLED_BACK)
    assert current_model(context_for(store)) is None


def damage(store: Store, url: str, version: str = VERSION) -> None:
    """Turn one sign of the model's file in the database."""
    file = model_version(context_for(store), version).stored.file
    changed = file.replace('"intercept": -', '"intercept": ', 1)
    assert changed != file
    change(url, f"UPDATE prediction_models SET file = '{changed}' WHERE version = '{version}'")


def test_a_model_with_a_damaged_file_does_not_predict_and_can_be_rolled_back(store: Store, url: str) -> None:
    use(store)
    damage(store, url)
    with pytest.raises(Conflict, match=f"Model {VERSION} does not predict: its file is damaged"):
        predict(context_for(store, at=AT), day=DAY, rules=RULES)
    (found,) = model_versions(context_for(store))
    assert found.model is None and found.changes
    assert "is damaged or was changed" in why_predictions_are_off(context_for(store))
    become(store, State.ROLLED_BACK)
    assert why_predictions_are_off(context_for(store)) == NO_MODEL


def test_a_model_with_a_damaged_file_cannot_come_into_use(store: Store, url: str) -> None:
    damage(store, url)
    with pytest.raises(InvalidInput, match="was changed after it was written"):
        become(store, State.APPROVED)
    become(store, State.WITHDRAWN)
    assert states(store) == {VERSION: "withdrawn"}


def test_a_damaged_model_in_shadow_does_not_keep_the_current_one_from_predicting(
    store: Store, url: str
) -> None:
    use(store)
    train(store, "second")
    become(store, State.APPROVED, State.SHADOW, version="second")
    damage(store, url, "second")
    assert [one.version for one in predict(context_for(store, at=AT), day=DAY, rules=RULES)] == [VERSION]


def test_predictions_are_those_of_the_model(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    use(store)
    monkeypatch.setattr(reading, "BLOCK", 400)
    found = current_model(context_for(store))
    assert found is not None
    people = everybody_on(context_for(store, at=AT), DAY, rules=RULES, high=high_cut(context_for(store)))
    expected = {}
    for part in people.parts:
        about = np.flatnonzero(people.about(part))
        keys = [part.people[at] for at in about]
        expected.update(zip(keys, probabilities(found.model, people.features(part)[about]), strict=True))
    assert predictions(store) == pytest.approx(expected)
    assert max(expected.values()) > CUT_OFF
    [run] = found.runs
    assert run.people == len(expected)
    assert run.high == sum(value >= CUT_OFF for value in expected.values())


def test_nobody_who_is_high_harm_or_has_no_score_is_predicted(store: Store) -> None:
    use(store)
    found = predictions(store)
    with store.reading() as tx:
        for person in tx.harm.inputs.people(after=0, most=10_000, only_due=False):
            row = tx.harm.of(person)
            is_about = row is not None and row.band < 3 and not row.deceased
            assert (person in found) == is_about


def test_in_shadow_it_predicts_and_nothing_is_shown(store: Store) -> None:
    become(store, State.APPROVED, State.SHADOW)
    [one] = predict(context_for(store, at=AT), day=DAY, rules=RULES)
    assert one.people > 500
    assert current_model(context_for(store)) is None
    assert len(model_version(context_for(store), VERSION).runs) == 1


def test_predicting_again_replaces_the_predictions_of_the_day(store: Store) -> None:
    use(store)
    before = predictions(store)
    predict(context_for(store, at=AT), day=DAY, rules=RULES)
    assert predictions(store) == before
    found = current_model(context_for(store))
    assert found is not None
    assert len(found.runs) == 1


def test_predicting_needs_a_model_a_day_and_the_same_rules(store: Store) -> None:
    with pytest.raises(Conflict, match="No model is current or in shadow"):
        predict(context_for(store, at=AT), day=DAY, rules=RULES)
    become(store, State.APPROVED, State.SHADOW)
    with pytest.raises(InvalidInput, match="in the future"):
        predict(context_for(store, at=AT), day=DAY + timedelta(days=1), rules=RULES)
    other = HarmRules(replace(RULES.settings, version="county"), RULES.table)
    with pytest.raises(Conflict, match="Train a model again"):
        predict(context_for(store, at=AT), day=DAY, rules=other)


def test_other_cuts_of_the_bands_raise_an_alarm(store: Store) -> None:
    become(store, State.APPROVED, State.SHADOW)
    earlier = date(2025, 8, 31)
    refresh_scores(context_for(store, at=AT), day=earlier, rules=RULES)
    set_cuts(context_for(store, at=AT), rules=RULES, reason="other cuts")
    [one] = predict(context_for(store, at=AT), day=DAY, rules=RULES)
    assert OTHER_CUTS in one.alarms


@pytest.mark.parametrize("version", ["", "Two Words", "-x", "x" * 65, VERSION])
def test_a_version_is_new_and_plain(version: str, store: Store) -> None:
    with pytest.raises(InvalidInput):
        train_model(context_for(store, by=TRAINER, at=AT), rules=RULES, version=version, reason="again")


def test_training_needs_records_and_bands(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    with pytest.raises(Conflict, match="rms harm refresh"):
        train(store)
    store.close()
