"""Assessments on the small instrument."""

from datetime import date

import numpy as np

from rms.assessment import Assessment
from tests.rms.engine.libraries import SMALL

ANSWERS = {"drug": 2, "work": 1, "thefts": 2, "years": 4.5, "offence": "fraud"}


def assessment(number: str = "10000", **changed) -> Assessment:
    given = {
        "sex": "male",
        "date_of_birth": date(1990, 5, 1),
        "assessed_on": date(2026, 3, 4),
        "answers": ANSWERS,
        **changed,
    }
    return Assessment(instrument=SMALL, offender_number=number, **given)


def answered(vector: np.ndarray, **changed) -> Assessment:
    """An assessment that reads as this vector, as far as a form can say it."""
    answers = {
        item.code: item.answer(value)
        for item, value in zip(SMALL.items, vector, strict=True)
        if item.code not in ("sex", "age") and not np.isnan(value)
    }
    unknown = {item.code: "Not asked" for item in SMALL.asked if item.code not in answers}
    sex = "unknown" if np.isnan(vector[0]) else ("male", "female")[int(vector[0])]
    return assessment(sex=sex, answers=answers, unknown=unknown, **changed)
