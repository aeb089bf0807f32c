"""What the lists of a force show of a person."""

from dataclasses import dataclass
from datetime import date

from api.services.records.person import full_name
from api.storage import ListedPerson
from api.web import formatting
from api.web.people.identity import NamedPerson, named_person
from rms.harm.score import shown_score
from rms.records.current import age_on
from rms.reports import record_words, wording


@dataclass(frozen=True, kw_only=True)
class ShownPerson(NamedPerson):
    """A person with a harm score, in words. `custody`: until when, or empty."""

    age: str
    score: str
    band: str
    cohort: str
    managed: str
    custody: str
    last_offence: str


def shown_person(person: ListedPerson, *, today: date) -> ShownPerson:
    name = full_name(person.forename, person.surname)
    age = age_on(person.born, today)
    return ShownPerson(
        **named_person(
            person.person, name, number=person.offender_number, area=person.home_area_name
        ).cells(),
        age=wording.NO_VALUE if age is None else str(age),
        score=str(shown_score(person.score)),
        band=person.band or wording.NO_VALUE,
        cohort=record_words.COHORTS.get(person.cohort, person.cohort) if person.cohort else wording.NO_VALUE,
        managed=record_words.managed(person.managed, person.managed_by),
        custody=record_words.custody(True, person.release_date) if person.in_custody else "",
        last_offence=formatting.short_day(person.last_offence),
    )
