"""The model: fitted by scikit-learn, predicted by plain numbers, kept in a file that shows every change."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from rms.errors import InvalidInput, ProtectedAttribute
from rms.prediction.features import Feature
from rms.prediction.model import Model, likely_types, parts, probabilities, type_shares
from rms.prediction.model_files import model_file, read_model, sha256_of
from rms.prediction.target import Day
from rms.prediction.training import SOLVER, TYPE_C, C, train
from tests.rms.prediction.conftest import FACTS


def test_our_prediction_is_that_of_scikit_learn(model: Model, training_day: Day, test_day: Day) -> None:
    means, scales = np.array(model.means), np.array(model.scales)
    x = (training_day.x - means) / scales
    oracle = LogisticRegression(C=C, solver=SOLVER).fit(x, training_day.became_high)
    expected = oracle.predict_proba((test_day.x - means) / scales)[:, 1]
    np.testing.assert_allclose(probabilities(model, test_day.x), expected, rtol=1e-9, atol=1e-12)
    known = training_day.became_high & (training_day.type >= 0)
    of_types = LogisticRegression(C=TYPE_C, solver=SOLVER).fit(x[known], training_day.type[known])
    assert len(of_types.classes_) == len(model.types)
    shares = of_types.predict_proba((test_day.x - means) / scales)
    np.testing.assert_allclose(type_shares(model, test_day.x), shares, rtol=1e-9, atol=1e-12)
    assert likely_types(model, test_day.x).tolist() == shares.argmax(axis=1).tolist()


def test_the_parts_add_to_the_prediction(model: Model, test_day: Day) -> None:
    for x, probability in zip(test_day.x[:20], probabilities(model, test_day.x[:20]), strict=True):
        line = sum(part.change for part in parts(model, x)) + model.intercept
        assert 1 / (1 + np.exp(-line)) == pytest.approx(probability, rel=1e-12)


def test_a_file_gives_the_same_model_and_bytes(model: Model) -> None:
    file = model_file(model)
    assert read_model(file) == model
    assert model_file(read_model(file)) == file
    assert sha256_of(file) == json.loads(file)["sha256"]


@given(st.data())
def test_a_file_with_one_byte_changed_is_refused(model: Model, data: st.DataObject) -> None:
    file = model_file(model)
    at = data.draw(st.integers(0, len(file) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != file[at]))
    with pytest.raises(InvalidInput):
        read_model(file[:at] + bytes([byte]) + file[at + 1 :])


@pytest.mark.parametrize("file", [b"", b"[]", b"{}", b"\x80\x04K\x01.", b'{"sha256": 1}', b"[" * 100_000])
def test_what_is_no_model_is_refused(file: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_model(file)


def test_a_sealed_file_with_other_features_is_refused(model: Model) -> None:
    fewer = replace(model, features=model.features[1:])
    with pytest.raises(InvalidInput, match="features of the file"):
        read_model(model_file(fewer))
    with pytest.raises(InvalidInput, match="weights than features"):
        read_model(model_file(replace(model, weights=model.weights[1:])))
    with pytest.raises(InvalidInput, match="number that a model cannot have"):
        read_model(model_file(replace(model, scales=(0.0, *model.scales[1:]))))


def test_training_refuses_a_protected_attribute(training_day: Day, test_day: Day) -> None:
    named = [Feature("ethnicity", "ethnicity"), *FACTS["features"][1:]]
    with pytest.raises(ProtectedAttribute):
        train([training_day], test=test_day, **{**FACTS, "features": named})


def test_training_refuses_days_that_overlap_the_test(training_day: Day, test_day: Day) -> None:
    with pytest.raises(InvalidInput, match="over on the day of the test"):
        train([test_day], test=training_day, **FACTS)


def test_training_refuses_too_few_outcomes(training_day: Day, test_day: Day) -> None:
    few = replace(training_day, became_high=np.arange(len(training_day.score)) < 29)
    with pytest.raises(InvalidInput, match="29 people became high harm"):
        train([few], test=test_day, **FACTS)
    with pytest.raises(InvalidInput, match="import more years"):
        train([], test=test_day, **FACTS)


def test_the_same_people_give_the_same_model(model: Model, training_day: Day, test_day: Day) -> None:
    assert train([training_day], test=test_day, **FACTS) == model
