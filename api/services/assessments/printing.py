"""A report for print: what was found, and what professionals have said of it since."""

from collections.abc import Iterator, Mapping, Sequence

from api.services.context import Context
from api.storage import Override
from api.storage.assessments.overrides import Decision
from rms.reports import wording
from rms.reports.content import JudgedOtherwise, Report, report
from rms.submission import Submission


def printed(context: Context, submission: Submission, *, redacted: bool = False) -> Report:
    """The report with every override of the assessment and what a supervisor decided on it.

    Nothing is asked of the library in use: what was printed once is printed the same ever after.
    """
    labels = {process.code: process.label for process in submission.assessment.instrument.processes}
    with context.store.reading() as tx:
        made = tx.overrides.of(submission.id)
    return report(submission, overrides=tuple(_told(made, labels)), redacted=redacted)


def _told(made: Sequence[Override], labels: Mapping[str, str]) -> Iterator[JudgedOtherwise]:
    for one in made:
        direction = wording.OVERRIDE_DIRECTIONS[one.direction]
        yield JudgedOtherwise(
            heading=f"Override {one.number}, {labels[one.process]}. {direction}",
            reason=wording.OVERRIDE_REASONS[one.reason_code],
            text=one.text,
            by=f"{one.by}, {wording.moment(one.at)}",
            decision=_decided(one.decision),
            answer=one.decision.text if one.decision else None,
        )


def _decided(found: Decision | None) -> str:
    if found is None:
        return wording.UNDECIDED
    return f"{wording.OVERRIDE_DECISIONS[found.decision]} by {found.by}, {wording.moment(found.at)}"
