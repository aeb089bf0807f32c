"""The figures between the records and the components of a score, to retrace it with a pencil."""

from dataclasses import dataclass
from datetime import date

from rms.calendar import months_before
from rms.harm.history import HarmHistory
from rms.harm.score import counted_offences
from rms.harm.settings import HarmSettings


@dataclass(frozen=True)
class Working:
    """What the five formulas start from.

    `latest`: the age of the latest counted offence in days. `recent`: how many counted offences lie in the
    window of the frequency. `harm_days`: the sum of the days of crime harm that are left. `marker`: the kind
    of the highest drug marker in force, None without one. `grades`: the sum of the grades of the reports.
    """

    latest: int
    recent: int
    harm_days: float
    marker: str | None
    grades: float


def working(history: HarmHistory, *, on: date, settings: HarmSettings) -> Working | None:
    """The figures on a day; None if no offence counts."""
    counted = counted_offences(history, on=on, settings=settings)
    if not counted:
        return None
    ages = [(on - offence.on).days for offence in counted]
    in_force = [marker.kind for marker in history.markers if marker.in_force(on)]
    after = months_before(on, settings.intelligence.months)
    grades = [settings.intelligence.grades[one.grade] for one in history.reports if after < one.on <= on]
    return Working(
        latest=min(ages),
        recent=sum(years(age, settings) <= settings.frequency.window for age in ages),
        harm_days=sum(
            left_of(offence.days or 0, age, settings) for offence, age in zip(counted, ages, strict=True)
        ),
        marker=max(in_force, key=settings.drugs.__getitem__, default=None),
        grades=sum(grades),
    )


def years(age: int, settings: HarmSettings) -> float:
    """An age in days as years."""
    return age / settings.year


def left_of(days: float, age: int, settings: HarmSettings) -> float:
    """What is left of the days of crime harm of an offence of this age in days."""
    return days * 2 ** (-years(age, settings) / settings.severity.half_life)
