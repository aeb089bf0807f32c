"""A person as their records tell: what stands, from first to last, and what has been said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from api.services.context import Context
from api.storage import Draft, ListedSubmission, Note, Override
from rms.assessment import AssessmentKind, offender_number
from rms.engine.result import Status


@dataclass(frozen=True)
class Standing:
    """A true assessment that stands. `corrects` are those in whose place it does, the first one first."""

    listed: ListedSubmission
    corrects: tuple[ListedSubmission, ...] = ()

    @property
    def made_at(self) -> datetime:
        """When what it says was first said: a correction is of the day of what it corrects."""
        return (self.corrects[0] if self.corrects else self.listed).submitted_at


@dataclass(frozen=True)
class PersonPage:
    """All that somebody may see of one person.

    `standing` are the assessments that count, in the order in which they were made; `what_ifs` newest
    first; `overrides` and `notes` by the id of what they are about; `drafts` are the viewer's own.
    """

    number: str
    standing: tuple[Standing, ...]
    what_ifs: tuple[ListedSubmission, ...]
    overrides: Mapping[str, tuple[Override, ...]]
    notes: Mapping[str, tuple[Note, ...]]
    drafts: tuple[Draft, ...]

    @property
    def latest(self) -> Standing | None:
        return self.standing[-1] if self.standing else None

    @property
    def is_known(self) -> bool:
        return bool(self.standing or self.what_ifs)


def is_recorded_otherwise(context: Context, number: str, *, sex: str, born: date | None) -> bool:
    """Whether the person's latest, if it may be seen, says another sex or another date of birth.

    Then the number may be somebody else's. What is not known ("unknown", None) differs from nothing.
    """
    with context.store.reading() as tx:
        person = tx.people.key(number)
        latest = tx.submissions.latest_of([] if person is None else [person])
    return any(
        (born is not None and one.date_of_birth != born)
        or (one.sex != sex and "unknown" not in (one.sex, sex))
        for one in latest
    )


def person_page(context: Context, number: str) -> PersonPage:
    """What has been submitted about one person; empty for a new number."""
    with context.store.reading() as tx:
        listed = tx.submissions.history(number)
        corrections = tx.submissions.corrections(number)
        # What somebody has yet to judge by themselves is not judged for them by others.
        judged = [one.id for one in listed if not _awaits_judgement(one)]
        return PersonPage(
            number=number,
            standing=standing(listed, corrections),
            what_ifs=tuple(one for one in listed if one.kind is AssessmentKind.WHAT_IF),
            overrides={id: made for id in judged if (made := tx.overrides.of(id))},
            notes={one.id: notes for one in listed if (notes := tx.notes.of(one.id))},
            drafts=tuple(
                one for one in tx.drafts.visible_of(context.user.id, at=context.at) if _is_about(one, number)
            ),
        )


def standing(listed: tuple[ListedSubmission, ...], corrections: Mapping[str, str]) -> tuple[Standing, ...]:
    """Of one person's submissions those that stand, from first to last.

    `corrections` has the id of each that has been corrected → the id of what stands in its place.
    """
    by_id = {one.id: one for one in listed if one.kind is AssessmentKind.ASSESSMENT}
    corrects = {later: earlier for earlier, later in corrections.items()}

    def chain(id: str) -> tuple[ListedSubmission, ...]:
        earlier = corrects.get(id)
        return () if earlier not in by_id else (*chain(earlier), by_id[earlier])

    found = [Standing(one, chain(id)) for id, one in by_id.items() if corrections.get(id) not in by_id]
    return tuple(sorted(found, key=lambda one: (one.made_at, one.listed.sequence)))


def _awaits_judgement(listed: ListedSubmission) -> bool:
    return any(one.status is Status.WITHHELD_UNTIL_JUDGED for one in listed.simulations)


def _is_about(draft: Draft, number: str) -> bool:
    return offender_number(str(draft.body.get("offender_number", ""))) == number
