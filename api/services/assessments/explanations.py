"""What a result rests on: what moved each score, how far it hangs on a rating, what lower needs go with."""

from dataclasses import dataclass

from rms.engine.explaining.attribution import Attribution, attribution
from rms.engine.explaining.comparability import Contrast, Explanation, contrast, explain
from rms.engine.explaining.sensitivity import Sensitivity, sensitivity
from rms.engine.explaining.suggestions import Suggestions, suggestions
from rms.engine.library import Library
from rms.submission import Submission


@dataclass(frozen=True)
class Explained:
    """One process of an assessment; without a score, or with a library that is not in use, all but empty."""

    process: str
    moved: Attribution | None
    comparables: tuple[Explanation, ...]
    contrast: Contrast | None
    sensitivity: Sensitivity | None
    suggestions: Suggestions


def explained(submission: Submission, *, library: Library) -> tuple[Explained, ...]:
    """Every process, in the order of the result. Nothing is stored of it: the library says the same again."""
    assessment, result = submission.assessment, submission.result
    steps = {one.process: one for one in sensitivity(assessment, result, library)}
    return tuple(
        Explained(
            process=one.process,
            moved=attribution(assessment, result, one.process, library),
            comparables=explain(result, one.process, library),
            contrast=contrast(result, one.process, library),
            sensitivity=steps.get(one.process),
            suggestions=suggestions(assessment, result, one.process, library),
        )
        for one in result.simulations
    )
