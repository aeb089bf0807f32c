"""Building a reference library from rows of past cases: read, check, fit, measure leave-one-out errors."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_library.cells import by_spelling
from reference_library.facts import refuse_reserved
from reference_library.reading import (
    Marks,
    count_marks,
    expected_columns,
    outcome_in,
    read_actual,
    read_birth_years,
    read_case_numbers,
    read_persons,
    read_values,
)
from reference_library.tables import Reading, read_table
from rms.engine.contributions import fit_tables
from rms.engine.encoding import fit_encodings
from rms.engine.library import CASE_SEXES, Cases, Library, ProcessCases
from rms.engine.metric import LearnedMetric, Metric, PlainMetric, encode
from rms.engine.needs import simulated_needs
from rms.engine.neighbours import DISTANCE_DECIMALS, Candidates, flat_index
from rms.engine.policy import POLICIES, SHOWN, Policy
from rms.engine.result import LibraryReference, printed_facts
from rms.engine.simulation import weigh
from rms.errors import LibraryInvalid, Problem
from rms.instrument import FlagOutcome, Instrument, Process, instrument_from

Floats = NDArray[np.float64]

NO_MARKS = Marks(0, 0)
CHUNK = 256  # people whose comparables' needs are gathered at once


@dataclass(frozen=True)
class PastCases:
    """Checked rows in the order of their case numbers, with their actuals by process (0: no label)."""

    instrument: Instrument
    cases: Cases
    actual: Mapping[str, NDArray[np.uint8]]
    marks: Marks = NO_MARKS


def read_past_cases(path: Path, instrument: Instrument) -> PastCases:
    """Past cases from a CSV file, with their actuals.

    Raises
    ------
    InvalidInput
        If the file cannot be read as a table.
    LibraryInvalid
        With every bad cell and row of the file.
    """
    columns = instrument.columns
    expected = expected_columns(instrument)
    needed = [column.name for column in expected if column.needed]
    optional = [column.name for column in expected if not column.needed]
    instead = {column.name: column.instead for column in expected if column.instead}
    reading = Reading(
        read_table(path, needed=needed, optional=optional, others=columns.other_names, instead=instead)
    )
    if not len(reading.table):
        raise LibraryInvalid([Problem("/1", "no_cases", "The file has a header but no cases.")])
    case_number = read_case_numbers(reading, columns.case_number)
    values = read_values(reading, instrument)
    actual = {
        process.code: read_actual(reading, outcome_in(reading.table, process))
        for process in instrument.processes
    }
    person = columns.person or columns.case_number
    cases = Cases(
        case_number,
        read_persons(reading, person, read=columns.person_mark),
        _sexes(reading, instrument),
        read_birth_years(reading, columns.birth_year),
        values,
    )
    # Report what is missing overall only when no cell is bad.
    problems = reading.all_problems or [*_never_known(values, instrument), *_too_few(actual, instrument)]
    if problems:
        raise LibraryInvalid(problems)
    order = np.argsort(case_number, kind="stable")
    return PastCases(
        instrument,
        taken(cases, order),
        {code: labels[order] for code, labels in actual.items()},
        count_marks(reading, person, read=columns.person_mark),
    )


def build(
    past: PastCases,
    *,
    policy: str,
    name: str,
    version: str,
    facts: Mapping[str, Any],
    on_step: Callable[[str], None] = lambda step: None,
) -> Library:
    """Fit and measure a library; its `sha256` is empty until it is written.

    Deterministic: the rows in any order give the same library, bit for bit. `on_step` gets
    the name of each step before it starts, `steps` times.

    Raises
    ------
    InvalidInput
        If a fact has a name that RMS writes itself.
    """
    refuse_reserved(facts)
    chosen, processes = POLICIES[policy], []
    for process in past.instrument.processes:
        on_step(f"Fitting {process.label.lower()}")
        processes.append(_process_cases(process, past, chosen))
    unmeasured = Library(
        reference=LibraryReference(
            name, version, "", policy=policy, synthetic=bool(facts["synthetic"]), facts=printed_facts(facts)
        ),
        # Read from its text, as when the folder is loaded, so that nothing that is not stored has an effect.
        instrument=instrument_from(past.instrument.text),
        policy=chosen,
        cases=past.cases,
        processes=tuple(processes),
        need_errors={},
        manifest={**facts, **_facts(past)},
    )
    on_step("Measuring the simulated needs")
    return replace(unmeasured, need_errors=need_errors(unmeasured))


def steps(instrument: Instrument) -> int:
    """How many steps `build` reports."""
    return len(instrument.processes) + 1


def need_errors(library: Library) -> dict[str, float]:
    """Root mean square error (percent of scale) of each simulated need, every case left out in turn."""
    cases = library.processes[0]
    if not library.needs.codes or len(cases.rows) < cases_needed(cases, library.policy):
        return {}
    values = library.cases.values[cases.rows]
    weighed = weigh(values, cases.candidates.persons, cases, library.policy)
    simulated = np.concatenate(
        [
            simulated_needs(library, cases, weighed.rows[at : at + CHUNK], weighed.weights[at : at + CHUNK])
            for at in range(0, len(values), CHUNK)
        ]
    )
    squared = (library.needs.percents_of(values) - simulated) ** 2
    known = ~np.isnan(squared)
    mean = np.where(known, squared, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return dict(zip(library.needs.codes, np.round(np.sqrt(mean), DISTANCE_DECIMALS).tolist(), strict=True))


def cases_needed(cases: ProcessCases, policy: Policy) -> int:
    return policy.needed(len(cases.candidates)) + 1  # the case itself is left out


def _process_cases(process: Process, past: PastCases, policy: Policy) -> ProcessCases:
    labels = past.actual[process.code]
    rows = np.flatnonzero(labels)
    values = past.cases.values[rows]
    metric = _metric(values, labels[rows], past.instrument, policy)
    return measured(process, rows, labels[rows], metric, past.cases)


def _metric(values: Floats, actual: NDArray[np.uint8], instrument: Instrument, policy: Policy) -> Metric:
    if policy.represented:
        return LearnedMetric(fit_tables(values, actual, instrument.items))
    encodings = fit_encodings(values, instrument.items)
    encoded = encode(values, encodings)
    return PlainMetric(encodings, np.nanmean(encoded, axis=0), np.nanvar(encoded, axis=0))


def measured(
    process: Process, rows: NDArray[np.int64], actual: NDArray[np.uint8], metric: Metric, cases: Cases
) -> ProcessCases:
    """The candidates of one process, with their leave-one-out distances."""
    persons = cases.person[rows]
    values = cases.values[rows]
    coordinates = metric.coordinates(values)
    candidates = Candidates(
        coordinates=coordinates,
        persons=persons,
        index=flat_index(coordinates),
        scale=metric.scale,
        one_case_each=len(np.unique(persons)) == len(persons),
        columns=np.ascontiguousarray(coordinates.T),
    )
    queries, offsets = metric.query(values)
    tenth = candidates.nearest(queries, offsets, persons, count=SHOWN).distances[:, -1]
    return ProcessCases(process, rows, actual, metric, candidates, np.sort(tenth))


def _sexes(reading: Reading, instrument: Instrument) -> NDArray[np.uint8]:
    """The sex of each case, 0 where the file does not say."""
    columns = instrument.columns
    cells = reading.table.columns.get(columns.sex, [""] * len(reading.table))
    sex = by_spelling(columns.sex_values)
    known = [sex(cell) or cell for cell in cells]
    return np.array([CASE_SEXES.index(sex) if sex in CASE_SEXES else 0 for sex in known], dtype=np.uint8)


def taken(cases: Cases, order: NDArray[np.intp]) -> Cases:
    return Cases(
        cases.case_number[order],
        cases.person[order],
        cases.sex[order],
        cases.birth_year[order],
        np.ascontiguousarray(cases.values[order]),
    )


def _never_known(values: Floats, instrument: Instrument) -> Iterator[Problem]:
    """Items that no case answers: they cannot be compared, so the library must not have them."""
    for j, item in enumerate(instrument.items):
        if np.isnan(values[:, j]).all():
            yield Problem(f"/1/{item.column}", "never_known", f"{item.label} is not known for any case.")


def _too_few(actual: Mapping[str, NDArray[np.uint8]], instrument: Instrument) -> Iterator[Problem]:
    """Processes that do not have cases of both outcomes."""
    for process in instrument.processes:
        outcome = process.outcome
        column = outcome.column if isinstance(outcome, FlagOutcome) else outcome.event
        for missing in (1, 2):
            if not (actual[process.code] == missing).any():
                detail = f"The process {process.code} has no case with actual {missing}."
                yield Problem(f"/1/{column}", "one_outcome", detail)


def _facts(past: PastCases) -> dict[str, Any]:
    return {
        "cases": len(past.cases),
        "labels": {
            code: {str(value): int((labels == value).sum()) for value in (1, 2)}
            | {"none": int((labels == 0).sum())}
            for code, labels in past.actual.items()
        },
    }
