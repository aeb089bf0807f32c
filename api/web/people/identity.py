"""The identity bar: who a page is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from flask import url_for

from api.context import request_context
from api.services.people.caseloads import workers_of
from api.services.records.person import Person, person_of_number
from api.web import formatting
from api.web.navigation import address_of
from api.web.people.address import id_of
from rms.reports import record_words, wording
from rms.reports.content import Fact

NONE = "none"
NUMBER, NAME = "Offender number", "Name"
NAMELESS = "Person without a name"


class Recorded(Protocol):
    """The identity of the person, as an assessment records it."""

    @property
    def sex(self) -> str: ...
    @property
    def date_of_birth(self) -> date: ...
    @property
    def release_date(self) -> date | None: ...


@dataclass(frozen=True)
class Identity:
    """A person: their name, or number, what it is, the address of their page, and what else is known."""

    title: str
    label: str
    address: str | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True)
class NamedPerson:
    """A person in a list: the ID in their address, what they are called, and what stands below that."""

    id: str
    name: str
    under_name: str

    def cells(self) -> dict[str, str]:
        """The fields by name, for a row that shows more of the person."""
        return dict(vars(self))


def named_person(key: int, name: str | None, *, number: str | None, area: str | None) -> NamedPerson:
    """Below the name are the number, unless that is what the person is called, and the home area."""
    below = (number if name else None, area)
    return NamedPerson(
        id=id_of(key), name=name or number or NAMELESS, under_name=", ".join(part for part in below if part)
    )


def identity_of(number: str, recorded: Recorded | None) -> Identity:
    """The person with this number, by their case records if there are any.

    Without case records: as recorded in an assessment, if there is one.
    """
    person = person_of_number(request_context(), number)
    return identity_of_person(person, workers=True) if person else assessed_identity(number, recorded)


def assessed_identity(number: str, recorded: Recorded | None) -> Identity:
    """A person without case records."""
    return Identity(number, NUMBER, url_for("web.person", number=number), tuple(_facts(number, recorded)))


def identity_of_person(person: Person, *, workers: bool = False) -> Identity:
    """A person with case records. `workers`: with their case workers."""
    facts = tuple(_facts_of_person(person, workers=workers))
    address = address_of("web.person_overview_page", id=id_of(person.key))
    if address is None and person.number:
        address = address_of("web.person", number=person.number)
    if person.name:
        return Identity(person.name, NAME, address, facts)
    if person.number:
        return Identity(person.number, NUMBER, address, facts)
    return Identity(NAMELESS, NAME, address, facts)


def title_of(person: Person) -> str:
    """What a page calls the person: their name, or else their number."""
    return titled(person.name, person.number)


def titled(name: str | None, number: str | None) -> str:
    """
    >>> titled("Ann Lee", "A100"), titled(None, "A100"), titled(None, None)
    ('Ann Lee', 'Person A100', 'Person without a name')
    """
    return name or (f"Person {number}" if number else NAMELESS)


def _facts(number: str, recorded: Recorded | None) -> Iterator[Fact]:
    if recorded is not None:
        release = recorded.release_date
        yield Fact("Born", formatting.day(recorded.date_of_birth))
        yield Fact("Sex", recorded.sex)
        yield Fact("Estimated release", formatting.day(release) if release else wording.NOT_KNOWN)
    yield _workers(number)


def _facts_of_person(person: Person, *, workers: bool) -> Iterator[Fact]:
    if person.name and person.number:
        yield Fact(NUMBER, person.number)
    born = formatting.day(person.born) if person.born else wording.NOT_KNOWN
    yield Fact("Born", f"{born}, age {person.age}" if person.age is not None else born)
    yield Fact("Sex", person.sex or wording.NOT_KNOWN)
    yield Fact("Home area", person.home_area or wording.NOT_KNOWN)
    if person.deceased_on:
        yield Fact("Died", formatting.day(person.deceased_on))
    yield Fact("In custody", record_words.custody(person.in_custody, person.release_date))
    yield Fact("Managed by", record_words.managed(person.managed, person.managed_by))
    if workers and person.number:
        yield _workers(person.number)


def _workers(number: str) -> Fact:
    return Fact("Case worker", ", ".join(workers_of(request_context(), number)) or NONE)
