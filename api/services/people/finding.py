"""Find people by their offender number or the beginning of it, among those whom the caller may see."""

from dataclasses import dataclass

from api.services.context import Context
from api.storage import ListedSubmission, Numbered

MOST_FOUND = 20


@dataclass(frozen=True)
class FoundPerson:
    """A person, in a list with their latest assessment; None if the caller can see none."""

    number: str
    latest: ListedSubmission | None = None


@dataclass(frozen=True)
class Found:
    """Up to `MOST_FOUND` people by number. `more`: there are others, so the beginning must be longer."""

    people: tuple[FoundPerson, ...]
    more: bool = False

    @property
    def only(self) -> FoundPerson | None:
        """The person, if there is exactly one."""
        return self.people[0] if len(self.people) == 1 else None


def people_found(context: Context, number: str) -> Found:
    """The person with this number, or all people whose number begins with it.

    A whole number finds that person alone, even if other numbers begin with it.
    """
    with context.store.reading() as tx:
        found = the_one_or_all(tx.caseload.beginning_with(number, most=MOST_FOUND + 1), number)
        if len(found) == 1:  # the caller goes on to the person's page, which notes the look
            return Found((FoundPerson(found[0].number),))
        shown = found[:MOST_FOUND]
        keys = [one.person for one in shown]
        tx.audit.listed("people.found", people=keys)
        latest = {one.offender_number: one for one in tx.submissions.latest_of(keys)}
    people = tuple(FoundPerson(one.number, latest.get(one.number)) for one in shown)
    return Found(people, more=len(found) > MOST_FOUND)


def the_one_or_all(found: tuple[Numbered, ...], number: str) -> tuple[Numbered, ...]:
    """The one with exactly this number, which comes first; without one, all."""
    return found[:1] if found and found[0].number == number else found
