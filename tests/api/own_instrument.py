"""An instrument of an agency, as `rms instrument new` begins it, with a second need; and cases for it."""

import csv
from importlib.resources import files
from pathlib import Path
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
        for n in range(300):
            convictions = ("0", "1-2", "3 or more", "7")[n % 4]
            row = (n + 1, f"80-A-{n}", "MF"[n % 2], 20 + n % 40, n % 3, n % 5, convictions, n % 4)
            sheet.writerow((*row, ("none", "2")[n % 2], str(100 + n) if n % 3 == 0 else "", 1500))
    return path


def write_library(folder: Path) -> Path:
    """A library of the instrument, named county 1.0."""
    past = read_past_cases(write_cases(folder / "cases.csv"), COUNTY)
    built = build(past, policy="nearest", name="county", version="1.0", facts={"synthetic": True})
    return write(built, folder)
