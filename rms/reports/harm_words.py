"""A harm score in words and figures, so that a reader can check it by hand.

Figures between the records and the score have four decimals, points three: then what is shown adds to the
score as it is shown.
"""

import math
from calendar import month_name
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rms.harm.bands import Cuts
from rms.harm.domestic_abuse import RFS, rfs_settings_of
from rms.harm.listing import HIGH_BANDS, HIGH_SCORE, LOW_BANDS, LOW_SCORE
from rms.harm.score import HarmScore
from rms.harm.seasons import YEARS, Season
from rms.harm.settings import BANDS, COMPONENTS, HarmSettings
from rms.harm.shares import (
    ALARM_PSI,
    LEAST_IN_BAND,
    LEAST_PEOPLE,
    NOTICE_PSI,
    NOTICE_TIMES,
    Finding,
)
from rms.harm.working import Working, left_of
from rms.reports import record_words, wording

OWN_FORMULA = (
    "RMS calculates the harm score with its own formula. It is not the formula of West Midlands Police "
    "(RFSDi), which is not public."
)
CRIME_HARM = (
    "the days of prison that the sentencing guidelines give as a starting point for a first offender."
)
DISAGREEMENT = (
    f"The band is {' or '.join(HIGH_BANDS)} and the recidivism score is below {LOW_SCORE / 100}, or the band "
    f"is {' or '.join(LOW_BANDS)} and the recidivism score is above {HIGH_SCORE / 100}."
)
WHAT_FOR = "Use the harm score to decide whose records to read first."
NOT_FOR = (
    "Do not use it as a reason for arrest, search, charge, sentence, recall or refusal of a service, and "
    "never as the only reason for any decision."
)
EXAMPLE_BASED = (
    "Example-based scores, such as recidivism and violence, say what people who resemble a person did."
)
EXAMPLE_BASED_GAP = (
    "They answer a different question from the harm score. A gap between the two is a reason to read the "
    "records, not a sign that one is wrong."
)
SOON = "Soon means within 3 months, unless the force or an area has set another number."
LEFT_OUT = (
    "people who have died, and people in custody who have no release date or will not be released soon "
    "(in 3 months, unless another number is set)"
)
LEFT_OUT_IN_BRIEF = "people who have died, and people who stay in custody"
LABELS = {
    "recency": "Recency",
    "frequency": "Frequency",
    "severity": "Severity",
    "drugs": "Drugs",
    "intelligence": "Intelligence",
}
MEANINGS = {
    "recency": "how recent the latest offence is",
    "frequency": "how many offences there are",
    "severity": "how severe the offences are; older offences count less",
    "drugs": "the highest drug marker in force",
    "intelligence": "reports of the last {months} months, by grade",
}
POINTS, FIGURES = 3, 4  # decimals


@dataclass(frozen=True)
class ComponentLine:
    """A component as a page shows it.

    `value`: 0 to 100, one decimal. `width`: the same as a number, for a bar. `weight`: its share in percent.
    `points`: its part of the score. `working`: how the value comes about, with the figures.
    """

    name: str
    label: str
    meaning: str
    value: str
    width: float
    weight: str
    points: str
    working: str


def component_lines(score: HarmScore, working: Working, settings: HarmSettings) -> tuple[ComponentLine, ...]:
    """The five components, in their order."""
    workings = dict(_workings(score, working, settings))
    return tuple(_line(name, score, settings, workings[name]) for name in COMPONENTS)


def what_it_describes(on: date) -> str:
    """
    >>> what_it_describes(date(2026, 11, 30))
    'The score describes what was on record on 30 November 2026. It does not say what the person will do.'
    """
    return (
        f"The score describes what was on record on {wording.day(on)}. "
        "It does not say what the person will do."
    )


def sum_of_components(score: HarmScore, settings: HarmSettings) -> str:
    """The score as the sum of its weighted components.

    The components have four decimals, so that the sum gives the score as it is shown.
    """
    terms = " + ".join(f"{settings.weights[name]:g} × {figure(getattr(score, name))}" for name in COMPONENTS)
    return f"{terms} = {points(score.score)}, shown as {score.shown}"


def season_sentence(season: Season) -> str:
    """When most offences were recorded, with shares and counts.

    >>> season_sentence(Season(50, ((10, 20), (11, 15), (5, 7))))[:92]
    'Of the 50 offences on record in the last 3 years, most were in October (40%, 20), November ('
    >>> season_sentence(Season(29, ()))
    'Too few offences on record in the last 3 years to name a season: 29.'
    """
    if not season.most:
        return f"Too few offences on record in the last {YEARS} years to name a season: {season.total:,}."
    named = [
        f"{month_name[month]} ({wording.fixed(100 * count / season.total, places=0)}%, {count:,})"
        for month, count in season.most
    ]
    months = " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    return (
        f"Of the {season.total:,} offences on record in the last {YEARS} years, most were in {months}. "
        "If every month had the same number, each would have 8%."
    )


