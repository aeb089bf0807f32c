"""Small libraries for tests: an instrument with every kind of item, and random past cases of it."""

from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st

from reference_library import PastCases, build
from rms.engine.library import Cases, Library
from rms.instrument import instrument_from

TOML = """
name = "small"
version = "1.0"
title = "Small"
description = "One item of every kind."

[sections]
all = "All"

[[items]]
code = "sex"
label = "Sex"
kind = "choice"
section = "all"
dynamic = false
source = "sex"
levels = [{ value = "male", label = "Male" }, { value = "female", label = "Female" }]

[[items]]
code = "age"
label = "Age"
kind = "date"
section = "all"
dynamic = false
source = "date_of_birth"

[[items]]
code = "drug"
label = "Drug use"
kind = "ordinal"
section = "all"
dynamic = true
unknown_allowed = true
need = "DRUG"
levels = [
  { value = 0, label = "None", anchor = "a" },
  { value = 1, label = "Some", anchor = "b" },
  { value = 2, label = "Much", anchor = "c" },
  { value = 3, label = "Most", anchor = "d" },
]

[[items]]
code = "work"
label = "Work"
kind = "ordinal"
section = "all"
dynamic = true
unknown_allowed = true
need = "WORK"
levels = [{ value = 0, label = "None" }, { value = 1, label = "Some" }, { value = 2, label = "Much" }]

[[items]]
code = "thefts"
label = "Thefts"
kind = "count"
section = "all"
dynamic = false
unknown_allowed = true
minimum = 0
maximum = 99

[[items]]
code = "years"
label = "Years served"
kind = "number"
section = "all"
dynamic = false
unknown_allowed = true
minimum = 0
maximum = 60

[[items]]
code = "offence"
label = "Offence"
kind = "choice"
section = "all"
dynamic = false
unknown_allowed = true
levels = [
  { value = "theft", label = "Theft" },
  { value = "fraud", label = "Fraud" },
  { value = "other", label = "Other" },
]

[[needs]]
code = "DRUG"
label = "Drugs"
item = "drug"

[[needs]]
code = "WORK"
label = "Work"
item = "work"

[[processes]]
code = "recidivism"
label = "Recidivism"
stayed = "Not convicted within three years."
returned = "Convicted within two years."
outcome = { column = "again", stayed = ["0"], returned = ["1"] }

[[processes]]
code = "violence"
label = "Violence"
stayed = "Not convicted of violence within three years."
returned = "Convicted of violence within two years."
outcome = { column = "violent", stayed = ["0"], returned = ["1"] }

[csv]
case_number = "case"
person = "person"
sex = "sex"

[comparables]
property = "thefts"
years_served = "years"
"""

SMALL = instrument_from(TOML)
FACTS = {"synthetic": True}


def random_values(rng: np.random.Generator, count: int, *, coarse: bool) -> np.ndarray:
    """Raw values (count, 7); coarse ones repeat often, so that distances tie."""
    values = np.column_stack(
        [
            rng.integers(0, 2, count),
            rng.integers(18, 24 if coarse else 70, count),
            rng.integers(0, 4, count),
            rng.integers(0, 3, count),
            np.minimum(rng.geometric(0.3, count) - 1, 3 if coarse else 99),
            rng.integers(0, 3, count) if coarse else np.round(rng.gamma(2.0, 3.0, count), 1),
            rng.integers(0, 3, count),
        ]
    ).astype(float)
    values[rng.random(values.shape) < 0.05] = np.nan
    return values


def past_cases(seed: int, *, count: int, coarse: bool = False, persons: int | None = None) -> PastCases:
    """Random past cases; with `persons` fewer than cases, people recur."""
    rng = np.random.default_rng(seed)
    values = random_values(rng, count, coarse=coarse)
    risk = (
        np.nan_to_num(values[:, 2]) + np.nan_to_num(values[:, 4]) - np.nan_to_num(values[:, 1], nan=40.0) / 20
    )
    again = (risk + rng.normal(0, 2, count) > np.median(risk)).astype(np.uint8) + 1
    violent = (risk + rng.normal(0, 3, count) > np.quantile(risk, 0.8)).astype(np.uint8) + 1
    violent[rng.random(count) < 0.1] = 0
    for labels in (again, violent):
        labels[:2] = (1, 2)
    cases = Cases(
        case_number=np.arange(10001, 10001 + count),
        person=rng.integers(1, persons + 1, count).astype(np.uint64)
        if persons
        else np.arange(1, count + 1, dtype=np.uint64),
        sex=rng.integers(0, 3, count).astype(np.uint8),
        birth_year=rng.integers(1950, 2000, count).astype(np.int16),
        values=values,
    )
    return PastCases(SMALL, cases, {"recidivism": again, "violence": violent})


def library(past: PastCases, *, policy: str = "pool", facts: Mapping[str, object] = FACTS) -> Library:
    return build(past, policy=policy, name="small", version="1.0", facts=facts)


@st.composite
def libraries(draw: st.DrawFn, *, policy: str) -> Library:
    """Libraries of 110 to 260 cases: fine or coarse values, each person once or several times."""
    count = draw(st.integers(110, 260))
    persons = draw(st.sampled_from([None, count // 2 + 60]))
    past = past_cases(
        draw(st.integers(0, 2**32 - 1)), count=count, coarse=draw(st.booleans()), persons=persons
    )
    return library(past, policy=policy)
