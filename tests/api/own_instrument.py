"""An instrument of an agency, as `rms instrument new` begins it, with a second need; and cases for it."""

import csv
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from reference_library import build, read_past_cases, write
from rms.instrument import checked_instrument

START = files("reference_library").joinpath("new_instrument.toml").read_text(encoding="utf-8")
HOUSING = """
[[items]]
code = "housing"
label = "Housing"
kind = "ordinal"
section = "needs"
need = "HOME"
dynamic = true
levels = [
  { value = 0, label = "Stable" }, { value = 1, label = "Unstable" },
  { value = 2, label = "Poor" }, { value = 3, label = "Has no home" },
  { value = 4, label = "Sleeps outside" },
]

[[needs]]
code = "HOME"
label = "Housing"
item = "housing"

[[processes]]"""
COUNTY = checked_instrument(START.replace("@NAME@", "county").replace("\n[[processes]]", HOUSING))
ANSWERS: dict[str, Any] = {"alcohol": 2, "housing": 3, "convictions": 1, "breaches": 4}


def write_cases(path: Path) -> Path:
    columns = ("case_number", "person", "sex", "age", "alcohol", "housing", "PriorConv", "parole_breaches")
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow((*columns, "probation_breaches", "reconviction_days", "days_at_liberty"))
        draw = Random(7)
        for n in range(300):
            needs = (draw.randrange(3), draw.randrange(5))
            row = (n + 1, f"80-A-{n}", draw.choice("MF"), draw.randrange(20, 60), *needs)
            history = (
                draw.choice(("0", "1-2", "3 or more", "7")),
                draw.randrange(4),
                draw.choice(("none", "2")),
            )
            sheet.writerow((*row, *history, str(100 + n) if draw.random() < 0.4 else "", 1500))
    return path


def write_library(folder: Path) -> Path:
    """A library of the instrument, named county 1.0."""
    past = read_past_cases(write_cases(folder / "cases.csv"), COUNTY)
    built = build(past, policy="nearest", name="county", version="1.0", facts={"synthetic": True})
    return write(built, folder)