def points(value: float) -> str:
    """
    >>> points(12.34567), points(0)
    ('12.346', '0.000')
    """
    return wording.fixed(value, places=POINTS)


def figure(value: float) -> str:
    """A figure between the records and the score.

    >>> figure(1234.56789), figure(1.3), figure(40)
    ('1,234.5679', '1.3', '40')
    """
    whole, _, decimals = wording.fixed(value, places=FIGURES).partition(".")
    decimals = decimals.rstrip("0")
    return f"{int(whole):,}.{decimals}" if decimals else f"{int(whole):,}"


def offence_working(days: float | None, age: int, settings: HarmSettings) -> str:
    """What an offence of this age in days gives to the components.

    `days`: its days of crime harm; None if its code is unknown.
    """
    if days is None:
        return "Unknown code: 0 days of crime harm"
    half_life = settings.severity.half_life
    left = left_of(days, age, settings)
    return f"{days:g} × 2^(−{age} ÷ {settings.year:g} ÷ {half_life:g}) = {figure(left)} days"


def bands_in_words(cuts: Cuts, settings: HarmSettings) -> tuple[tuple[str, str, str], ...]:
    """Each band: its name, the scores in it, and how many scored people were below it when it was set."""
    starts = (None, *cuts.scores)
    ends = (*cuts.scores, None)
    return tuple(
        (
            band,
            wording.range_in_words(_shown(start), None) if end is None else _between(start, end),
            f"{settings.bands[band]}%" if band in settings.bands else "",
        )
        for band, start, end in zip(BANDS, starts, ends, strict=True)
    )


def standing(band: str, cuts: Cuts, settings: HarmSettings) -> str:
    """What a band meant on the day on which the bands were set."""
    if band in settings.bands:
        which = "this band, the highest" if band == BANDS[-1] else "this band or a higher one"
        share = f"{in_band_or_higher(settings.bands[band])} were in {which}"
    else:
        share = f"about {settings.bands[BANDS[1]]}% of all scored people were in this band"
    return f"On {wording.day(cuts.on)}, when the bands were set, {share}."


def in_band_or_higher(below: Decimal) -> str:
    """How many were not below a band, if `below` percent were: of 100 people, or of 1,000 if so few.

    >>> in_band_or_higher(Decimal("99.7")), in_band_or_higher(Decimal(95))
    ('about 3 in 1,000 scored people', 'about 5 in 100 scored people')
    """
    share = 100 - below
    of = f"{share:.0f} in 100" if share >= 1 else f"{share * 10:.0f} in 1,000"
    return f"about {of} scored people"


def points_in_short(total: float, recency: float) -> str:
    """The points of an offence in one decimal. The latest one has all the points of recency.

    >>> points_in_short(18.735, 16.53)
    '18.7 points, of which 16.5 are for recency, because it is the latest offence'
    >>> points_in_short(2.2, 0), points_in_short(0.02, 0)
    ('2.2 points', 'less than 0.1 points')
    """
    if 0 < total < 0.05:
        return "less than 0.1 points"
    short = f"{wording.fixed(total, places=1)} points"
    if not recency:
        return short
    of_which = f"of which {wording.fixed(recency, places=1)} are for recency"
    return f"{short}, {of_which}, because it is the latest offence"


def grade_working(grade: str, settings: HarmSettings) -> str:
    return f"Grade {grade}: {settings.intelligence.grades[grade]:g}"


def why_not_counted(outcome: int | None, stage: str | None, committed_on: date, *, on: date) -> str:
    """Why an offence does not count in the score."""
    if committed_on > on:
        return f"committed after {wording.day(on)}"
    if stage == "suspected":
        return "only suspected"
    if outcome is None:
        return "no outcome on record"
    return f"outcome {record_words.outcome(outcome)}"


def _line(name: str, score: HarmScore, settings: HarmSettings, working: str) -> ComponentLine:
    value = getattr(score, name)
    weight = settings.weights[name]
    return ComponentLine(
        name=name,
        label=LABELS[name],
        meaning=MEANINGS[name].format(months=settings.intelligence.months),
        value=wording.fixed(value, places=1),
        width=round(value, 1),
        weight=f"{wording.fixed(weight * 100, places=0)}%",
        points=points(weight * value),
        working=working,
    )


