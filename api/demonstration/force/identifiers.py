"""PNC, CRO and offender numbers of fictional people. Nobody shares a number with anyone else."""

import numpy as np

from api.demonstration.caseload import FIRST_NUMBER as FIRST_OF_CASELOAD
from api.demonstration.force.days import year_of
from api.demonstration.force.draws import Flags, Generator, Integers
from rms.people.identifiers import CHECK_LETTERS

WITHOUT_PNC, WITH_CRO, WITH_NUMBER = 0.15, 0.5, 0.3  # shares of people
FIRST_OFFENDER_NUMBER = 10 * FIRST_OF_CASELOAD
# Multiples of these, which have no divisor in common with the largest serial number, run through all of them.
PNC_STEP, PNC_SERIALS = 7_368_787, 9_999_999
CRO_STEP, CRO_SERIALS = 617_283, 999_998

_LETTERS = np.array(list(CHECK_LETTERS), dtype=object)


def recorded_years(rng: Generator, first_day: Integers, last_day: Integers, has_one: Flags) -> Integers:
    """The year in which each person got a number, between two days; 0 for those without."""
    first, last = year_of(first_day), year_of(last_day)
    years = np.minimum(first + (15 * rng.random(len(first)) ** 2).astype(np.int64), last)
    return np.where(has_one, years, 0)


def pnc_numbers(years: Integers, people: Integers) -> list[str]:
    """PNC numbers of people, by their positions: `2001/0171310W`; blank where the year is 0."""
    serials = (people + 1) * PNC_STEP % PNC_SERIALS + 1
    letters = _LETTERS[(years % 100 * 10**7 + serials) % len(CHECK_LETTERS)].tolist()
    rows = zip(years.tolist(), serials.tolist(), letters, strict=True)
    return [f"{year}/{serial:07}{letter}" if year else "" for year, serial, letter in rows]


def cro_numbers(years: Integers, people: Integers) -> list[str]:
    """CRO numbers of people, by their positions: `065656/91H`; blank where the year is 0."""
    serials = (people + 1) * CRO_STEP % CRO_SERIALS + 1
    letters = _LETTERS[(years % 100 * 10**6 + serials) % len(CHECK_LETTERS)].tolist()
    rows = zip(years.tolist(), serials.tolist(), letters, strict=True)
    return [f"{serial:06}/{year % 100:02}{letter}" if year else "" for year, serial, letter in rows]
