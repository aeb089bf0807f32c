"""Each rule over a million cases, by its columns, and a random sample of them by the function of one case.

The cases are drawn at random, and every outcome occurs. `different` counts the cases of the sample for which
the two do not agree.
"""

import math
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng

from rms.errors import InvalidInput
from rms.rules import allocation, cohort, handover, tier_v2, tier_v3
from rms.rules import needs as one_need
from rms.rules.catalogue import ALLOCATION, COHORT, HANDOVER, NEEDS, OGRS3, TIER_V2, TIER_V3
from rms.rules.columns import cohort as many_cohorts
from rms.rules.columns import handover as many_handovers
from rms.rules.columns import needs as many_needs
from rms.rules.columns import tier_v2 as many_tiers_v2
from rms.rules.columns import tier_v3 as many_tiers_v3
from rms.rules.predictors import ogrs3
from tests.benchmarks.machine import introduce, progress, table

SEED, CASES, SAMPLE = 20261201, 1_000_000, 2_000
TODAY = date(2026, 12, 1)
BOUND = 60.0
Columns = Mapping[str, Any]
_NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Measured:
    """`at_once`: the outcome of every case. `alone`: that of one case, None where it is refused."""

    name: str
    columns: Columns
    at_once: Callable[[Columns], Any]
    alone: Callable[[dict[str, Any]], Any]


def main() -> None:
    introduce("Rules", part="rules")
    print(f"{CASES:,} cases of each rule, a sample of {SAMPLE:,} by the function of one case:\n")
    table(
        ("rule set", "at once", "bound", "one by one, for as many", "ratio", "different", "most memory"),
        (_row(draw) for draw in (_ogrs3, _allocation, *_handovers(), _needs, _tier_v2, _tier_v3, _cohort)),
    )


def _row(draw: Callable[[Generator], Measured]) -> tuple[str, ...]:
    rng = default_rng(SEED)
    measured = draw(rng)
    progress(measured.name)
    begun = time.perf_counter()
    outcomes = measured.at_once(measured.columns)
    at_once = time.perf_counter() - begun
    places = rng.integers(0, CASES, SAMPLE)
    cases = [_case(measured.columns, place) for place in places]
    begun = time.perf_counter()
    alone = [_or_nothing(measured.alone, case) for case in cases]
    one_by_one = (time.perf_counter() - begun) * CASES / SAMPLE
    different = sum(
        not _same(outcomes[place], one) for place, one in zip(places.tolist(), alone, strict=True)
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        measured.name,
        f"{at_once:.2f} s",
        f"≤ {BOUND:.0f} s",
        f"{one_by_one:.0f} s",
        f"1/{one_by_one / at_once:.0f}",
        str(different),
        f"{memory:,.0f} MB",
    )


def _or_nothing(alone: Callable[[dict[str, Any]], Any], case: dict[str, Any]) -> Any:
    try:
        return alone(case)
    except InvalidInput:
        return None


def _same(many: Any, one: Any) -> bool:
    """Whether the outcomes agree; a refused case has NaN, or an empty text."""
    if one is None:
        return many == "" or (isinstance(many, float) and math.isnan(many))
    return math.isclose(many, one, rel_tol=1e-12) if isinstance(one, float) else bool(many == one)


def _case(columns: Columns, place: int) -> dict[str, Any]:
    """The values of one case, None where a column has no value."""
    return {name: _value(column[place]) for name, column in columns.items()}


def _value(cell: Any) -> Any:
    """A number without a part is a whole one, as the fields of a case are."""
    value = cell.item()
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _pick(rng: Generator, *values: Any) -> Any:
    """Values drawn alike; None is NaN, or "" among texts."""
    is_text = any(isinstance(value, str) for value in values)
    nothing = "" if is_text else np.nan
    choices = np.array([nothing if value is None else value for value in values])
    return choices[rng.integers(0, len(choices), CASES)]


def _flag(rng: Generator, share: float) -> Any:
    return (rng.random(CASES) < share).astype(np.int8)


def _day(rng: Generator, first: str, last: str, known: float) -> Any:
    begin, end = np.datetime64(first), np.datetime64(last)
    drawn = begin + rng.integers(0, (end - begin).astype(int) + 1, CASES)
    return np.where(rng.random(CASES) < known, drawn, _NO_DAY)


def _ogrs3(rng: Generator) -> Measured:
    rules = OGRS3.named("ogrs3-2009")
    conviction = rng.integers(8, 70, CASES)
    columns = {
        "sex": rng.integers(0, len(ogrs3.SEXES), CASES).astype(np.int8),
        "age_at_conviction": conviction,
        "age_at_first_sanction": np.minimum(conviction, rng.integers(9, 71, CASES)),
        "age_at_followup_start": conviction + rng.integers(0, 5, CASES),
        "previous_sanctions": rng.integers(0, 80, CASES),
        "category": rng.integers(0, len(rules.offences), CASES).astype(np.int16),
        "only_cautions": rng.random(CASES) < 0.1,
    }
    offences = list(rules.offences)

    def alone(case: dict[str, Any]) -> float:
        named = {"sex": ogrs3.SEXES[case["sex"]], "offence_category": offences[case.pop("category")]}
        return ogrs3.ogrs3(ogrs3.Ogrs3Case(**{**case, **named}), rules).two_years

    return Measured(
        "ogrs3-2009",
        columns,
        lambda found: ogrs3.ogrs3_of_many(ogrs3.Ogrs3Columns(**found), rules)[1],
        alone,
    )