def _workings(score: HarmScore, working: Working, settings: HarmSettings) -> Iterator[tuple[str, str]]:
    age, half_life = working.latest, settings.recency.half_life
    yield (
        "recency",
        f"The latest counted offence is {age:,} {'day' if age == 1 else 'days'} old. "
        f"100 × 2^(−{age} ÷ {settings.year:g} ÷ {half_life:g}) = {figure(score.recency)}.",
    )
    counted = "1 counted offence is" if working.recent == 1 else f"{working.recent:,} counted offences are"
    yield (
        "frequency",
        f"{counted} up to {settings.frequency.window:g} years old. "
        + _log_working(working.recent, settings.frequency.cap, score.frequency),
    )
    yield (
        "severity",
        "After reducing older offences, all counted offences together come to "
        f"{figure(working.harm_days)} days of crime harm. "
        + _log_working(working.harm_days, settings.severity.cap, score.severity),
    )
    marker = working.marker
    yield (
        "drugs",
        f"The highest marker in force is {record_words.MARKERS[marker]}: {figure(score.drugs)}."
        if marker
        else "No drug marker is in force: 0.",
    )
    months, cap = settings.intelligence.months, settings.intelligence.cap
    yield (
        "intelligence",
        f"The grades of the reports of the last {months} months add up to {figure(working.grades)}. "
        f"100 × {figure(working.grades)} ÷ {cap:g} = {figure(score.intelligence)}"
        + (", the most there is." if working.grades > cap else "."),
    )


def _log_working(amount: float, cap: float, value: float) -> str:
    most = ", the most there is" if math.log1p(amount) > math.log1p(cap) else ""
    return f"100 × ln(1 + {figure(amount)}) ÷ ln(1 + {figure(cap)}) = {figure(value)}{most}."


def _shown(cut: float | None) -> str | None:
    return None if cut is None else wording.fixed(cut, places=1)


def _between(start: float | None, end: float) -> str:
    low = _shown(start)
    return f"below {_shown(end)}" if low is None else f"{low} to below {_shown(end)}"


SHARES_SAY = (
    "The thresholds of the bands stay the same until somebody sets them again. So the shares change only "
    "when people’s scores change: because people offend more or less, or because something is recorded in "
    "another way. The shares do not say which."
)
SHARES_CHECK = (
    "Find out why before you rely on the bands. Has a source system, the recording of offences or the table "
    "of severities changed? Are records missing, or counted twice?"
)
SHARES_FINDINGS = {
    Finding.TOO_FEW: "Too few people to judge whether the shares have changed.",
    Finding.NONE: "No alarm. That does not prove that nothing has changed.",
    Finding.NOTICE: "Notice: the shares have changed somewhat.",
    Finding.ALARM: "Alarm: the shares have changed a lot.",
}
BAND_FINDINGS = {
    Finding.TOO_FEW: "too few people to judge",
    Finding.NONE: "no notice",
    Finding.NOTICE: "notice",
    Finding.ALARM: "alarm",
}
SHARES_RULES = (
    f"All bands together: the population stability index. From {NOTICE_PSI} on there is a notice, from "
    f"{ALARM_PSI} on an alarm.",
    "Each band alone: an alarm if its share has at least doubled or halved, and a notice if it is at least "
    f"{NOTICE_TIMES} times as large or as small. The whole 95% interval must lie beyond that bound.",
    f"RMS does not judge with fewer than {LEAST_PEOPLE} people with a score, nor a band alone with fewer "
    f"than {LEAST_IN_BAND} people on both days.",
)

REASON_NEEDED = "Give a reason, on one line of up to 1,000 characters."
# Name of a setting → its title, and what it does.
PRACTICE = {
    "list_length": (
        "Length of the ready-made lists",
        "A ready-made list on the offender list ends after this many people. The top 10 keeps its own "
        "length. Use it so that a list is not longer than the team can manage.",
    ),
    "flex_suggestions": (
        "Number of flex suggestions",
        "Up to this many people are suggested for the flex cohort on the page of an area’s meeting, by harm "
        "score and again by prediction.",
    ),
    "release_months": (
        "Months before release from which people in custody are shown",
        "The lists leave people in custody out until this many months before their release. The home area of "
        "the person counts. A change holds from the next calculation of the scores.",
    ),
    "lists_in_use": (
        "Ready-made lists in use",
        "Only these are offered on the offender list. For schedules, the default of the force counts.",
    ),
}

RFS_NOT_SCORE = "The RFS figure is not the harm score."
RFS_WHAT = (
    "It looks at domestic abuse offences alone: how recent, how many, how severe. Drugs and intelligence are "
    "no part of it."
)
RFS_OWN = "Our own formula; the police formula is not public."
RFS_FOR = "Use it to decide whose records to read first. Never compare it with a harm score."


def rfs_formula(settings: HarmSettings) -> str:
    """
    >>> from rms.harm.catalogue import harm_settings
    >>> rfs_formula(harm_settings())
    'RFS figure = 0.25 recency + 0.25 frequency + 0.50 severity, from 0 to 100.'
    """
    weights = rfs_settings_of(settings).weights
    return f"RFS figure = {' + '.join(f'{weights[name]:.2f} {name}' for name in RFS)}, from 0 to 100."
