"""What the page that explains a result says of it."""

from rms.engine.explaining.sensitivity import Sensitivity, Tried, Unknown
from rms.reports.explaining import unknown_rows
from tests.rms.reports.cases import SMALL


def tried(code: str, low: float, high: float) -> Unknown:
    return Unknown(code, Tried(code, 0, low), Tried(code, 3, high))


def test_only_items_that_would_change_the_score_as_shown_are_worth_asking() -> None:
    unknown = (tried("acad", 1.246, 1.304), tried("empl", 1.251, 1.2549), tried("drug", 1.25, 1.25))
    sensitivity = Sensitivity("recidivism", 1.25, None, None, steps=0, withheld=0, unknown=unknown)
    [row] = unknown_rows(sensitivity, SMALL)
    assert row == ("Need acad", "1.25 (0: No need)", "1.30 (3: Major need)", "0.05")
