"""A worked example of a score, for a made-up person with the median answer to each item."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from rms.assessment import Assessment
from rms.engine.library import Library
from rms.engine.result import Simulation
from rms.engine.simulation import simulate
from rms.instrument import Answer, Item, Source
from rms.reports import wording

ON = date(2026, 1, 1)  # any date: only the age on it matters


@dataclass(frozen=True)
class Step:
    """One case of the sum; `percent` as shown, `product` is percent × actual."""

    actual: int
    percent: Decimal
    product: Decimal
    stands_for: int


@dataclass(frozen=True)
class WorkedExample:
    """`sum` adds the products as shown; `check` says how it relates to the score."""

    process: str
    heading: str
    steps: tuple[Step, ...]
    percents: Decimal
    sum: Decimal
    check: str
    simulation: Simulation


def worked_example(library: Library) -> WorkedExample | None:
    """The first process with a score for this person, simulated now; None if there is none."""
    person = middle_person(library)
    labels = {process.code: process.label for process in library.instrument.processes}
    for simulation in simulate(person, library).simulations:
        if simulation.score is not None:
            return _shown(simulation, simulation.score, labels[simulation.process], library)
    return None


def middle_person(library: Library) -> Assessment:
    """A made-up person with the median answer of the library's cases to each item."""
    instrument = library.instrument
    middles = dict(zip(instrument.items, np.nanquantile(library.cases.values, 0.5, axis=0), strict=True))
    ages = [float(middle) for item, middle in middles.items() if item.source is Source.DATE_OF_BIRTH]
    sexes = [str(_answer(item, middle)) for item, middle in middles.items() if item.source is Source.SEX]
    return Assessment(
        instrument=instrument,
        offender_number="EXAMPLE",
        sex=(sexes or ["unknown"])[0],
        date_of_birth=ON.replace(year=ON.year - int((ages or [30.0])[0])) - timedelta(days=1),
        assessed_on=ON,
        answers={
            item.code: _answer(item, middle) for item, middle in middles.items() if item in instrument.asked
        },
    )


def _answer(item: Item, middle: float) -> Answer:
    return item.answer(np.floor(middle))


def _shown(simulation: Simulation, score: float, label: str, library: Library) -> WorkedExample:
    steps = []
    for case in simulation.comparables:
        percent = Decimal(wording.fixed(case.percent, places=2))
        steps.append(Step(case.actual, percent, percent * case.actual, case.stands_for))
    total = sum((step.product for step in steps), Decimal())
    pool = sum(step.stands_for for step in steps)
    return WorkedExample(
        process=label,
        heading=wording.comparables_label(library.reference.policy, shown=len(steps), pool=pool),
        steps=tuple(steps),
        percents=sum((step.percent for step in steps), Decimal()),
        sum=total,
        check=wording.hand_check(f"{total:f}", score=score),
        simulation=simulation,
    )
