"""The offender list as a file: CSV, or a spreadsheet with a notice and a list of its columns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from api.services.context import Context
from api.services.harm.listing import (
    AsAt,
    PageEnd,
    Ranked,
    as_at,
    audited_criteria,
    query_of,
    ranked,
    refuse_unknown_areas,
)
from api.services.harm.rules import HarmRules
from api.services.long_reads import LongStream, long_read
from api.services.transfer.export_fields import Cells, Holds, as_it_is, safe_cells
from api.services.transfer.export_files import ReadThis, csv_parts, spreadsheet_content
from api.storage import NOBODY, ListedPerson, PeopleSet
from rms.engine.scale import PROCESSES
from rms.errors import InvalidInput, Problem
from rms.harm.listing import MANAGED, NOT_KNOWN, HarmFilter, HarmQuery
from rms.harm.score import shown_score
from rms.harm.settings import COMPONENTS
from rms.reports import record_words, wording
from rms.reports.harm_words import NOT_FOR, OWN_FORMULA, WHAT_FOR

BATCH = 1_000  # people
MOST_IN_SPREADSHEET = 10_000  # people: it is made in the request
PersonId = Callable[[int], str]  # the key of a person → their ID in the API
_MANAGED = {value: word for word, value in MANAGED.items()}


FIELDS = (
    as_it_is("rank", "Rank in this list", Holds.NUMBER),
    as_it_is("person", "Person ID in the API"),
    as_it_is("offender_number", "Offender number"),
    as_it_is("forename", "Forename"),
    as_it_is("surname", "Surname"),
    as_it_is("date_of_birth", "Date of birth", Holds.DAY),
    as_it_is("home_area", "Home area, code"),
    as_it_is("home_area_name", "Home area"),
    as_it_is("score", "Harm score", Holds.NUMBER, 1),
    *(as_it_is(name, name.capitalize(), Holds.NUMBER, 1) for name in COMPONENTS),
    as_it_is("band", "Band"),
    as_it_is("band_before", "Band 30 days earlier"),
    as_it_is("counted_offences", "Counted offences", Holds.NUMBER),
    as_it_is("unknown_codes", "Unknown offence codes", Holds.NUMBER),
    as_it_is("last_offence", "Last counted offence", Holds.DAY),
    as_it_is("stage", "Stage of case"),
    as_it_is("cohort", "Cohort"),
    as_it_is("managed", "Managed"),
    as_it_is("managed_by", "Managed by"),
    as_it_is("in_custody", "In custody", Holds.BOOLEAN),
    as_it_is("release_date", "Release date", Holds.DAY),
    as_it_is("deceased", "Deceased", Holds.BOOLEAN),
    as_it_is("recidivism", "Example-based score: recidivism", Holds.NUMBER, 2),
    as_it_is("violence", "Example-based score: violence", Holds.NUMBER, 2),
    as_it_is("ogrs", "OGRS: not yet calculated", Holds.NUMBER),
    as_it_is("notice", "Notice"),
)
NAMES = tuple(field.name for field in FIELDS)
# Columns that show an attribute of a `ListedPerson` of the same name.
_TEXTS = (
    *("offender_number", "forename", "surname", "home_area", "home_area_name", "band", "band_before"),
    *("stage", "cohort", "managed_by"),
)
_DAYS = ("last_offence", "release_date")
_STATES = ("in_custody", "deceased")  # true, false or not known
_BY_NAME = {field.name: field for field in FIELDS}
_FIRST, _LAST = ("forename", "surname"), ("person",)
_ELSEWHERE = ("notice",)  # a spreadsheet has it on a sheet of its own
_BETWEEN = tuple(name for name in NAMES if name not in (*_FIRST, *_LAST, *_ELSEWHERE))
# A spreadsheet is read by people: names come first, and codes are words.
SPREADSHEET_FIELDS = tuple(
    replace(_BY_NAME[name], holds=Holds.TEXT) if name in _STATES else _BY_NAME[name]
    for name in (*_FIRST, *_BETWEEN, *_LAST)
)
# In every row of a CSV, so that it stays with the row.
NOTICE_IN_ROW = f"Harm score by RMS's own formula, no forecast. {WHAT_FOR} {NOT_FOR}"
_YES_NO = {"true": "yes", "false": "no", "": wording.NOT_KNOWN}
IN_WORDS: Mapping[str, Mapping[str, str]] = {
    "home_area_name": {"": wording.NOT_KNOWN},
    "stage": record_words.STAGES,
    "cohort": {**record_words.COHORTS, "": "no cohort"},
    "managed": {NOT_KNOWN: wording.NOT_KNOWN},
    **dict.fromkeys(_STATES, _YES_NO),
}


def csv_of_list(context: Context, filter: HarmFilter, *, rules: HarmRules, person_id: PersonId) -> LongStream:
    """The CSV of the whole list, in parts, read as it is consumed. A long read.

    Raises
    ------
    InvalidInput
        If there is no such area.
    AlreadyRunning, LongReadBusy
        As `long_read`.
    """

    def parts() -> Iterator[str]:
        batches = _batches(context, filter, rules=rules)
        return csv_parts(NAMES, (safe_cells(_cells(people, person_id), FIELDS) for people in batches))

    return LongStream(context.by, parts)


def spreadsheet_of_list(
    context: Context, filter: HarmFilter, *, rules: HarmRules, person_id: PersonId
) -> bytes:
    """The list as an .xlsx file. A long read.

    Raises
    ------
    InvalidInput
        If there is no such area, or the list has more than `MOST_IN_SPREADSHEET` people.
    AlreadyRunning, LongReadBusy
        As `long_read`.
    """
    with long_read(context.by):
        return make_spreadsheet(context, filter, rules=rules, person_id=person_id)


def make_spreadsheet(context: Context, filter: HarmFilter, *, rules: HarmRules, person_id: PersonId) -> bytes:
    """The same for a job, which takes no turn of its user's requests.

    Raises
    ------
    InvalidInput
        As `spreadsheet_of_list`.
    """
    with context.store.reading() as tx:
        refuse_unknown_areas(filter, tx)
        wanted = MOST_IN_SPREADSHEET + 1 if filter.size is None else filter.size
        total = tx.offender_list.total(query_of(context, filter, rules), most=wanted)
        described = as_at(tx)
    refuse_too_many(total)
    batches = _batches(context, filter, rules=rules)
    cells = (_spreadsheet_cells(_cells(people, person_id)) for people in batches)
    read_this = _read_this(context, filter, described, total=total)
    return spreadsheet_content(SPREADSHEET_FIELDS, cells, read_this, title="Offender list")


def refuse_too_many(people: int) -> None:
    """
    Raises
    ------
    InvalidInput
        If a spreadsheet that is made in a request cannot have so many.
    """
    if people > MOST_IN_SPREADSHEET:
        detail = (
            f"A spreadsheet can have up to {MOST_IN_SPREADSHEET:,} people. Choose a size or more criteria."
        )
        raise InvalidInput([Problem("/size", "too_many_people", detail)])


def _batches(context: Context, filter: HarmFilter, *, rules: HarmRules) -> Iterator[tuple[Ranked, ...]]:
    """The people of the list. The audit log names all of them before the first is read.

    No transaction is open between two batches. Who comes into the list meanwhile has another entry.
    """
    query = query_of(context, filter, rules)
    known = _named_in_audit(context, filter, query)
    after: PageEnd | None = None
    while True:
        before = 0 if after is None else after.rank
        left = BATCH if filter.size is None else min(BATCH, filter.size - before)
        with context.store.reading() as tx:
            page = tx.offender_list.page(query, limit=left, after=None if after is None else after.place)
            keys = [place.person for place in page]
            people = ranked(tx, keys, on=query.on, before=before)
            if others := [key for key in keys if key not in known]:
                tx.audit.looked(
                    "harm.exported", person=NOBODY, people=others, criteria=audited_criteria(filter)
                )
        if people:
            yield people
        if len(page) < BATCH:
            return
        after = PageEnd(page[-1], before + len(page))


def _named_in_audit(context: Context, filter: HarmFilter, query: HarmQuery) -> PeopleSet:
    """All people of the list, who are in the audit log when this returns."""
    with context.store.reading() as tx:
        refuse_unknown_areas(filter, tx)
        known = PeopleSet(place.person for place in tx.offender_list.page(query, limit=filter.size))
        tx.audit.looked("harm.exported", person=NOBODY, people=known, criteria=audited_criteria(filter))
    return known


def _cells(people: Sequence[Ranked], person_id: PersonId) -> Cells:
    """The texts of each column, in the order of `FIELDS`."""
    columns = zip(*(one.person for one in people), strict=True)
    of = dict(zip(ListedPerson._fields, columns, strict=True))
    shown = {
        **{name: [value or "" for value in of[name]] for name in _TEXTS},
        **{name: list(map(_text, of[name])) for name in _DAYS},
        **{name: list(map(_truth, of[name])) for name in _STATES},
        "counted_offences": list(map(str, of["counted"])),
        "unknown_codes": list(map(str, of["unknown_codes"])),
        "rank": [str(one.rank) for one in people],
        "person": list(map(person_id, of["person"])),
        "date_of_birth": list(map(_text, of["born"])),
        "score": list(map(_figure, of["score"])),
        **{name: [_figure(parts[name]) for parts in of["components"]] for name in COMPONENTS},
        "managed": [_MANAGED[value] for value in of["managed"]],
        **{process: [_simulated(one, process) for one in people] for process in PROCESSES},
        "ogrs": [""] * len(people),
        "notice": [NOTICE_IN_ROW] * len(people),
    }
    return [shown[name] for name in NAMES]


def _spreadsheet_cells(cells: Cells) -> Cells:
    """The same cells in the order of `SPREADSHEET_FIELDS`, in words."""
    columns = dict(zip(NAMES, cells, strict=True))
    for name, words in IN_WORDS.items():
        columns[name] = [words.get(text, text) for text in columns[name]]
    return [columns[field.name] for field in SPREADSHEET_FIELDS]


@lru_cache(maxsize=8192)  # many people have the same figures, above all 0 and 100
def _figure(score: float) -> str:
    return str(shown_score(score))


def _simulated(one: Ranked, process: str) -> str:
    simulation = one.simulations.get(process)
    score = None if simulation is None else simulation.score
    return "" if score is None else wording.two_decimals(score)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _truth(value: bool | None) -> str:
    return "" if value is None else str(value).lower()


def _read_this(context: Context, filter: HarmFilter, described: AsAt, *, total: int) -> ReadThis:
    scores = "not calculated yet" if described.scores is None else wording.day(described.scores)
    sources = "; ".join(f"{source.name}: {wording.day(source.as_at)}" for source in described.sources)
    return (
        ("Harm score", f"It describes what is on record. It is no forecast. {OWN_FORMULA}"),
        ("What it is for", f"{WHAT_FOR} {NOT_FOR}"),
        ("Notice on example-based scores", wording.NOTICE),
        ("Notice version", wording.NOTICE_VERSION),
        ("Filters", audited_criteria(filter)),
        ("Order", "Harm score, high to low"),
        ("People", f"{total:,}"),
        ("Harm scores as at", scores),
        ("Data as at", sources or "no source system"),
        ("Created", wording.moment(context.at.astimezone(context.zone))),
        ("Created for", context.by),
    )
