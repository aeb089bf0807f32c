"""Compare two results: which answers, scores and needs differ."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.web import formatting
from rms.engine.explaining.difference import differences
from rms.engine.result import NeedReading, Result
from rms.instrument import Instrument
from rms.reports import wording
from rms.reports.content import Changed, changed
from rms.submission import Submission


@dataclass(frozen=True)
class ScoreDifference:
    """One process: both scores with their intervals, a verdict on their difference, and `details`.

    `before_alone` and `after_alone` are the scores without their intervals.
    """

    process: str
    label: str
    before: str
    after: str
    before_alone: str
    after_alone: str
    word: str
    sentence: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class NeedDifference:
    """One need in percent of its scale, before and after."""

    label: str
    actual_before: str
    actual_after: str
    simulated_before: str
    simulated_after: str

    @property
    def changed(self) -> bool:
        return self.actual_before != self.actual_after or self.simulated_before != self.simulated_after


def score_differences(before: Result, after: Result, instrument: Instrument) -> Iterator[ScoreDifference]:
    processes = {process.code: process for process in instrument.processes}
    for difference in differences(before, after):
        yield ScoreDifference(
            process=difference.process,
            label=processes[difference.process].label,
            before=formatting.score_of(difference.before),
            after=formatting.score_of(difference.after),
            before_alone=formatting.score_alone(difference.before),
            after_alone=formatting.score_alone(difference.after),
            word=wording.difference_word(difference),
            sentence=wording.difference_sentence(difference, processes[difference.process]),
            details=wording.difference_details(difference),
        )


def need_differences(before: Result, after: Result, instrument: Instrument) -> tuple[NeedDifference, ...]:
    """The needs of the later assessment, in the order of its form."""
    earlier, later = ({one.need: one for one in result.needs} for result in (before, after))
    blank = wording.needs_blank(before), wording.needs_blank(after)
    return tuple(
        _need(earlier.get(need.code), later[need.code], need.label, blank=blank)
        for need in instrument.needs
        if need.code in later
    )


def changed_answers(submission: Submission) -> tuple[Changed, ...]:
    """What differs from the assessment it started from, as stored with it."""
    return changed(submission.changes or (), submission.assessment.instrument)


def _need(
    before: NeedReading | None, after: NeedReading, label: str, *, blank: tuple[str, str]
) -> NeedDifference:
    return NeedDifference(
        label,
        wording.percent(before.actual if before else None),
        wording.percent(after.actual),
        wording.percent(before.simulated if before else None, blank=blank[0]),
        wording.percent(after.simulated, blank=blank[1]),
    )
