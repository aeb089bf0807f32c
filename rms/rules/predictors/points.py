"""Predictors that are tables of points: OGP, OVP, and the points of OSP/DC.

Each term adds the points of the highest bound that the sum of its fields reaches. The probability follows
from the total. Source: Ministry of Justice, hmpps-arns-risk-actuarial-api.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rms.errors import InvalidInput, Problem, not_allowed
from rms.instrument.reading import placed
from rms.instrument.shape import (
    NUMBER,
    SOME_TEXTS,
    TABLE_OF_NUMBERS,
    WHOLE,
    WRITTEN,
    Key,
    Kind,
    table_with,
    tables_with,
)
from rms.rounding import half_up
from rms.rules.predictors.ogrs3 import percent_shown
from rms.rules.rule_sets import RuleSetHead, named_tables, read_rule_set

PERCENT, POINTS = "percent", "points"
Answers = Mapping[str, int | None]  # by field: yes is 1 or true; None or no entry is missing
KEYS = {
    "bands_of": Key(Kind('"percent" or "points"', lambda value: value in (PERCENT, POINTS)), needed=True),
    "per_point": Key(NUMBER, needed=True),
    "intercepts": Key(
        table_with({"one_year": Key(NUMBER), "two_years": Key(NUMBER, needed=True)}), needed=True
    ),
    "bands": Key(TABLE_OF_NUMBERS, needed=True),
    "fields": Key(
        named_tables(table_with({"lowest": Key(WHOLE, needed=True), "highest": Key(WHOLE)})), needed=True
    ),
    "terms": Key(
        tables_with(
            {
                "name": Key(WRITTEN, needed=True),
                "fields": Key(SOME_TEXTS, needed=True),
                "points": Key(TABLE_OF_NUMBERS),
                "times": Key(NUMBER),
                "if_missing": Key(WHOLE),
            }
        ),
        needed=True,
    ),
}


@dataclass(frozen=True)
class Term:
    """`points`: the sum from which so many points hold, rising.

    `times`: instead of them, the points are the sum times this, half up.
    `if_missing`: the points where a field is missing. Without it, the field is needed.
    """

    name: str
    fields: tuple[str, ...]
    points: tuple[tuple[int, int], ...] = ()
    times: float | None = None
    if_missing: int | None = None

    def of(self, answers: Answers) -> int:
        """The points of these answers."""
        given = [answer for name in self.fields if (answer := answers.get(name)) is not None]
        if len(given) < len(self.fields) and self.if_missing is not None:
            return self.if_missing
        total = sum(given)
        if self.times is not None:
            return int(half_up(self.times * total))
        return [points for start, points in self.points if start <= total][-1]


@dataclass(frozen=True)
class PointScale:
    """`fields`: the lowest and the highest value of each, None without a highest one.

    `intercepts`: by period, one_year and two_years, or the latter alone. `bands`: the percent within two
    years or the points (`bands_of`) from which each band holds, rising.
    """

    head: RuleSetHead
    bands_of: str
    per_point: float
    intercepts: Mapping[str, float]
    bands: tuple[tuple[int, str], ...]
    fields: Mapping[str, tuple[int, int | None]]
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class PointScore:
    """`terms`: the points of each. `probabilities`, `percents`: by period. `band`: None below the first."""

    rule_set: str
    points: int
    terms: Mapping[str, int]
    probabilities: Mapping[str, float]
    percents: Mapping[str, int]
    band: str | None


def point_score(answers: Answers, scale: PointScale) -> PointScore:
    """The score of one case.

    Raises
    ------
    InvalidInput
        With every field that is missing, unknown or out of its range. There is no score then.
    """
    if problems := list(problems_of(answers, scale)):
        raise InvalidInput(problems)
    terms = {term.name: term.of(answers) for term in scale.terms}
    return score_of_points(sum(terms.values()), scale, terms=terms)


def score_of_points(points: int, scale: PointScale, *, terms: Mapping[str, int]) -> PointScore:
    """The score that follows from the points."""
    probabilities = {
        period: 1 / (1 + math.exp(-(at + scale.per_point * points)))
        for period, at in scale.intercepts.items()
    }
    percents = {period: percent_shown(value) for period, value in probabilities.items()}
    reached = percents["two_years"] if scale.bands_of == PERCENT else points
    band = [name for start, name in scale.bands if start <= reached]
    return PointScore(
        rule_set=scale.head.version,
        points=points,
        terms=terms,
        probabilities=probabilities,
        percents=percents,
        band=band[-1] if band else None,
    )


def problems_of(answers: Answers, scale: PointScale) -> Iterator[Problem]:
    """Why there is no score; the pointer is the field."""
    code = scale.head.rule
    spared = {name for term in scale.terms if term.if_missing is not None for name in term.fields}
    for name in sorted(answers.keys() - scale.fields.keys()):
        yield Problem(f"/{name}", code, f"There is no field {name}.")
    for name, (lowest, highest) in scale.fields.items():
        value = answers.get(name)
        if value is None:
            if name not in spared:
                yield Problem(f"/{name}", code, f"{name} is missing, so there is no score.")
        elif value < lowest or (highest is not None and value > highest):
            allowed = f"{lowest} or more" if highest is None else f"{lowest} to {highest}"
            yield Problem(f"/{name}", code, not_allowed(value, name=name, allowed=allowed))


def point_scale_from(text: str) -> PointScale:
    """The scale from the text of its TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and with every term that cannot be applied.
    """
    table = read_rule_set(text, KEYS)
    fields = {name: (one["lowest"], one.get("highest")) for name, one in table["fields"].items()}
    if problems := [
        problem
        for place, term in enumerate(table["terms"])
        for problem in _term_problems(term, fields, at=f"/terms/{place}")
    ]:
        raise InvalidInput(placed(problems, text))
    return PointScale(
        head=RuleSetHead.of(table),
        **{name: table[name] for name in ("bands_of", "per_point", "intercepts")},
        bands=tuple(sorted((start, name) for name, start in table["bands"].items())),
        fields=fields,
        terms=tuple(_term(term) for term in table["terms"]),
    )


def _term(table: Mapping[str, Any]) -> Term:
    steps = table.get("points", {})
    return Term(
        name=table["name"],
        fields=tuple(table["fields"]),
        points=tuple(sorted((int(start), points) for start, points in steps.items())),
        times=table.get("times"),
        if_missing=table.get("if_missing"),
    )


def _term_problems(
    term: Mapping[str, Any], fields: Mapping[str, tuple[int, int | None]], *, at: str
) -> Iterator[Problem]:
    if unknown := [name for name in term["fields"] if name not in fields]:
        yield Problem(f"{at}/fields", "rule_set", f"There is no field {unknown[0]}.")
        return
    if ("points" in term) == ("times" in term):
        yield Problem(at, "rule_set", "A term has either points or times.")
    starts = list(term.get("points", {}))
    if not all(start.isdecimal() for start in starts):
        yield Problem(f"{at}/points", "rule_set", "The bounds of points are whole numbers.")
    elif starts and min(map(int, starts)) > (lowest := sum(fields[name][0] for name in term["fields"])):
        yield Problem(f"{at}/points", "rule_set", f"points must begin at {lowest}, the lowest sum.")
