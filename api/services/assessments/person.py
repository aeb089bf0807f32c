"""Everything about one person: current assessments in order, what-ifs, overrides, notes and drafts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from api.services.context import Context
from api.storage import Draft, ListedSubmission, Note, Override
from rms.assessment import AssessmentKind, offender_number
from rms.engine.result import Status
from rms.instrument import Instrument


@dataclass(frozen=True)
class CurrentAssessment:
    """An assessment that no correction has replaced. `corrects` are those it replaced, oldest first."""

    listed: ListedSubmission
    corrects: tuple[ListedSubmission, ...] = ()

    @property
    def made_at(self) -> datetime:
        """When it was first submitted: a correction has the date of the assessment it corrects."""
        return (self.corrects[0] if self.corrects else self.listed).submitted_at


@dataclass(frozen=True)
class PersonPage:
    """Everything the user may see about one person.

    `assessments` are the current ones, oldest first; `what_ifs` newest first; `overrides` and `notes` by
    assessment ID; `drafts` are the user's own.
    """

    number: str
    assessments: tuple[CurrentAssessment, ...]
    what_ifs: tuple[ListedSubmission, ...]
    overrides: Mapping[str, tuple[Override, ...]]
    notes: Mapping[str, tuple[Note, ...]]
    drafts: tuple[Draft, ...]

    @property
    def latest(self) -> CurrentAssessment | None:
        return self.assessments[-1] if self.assessments else None

    @property
    def is_known(self) -> bool:
        return bool(self.assessments or self.what_ifs)


def is_recorded_otherwise(context: Context, number: str, *, sex: str, born: date | None) -> bool:
    """Whether the person's latest visible assessment has another sex or date of birth.

    The number may then belong to another person. Unknown values ("unknown", None) are not compared.
    """
    with context.store.reading() as tx:
        person = tx.people.key(number)
        latest = tx.submissions.latest_of([] if person is None else [person])
    return any(
        (born is not None and submission.date_of_birth != born)
        or (submission.sex != sex and "unknown" not in (submission.sex, sex))
        for submission in latest
    )


def person_page(context: Context, number: str) -> PersonPage:
    """Everything submitted about one person; empty for a new number."""
    with context.store.reading() as tx:
        listed = tx.submissions.history(number)
        corrections = tx.submissions.corrections(number)
        # Other users' overrides could influence a judgement that this user has yet to make.
        judged = [submission.id for submission in listed if not _awaits_judgement(submission)]
        own_drafts = tx.drafts.visible_of(context.user.id, at=context.at)
        return PersonPage(
            number=number,
            assessments=current_assessments(listed, corrections),
            what_ifs=tuple(one for one in listed if one.kind is AssessmentKind.WHAT_IF),
            overrides={id: overrides for id in judged if (overrides := tx.overrides.of(id))},
            notes={one.id: notes for one in listed if (notes := tx.notes.of(one.id))},
            drafts=tuple(draft for draft in own_drafts if _is_about(draft, number)),
        )


def form_of(context: Context, listed: ListedSubmission) -> Instrument:
    """The form of an assessment that the user sees in a list, as it was when the assessment was made."""
    with context.store.reading() as tx:
        return tx.submissions.form_of(listed.key)


def current_assessments(
    listed: tuple[ListedSubmission, ...], corrections: Mapping[str, str]
) -> tuple[CurrentAssessment, ...]:
    """The assessments of one person that no correction has replaced, oldest first.

    `corrections` is the ID of each corrected assessment → the ID of its correction.
    """
    by_id = {one.id: one for one in listed if one.kind is AssessmentKind.ASSESSMENT}
    corrects = {later: earlier for earlier, later in corrections.items()}

    def replaced_by(id: str) -> tuple[ListedSubmission, ...]:
        earlier = corrects.get(id)
        return () if earlier not in by_id else (*replaced_by(earlier), by_id[earlier])

    current = [
        CurrentAssessment(submission, replaced_by(id))
        for id, submission in by_id.items()
        if corrections.get(id) not in by_id
    ]
    return tuple(sorted(current, key=lambda one: (one.made_at, one.listed.sequence)))


def _awaits_judgement(listed: ListedSubmission) -> bool:
    return any(one.status is Status.WITHHELD_UNTIL_JUDGED for one in listed.simulations)


def _is_about(draft: Draft, number: str) -> bool:
    return offender_number(str(draft.body.get("offender_number", ""))) == number
