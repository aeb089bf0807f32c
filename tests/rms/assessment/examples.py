"""An assessment that nothing is wrong with, by its fields."""

from datetime import date

from tests.rms.engine.libraries import SMALL

GOOD = {
    "instrument": SMALL,
    "offender_number": "10000",
    "sex": "female",
    "date_of_birth": date(1990, 5, 1),
    "assessed_on": date(2026, 3, 4),
    "answers": {"drug": 2, "work": 1, "thefts": 2, "years": 4.5, "offence": "fraud"},
}
