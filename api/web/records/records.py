"""What each source system says about a person, now or as it was known on a day, with links to the systems."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.services.records.person import KnownRecord, records_of_person, source_link
from api.web import formatting
from api.web.blueprint import blueprint
from api.web.form_data import day_in, day_typed
from api.web.people.address import person_with
from api.web.records.topics import topic_page
from rms.parsing import date_in
from rms.records.current import is_in_force
from rms.reports import record_words, wording

DAY = "day"
WRONG_DAY = "Enter a real date with a 4-digit year, such as 27 3 2026."
AHEAD = "Enter today’s date or an earlier one."
WHO = "person_records"
PERIODS = ("registrations", "plans", "drug_markers", "sentences")  # the others have one day
# Kind of record → the heading of its table, in the order of the page.
KINDS = {
    "registrations": "Registrations",
    "plans": "Plans",
    "drug_markers": "Drug markers",
    "sentences": "Sentences",
    "intelligence": "Intelligence reports",
    "offences": "Offences",  # only on a past day: those of today have a page of their own
}


@dataclass(frozen=True)
class Table:
    """The records of one kind. `folded` are those that matter less, behind a heading of their own."""

    kind: str
    heading: str
    order: str
    rows: tuple["Row", ...]
    folded: tuple["Row", ...] = ()


@dataclass(frozen=True)
class Row:
    """A record of a table. `when`: its day or period. `is_over`: it has ended by the day shown."""

    what: str
    when: str
    is_over: bool
    source: str
    source_id: str
    known_from: str
    order: tuple[bool, int]


@dataclass(frozen=True)
class Said:
    """What one source record says. `values` are in the order of `LABELS` of the words of records."""

    source: str
    source_id: str
    known_from: str
    values: tuple[str, ...]
    record: int | None


@blueprint.get("/people/by-key/<id>/records")
@allow_roles(OFFENDER_LISTS)
def person_records(id: str) -> ResponseReturnValue:
    """The records of a person. With `day` in the query: what was known at the end of that day."""
    context, key = request_context(), person_with(id)
    typed = day_in(request.args, DAY) or request.args.get(DAY, "")
    day = date_in(typed)
    errors = {}
    if typed and day is None:
        errors[DAY] = WRONG_DAY
    elif day is not None and day > context.today:
        errors[DAY], day = AHEAD, None
    settings = application().harm.settings
    known = records_of_person(context, key, settings=settings, on=day)
    links = {(one.source, one.source_id): one.id for one in known.person.records if one.record_link}
    page = topic_page(
        "records/records.html",
        known.person,
        day_shown=day,
        labels=list(record_words.LABELS.values()),
        said=[_said(one, links if day is None else {}) for one in known.known if one.kind == WHO],
        tables=list(_tables(known.known, on=day or context.today, with_offences=day is not None)),
        sources=_of_person(known.sources, known.known),
        errors=errors,
        typed=day_typed(request.args, DAY),
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK


@blueprint.get("/people/by-key/<id>/records/<record>/source")
@allow_roles(OFFENDER_LISTS)
def person_source(id: str, record: str) -> ResponseReturnValue:
    """Go to a record in its source system. The audit log notes it."""
    key = int(record) if record.isascii() and record.isdecimal() else 0
    return redirect(source_link(request_context(), person_with(id), key), HTTPStatus.SEE_OTHER)


def _tables(known: Sequence[KnownRecord], *, on: date, with_offences: bool) -> Iterator[Table]:
    """Each table that has rows: what is in force first, then the newest."""
    for kind, heading in KINDS.items():
        if kind == "offences" and not with_offences:
            continue
        of_kind = [one for one in known if one.kind == kind]
        main = [one for one in of_kind if not _is_folded(one)]
        folded = [one for one in of_kind if _is_folded(one)]
        order = "in force first, then newest first" if kind in PERIODS else "newest first"
        if of_kind:
            yield Table(kind, heading, order, _rows(main, on=on), _rows(folded, on=on))


def _is_folded(one: KnownRecord) -> bool:
    """Custody, suspended and community sentences matter most: fines and the like are many."""
    return one.kind == "sentences" and one.values["kind"] == "other"


def _rows(known: Iterable[KnownRecord], *, on: date) -> tuple[Row, ...]:
    return tuple(sorted((_row(one, on=on) for one in known), key=lambda row: row.order))


def _row(one: KnownRecord, *, on: date) -> Row:
    values = one.values
    first, last = _period_of(one.kind, values)
    is_period = one.kind in PERIODS
    when = record_words.period(first, last) if is_period else wording.day(first) if first else ""
    is_over = is_period and not is_in_force(_Period(first, last), on)
    newest = -(first.toordinal() if first else 0)
    known_from = formatting.day(one.known_from)
    return Row(
        _WORDS[one.kind](values), when, is_over, one.source, one.source_id, known_from, (is_over, newest)
    )


@dataclass(frozen=True)
class _Period:
    from_day: date | None
    to_day: date | None


def _period_of(kind: str, values: Mapping[str, Any]) -> tuple[date | None, date | None]:
    if kind in ("intelligence", "offences"):
        return _day(values["reported_on" if kind == "intelligence" else "committed_on"]), None
    first = _day(values["first_day"])
    if kind == "sentences" and first is None:
        first = _day(values["sentenced_on"])
    return first, _day(values["last_day"])


def _sentence(values: Mapping[str, Any]) -> str:
    """The kind, and the day of the sentence if the period begins on another."""
    kind, on = record_words.SENTENCES[values["kind"]], _day(values["sentenced_on"])
    if on is None or _day(values["first_day"]) in (None, on):
        return kind
    return f"{kind}, sentenced on {wording.day(on)}"


def _offence(values: Mapping[str, Any]) -> str:
    stage = record_words.STAGES.get(values["stage"] or "", "stage not known")
    return f"{values['code']}, {stage}, outcome {record_words.outcome(values['outcome'])}"


_WORDS = {
    "registrations": lambda values: record_words.registration(values["kind"], values["level"]),
    "plans": lambda values: (
        f"managed by {record_words.managed(True, values['managed_by'])}"
        if values["managed"]
        else "not managed"
    ),
    "drug_markers": lambda values: record_words.MARKERS[values["kind"]],
    "sentences": _sentence,
    "intelligence": lambda values: f"report of grade {values['grade']}",
    "offences": _offence,
}


def _said(one: KnownRecord, links: Mapping[tuple[str, str], int]) -> Said:
    return Said(
        one.source,
        one.source_id,
        formatting.day(one.known_from),
        tuple(_shown(name, one.values.get(name)) for name in record_words.LABELS),
        links.get((one.source, one.source_id)),
    )


def _shown(name: str, value: Any) -> str:
    if name == "in_custody":
        return record_words.yes_no(value)
    if value is None:
        return wording.NOT_KNOWN if name not in ("custody_from", "deceased_on") else wording.NO_VALUE
    day = _day(value) if name in ("date_of_birth", "custody_from", "release_date", "deceased_on") else None
    return wording.day(day) if day else str(value)


def _day(value: Any) -> date | None:
    """A day of a row, or of an earlier version, which is JSON."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _of_person(sources: Sequence[Any], known: Sequence[KnownRecord]) -> list[Any]:
    names = {one.source for one in known}
    return [source for source in sources if source.name in names]
