"""Offences of the fictional people, what became of each, and the sentences."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.demonstration.force.areas import Areas, coordinates
from api.demonstration.force.associations import Associations
from api.demonstration.force.days import BLANK, DayTexts, later_birthday
from api.demonstration.force.draws import (
    Flags,
    Generator,
    Integers,
    Stream,
    between,
    chosen,
    chosen_for,
    stream,
)
from api.demonstration.force.escalation import AT_ONCE, SHARE, Escalations, escalations
from api.demonstration.force.offence_codes import CODES, ESCALATED, PATTERNS
from api.demonstration.force.people import People
from api.demonstration.force.tables import blocks, person_ids, table, texts
from rms.records.choices import CHARGED_OUTCOME, OUTCOMES, SENTENCE_KINDS, STAGES

SUSPECTED, CHARGED, AWAITING_COURT, CONVICTED = range(len(STAGES))
NO_STAGE = -1  # none of the stages says that someone was cautioned
# What becomes of an offence, for each gravity: court, another sanction, no sanction, still open.
COURT, SANCTION, NO_SANCTION, OPEN = range(4)
RESULTS = (
    (0.47, 0.31, 0.20, 0.02),
    (0.57, 0.13, 0.28, 0.02),
    (0.64, 0.02, 0.31, 0.03),
    (0.62, 0, 0.34, 0.04),
)
# Home Office outcomes and their shares. 2, 3: cautions; 4: taken into consideration; 6: penalty notice;
# 7: warning for cannabis or khat; 8: community resolution; 9 to 21: no action against a suspect. 0: blank.
TAKEN_INTO_CONSIDERATION, CANNABIS_WARNING = 4, 7
ADULT_SANCTIONS = {3: 0.36, 4: 0.1, 6: 0.14, 8: 0.4}
YOUNG_SANCTIONS = {2: 0.55, 4: 0.03, 8: 0.42}
NO_SANCTIONS = {9: 0.07, 10: 0.06, 12: 0.02, 13: 0.01, 14: 0.1, 15: 0.36, 16: 0.3, 21: 0.08}
CANNABIS = [code.code for code in CODES].index("92D")

CUSTODY, SUSPENDED, COMMUNITY, OTHER = range(len(SENTENCE_KINDS))
# For each gravity: the shares of the sentences, and the shortest and the longest custody in days.
SENTENCE_SHARES = (
    (0.06, 0.05, 0.24, 0.65),
    (0.22, 0.16, 0.36, 0.26),
    (0.5, 0.24, 0.22, 0.04),
    (0.96, 0.04, 0, 0),
)
SHORTEST, LONGEST = np.array([14, 60, 240, 1500]), np.array([120, 540, 1500, 4500])
SENTENCED, REMANDED = 0.75, 0.3  # shares of those convicted, and of those in custody

HOME, NEIGHBOURHOOD = 0.55, 0.25  # shares of the offences; the others happen anywhere in the force
NO_AREA, NO_COORDINATES = 0.04, 0.03
DOMESTIC_UNKNOWN = 0.08

PROLIFIC = 12  # offences
OFTEN = (1, 0.3, 0.04, 0.04)  # how often each gravity occurs among people who offend a great deal
_WEIGHTS = [
    [code.weights[pattern] * often[code.gravity] for code in CODES]
    for often in ((1, 1, 1, 1), OFTEN)
    for pattern in range(len(PATTERNS))
]
_OF_ESCALATION = [
    [ESCALATED[pattern].get(code.code, 0) for code in CODES] for pattern in range(len(PATTERNS))
]
_GRAVITY = np.array([code.gravity for code in CODES])
_DOMESTIC = np.array([code.domestic for code in CODES])


@dataclass(frozen=True)
class Offences:
    """Columns of the offences of a block of people, in the order of person and day.

    `court_day`: when sentence is passed, if it is. `locked_up`: whether custody began for this offence.
    """

    who: Integers
    day: Integers
    code: Integers
    outcome: Integers
    stage: Integers
    court_day: Integers
    locked_up: Flags


@dataclass(frozen=True)
class OffenceDays:
    """All offences in the order of person and day. `escalation`: whether it is one of an escalation."""

    who: Integers
    day: Integers
    escalation: Flags
    escalations: Escalations


def of_escalations(total: int) -> int:
    """How many of all offences are those of escalations."""
    return int(SHARE * total)


def draw_days(seed: int, people: People, ties: Associations, *, total: int) -> OffenceDays:
    """Who offends when: `total` offences in all, but for a force so small that nobody escalates."""
    rng = stream(seed, Stream.DAYS)
    who = np.repeat(np.arange(len(people)), people.offences)
    day = between(rng, people.active_from[who], people.active_to[who])
    day = day[np.lexsort((day, who))]
    found = escalations(seed, people, ties, who=who, day=day, offences=total - len(who))
    _, persons = np.nonzero(found.first)
    numbers = found.offences[found.first != BLANK]
    more = np.repeat(persons, numbers)
    start = np.repeat(found.first[found.first != BLANK], numbers)
    all_who, all_days = np.append(who, more), np.append(day, start + rng.integers(0, AT_ONCE, len(more)))
    order = np.lexsort((all_days, all_who))
    return OffenceDays(all_who[order], all_days[order], order >= len(who), found)


def write_offences(
    folder: Path, seed: int, people: People, areas: Areas, *, drawn: OffenceDays, days: DayTexts
) -> None:
    """`offences.csv` and `sentences.csv`."""
    rng = stream(seed, Stream.OFFENCES)
    with (
        table(folder, "offences", prefix="O") as offences,
        table(folder, "sentences", prefix="S") as sentences,
    ):
        for first, last in blocks(len(people)):
            drawn_here = _offences(rng, people, drawn, first, last)
            ids = offences.add(
                person_ids(drawn_here.who),
                texts([code.code for code in CODES], drawn_here.code),
                days(drawn_here.day),
                *_places(rng, people.ward[drawn_here.who], areas),
                texts(STAGES, drawn_here.stage),
                texts(["", *map(str, OUTCOMES)], drawn_here.outcome),
                texts(("no", "yes"), _domestic(rng, drawn_here.code)),
            )
            row, kind, end = _sentences(rng, people, drawn_here)
            start = days(drawn_here.court_day[row])
            sentences.add(
                person_ids(drawn_here.who[row]),
                [ids[place] for place in row.tolist()],
                texts(SENTENCE_KINDS, kind),
                *(start, start, days(end)),
            )


def _offences(rng: Generator, people: People, drawn: OffenceDays, first: int, last: int) -> Offences:
    here = slice(*np.searchsorted(drawn.who, (first, last)).tolist())
    who, day, escalation = drawn.who[here], drawn.day[here], drawn.escalation[here]
    often = people.offences[who] >= PROLIFIC
    code = chosen_for(rng, _WEIGHTS, people.pattern[who] + len(PATTERNS) * often)
    code = np.where(escalation, chosen_for(rng, _OF_ESCALATION, people.pattern[who]), code)
    locked_up = (people.custody_from[who] != BLANK) & (_next(who, last) != who)
    result = np.where(locked_up | escalation, COURT, chosen_for(rng, RESULTS, _GRAVITY[code]))
    result = np.where((result == NO_SANCTION) & (people.day - day < 60), OPEN, result)
    outcome = _outcomes(rng, result, code, day >= later_birthday(people.born[who], 18))
    court_day = _court_days(rng, people, who, day, locked_up)
    at_court = np.select(
        [court_day <= people.day, people.day - day < 30], [CONVICTED, CHARGED], AWAITING_COURT
    )
    uncharged = np.select(
        [outcome == TAKEN_INTO_CONSIDERATION, result == SANCTION], [CONVICTED, NO_STAGE], SUSPECTED
    )
    stage = np.where(result == COURT, at_court, uncharged)
    return Offences(who, day, code, outcome, stage, court_day, locked_up)


def _next(values: Integers, after: int) -> Integers:
    """The value of the next row, and `after` for the last row."""
    return np.append(values[1:], after)[: len(values)].astype(np.int64)


def _outcomes(rng: Generator, result: Integers, code: Integers, adult: Flags) -> Integers:
    drawn = {
        name: np.array(list(shares))[chosen(rng, list(shares.values()), len(result))]
        for name, shares in (("adult", ADULT_SANCTIONS), ("young", YOUNG_SANCTIONS), ("none", NO_SANCTIONS))
    }
    warned = adult & (code == CANNABIS) & (rng.random(len(result)) < 0.6)
    sanction = np.select([warned, adult], [CANNABIS_WARNING, drawn["adult"]], drawn["young"])
    outcome = np.select(
        [result == COURT, result == SANCTION, result == NO_SANCTION],
        [CHARGED_OUTCOME, sanction, drawn["none"]],
        0,
    )
    return outcome.astype(np.int64)


def _court_days(rng: Generator, people: People, who: Integers, day: Integers, locked_up: Flags) -> Integers:
    """Some weeks or months later. Custody begins on that day, or before it, when someone is remanded."""
    usual = day + 14 + (330 * rng.random(len(who)) ** 1.5).astype(np.int64)
    usual = np.where(people.deceased[who] == BLANK, usual, np.minimum(usual, people.end[who]))
    remanded = locked_up & (rng.random(len(who)) < REMANDED)
    return np.select(
        [remanded, locked_up], [np.full_like(who, people.day + 1), people.custody_from[who]], usual
    )


def _sentences(rng: Generator, people: People, drawn: Offences) -> tuple[Integers, Integers, Integers]:
    """Rows of the offences with a sentence, its kind and its last day. Nobody offends while in custody."""
    convicted = (drawn.stage == CONVICTED) & (drawn.outcome == CHARGED_OUTCOME)
    row = np.flatnonzero(convicted & (drawn.locked_up | (rng.random(len(drawn.who)) < SENTENCED)))
    who, start, locked_up, gravity = (
        drawn.who[row],
        drawn.court_day[row],
        drawn.locked_up[row],
        _GRAVITY[drawn.code[row]],
    )
    kind = np.where(locked_up, CUSTODY, chosen_for(rng, SENTENCE_SHARES, gravity))
    under_18, under_14 = (start < later_birthday(people.born[who], age) for age in (18, 14))
    kind = np.where((kind == SUSPENDED) & under_18 | (kind == CUSTODY) & under_14, COMMUNITY, kind)
    last_chance = np.where(people.custody_from[who] == BLANK, people.end[who], people.custody_from[who] - 1)
    at_liberty = np.where(
        _next(drawn.who, -1)[row] == who, np.minimum(_next(drawn.day, 0)[row] - 1, last_chance), last_chance
    )
    draw = rng.random(len(row))
    custody = SHORTEST[gravity] + (draw**2 * (LONGEST - SHORTEST)[gravity]).astype(np.int64)
    inside = np.minimum(start + custody, at_liberty)
    release = np.maximum(start + custody, people.release[who])
    order = start + 180 + (draw * 550).astype(np.int64)
    end = np.select([locked_up, kind == CUSTODY, kind == OTHER], [release, inside, start], order)
    kept = np.flatnonzero((kind != CUSTODY) | locked_up | (end - start >= SHORTEST[0]))
    return row[kept], kind[kept], end[kept]


def _places(rng: Generator, home: Integers, areas: Areas) -> tuple[list[str], list[str], list[str]]:
    """Area, latitude and longitude: mostly at home or near, some unknown."""
    count = len(home)
    draw, anywhere = rng.random(count), chosen(rng, areas.weight.tolist(), count)
    near = areas.neighbour(home, rng.random(count))
    ward = np.select(
        [(draw < HOME) & (home >= 0), (draw < HOME + NEIGHBOURHOOD) & (home >= 0)], [home, near], anywhere
    )
    latitude, longitude = coordinates(rng, areas, ward, unknown=rng.random(count) < NO_COORDINATES)
    return texts(areas.codes, np.where(rng.random(count) < NO_AREA, -1, ward)), latitude, longitude


def _domestic(rng: Generator, code: Integers) -> Integers:
    domestic = rng.random(len(code)) < _DOMESTIC[code]
    return np.where(rng.random(len(code)) < DOMESTIC_UNKNOWN, -1, domestic).astype(np.int64)
