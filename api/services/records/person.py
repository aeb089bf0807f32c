"""Who a person is, and what each source system says about them, now and on an earlier day."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from api.services.context import Context
from api.storage import Known, Source, SourceRecord, StoredPlan, Transaction
from rms.errors import NotFound
from rms.harm.score import is_suspected
from rms.harm.settings import HarmSettings
from rms.records.current import age_on, custody_on, first_known, is_in_force, is_managed

UNKNOWN = "There is no person at this address among the people you may see."
OFFENCES = "offences"
OF_CONNECTIONS = "associations"  # they are shown with the other person, and only if that one may be seen


@dataclass(frozen=True)
class Person:
    """A person with case records, on the day `on`.

    Each detail is that of the source record that changed last, of those that have it. None: not known.
    `records`: that record first. `number`: the offender number in RMS. `in_custody` and `release_date` are
    of the same record.
    """

    key: int
    number: str | None
    forename: str | None
    surname: str | None
    born: date | None
    age: int | None
    sex: str | None
    home_area: str | None
    in_custody: bool | None
    release_date: date | None
    deceased_on: date | None
    managed: bool | None
    managed_by: str | None
    records: tuple[SourceRecord, ...]

    @property
    def name(self) -> str | None:
        return full_name(self.forename, self.surname)


@dataclass(frozen=True)
class KnownRecord:
    """A record of one kind as it was known, with the name of its source. Keys of areas are names."""

    kind: str
    source: str
    source_id: str
    known_from: datetime
    values: Mapping[str, Any]


@dataclass(frozen=True)
class RecordsOfPerson:
    """What was known of a person at the end of the day `on`; None: now. `sources`: every source system."""

    person: Person
    on: date | None
    known: tuple[KnownRecord, ...]
    sources: tuple[Source, ...]


def full_name(forename: str | None, surname: str | None) -> str | None:
    """
    >>> full_name("Ann", "Lee"), full_name(None, "Suharto"), full_name(None, None)
    ('Ann Lee', 'Suharto', None)
    """
    return " ".join(part for part in (forename, surname) if part) or None


def person_overview(context: Context, person: int) -> Person:
    """
    Raises
    ------
    NotFound
        If the caller may not see the person, or there are no case records of them.
    """
    with context.store.reading() as tx:
        found = person_in(tx, person, on=context.today)
        tx.audit.looked("person.records_read", person=person)
    return found


def person_in(tx: Transaction, person: int, *, on: date) -> Person:
    """The same within a transaction, without a note of the look."""
    records = tx.details.records(person)
    if not records:
        raise NotFound(UNKNOWN)
    return _person(tx.people.number(person), records, tx.details.plans(person), on=on)


def person_of_number(context: Context, number: str) -> Person | None:
    """The person with this offender number; None if the caller may see no case records of them.

    It notes no look: the page on which it stands does.
    """
    with context.store.reading() as tx:
        records = tx.details.records_of_number(number)
        return (
            _person(number, records, tx.details.plans(records[0].person), on=context.today)
            if records
            else None
        )


def names_of_numbers(context: Context, numbers: Collection[str]) -> Mapping[str, str]:
    """Offender number → name, of the people with case records whom the caller may see."""
    with context.store.reading() as tx:
        found = tx.details.records_of_numbers(numbers)
    names = {number: name_in(records) for number, records in found.items()}
    return {number: name for number, name in names.items() if name}


def name_in(records: Sequence[SourceRecord]) -> str | None:
    """The name in a person's records, the record that changed last first."""
    return full_name(first_known(records, "forename"), first_known(records, "surname"))


def records_of_person(
    context: Context, person: int, *, settings: HarmSettings, on: date | None = None
) -> RecordsOfPerson:
    """What every source said about the person at the end of a day, by default now.

    Offences that the person is only suspected of, by the `settings` of the harm score, are left out unless
    the policy of the agency is to show them.

    Raises
    ------
    NotFound
        If the caller may not see the person, or there are no case records of them.
    """
    with context.store.reading() as tx:
        found = person_in(tx, person, on=context.today)
        tx.audit.looked("person.records_read", person=person)
        sources = tx.records.sources()
        known = list(tx.records.as_known(person, at=_end_of(on, context) if on else context.at))
        areas = {office.id: office.name for office in tx.offices.all()}
        shows_suspected = tx.suspect_policies.shows_suspected()
    names = {source.id: source.name for source in sources}
    listed = [one for one in known if shows_suspected or not _is_suspected(one, settings)]
    shown = tuple(_with_names(listed, names, areas))
    return RecordsOfPerson(found, on, shown, sources)


def source_link(context: Context, person: int, record: int) -> str:
    """The address of a record in its source system. The look is on record.

    Raises
    ------
    NotFound
        If the caller may not see the person, or the record has no address.
    """
    with context.store.reading() as tx:
        records = {one.id: one for one in tx.details.records(person)}
        if record not in records:
            raise NotFound(UNKNOWN)
        address = records[record].record_link or ""
        if not address.startswith("https://"):
            raise NotFound("This record has no link to its source system.")
        tx.audit.looked("person.source_opened", person=person, record=record)
    return address


def _person(
    number: str | None, records: tuple[SourceRecord, ...], plans: Sequence[StoredPlan], *, on: date
) -> Person:
    born = first_known(records, "date_of_birth")
    in_custody, release = custody_on(records, on)
    managed = is_managed(plans, on)
    return Person(
        key=records[0].person,
        number=number,
        forename=first_known(records, "forename"),
        surname=first_known(records, "surname"),
        born=born,
        age=age_on(born, on),
        sex=first_known(records, "sex"),
        home_area=first_known(records, "home_area"),
        in_custody=in_custody,
        release_date=first_known(records, "release_date") if in_custody is None else release,
        deceased_on=first_known(records, "deceased_on"),
        managed=managed,
        managed_by=_managed_by(plans, on) if managed else None,
        records=records,
    )


def _managed_by(plans: Sequence[StoredPlan], on: date) -> str | None:
    """Who manages the person, by the plan that began last of those that say so."""
    in_force = [plan for plan in plans if plan.managed and is_in_force(plan, on)]
    return max(in_force, key=lambda plan: plan.from_day).managed_by if in_force else None


def _end_of(day: date, context: Context) -> datetime:
    """The last moment of a day where the agency is."""
    return datetime.combine(day + timedelta(days=1), time(), context.zone) - timedelta(microseconds=1)


def _is_suspected(one: Known, settings: HarmSettings) -> bool:
    return one.kind == OFFENCES and is_suspected(
        one.values["outcome"], one.values["stage"], settings=settings
    )


def _with_names(
    known: Sequence[Known], sources: Mapping[int, str], areas: Mapping[int, str]
) -> Iterator[KnownRecord]:
    for one in known:
        if one.kind == OF_CONNECTIONS:
            continue
        values = {
            name: areas.get(value, value) if name in ("area", "home_area") and value is not None else value
            for name, value in one.values.items()
        }
        yield KnownRecord(one.kind, sources[one.source], one.source_id, one.known_from, values)
