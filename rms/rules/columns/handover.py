"""The handover of many cases at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rms.rules.columns.days import months_after_each, months_before_each, months_between_each
from rms.rules.columns.fields import Days, Kinds, columns_of_fields, days, flags, numbers, texts
from rms.rules.decision_table import Column
from rms.rules.handover import (
    ADULT,
    COM,
    POM,
    POM_WITH_COM,
    RESPONSIBLE,
    Before,
    HandoverCase,
    HandoverDates,
    HandoverRules,
)

RELEASES = ("crd", "ard", "ped", "ted", "thd", "prd", "hdced", "hdcad")
KINDS: Kinds = {
    "age": numbers,
    "sentenced": flags,
    "immigration": flags,
    "recalled": flags,
    "recall_code": flags,
    "resourcing": texts,
    "indeterminate": flags,
    "early_allocation": flags,
    "mappa_level": numbers,
    "estate": texts,
    "sentence_start": days,
    **dict.fromkeys(RELEASES, days),
    "opened_on": days,
    "parole_refused_on": days,
}
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class HandoverColumns:
    """Shape (n,). `row`: the place of the row that decides, -1 outside the rules. `outcome`: who is
    responsible, "" outside the rules and where `handover` refuses the case. `start`, `handover`: NaT where
    there are none."""

    row: NDArray[np.int64]
    outcome: NDArray[np.str_]
    start: Days
    handover: Days


def columns_of(cases: Sequence[HandoverCase]) -> dict[str, Column]:
    """The columns by field. In place of the days of life sentences, whether a further one began later."""
    further = [len(set(case.life_sentences_from)) > 1 for case in cases]
    return {**columns_of_fields(cases, KINDS), "further_life_sentence": flags(further)}


def handover_of_many(cases: Mapping[str, Column], rules: HandoverRules, *, today: date) -> HandoverColumns:
    """Who is responsible for each case, and the days of its handover."""
    day = np.datetime64(today, "D")
    known = {**cases, **_derived(cases, rules, day)}
    row = _first_row(known, rules)
    outcome = np.full(row.shape, "", "<U16")
    start, end = np.full(row.shape, _NEVER), np.full(row.shape, _NEVER)
    for at, name in enumerate(one.outcome for one in rules.rows):
        chosen = np.flatnonzero(row == at)
        if name in RESPONSIBLE:
            outcome[chosen] = name
        elif len(chosen):
            few = {field: column[chosen] for field, column in known.items()}
            start[chosen], end[chosen] = _days(rules.dates[name], few, rules, day)
    dated = ~np.isnat(end)
    by_day = np.where(day < start, POM, np.where(day < end, POM_WITH_COM, COM))
    return HandoverColumns(row, np.where(dated, by_day, outcome), start, end)


def _first_row(known: Mapping[str, Column], rules: HandoverRules) -> NDArray[np.int64]:
    inside = ~(known["age"] < ADULT) & ((known["sentenced"] == 1) | (known["immigration"] == 1))
    row = np.full(inside.shape, -1, np.int64)
    for at, one in reversed(list(enumerate(rules.rows))):
        row[one.is_true_of_many(known)] = at
    return np.where(inside, row, -1)


def _derived(cases: Mapping[str, Column], rules: HandoverRules, today: np.datetime64) -> dict[str, Column]:
    release = _RELEASES[rules.earliest_release](cases, today)
    start, refused, hearing = cases["sentence_start"], cases["parole_refused_on"], cases["thd"]
    to_hearing = months_between_each(np.full(hearing.shape, today), hearing)
    return {
        "recalled_or_code": (cases["recalled"] == 1) | (cases["recall_code"] == 1),
        "release": release,
        "release_known": ~np.isnat(release),
        "conditional_or_automatic": np.fmin(cases["crd"], cases["ard"]),
        "normal_resourcing": cases["resourcing"] == "normal",
        "under_policy": _is_under_policy(cases, rules, release),
        "short": release <= months_after_each(start, rules.short_months),
        "parole": ~np.isnat(cases["ped"]) & (cases["indeterminate"] == 0),
        "parole_refused": ~np.isnat(refused) & (np.isnat(start) | (refused >= start)),
        "hearing_months": np.where(hearing < today, np.nan, to_hearing),
        "mappa_high": cases["mappa_level"] >= 2,
    }


def _is_under_policy(cases: Mapping[str, Column], rules: HandoverRules, release: Days) -> NDArray[np.bool_]:
    under = np.ones(release.shape, np.bool_)
    for estate, (first, release_first) in rules.policy.items():
        held = (cases["sentence_start"] >= np.datetime64(first, "D")) | (
            release >= np.datetime64(release_first, "D")
        )
        under &= held | (cases["estate"] != estate)
    return under


def _next_parole(cases: Mapping[str, Column], today: np.datetime64) -> Days:
    later = [np.where(cases[name] >= today, cases[name], _NEVER) for name in ("prd", "ped")]
    life = np.where(cases["ted"] > today, cases["ted"], np.fmin(*later))
    earliest = np.fmin(np.fmin(cases["ard"], cases["crd"]), cases["hdced"])
    normal = _or(cases["hdcad"], earliest)
    enhanced = _or(cases["ped"], np.fmin(cases["crd"], cases["ard"]))
    fixed = np.where(cases["resourcing"] == "normal", normal, enhanced)
    return np.where(cases["indeterminate"] == 1, life, fixed)


def _tariff_or_hearing(cases: Mapping[str, Column], today: np.datetime64) -> Days:
    ted, thd = cases["ted"], cases["thd"]
    life = np.where(ted > today, ted, np.where(thd > today, thd, np.fmax(ted, thd)))
    fixed = _or(cases["ped"], np.fmin(cases["crd"], cases["ard"]))
    return np.where(cases["indeterminate"] == 1, life, fixed)


_RELEASES: Mapping[str, Callable[[Mapping[str, Column], np.datetime64], Days]] = {
    "next_parole": _next_parole,
    "tariff_or_hearing": _tariff_or_hearing,
}


def _or(days_: Days, others: Days) -> Days:
    return np.where(np.isnat(days_), others, days_)


def _days(
    dates: HandoverDates, known: Mapping[str, Column], rules: HandoverRules, today: np.datetime64
) -> tuple[Days, Days]:
    """The start and the handover of cases to which the same dates apply, NaT where an anchor is missing."""
    every = {**known, "today": np.full(known["release"].shape, today)}

    def before(how: Before) -> Days:
        return months_before_each(every[how.before], how.months) - np.timedelta64(how.days, "D")

    def at_least(days_: Days, name: str | None) -> Days:
        return np.where(np.isnat(days_), days_, np.fmax(days_, every[name])) if name else days_

    start = at_least(before(dates.start), dates.start_not_before)
    end = at_least(before(dates.handover), dates.not_before) if dates.handover else start
    refused = np.isnat(start) | np.isnat(end)
    if dates.not_after:
        end = np.fmin(end, every[dates.not_after])
    if dates.instead:
        end = _or(every[dates.instead], end)
    opened = known["opened_on"]
    opens = (known["indeterminate"] == 1) & ~np.isnat(opened)
    early = opened if rules.open_prison_start == "arrival" else np.minimum(opened, end)
    start = np.where(opens, early, start)
    return np.where(refused, _NEVER, start), np.where(refused, _NEVER, np.maximum(start, end))
