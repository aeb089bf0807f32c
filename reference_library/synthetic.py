"""Made-up past cases for the library packaged with RMS: none of these people exist.

5,941 made-up releases between 2014 and 2017, followed to the end of 2020. Five hidden factors
give each person items that are correlated, and the same factors, two products of them, sex and
chance give the outcome; the sizes of the groups are exact. The signal is as strong as on real
records and no stronger. The tables are invented: they describe no agency and no population.

The bytes are the same on every machine: chance comes from the raw stream of PCG64, which NumPy promises
never to change, and only sums, products and rankings are used.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rms.instrument import Instrument, Source, instrument

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Loadings = Mapping[str, float]

SEED = 20050601
MEN, WOMEN = 5_357, 584
ROWS = MEN + WOMEN
READMITTED, CONVICTED = 1_718, 956  # back in custody without a new conviction; with one. The rest stayed out
VIOLENT = 300  # of the convicted
FIRST_NUMBER = 10_001
FIRST_YEAR, RELEASE_DAYS, CUT_OFF = (
    2014,
    1_461,
    2_556,
)  # releases 2014–2017; days from 2014-01-01 to 2020-12-31
UNKNOWN_SHARE = 0.045  # of the cells that may be unknown

# The facts about these cases in the manifest of the library. Its hash depends on them.
FACTS: Mapping[str, bool | str] = {
    "synthetic": True,
    "source": "made-up cases, which do not come from any agency or any real people",
    "period": "made-up releases from 2014 to 2017, followed to 31 December 2020",
    "outcome_source": "a computer invented every outcome at random, to look like recorded convictions",
    "detection_bias": "does not apply, because nobody in this library is real",
}

# Hidden factors: their share in what all of them have in common, and how women differ in them.
FACTORS: Mapping[str, tuple[float, float]] = {
    "lifestyle": (0.5, -0.35),
    "substance": (0.5, 0.1),
    "instability": (0.5, 0.25),
    "hardship": (0.4, 0.0),
    "age": (0.0, 0.1),
}

# Each rating: the shares of its levels, and what it depends on besides a standard normal of its own.
RATINGS: Mapping[str, tuple[tuple[float, ...], Loadings]] = {
    "acad": ((0.30, 0.36, 0.25, 0.09), {"hardship": 0.9, "lifestyle": 0.3}),
    "empl": ((0.20, 0.30, 0.30, 0.20), {"instability": 0.6, "lifestyle": 0.6, "hardship": 0.4}),
    "fanm": ((0.22, 0.34, 0.30, 0.14), {"instability": 0.7, "substance": 0.3, "hardship": 0.3}),
    "rela": ((0.25, 0.36, 0.25, 0.14), {"instability": 0.8, "substance": 0.2}),
    "comp": ((0.16, 0.32, 0.36, 0.16), {"lifestyle": 1.1, "substance": 0.3, "age": -0.4}),
    "emot": ((0.34, 0.34, 0.22, 0.10), {"instability": 0.8, "hardship": 0.3}),
    "alco": ((0.42, 0.24, 0.20, 0.14), {"substance": 0.7, "instability": 0.3, "age": 0.2}),
    "drug": ((0.30, 0.22, 0.26, 0.22), {"substance": 1.2, "lifestyle": 0.3}),
    "ment": ((0.62, 0.24, 0.10, 0.04), {"hardship": 0.9}),
    "heal": ((0.56, 0.27, 0.13, 0.04), {"age": 0.6, "hardship": 0.3, "substance": 0.2}),
    "sexs": ((0.82, 0.07, 0.07, 0.04), {"age": 0.2, "lifestyle": -0.2}),
    "attitude": ((0.28, 0.34, 0.25, 0.13), {"lifestyle": 0.8, "age": -0.3}),
}

# Each number: its quantiles at SHARES, and what it depends on; a rating may be named too.
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.995, 1.0)
AGES = (18.0, 21.5, 25.0, 32.0, 42.0, 51.0, 59.0, 66.0, 79.0)
NUMBERS: Mapping[str, tuple[tuple[float, ...], Loadings]] = {
    "age_first_conviction": ((11, 14, 16, 18.5, 22, 30, 40, 52, 66), {"lifestyle": -0.9, "age": 0.4}),
    "conv_violence": ((0, 0, 0, 0.9, 2, 4, 7, 12, 24), {"lifestyle": 0.6, "alco": 0.3, "instability": 0.3}),
    "conv_property": ((0, 0, 0.5, 2.2, 6, 12, 20, 34, 63), {"lifestyle": 0.8, "drug": 0.3, "age": 0.3}),
    "conv_drug": ((0, 0, 0, 1.1, 3, 6, 10, 16, 29), {"drug": 0.9, "lifestyle": 0.3}),
    "conv_weapon": ((0, 0, 0, 0, 0.6, 1.6, 2.8, 4.6, 9), {"lifestyle": 0.6, "comp": 0.3}),
    "conv_escape": ((0, 0, 0, 0, 0, 0.5, 1.6, 2.7, 6), {"lifestyle": 0.4, "instability": 0.3}),
    "conv_other": ((0, 0, 0.8, 2.3, 5, 9, 15, 26, 48), {"lifestyle": 0.6, "instability": 0.4, "age": 0.3}),
    "supervision_periods": ((0, 0, 0.8, 2, 4, 7, 11, 16, 27), {"lifestyle": 0.7, "age": 0.4}),
    "months_employed": ((0, 0, 0.6, 4, 9, 12, 12.5, 12.7, 12.9), {"empl": -1.2}),
    "address_changes": ((0, 0, 0.5, 1.3, 2.6, 4.5, 7, 11, 20), {"instability": 0.9, "substance": 0.3}),
    "served_percent": ((1, 3, 6, 11, 20, 32, 45, 55, 66), {"lifestyle": 0.7, "conv_violence": 0.4}),
    "revoked_percent": ((0, 0, 5, 35, 65, 95, 100, 100, 100), {"lifestyle": 0.4, "instability": 0.6}),
}

# What brings people back: "a*b" is a product, "chance" a standard normal drawn for this outcome alone.
RECONVICTION: Loadings = {
    "lifestyle": 0.55,
    "age": -0.45,
    "substance": 0.3,
    "instability": 0.2,
    "lifestyle*age": -0.2,
    "substance*instability": 0.2,
    "woman": -0.35,
    "chance": 2.0,
}
READMISSION: Loadings = {"lifestyle": 0.2, "substance": 0.3, "instability": 0.3, "age": -0.1, "chance": 1.5}
VIOLENCE: Loadings = {"conv_violence": 0.3, "alco": 0.2, "substance": -0.3, "woman": -0.4, "chance": 2.2}


class Draws:
    """Random numbers for all rows at once, from the bit generator's raw stream."""

    def __init__(self, seed: int) -> None:
        self._stream = np.random.PCG64(seed)

    def uniform(self) -> Floats:
        """In [0, 1), shape (ROWS,)."""
        return (self._stream.random_raw(ROWS) >> 11).astype(np.float64) * 2.0**-53

    def below(self, limit: int) -> Integers:
        """Whole numbers from 0 to `limit` − 1, the small ones likelier, shape (ROWS,)."""
        uniform = self.uniform()
        return (limit * uniform * (1.0 + uniform) / 2.0).astype(np.int64)

    def normal(self) -> Floats:
        """Nearly standard normal, shape (ROWS,): twelve uniforms less six, summed exactly."""
        twelve = self._stream.random_raw(12 * ROWS).astype(np.uint64).reshape(12, ROWS) >> np.uint64(32)
        summed: Floats = twelve.sum(axis=0, dtype=np.uint64).astype(np.float64)
        return summed * 2.0**-32 - 6.0


