from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from rms.prediction.features import features
from rms.prediction.model import Model
from rms.prediction.target import Day
from rms.prediction.training import train
from tests.rms.prediction.populations import HIGH, TYPES, Population, population

TEST_DAY = date(2024, 11, 30)
TRAINING_DAY = date(2022, 11, 30)
FACTS: Mapping[str, Any] = {
    **{"version": "2026-11", "trained_on": date(2026, 11, 30), "as_at": date(2026, 11, 30)},
    **{"features": features(TYPES), "types": TYPES, "high": HIGH, "rules": "rms-harm-1, cchi-2026"},
}


@pytest.fixture(scope="session")
def people() -> Population:
    return population(1)


@pytest.fixture(scope="session")
def training_day(people: Population) -> Day:
    return people.day(TRAINING_DAY)


@pytest.fixture(scope="session")
def test_day(people: Population) -> Day:
    return people.day(TEST_DAY)


@pytest.fixture(scope="session")
def model(training_day: Day, test_day: Day) -> Model:
    return train([training_day], test=test_day, **FACTS)
