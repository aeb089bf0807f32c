"""The printed report: the results, the overrides and the decisions on them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from api.services.context import Context
from api.storage import Override
from api.storage.assessments.overrides import Decision
from rms.reports import wording
from rms.reports.content import JudgedOtherwise, Report, report
from rms.submission import Submission


def printed(context: Context, submission: Submission, *, redacted: bool = False) -> Report:
    """The report with all overrides of the assessment and the decisions on them.

    It does not use the current library, so that the same report can always be printed again.
    """
    labels = {
        process.code: f"{process.label} ({wording.outcome_name(process)})"
        for process in submission.assessment.instrument.processes
    }
    with context.store.reading() as tx:
        made = tx.overrides.of(submission.id)
    return report(
        submission,
        zone=context.zone,
        overrides=tuple(_overrides(made, labels, context.zone)),
        redacted=redacted,
    )


def _overrides(
    made: Sequence[Override], labels: Mapping[str, str], zone: tzinfo
) -> Iterator[JudgedOtherwise]:
    for override in made:
        direction = wording.OVERRIDE_DIRECTIONS[override.direction]
        yield JudgedOtherwise(
            heading=f"Override {override.number}, {labels[override.process]}. {direction}",
            reason=wording.OVERRIDE_REASONS[override.reason_code],
            text=override.text,
            by=f"{override.by}, {wording.moment(override.at.astimezone(zone))}",
            decision=_decision(override.decision, zone),
            answer=override.decision.text if override.decision else None,
        )


def _decision(decision: Decision | None, zone: tzinfo) -> str:
    if decision is None:
        return wording.UNDECIDED
    at = wording.moment(decision.at.astimezone(zone))
    return f"{wording.OVERRIDE_DECISIONS[decision.decision]} by {decision.by}, {at}"