def _allocation(rng: Generator) -> Measured:
    rules = ALLOCATION.named("allocation-2022")
    columns = {
        "tier": _pick(rng, None, "A1", "B2", *["C1", "D0", "D2"] * 4),
        "rsr": _pick(rng, None, 0.4, 1.2, 2.5, 5.0, 6.89, 6.9),
        "rosh": _pick(rng, None, *["low", "medium"] * 4, "high"),
        "mappa_level": _pick(rng, *[None] * 12, 0, 1, 2),
        "sentence_kind": _pick(rng, None, "custody", "suspended", "community", "other"),
        "sentence_months": rng.integers(0, 60, CASES).astype(float),
        "indeterminate": _flag(rng, 0.02),
        "schedule_15_violent": _flag(rng, 0.2),
        "schedule_15_sexual": _flag(rng, 0.05),
        "home_office_interest": _flag(rng, 0.01),
        "nationality": _pick(
            rng, None, *["British"] * 15, "Irish", "French", "British and French", "Martian"
        ),
        "provider": _pick(rng, *["N50"] * 20, "N03", None),
    }
    outcomes = np.array([allocation.ALLOCATED, allocation.RETAINED])

    def at_once(found: Columns) -> Any:
        rows = allocation.allocation_of_many(allocation.with_derived(found, rules), rules)
        return outcomes[rows.any(axis=1).astype(int)]

    return Measured(
        "allocation-2022",
        columns,
        at_once,
        lambda case: (
            allocation.allocation(
                allocation.AllocationCase(**_flags_of(allocation.AllocationCase, case)), rules, today=TODAY
            ).outcome
        ),
    )


def _flags_of(kind: Any, case: dict[str, Any]) -> dict[str, Any]:
    """The fields of a case, its flags as true and false."""
    booleans = {one.name for one in fields(kind) if isinstance(one.default, bool)}
    return {name: bool(value) if name in booleans else value for name, value in case.items()}


def _handovers() -> list[Callable[[Generator], Measured]]:
    return [partial(_handover, version=version) for version in HANDOVER.versions]


def _handover(rng: Generator, version: str) -> Measured:
    rules = HANDOVER.named(version)
    columns = {
        "age": rng.integers(17, 80, CASES).astype(float),
        "sentenced": _flag(rng, 0.97),
        "immigration": _flag(rng, 0.02),
        "recalled": _flag(rng, 0.08),
        "recall_code": _flag(rng, 0.08),
        "resourcing": _pick(rng, None, "normal", "enhanced", "enhanced"),
        "indeterminate": _flag(rng, 0.15),
        "early_allocation": _flag(rng, 0.05),
        "mappa_level": _pick(rng, *[None] * 6, 0, 1, 2, 3),
        "estate": _pick(rng, *handover.ESTATES),
        "sentence_start": _day(rng, "2018-01-01", "2026-12-01", 0.98),
        "crd": _day(rng, "2024-01-01", "2032-01-01", 0.9),
        "ard": _day(rng, "2024-01-01", "2032-01-01", 0.3),
        "ped": _day(rng, "2024-01-01", "2032-01-01", 0.2),
        "ted": _day(rng, "2020-01-01", "2036-01-01", 0.6),
        "thd": _day(rng, "2024-01-01", "2030-01-01", 0.5),
        "prd": _day(rng, "2024-01-01", "2030-01-01", 0.3),
        "hdced": _day(rng, "2024-01-01", "2031-01-01", 0.3),
        "hdcad": _day(rng, "2024-01-01", "2031-01-01", 0.1),
        "opened_on": _day(rng, "2024-01-01", "2026-12-01", 0.2),
        "parole_refused_on": _day(rng, "2016-01-01", "2026-12-01", 0.2),
        "further_life_sentence": _flag(rng, 0.02),
    }
    twice = (date(2010, 1, 1), date(2011, 1, 1))

    def at_once(found: Columns) -> Any:
        many = many_handovers.handover_of_many(found, rules, today=TODAY)
        return list(zip(many.outcome.tolist(), many.start.tolist(), many.handover.tolist(), strict=True))

    def alone(case: dict[str, Any]) -> Any:
        further = case.pop("further_life_sentence")
        known = _flags_of(handover.HandoverCase, case) | {"life_sentences_from": twice if further else ()}
        decision = handover.handover(handover.HandoverCase(**known), rules, today=TODAY)
        return (decision.outcome or "", *decision.results.values())

    return Measured(version, columns, at_once, alone)


def _answers(rng: Generator) -> dict[str, Any]:
    rules = NEEDS.named("oasys-needs-2026")
    return {question: _pick(rng, None, 0, 0, 1, 1, 2) for rule in rules.needs for question in rule.questions}


