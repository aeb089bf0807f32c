"""Convert submissions to rows and back, exactly.

Numbers are in REAL columns or JSON (with the fewest digits that give the same float64). The vector and the
evidence are little-endian arrays, because they are long and contain NaN.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Row

from api.storage.bucket_mask import bucket_mask
from rms.assessment import Assessment, AssessmentKind
from rms.engine.result import (
    Comparable,
    Evidence,
    LibraryReference,
    NeedReading,
    Result,
    Simulation,
    Status,
)
from rms.instrument import instrument_from
from rms.submission import Submission

EVIDENCE = np.dtype([("case_number", "<i8"), ("distance", "<f8"), ("weight", "<f8")])
VECTOR = np.dtype("<f8")

LIBRARY = ("name", "version", "sha256", "policy", "synthetic", "facts")
NEED = ("need", "actual", "simulated", "expected", "gap", "standardised_gap")


def assessment_values(submission: Submission) -> dict[str, Any]:
    """The columns of `assessments`, except `pk`, `person`, `latest` and `pseudonym`."""
    return {
        "id": submission.id,
        "sequence": submission.sequence,
        "submitted_at": submission.submitted_at,
        "submitted_on": submission.submitted_at.astimezone(UTC).date(),
        "submitted_by": submission.submitted_by,
        **_assessment_values(submission.assessment),
        **_result_values(submission.result),
    }


def simulation_values(result: Result, *, assessment: int) -> list[dict[str, Any]]:
    """The columns of `simulations`, with a row for each process; `assessment` is the key."""
    return [
        {
            "assessment": assessment,
            "process": simulation.process,
            "position": position,
            "status": str(simulation.status),
            "score": simulation.score,
            "interval_low": simulation.interval and simulation.interval[0],
            "interval_high": simulation.interval and simulation.interval[1],
            "effective_size": simulation.effective_size,
            "typicality": simulation.typicality,
            "outside_range": list(simulation.outside_range),
            "comparables": [_comparable_values(comparable) for comparable in simulation.comparables],
            "evidence": _evidence_bytes(simulation.evidence),
        }
        for position, simulation in enumerate(result.simulations)
    ]


def submission_from(row: Row[Any], simulations: Iterable[Row[Any]]) -> Submission:
    """The submission in a row of `assessments` (joined with instrument and library) and its simulations."""
    return Submission(
        assessment=assessment_from(row),
        result=Result(
            simulations=tuple(map(_simulation, simulations)),
            needs=needs_from(row.needs),
            vector=np.frombuffer(row.vector, VECTOR).astype(np.float64),
            library=library_from(row),
            engine_version=row.engine_version,
        ),
        sequence=row.sequence,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
    )


def library_from(row: Row[Any]) -> LibraryReference:
    """The library in a row whose columns of `libraries` are named `library_…`."""
    return LibraryReference(**{name: getattr(row, f"library_{name}") for name in LIBRARY})


def needs_from(readings: Iterable[Mapping[str, Any]]) -> tuple[NeedReading, ...]:
    return tuple(NeedReading(**reading) for reading in readings)


def interval_from(row: Row[Any]) -> tuple[float, float] | None:
    return None if row.interval_low is None else (row.interval_low, row.interval_high)


def _assessment_values(assessment: Assessment) -> dict[str, Any]:
    return {
        "offender_number": assessment.offender_number,
        "kind": str(assessment.kind),
        "baseline_id": assessment.baseline_id,
        "based_on": assessment.based_on,
        "assessed_on": assessment.assessed_on,
        "sex": assessment.sex,
        "date_of_birth": assessment.date_of_birth,
        "release_date": assessment.release_date,
        "instrument_name": assessment.instrument.name,
        "instrument_version": assessment.instrument.version,
        "instrument_sha256": assessment.instrument.sha256,
        "answers": dict(assessment.answers),
        "unknown": dict(assessment.unknown),
    }


def _result_values(result: Result) -> dict[str, Any]:
    return {
        "library_sha256": result.library.sha256,
        "engine_version": result.engine_version,
        "vector": result.vector.astype(VECTOR).tobytes(),
        "needs": [{name: getattr(reading, name) for name in NEED} for reading in result.needs],
        "sieve": bucket_mask(result),
    }


def _comparable_values(comparable: Comparable) -> dict[str, Any]:
    return {**comparable._asdict(), "shown": dict(comparable.shown)}


def _evidence_bytes(evidence: Evidence | None) -> bytes | None:
    if evidence is None:
        return None
    table = np.empty(len(evidence.case_numbers), EVIDENCE)
    table["case_number"] = evidence.case_numbers
    table["distance"] = evidence.distances
    table["weight"] = evidence.weights
    return table.tobytes()


stored_instrument = lru_cache(maxsize=16)(instrument_from)  # parsing takes longer than everything else


def assessment_from(row: Row[Any]) -> Assessment:
    """The assessment in a row of `assessments` (joined with instrument)."""
    return Assessment(
        instrument=stored_instrument(row.instrument_text),
        offender_number=row.offender_number,
        sex=row.sex,
        date_of_birth=row.date_of_birth,
        assessed_on=row.assessed_on,
        answers=row.answers,
        unknown=row.unknown,
        release_date=row.release_date,
        kind=AssessmentKind(row.kind),
        baseline_id=row.baseline_id,
        based_on=row.based_on,
    )


def _simulation(row: Row[Any]) -> Simulation:
    return Simulation(
        process=row.process,
        status=Status(row.status),
        score=row.score,
        interval=interval_from(row),
        effective_size=row.effective_size,
        typicality=row.typicality,
        comparables=tuple(Comparable(**values) for values in row.comparables),
        outside_range=tuple(row.outside_range),
        evidence=_evidence(row.evidence),
    )


def _evidence(stored: bytes | None) -> Evidence | None:
    if stored is None:
        return None
    table = np.frombuffer(stored, EVIDENCE)
    return Evidence(
        case_numbers=table["case_number"].astype(np.int64),
        distances=table["distance"].astype(np.float64),
        weights=table["weight"].astype(np.float64),
    )
