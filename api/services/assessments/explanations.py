"""Explain a result: what scores depend on, sensitivity to one answer, and people with lower needs."""

from dataclasses import dataclass

from rms.engine.explaining.attribution import Attribution, attribution
from rms.engine.explaining.comparability import Contrast, Explanation, contrast, explain
from rms.engine.explaining.sensitivity import Sensitivity, sensitivity
from rms.engine.explaining.suggestions import Suggestions, suggestions
from rms.engine.library import Library
from rms.submission import Submission


@dataclass(frozen=True)
class Explained:
    """One process of an assessment; mostly empty without a score or if its library is not in use."""

    process: str
    moved: Attribution | None
    comparables: tuple[Explanation, ...]
    contrast: Contrast | None
    sensitivity: Sensitivity | None
    suggestions: Suggestions


def explained(submission: Submission, *, library: Library) -> tuple[Explained, ...]:
    """Every process, in the order of the result. Not stored, as the library always gives the same answer."""
    assessment, result = submission.assessment, submission.result
    steps = {simulation.process: simulation for simulation in sensitivity(assessment, result, library)}
    return tuple(
        Explained(
            process=simulation.process,
            moved=attribution(assessment, result, simulation.process, library),
            comparables=explain(result, simulation.process, library),
            contrast=contrast(result, simulation.process, library),
            sensitivity=steps.get(simulation.process),
            suggestions=suggestions(assessment, result, simulation.process, library),
        )
        for simulation in result.simulations
    )
