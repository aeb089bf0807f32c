"""A small instrument of its own and submissions built by hand, for the tests of reports."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from rms.assessment import Assessment, AssessmentKind
from rms.engine.result import Comparable, LibraryReference, NeedReading, Result, Simulation, Status
from rms.instrument import HISTORY, Instrument, instrument_from
from rms.reports.content import JudgedOtherwise
from rms.submission import Submission

NEEDS = ("ACAD", "EMPL", "DRUG")
PERCENTS = (18.72, 18.72, 13.50, 11.25, 6.85, 6.57, 6.32, 6.07, 6.07, 5.93)
ACTUALS = (1, 2, 2, 2, 1, 2, 2, 2, 2, 2)
SCORE = sum(percent * actual for percent, actual in zip(PERCENTS, ACTUALS, strict=True)) / 100
INTERVAL = (1.48079, 1.96096)
OVERRIDE = JudgedOtherwise(
    heading="Override 1, Recidivism. Lower",
    reason="Something else",
    text="Mr Doe has found work.",
    by="j.smith, 5 March 2025, 09:00 UTC",
    decision="Agreed",
    decided_by="s.visor, 6 March 2025, 10:00 UTC",
    answer="Seen with Mr Doe.",
)
SHA256 = "0123456789abcdef" * 4


def toml(*, needs: bool = True) -> str:
    rated = [
        f"""
[[items]]
code = "{code.lower()}"
label = "Need {code.lower()}"
question = "How strong is it?"
kind = "ordinal"
section = "needs"
dynamic = true
unknown_allowed = true
{f'need = "{code}"' if needs else ""}
levels = [
  {{ value = 0, label = "No need" }}, {{ value = 1, label = "Some need" }},
  {{ value = 2, label = "Clear need" }}, {{ value = 3, label = "Major need" }},
]
"""
        for code in NEEDS
    ]
    axis = [
        f'[[needs]]\ncode = "{code}"\nlabel = "Name of {code}"\nitem = "{code.lower()}"\n' for code in NEEDS
    ]
    return f"""
name = "small"
version = "0.1.0"
title = "A small form"
description = "For tests."
[sections]
needs = "Needs rated"
history = "History"
{"".join(rated)}
[[items]]
code = "convictions"
label = "Earlier convictions"
kind = "count"
section = "history"
dynamic = false
minimum = 0
maximum = 99
unit = "convictions"
[[items]]
code = "years"
label = "Years in custody"
kind = "number"
section = "history"
dynamic = false
minimum = 0
maximum = 80
unit = "years"
{"".join(axis) if needs else ""}
[[processes]]
code = "recidivism"
label = "Recidivism"
stayed = "Stayed crime-free for three years."
returned = "Convicted again within two years."
outcome = {{ column = "r", stayed = ["0"], returned = ["1"] }}
[[processes]]
code = "violence"
label = "Violence"
stayed = "No violent conviction for three years."
returned = "Convicted of violence within two years."
outcome = {{ column = "v", stayed = ["0"], returned = ["1"] }}
[csv]
case_number = "case"
person = "person"
"""


SMALL = instrument_from(toml())
WITHOUT_NEEDS = instrument_from(toml(needs=False))


PAST = LibraryReference(
    "past",
    "2024.1",
    SHA256,
    facts={
        "source": "a prison service",
        "cut_off": "2002-12-31",
        "period": "1990 to 1999",
        "outcome_source": "court records",
        "detection_bias": "offences nobody reported",
    },
)


def comparables(*, first: int = 10001, shown: tuple[str, ...] = HISTORY) -> tuple[Comparable, ...]:
    return tuple(
        Comparable(
            case_number=first + position,
            sex="male" if position % 3 else "female",
            birth_year=1950 + position,
            actual=actual,
            weight=percent / 100,
            percent=percent,
            stands_for=50 - position,
            distance=0.1 * position,
            shown={key: (position * place) % 7 for place, key in enumerate(shown)},
        )
        for position, (percent, actual) in enumerate(zip(PERCENTS, ACTUALS, strict=True))
    )


def simulated(process: str = "recidivism", **changes: Any) -> Simulation:
    given: dict[str, Any] = {
        "status": Status.SIMULATED,
        "score": SCORE,
        "interval": INTERVAL,
        "effective_size": 8.00875852,
        "typicality": 0.34,
        "comparables": comparables(first=10001 if process == "recidivism" else 20001),
    }
    return Simulation(process=process, **{**given, **changes})


def withheld(process: str = "recidivism") -> Simulation:
    """Figures are there, as if by mistake: a report must not let them out."""
    return simulated(process, status=Status.NO_COMPARABLE_CASES, typicality=0.004, outside_range=("years",))


READINGS = (
    NeedReading("ACAD", 66.667, 40.2, 35.0, 26.467, 1.1),
    NeedReading("EMPL", None, 71.0, 70.0, None, None),
    NeedReading("DRUG", 0.0, None, None, None, None),
)


def submission(
    *,
    instrument: Instrument = SMALL,
    simulations: tuple[Simulation, ...] | None = None,
    reason: str = "The person did not want to say.",
    what_if: bool = False,
    by: str = "j.smith",
    **library: Any,
) -> Submission:
    """An assessment with its result, made with `PAST`, of which `library` changes something."""
    assessment = Assessment(
        instrument=instrument,
        offender_number="12PR77",
        sex="male",
        date_of_birth=date(1980, 5, 17),
        assessed_on=date(2025, 3, 4),
        answers={"acad": 2, "drug": 0, "convictions": 4, "years": 2.5},
        unknown={"empl": reason},
        release_date=date(2025, 9, 1),
        kind=AssessmentKind.WHAT_IF if what_if else AssessmentKind.ASSESSMENT,
        baseline_id="12PR77-02" if what_if else None,
    )
    result = Result(
        simulations=simulations or (simulated(), simulated("violence", score=1.0549, typicality=0.05)),
        needs=READINGS if instrument.needs else (),
        vector=assessment.vector(),
        library=replace(PAST, **library),
        engine_version="9.8.7",
    )
    at = datetime(2025, 3, 4, 14, 5, 6, tzinfo=UTC)
    return Submission(assessment, result, sequence=3, submitted_at=at, submitted_by=by)
