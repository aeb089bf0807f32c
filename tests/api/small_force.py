"""A force of two wards with seven people, whose harm scores are calculated.

The wards are called Castle (W1) and Mill (W2). Everybody is of the force's records; those with an offender
number have it.
"""

from datetime import date
from typing import Any

from api.services.harm.refreshing import refresh_scores
from api.services.harm.rules import HarmRules
from api.storage import AreaRow, PersonRow, RecordRow, Store
from api.storage.records.loading import DETAILS
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.people.names import name_key
from tests.api.contexts import START, context_for

DAY = START.date()
RULES = HarmRules(harm_settings(), crime_harm_index())
ROBBERY, BURGLARY, SHOPLIFTING = "03401", "02801", "04600"
FORMULA = '=HYPERLINK("https://example.org")'
LONG_AGO = date(2020, 1, 1)
# The ID in the source, then what is on record.
PEOPLE: dict[str, dict[str, Any]] = {
    "ann": {"forename": "Ann", "surname": "Okoro", "home_area": "W1", "offender_number": "A1"},
    "formula": {"forename": "Bea", "surname": FORMULA, "home_area": "W1"},
    "bo": {"forename": "Bo", "surname": "Li", "home_area": "W2", "offender_number": "A3"},
    "suspect": {"forename": "Cy", "surname": "Okoro", "home_area": "W1", "offender_number": "A4"},
    "prisoner": {
        **{"forename": "Di", "surname": "Long", "home_area": "W1", "offender_number": "A5"},
        **{"in_custody": True, "custody_from": date(2025, 1, 1), "release_date": date(2027, 1, 1)},
    },
    "deceased": {"forename": "Ed", "surname": "Past", "home_area": "W1", "deceased_on": date(2026, 1, 1)},
    "young": {"forename": "Flo", "surname": "Okoro-Lee", "home_area": "W1", "offender_number": "A7"},
}
BORN = {"young": date(2010, 5, 5), "ann": date(1990, 5, 5)}
# Person, code, day, area, stage, outcome.
OFFENCES: tuple[tuple[str, str, date, str | None, str, int], ...] = (
    ("ann", ROBBERY, date(2025, 12, 1), "W1", "convicted", 1),
    ("ann", BURGLARY, LONG_AGO, "W2", "convicted", 1),
    ("formula", BURGLARY, date(2025, 6, 1), "W1", "charged", 1),
    ("bo", ROBBERY, date(2026, 2, 1), "W2", "convicted", 1),
    ("bo", ROBBERY, date(2026, 2, 2), "W2", "convicted", 1),
    ("suspect", ROBBERY, date(2026, 2, 3), "W1", "suspected", 14),
    ("prisoner", ROBBERY, date(2024, 12, 1), "W1", "convicted", 1),
    ("deceased", SHOPLIFTING, date(2025, 1, 1), "W1", "convicted", 1),
    ("young", SHOPLIFTING, date(2026, 1, 1), "W2", "convicted", 3),
)
PLANS = (("ann", True, "Integrated offender team"), ("bo", False, None))


def load_small_force(store: Store) -> dict[str, int]:
    """Load and score the people. Returns the key of each, by their ID in the source."""
    with store.transaction() as tx:
        source = tx.records.source("crime records", as_at=DAY, at=START)
        areas = (("F", "Force", "force", None), ("W1", "Castle", "ward", "F"), ("W2", "Mill", "ward", "F"))
        assert not tx.records.load_areas([AreaRow(2, *area) for area in areas], by="test", at=START).refused
        loading = tx.records.loading(source, by="test", at=START)
        assert not loading.people([person_row(id, details) for id, details in PEOPLE.items()]).refused
        assert not loading.rows("offences", [_offence(*one) for one in enumerate(OFFENCES)]).refused
        plans = [
            RecordRow(2, f"plan {who}", who, (managed, by, LONG_AGO, None)) for who, managed, by in PLANS
        ]
        assert not loading.rows("plans", plans).refused
        iom = RecordRow(2, "iom", "ann", ("iom", "flex", LONG_AGO, None))
        assert not loading.rows("registrations", [iom]).refused
        tx.records.end(source, as_at=DAY, by="test", at=START, counts={})
        keys = dict(zip(PEOPLE, _keys(tx), strict=True))
    refresh_scores(context_for(store), day=DAY, rules=RULES)
    return keys


def _keys(tx: Any) -> list[int]:
    people: list[int] = tx.harm.inputs.people(after=0, most=100, only_due=False)
    return people


def person_row(id: str, details: dict[str, Any]) -> PersonRow:
    keys = {f"{name}_key": name_key(details[name]) for name in ("forename", "surname")}
    return PersonRow(
        2, id, {**dict.fromkeys(DETAILS), **keys, "date_of_birth": BORN.get(id), **details}, None
    )


def _offence(place: int, one: tuple[str, str, date, str | None, str, int]) -> RecordRow:
    who, code, on, area, stage, outcome = one
    return RecordRow(2, f"offence {place}", who, (code, on, area, None, None, stage, outcome, None))