def write_csv(path: Path) -> None:
    """Write the synthetic cases to `path`: the same bytes each time (UTF-8, LF)."""
    cases = synthetic_cases()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(cases[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(cases)


def synthetic_cases() -> list[dict[str, str]]:
    """The made-up releases as rows of a CSV for the instrument `rms`: column → cell."""
    draws = Draws(SEED)
    woman = _highest(draws.uniform(), WOMEN)
    latents = _latents(woman, draws)
    answers = _answers(latents)
    released = (RELEASE_DAYS * draws.uniform()).astype(np.int64)
    birthday_to_come = draws.uniform() < 0.5
    birth_year = FIRST_YEAR + released * 4 // RELEASE_DAYS - answers["age"] - birthday_to_come
    outcomes = _outcomes(latents, draws, observed=CUT_OFF - released)
    columns = {
        "case_number": [str(FIRST_NUMBER + row) for row in range(ROWS)],
        "offender_number": [f"S{FIRST_NUMBER + row}" for row in range(ROWS)],
        "sex": ["female" if is_woman else "male" for is_woman in woman],
        "birth_year": _cells(birth_year),
        **dict(_item_cells(instrument("rms"), answers, draws)),
        **{name: _cells(values) for name, values in outcomes.items()},
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _latents(woman: Flags, draws: Draws) -> dict[str, Floats]:
    """The latent value of each item, unbounded: the factors, then each item in the tables' order."""
    common = draws.normal()
    latents = {
        name: draws.normal() + share * common + shift * woman for name, (share, shift) in FACTORS.items()
    }
    for name, (_, loadings) in (*RATINGS.items(), *NUMBERS.items()):
        latents[name] = draws.normal() + _weighed(latents, loadings)
    latents["woman"] = woman.astype(np.float64)
    return latents


def _answers(latents: Mapping[str, Floats]) -> dict[str, Integers]:
    """Column → whole numbers, shape (ROWS,), made consistent with one another; years served in tenths."""
    answers = {name: _level(latents[name], shares) for name, (shares, _) in RATINGS.items()}
    answers |= {name: _number(latents[name], quantiles) for name, (quantiles, _) in NUMBERS.items()}
    age = answers["age"] = _number(latents["age"], AGES)
    tenths = np.maximum((age - 14) * answers.pop("served_percent") // 10, 3)
    answers["years_served"] = tenths
    answers["age_first_conviction"] = np.minimum(answers["age_first_conviction"], (10 * age - tenths) // 10)
    answers["revocations"] = answers["supervision_periods"] * answers.pop("revoked_percent") // 100
    convictions = sum(values for name, values in answers.items() if name.startswith("conv_"))
    answers["conv_other"] += convictions == 0  # every person released was convicted of something
    return answers


def _outcomes(latents: Mapping[str, Floats], draws: Draws, *, observed: Integers) -> dict[str, Integers]:
    """Column → days, shape (ROWS,), −1 where blank. `observed` is the days from release to the cut-off."""
    reconviction, readmission, violence = (
        _weighed({**latents, "chance": draws.normal()}, loadings)
        for loadings in (RECONVICTION, READMISSION, VIOLENCE)
    )
    convicted = _highest(reconviction, CONVICTED)
    readmitted = _highest(np.where(convicted, -np.inf, readmission), READMITTED)
    violent = _highest(np.where(convicted, violence, -np.inf), VIOLENT)

    offence = 1 + draws.below(730)
    arrest = offence + draws.below(60)
    readmission_day = 1 + draws.below(1_094)
    custody_later = 60 + draws.below(600)
    at_liberty = np.select([convicted, readmitted], [arrest, readmission_day], observed)
    return {
        "reconviction_days": np.where(convicted, offence, -1),
        "days_at_liberty": at_liberty,
        "violent_reconviction_days": np.where(violent, offence, -1),
        # A person convicted of something else is still observed for violence, without the time in custody.
        "days_at_liberty_violence": np.where(convicted & ~violent, observed - custody_later, at_liberty),
    }


def _item_cells(
    form: Instrument, answers: Mapping[str, Integers], draws: Draws
) -> Iterator[tuple[str, list[str]]]:
    """(column, cells) of each item, some blank where the item may be unknown."""
    for item in form.items:
        if item.source is Source.SEX:
            continue
        values = answers[item.column]
        cells = [f"{v // 10}.{v % 10}" for v in values] if item.code == "years_served" else _cells(values)
        blank = draws.uniform() < (UNKNOWN_SHARE if item.unknown_allowed else 0.0)
        yield item.column, ["" if is_blank else cell for cell, is_blank in zip(cells, blank, strict=True)]


def _weighed(latents: Mapping[str, Floats], loadings: Loadings) -> Floats:
    """Σ loading · latent, shape (ROWS,); a name "a*b" stands for the product of two latents."""
    total = np.zeros(ROWS)
    for name, loading in loadings.items():
        term = np.full(ROWS, loading)
        for factor in name.split("*"):
            term = term * latents[factor]
        total = total + term
    return total


def _share(latent: Floats) -> Floats:
    """Each row's rank, from near 0 for the lowest to near 1 for the highest."""
    return (latent.argsort(kind="stable").argsort(kind="stable") + 0.5) / ROWS


def _highest(latent: Floats, count: int) -> Flags:
    """Whether a row is among the `count` highest."""
    return _share(latent) > 1.0 - count / ROWS


def _level(latent: Floats, shares: tuple[float, ...]) -> Integers:
    return np.searchsorted(np.cumsum(shares)[:-1], _share(latent)).astype(np.int64)


def _number(latent: Floats, quantiles: tuple[float, ...]) -> Integers:
    return np.interp(_share(latent), SHARES, quantiles).astype(np.int64)


def _cells(values: Integers) -> list[str]:
    return ["" if value < 0 else str(value) for value in values]
