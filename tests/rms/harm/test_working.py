"""The figures of the working give the components again, by the formulas as they are printed."""

import math
from datetime import date

import pytest
from hypothesis import given

from rms.harm.catalogue import harm_settings
from rms.harm.history import HarmHistory
from rms.harm.score import harm_score
from rms.harm.working import working, years
from tests.rms.harm.histories import histories

SETTINGS = harm_settings()
DAY = date(2026, 1, 1)


@given(histories(DAY))
def test_the_components_follow_from_the_working(history: HarmHistory) -> None:
    score = harm_score(history, on=DAY, settings=SETTINGS)
    found = working(history, on=DAY, settings=SETTINGS)
    if score is None:
        assert found is None
        return
    assert found is not None
    again = (
        100 * 2 ** (-years(found.latest, SETTINGS) / SETTINGS.recency.half_life),
        100 * min(1, math.log(1 + found.recent) / math.log(1 + SETTINGS.frequency.cap)),
        100 * min(1, math.log(1 + found.harm_days) / math.log(1 + SETTINGS.severity.cap)),
        SETTINGS.drugs[found.marker] if found.marker else 0,
        100 * min(1, found.grades / SETTINGS.intelligence.cap),
    )
    shown = (score.recency, score.frequency, score.severity, score.drugs, score.intelligence)
    assert again == pytest.approx(shown, abs=1e-9)


def test_without_a_counted_offence_there_is_no_working() -> None:
    assert working(HarmHistory(), on=DAY, settings=SETTINGS) is None
