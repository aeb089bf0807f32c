"""Explain a result: what scores depend on, sensitivity to one rating, and people with lower needs."""

from dataclasses import dataclass

from rms.engine.explaining.attribution import Moved, what_moved
from rms.engine.explaining.comparability import Contrast, Explanation, contrast, explain
from rms.engine.explaining.sensitivity import Sensitivity, sensitivity
from rms.engine.explaining.suggestions import Suggestions, suggestions
from rms.engine.library import Library
from rms.submission import Submission


@dataclass(frozen=True)
class Explained:
    """One process of an assessment; mostly empty without a score or if its library is not in use."""

    process: str
    moved: Moved | None
    comparables: tuple[Explanation, ...]
    contrast: Contrast | None
    sensitivity: Sensitivity | None
    suggestions: Suggestions


def explained(submission: Submission, *, library: Library) -> tuple[Explained, ...]:
    """Every process, in the order of the result. Not stored, as the library always gives the same answer."""
    assessment, result = submission.assessment, submission.result
    steps = {one.process: one for one in sensitivity(assessment, result, library)}
    return tuple(
        Explained(
            process=one.process,
            moved=what_moved(assessment, result, one.process, library),
            comparables=explain(result, one.process, library),
            contrast=contrast(result, one.process, library),
            sensitivity=steps.get(one.process),
            suggestions=suggestions(assessment, result, one.process, library),
        )
        for one in result.simulations
    )
