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
            by=_by_and_at(override, zone),
            decision=_decision(override.decision),
            decided_by=_by_and_at(override.decision, zone) if override.decision else None,
            answer=override.decision.text if override.decision else None,
        )


def _by_and_at(made: Override | Decision, zone: tzinfo) -> str:
    return f"{made.by}, {wording.moment(made.at.astimezone(zone))}"


def _decision(decision: Decision | None) -> str:
    return wording.UNDECIDED if decision is None else wording.OVERRIDE_DECISIONS[decision.decision]
