"""Random people whose later harm goes by what is on record about them."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from rms.harm.catalogue import harm_settings
from rms.harm.columnar import (
    HarmColumns,
    MarkerColumns,
    OffenceColumns,
    ReportColumns,
    day_number,
    harm_scores,
)
from rms.prediction.features import features_of
from rms.prediction.records import (
    LONG_AGO,
    NEVER,
    REGISTRATIONS,
    Floats,
    OffenceFacts,
    Periods,
    Records,
    Ties,
)
from rms.prediction.standing import standing
from rms.prediction.target import Day, can_become_high, outcomes

TYPES = ("Violence and sexual offences", "Burglary", "Robbery", "Other theft")
DAY = date(2024, 11, 30)
HIGH = 45.0
SETTINGS = harm_settings()


@dataclass(frozen=True)
class Population:
    records: Records
    ties: Ties

    def features(self, on: date) -> Floats:
        scores = harm_scores(self.records.harm, on=on, settings=SETTINGS)
        with np.errstate(invalid="ignore"):
            high = scores.score >= HIGH
        place = standing(self.ties, people=self.records.people, day=day_number(on), high=high)
        return features_of(self.records, place, scores, on=on, high=HIGH, types=TYPES)

    def day(self, on: date) -> Day:
        score = harm_scores(self.records.harm, on=on, settings=SETTINGS).score
        about = can_become_high(score, self.records.died, on=on, high=HIGH)
        found = outcomes(self.records, on=on, high=HIGH, settings=SETTINGS)
        return Day(on, self.features(on)[about], score[about], found.became_high[about], found.type[about])


def population(seed: int, people: int = 1_500, *, until: date = date(2026, 11, 30)) -> Population:
    """Offences, markers, reports, periods and ties over the six years before a day."""
    rng = np.random.default_rng(seed)
    end = day_number(until)
    begin = end - 2_200

    def days(count: int) -> np.ndarray:
        return rng.integers(begin, end + 1, count).astype(np.int32)

    def periods(share: float) -> Periods:
        who = np.flatnonzero(rng.random(people) < share).astype(np.int32)
        first = days(len(who))
        last = np.where(rng.random(len(who)) < 0.5, first + rng.integers(0, 900, len(who)), NEVER)
        return Periods(who, first, last.astype(np.int32))

    rate = rng.gamma(0.5, 8, people)
    who = np.repeat(np.arange(people, dtype=np.int32), rng.poisson(rate))
    kind = rng.integers(-1, len(TYPES), len(who))
    harm = np.array([10.0, 273.5, 365.0, 2.0, np.nan])[kind]
    charged = rng.random(len(who)) < 0.6
    on = days(len(who))
    marked = np.flatnonzero(rng.random(people) < 0.2).astype(np.int32)
    reported = np.sort(rng.integers(0, people, people)).astype(np.int32)
    one, other = rng.integers(0, people, (2, 2 * people))
    first = days(len(one))
    return Population(
        Records(
            harm=HarmColumns(
                people,
                OffenceColumns(who, on, harm, rng.random(len(who)) < 0.8),
                MarkerColumns(
                    marked, rng.integers(0, 3, len(marked)), days(len(marked)), np.full(len(marked), NEVER)
                ),
                ReportColumns(reported, rng.integers(0, 5, people), days(people)),
            ),
            facts=OffenceFacts(
                kind,
                charged,
                np.where(charged & (rng.random(len(who)) < 0.7), on + 90, NEVER),
                rng.random(len(who)) < 0.1,
            ),
            born=np.where(rng.random(people) < 0.05, LONG_AGO, rng.integers(-9_000, 16_000, people)),
            died=np.where(rng.random(people) < 0.02, end - 900, NEVER),
            custody=periods(0.1),
            registrations={name: periods(0.1) for name in REGISTRATIONS},
            managed=periods(0.1),
        ),
        Ties(one, other, first, np.where(rng.random(len(one)) < 0.3, first + 400, NEVER)),
    )


def with_later_facts(known: Population, day: int, *, seed: int) -> Population:
    """The same people, with everything that is dated after a day changed or taken away."""
    rng = np.random.default_rng(seed)
    records, offences = known.records, known.records.harm.offences
    late = offences.day > day
    kept = ~late | (rng.random(len(late)) < 0.5)

    def moved(days: np.ndarray) -> np.ndarray:
        return np.where(
            days > day, np.minimum(days.astype(np.int64) + rng.integers(1, 99, len(days)), NEVER), days
        )

    def later(periods: Periods) -> Periods:
        return Periods(periods.person, moved(periods.first), moved(periods.last))

    markers, reports = records.harm.markers, records.harm.reports
    return Population(
        replace(
            records,
            harm=HarmColumns(
                records.people,
                OffenceColumns(
                    offences.person[kept],
                    moved(offences.day)[kept],
                    np.where(late, 5475.0, offences.days)[kept],
                    (offences.counts ^ late)[kept],
                ),
                replace(markers, first=moved(markers.first), last=moved(markers.last)),
                replace(reports, day=moved(reports.day)),
            ),
            facts=OffenceFacts(
                np.where(late, 0, records.facts.type)[kept],
                (records.facts.charged ^ late)[kept],
                moved(records.facts.sentenced)[kept],
                (records.facts.domestic ^ late)[kept],
            ),
            died=moved(records.died),
            custody=later(records.custody),
            registrations={name: later(periods) for name, periods in records.registrations.items()},
            managed=later(records.managed),
        ),
        replace(known.ties, first=moved(known.ties.first), last=moved(known.ties.last)),
    )