def _needs(rng: Generator) -> Measured:
    rules = NEEDS.named("oasys-needs-2026")

    def at_once(found: Columns) -> Any:
        by_strengths = np.zeros(CASES, np.bool_)
        many = many_needs.needs_of_many(found, rules, by_strengths=by_strengths)
        return [tuple(row) for row in many.severities.tolist()]

    def alone(case: dict[str, Any]) -> Any:
        places = {None: -1, **{name: at for at, name in enumerate(many_needs.SEVERITIES)}}
        return tuple(places[one.severity] for one in one_need.needs_of(case, rules))

    return Measured("oasys-needs-2026", _answers(rng), at_once, alone)


def _tier_v2(rng: Generator) -> Measured:
    rules, need_rules = TIER_V2.named("tier-v2"), NEEDS.named("oasys-needs-2026")
    answers = _answers(rng)
    columns = {
        "sex": _pick(rng, "female", *["male"] * 9),
        "rsr": rng.integers(0, 1200, CASES) / 100,
        "rosh": _pick(rng, None, "low", "medium", "high", "very_high"),
        "mappa_level": _pick(rng, *[None] * 6, 0, 1, 2, 3),
        "complexity": rng.integers(0, 4, CASES),
        "parenting": _flag(rng, 0.3),
        "impulsive": _flag(rng, 0.3),
        "enforcement": _flag(rng, 0.3),
        "mandate": _flag(rng, 0.9),
        "assessed_on": _day(rng, "2025-06-01", "2026-12-01", 0.9),
        "ogrs": rng.integers(1, 100, CASES).astype(float),
        "iom": _flag(rng, 0.05),
        "supervised": _flag(rng, 0.9),
        **answers,
    }

    def at_once(found: Columns) -> Any:
        needs = many_needs.needs_of_many(
            {name: found[name] for name in answers}, need_rules, by_strengths=np.zeros(CASES, np.bool_)
        )
        points = many_needs.need_points_of_many(needs, need_rules)
        return many_tiers_v2.tier_v2_of_many({**found, "need_points": points}, rules, today=TODAY).outcome

    def alone(case: dict[str, Any]) -> Any:
        given = {name: case.pop(name) for name in answers}
        known = _flags_of(tier_v2.TierV2Case, case)
        known["complexity"] = frozenset(rules.complexity[: known["complexity"]])
        found = tier_v2.TierV2Case(**known, needs=one_need.needs_of(given, need_rules))
        return tier_v2.tier_v2(found, rules, today=TODAY).outcome

    return Measured("tier-v2, with its needs", columns, at_once, alone)


def _tier_v3(rng: Generator) -> Measured:
    rules = TIER_V3.named("tier-v3")
    columns = {
        "supervised": _flag(rng, 0.9),
        "serious_reoffending": np.where(rng.random(CASES) < 0.9, rng.integers(0, 1000, CASES) / 100, np.nan),
        "all_reoffending": np.where(rng.random(CASES) < 0.9, rng.integers(0, 10_000, CASES) / 100, np.nan),
        "contact_band": _pick(rng, *[None] * 12, "low", "medium", "high", "very_high"),
        "contact_percent": rng.integers(0, 500, CASES) / 100,
        "risk_reduction": _flag(rng, 0.3),
        "life": _flag(rng, 0.05),
        "released_on": _day(rng, "2015-01-01", "2028-01-01", 0.7),
        "mappa": _flag(rng, 0.1),
        "rosh": _pick(rng, None, "low", "medium", "high", "very_high"),
        "domestic_abuse": _flag(rng, 0.2),
        "stalking": _flag(rng, 0.05),
        "child_protection": _flag(rng, 0.1),
        "sexual_history": _flag(rng, 0.05),
    }
    return Measured(
        "tier-v3",
        columns,
        lambda found: many_tiers_v3.tier_v3_of_many(found, rules, today=TODAY).outcome,
        lambda case: (
            tier_v3.tier_v3(
                tier_v3.TierV3Case(**_flags_of(tier_v3.TierV3Case, case)), rules, today=TODAY
            ).outcome
        ),
    )


def _cohort(rng: Generator) -> Measured:
    rules = COHORT.named("cohort-guidance-2026")
    columns = {
        "neighbourhood_offence": _flag(rng, 0.3),
        "ogrs": _pick(rng, None, *range(1, 100)),
        "severity": np.where(rng.random(CASES) < 0.9, rng.integers(0, 4000, CASES).astype(float), np.nan),
        "serious_violence": _flag(rng, 0.05),
        "domestic_abuse": _flag(rng, 0.05),
        "organised_crime": _flag(rng, 0.05),
    }

    def alone(case: dict[str, Any]) -> Any:
        codes = ("02803",) if case.pop("neighbourhood_offence") else ("03000",)
        known = _flags_of(cohort.CohortCase, case) | {"offence_codes": codes}
        return cohort.cohort(cohort.CohortCase(**known), rules, today=TODAY).outcome

    return Measured(
        "cohort-guidance-2026", columns, lambda found: many_cohorts.cohort_of_many(found, rules), alone
    )


if __name__ == "__main__":
    main()
