"""Case records in words: what the codes of source systems mean, as people read them."""

from collections.abc import Mapping
from datetime import date

from rms.records.current import MIXED, NOT_STATED
from rms.reports import wording

UNKNOWN_VALUE = wording.NOT_KNOWN
STAGES = {
    "suspected": "suspected",
    "charged": "charged",
    "awaiting_court": "awaiting court",
    "convicted": "convicted",
}
# Home Office outcomes, from the framework for crime outcomes.
OUTCOMES = {
    1: "charged or summonsed",
    2: "caution, youth",
    3: "caution, adult",
    4: "taken into consideration",
    5: "the offender has died",
    6: "penalty notice for disorder",
    7: "cannabis or khat warning",
    8: "community resolution",
    9: "not in the public interest, prosecutor",
    10: "not in the public interest, police",
    11: "the suspect is under age",
    12: "the suspect is too ill",
    13: "victim or witness dead or too ill",
    14: "victim declines, no suspect identified",
    15: "evidence not sufficient, victim supports action",
    16: "evidence not sufficient, victim does not support action",
    17: "time limit for prosecution expired",
    18: "no suspect identified",
    19: "passed to the fraud intelligence bureau",
    20: "action by another body",
    21: "further action not in the public interest",
    22: "diversion or educational activity",
}
SENTENCES = {
    "custody": "custody",
    "suspended": "suspended sentence",
    "community": "community sentence",
    "other": "sentence of another kind",
}
REGISTRATIONS = {
    "iom": "Integrated offender management",
    "mappa": "MAPPA",
    "home_office_interest": "Home Office interest",
    "domestic_abuse": "Domestic abuse",
}
MARKERS = {
    "personal_use": "personal use",
    "class_a_dependent": "dependent use of a class A drug",
    "supply": "supply",
}
AREAS = {
    "force": "force",
    "local_policing_area": "local policing area",
    "neighbourhood": "neighbourhood",
    "ward": "ward",
}
ASSOCIATIONS = {
    "co_offending": "co-offending",
    "family": "family",
    "gang": "gang",
    "other": "connection of another kind",
}
COHORTS = {
    "fixed": "fixed",
    "flex": "flex",
    "free": "free",
    MIXED: "mixed: several cohorts at once",
    NOT_STATED: "not stated",
}


def yes_no(value: bool | None) -> str:
    """
    >>> yes_no(True), yes_no(None)
    ('yes', 'not known')
    """
    return UNKNOWN_VALUE if value is None else "yes" if value else "no"


def managed(value: bool | None, by: str | None = None) -> str:
    """Whether a person is managed, and by whom.

    >>> managed(True, "PC Lee"), managed(True), managed(False), managed(None)
    ('PC Lee', 'yes, not known by whom', 'not managed', 'not known')
    """
    if value:
        return by or "yes, not known by whom"
    return UNKNOWN_VALUE if value is None else "not managed"


def outcome(number: int | None) -> str:
    """
    >>> outcome(8), outcome(None)
    ('8, community resolution', 'not known')
    """
    return UNKNOWN_VALUE if number is None else f"{number}, {OUTCOMES.get(number, 'other outcome')}"


def registration(kind: str, level: str | None) -> str:
    """
    >>> registration("mappa", "2"), registration("iom", "flex"), registration("iom", None)
    ('MAPPA level 2', 'Integrated offender management, flex', 'Integrated offender management')
    """
    name = REGISTRATIONS.get(kind, kind)
    if level is None:
        return name
    return f"{name} level {level}" if kind == "mappa" else f"{name}, {COHORTS.get(level, level)}"


def period(first: date | None, last: date | None) -> str:
    """
    >>> period(date(2026, 3, 7), date(2026, 4, 1)), period(date(2026, 3, 7), None), period(None, None)
    ('7 March 2026 to 1 April 2026', 'since 7 March 2026', 'dates not known')
    >>> period(date(2026, 3, 7), date(2026, 3, 7))
    '7 March 2026'
    """
    if first is None and last is None:
        return "dates not known"
    if last is None:
        return f"since {wording.day(first)}" if first else ""
    if first == last:
        return wording.day(last)
    return f"{wording.day(first)} to {wording.day(last)}" if first else f"until {wording.day(last)}"


def custody(in_custody: bool | None, release: date | None) -> str:
    """Whether a person is in custody, and until when.

    >>> custody(True, date(2026, 4, 1)), custody(True, None), custody(False, None), custody(None, None)
    ('until 1 April 2026', 'yes, release date not known', 'no', 'not known')
    """
    if in_custody:
        return f"until {wording.day(release)}" if release else "yes, release date not known"
    return yes_no(in_custody)


LABELS: Mapping[str, str] = {  # of the columns of records
    "forename": "Forename",
    "surname": "Surname",
    "date_of_birth": "Born",
    "sex": "Sex",
    "home_area": "Home area",
    "pnc": "PNC number",
    "cro": "CRO number",
    "offender_number": "Offender number",
    "in_custody": "In custody",
    "custody_from": "In custody from",
    "release_date": "Release date",
    "deceased_on": "Died on",
}
