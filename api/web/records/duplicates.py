"""Likely duplicates: two records side by side, what agrees, and the decision on them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import OFFICE_PEOPLE, SUPERVISION
from api.context import request_context
from api.schemas.problems import loaded
from api.schemas.records.duplicates import ReasonSchema
from api.services.context import Context
from api.services.records.duplicates import (
    NO_RECORDS,
    join_records,
    joined_pair,
    joined_pairs,
    proposed_pair,
    proposed_pairs,
    separate_records,
)
from api.storage import DuplicatePair, JoinedPair, RecordShown
from api.web import formatting
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, errors_of, filled_fields, typed
from api.web.form_messages import DECISION_ON_DUPLICATES
from api.web.paging import page_links, requested_page
from rms.errors import Conflict, InvalidInput, NotFound
from rms.parsing import whole_number_in
from rms.people.identifiers import cro, pnc
from rms.people.matching import Evidence, probability

AT_ONCE = 10  # pairs on a page
MOST_JOINED = 20  # joins, the latest
LONGEST_KEY = 9  # digits
NOT_KNOWN = "not known"
NO_NUMBER = "none"
SAYS = {
    Evidence.AGREES: "Agrees",
    Evidence.NEAR: "Nearly agrees",
    Evidence.DIFFERS: "Differs",
    Evidence.UNKNOWN: "Not compared",
}
DONE = {
    "joined": "The records are of one person now.",
    "apart": "The records stay apart. RMS will not propose or join them again.",
}


@dataclass(frozen=True)
class Row:
    """A field of two records. `evidence` is empty for a field that is not compared."""

    label: str
    first: str
    second: str
    evidence: str = ""

    @property
    def in_text(self) -> str:
        """The label inside a sentence: “PNC number”, but “date of birth”."""
        first, _, others = self.label.partition(" ")
        return self.label if first.isupper() else f"{first.lower()} {others}".strip()


@dataclass(frozen=True)
class Compared:
    """The fields of a pair: those that differ, those that are the same, and those that neither record has."""

    different: tuple[Row, ...]
    same: tuple[Row, ...]
    in_neither: tuple[Row, ...]


@dataclass(frozen=True)
class Decision:
    """A decision on two records, and what it does. `decide` takes it."""

    heading: str
    sentences: tuple[str, ...]
    label: str
    done: str
    decide: Callable[..., object]


JOIN = Decision(
    "Join these records?",
    (
        "All records of both people become records of one person.",
        "RMS calculates the harm score of this person again.",
        "You can separate the records again.",
    ),
    "Join records",
    "joined",
    join_records,
)
KEEP_APART = Decision(
    "Keep these records apart?",
    (
        "RMS will not propose these records again, and imports will not join them.",
        "You cannot take this back.",
    ),
    "Keep apart",
    "apart",
    separate_records,
)
SEPARATE = Decision(
    "Separate these records?",
    (
        "The records that were joined go back to the person they came from.",
        "RMS calculates the harm scores of both people again.",
        "RMS will not propose these records again, and imports will not join them.",
        "You cannot take this back.",
    ),
    "Separate records",
    "apart",
    separate_records,
)


@blueprint.get("/people/duplicates")
@allow_roles(OFFICE_PEOPLE)
def duplicates_page() -> str:
    context, of = request_context(), "duplicates"
    place = requested_page(of=of)
    part = proposed_pairs(context, limit=AT_ONCE, after=place.after)
    last = None if part.is_last else part.pairs[-1].id
    following = place.next(last, shown=len(part.pairs))
    return render_template(
        "records/duplicates.html",
        part=part,
        joined=joined_pairs(context, limit=MOST_JOINED),
        compared=compared,
        percent_of=percent_of,
        name_of=name_of,
        source_of=source_of,
        done=done_message(DONE),
        first=place.before + 1,
        last=place.before + len(part.pairs),
        ways=page_links(
            place, following, of=of, address=lambda after: url_for("web.duplicates_page", after=after)
        ),
    )


@blueprint.get("/people/duplicates/<first>/<second>/join")
@allow_roles(SUPERVISION)
def asked_to_join(first: str, second: str) -> str:
    """Ask before records are joined."""
    return _decision_page(JOIN, proposed_pair(request_context(), *_keys(first, second)))


@blueprint.post("/people/duplicates/<first>/<second>/join")
@allow_roles(SUPERVISION)
def joined(first: str, second: str) -> ResponseReturnValue:
    return _decided(JOIN, proposed_pair(request_context(), *_keys(first, second)))


@blueprint.get("/people/duplicates/<first>/<second>/separate")
@allow_roles(SUPERVISION)
def asked_to_separate(first: str, second: str) -> str:
    """Ask before records are separated, or kept apart."""
    return _decision_page(*_to_separate(request_context(), *_keys(first, second)))


@blueprint.post("/people/duplicates/<first>/<second>/separate")
@allow_roles(SUPERVISION)
def separated(first: str, second: str) -> ResponseReturnValue:
    return _decided(*_to_separate(request_context(), *_keys(first, second)))


def _keys(first: str, second: str) -> tuple[int, int]:
    keys = [whole_number_in(text) if len(text) <= LONGEST_KEY else None for text in (first, second)]
    if keys[0] is None or keys[1] is None:
        raise NotFound(NO_RECORDS)
    return keys[0], keys[1]


def _to_separate(context: Context, first: int, second: int) -> tuple[Decision, DuplicatePair | JoinedPair]:
    pair = joined_pair(context, first, second)
    if pair is not None:
        return SEPARATE, pair
    return KEEP_APART, proposed_pair(context, first, second)


def _decided(decision: Decision, pair: DuplicatePair | JoinedPair) -> ResponseReturnValue:
    try:
        reason = loaded(ReasonSchema(), filled_fields())["reason"]
        decision.decide(request_context(), pair.first.record, pair.second.record, reason=reason)
    except InvalidInput as refused:
        page = _decision_page(decision, pair, errors=errors_of(refused, DECISION_ON_DUPLICATES))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _decision_page(decision, pair, errors={"reason": refused.detail}), HTTPStatus.CONFLICT
    return redirect(url_for("web.duplicates_page", done=decision.done), HTTPStatus.SEE_OTHER)


def _decision_page(
    decision: Decision, pair: DuplicatePair | JoinedPair, *, errors: Errors | None = None
) -> str:
    return render_template(
        "records/decide.html",
        decision=decision,
        pair=pair,
        rows_of=rows_of,
        source_of=source_of,
        action=request.path,
        errors=errors or {},
        typed=typed(),
    )


def rows_of(pair: DuplicatePair | JoinedPair) -> Iterator[Row]:
    """The fields of two records, with the evidence of those that RMS compares."""
    evidence: Mapping[str, str] = pair.evidence if isinstance(pair, DuplicatePair) else {}
    for field, label, text in FIELDS:
        said = SAYS[Evidence(evidence[field])] if field in evidence else ""
        yield Row(label, text(pair.first), text(pair.second), said)


def compared(pair: DuplicatePair) -> Compared:
    rows = tuple(rows_of(pair))
    same = [row for row in rows if row.first == row.second]
    return Compared(
        tuple(row for row in rows if row not in same),
        tuple(row for row in same if row.first not in (NOT_KNOWN, NO_NUMBER)),
        tuple(row for row in same if row.first in (NOT_KNOWN, NO_NUMBER)),
    )


def _police_number(text: str | None, canonical: str | None) -> str:
    """A police number as the source has it. RMS never compares one that is not valid."""
    if text is None:
        return NOT_KNOWN
    return text if canonical else f"{text} (not valid, so not compared)"


def name_of(record: RecordShown) -> str:
    return " ".join(name for name in (record.forename, record.surname) if name) or NOT_KNOWN


def source_of(record: RecordShown) -> str:
    return f"{record.source} {record.source_id}"


def percent_of(pair: DuplicatePair) -> str:
    """The probability in whole percent, rounded down: 99.7 is not certain."""
    percent = int(100 * probability(pair.weight))
    return "over 99%" if percent >= 99 else f"{percent}%"


def _born(record: RecordShown) -> str:
    return formatting.day(record.date_of_birth) if record.date_of_birth else NOT_KNOWN


FIELDS: tuple[tuple[str, str, Callable[[RecordShown], str]], ...] = (
    ("name", "Name", name_of),
    ("date_of_birth", "Date of birth", _born),
    ("sex", "Sex", lambda record: record.sex or NOT_KNOWN),
    ("pnc", "PNC number", lambda record: _police_number(record.pnc, pnc(record.pnc or "").canonical)),
    ("cro", "CRO number", lambda record: _police_number(record.cro, cro(record.cro or "").canonical)),
    ("home_area", "Home area", lambda record: record.home_area or NOT_KNOWN),
    ("offender_number", "Offender number", lambda record: record.offender_number or NO_NUMBER),
)
