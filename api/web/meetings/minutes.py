"""The minutes of a closed meeting, and their files."""

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import OFFICE_PEOPLE
from api.context import request_context
from api.services.meetings.agenda import NO_MEETING, SECTIONS, ShownLine, minutes_of
from api.services.meetings.minutes_files import csv_of_minutes, spreadsheet_of_minutes
from api.services.transfer.export_files import CSV, XLSX
from api.web.blueprint import blueprint
from api.web.form_data import done_message
from api.web.people.identity import NamedPerson, named_person
from rms.errors import NotFound
from rms.harm.score import shown_score
from rms.reports import harm_words, meeting_words, record_words, wording

DONE = {"closed": "Meeting closed. These are its minutes."}
LONGEST_NUMBER = 9  # digits


@dataclass(frozen=True, kw_only=True)
class Line(NamedPerson):
    """A line of the minutes, as shown. `recommended` and what follows are empty without a recommendation."""

    score: str
    band: str
    moved: str
    managed: str
    recommended: str
    reason: str
    by: str
    state: str
    decision: str


@blueprint.get("/meetings/<number>")
@allow_roles(OFFICE_PEOPLE)
def meeting_minutes(number: str) -> str:
    found = minutes_of(request_context(), _key(number))
    return render_template(
        "meetings/minutes.html",
        meeting=found.meeting,
        sections=[
            (name, meeting_words.SECTIONS[name], [_line(one) for one in found.of(name)]) for name in SECTIONS
        ],
        changes_nothing=meeting_words.CHANGES_NOTHING,
        own_formula=harm_words.OWN_FORMULA,
        cut=found.cut,
        done=done_message(DONE),
    )


@blueprint.get("/meetings/<number>/minutes.csv")
@allow_roles(OFFICE_PEOPLE)
def minutes_csv(number: str) -> ResponseReturnValue:
    content = csv_of_minutes(request_context(), _key(number))
    return attachment(content, CSV, f"minutes-{_key(number)}.csv")


@blueprint.get("/meetings/<number>/minutes.xlsx")
@allow_roles(OFFICE_PEOPLE)
def minutes_spreadsheet(number: str) -> ResponseReturnValue:
    content = spreadsheet_of_minutes(request_context(), _key(number))
    return attachment(content, XLSX, f"minutes-{_key(number)}.xlsx")


def _key(number: str) -> int:
    if not (number.isdecimal() and number.isascii() and len(number) <= LONGEST_NUMBER):
        raise NotFound(NO_MEETING)
    return int(number)


def _line(one: ShownLine) -> Line:
    line, made, person = one.line, one.recommendation, one.called
    decision = made.decision if made and line.state != "waiting" else None
    return Line(
        **named_person(line.person, person.name, number=person.number, area=person.home_area).cells(),
        score=wording.NO_VALUE if line.score is None else str(shown_score(line.score)),
        band=line.band or wording.NO_VALUE,
        moved=meeting_words.moved(line.band_before, line.band),
        managed=record_words.managed(line.managed, None) if line.score is not None else wording.NO_VALUE,
        recommended=meeting_words.recommended(made.kind, made.cohort) if made else "",
        reason=made.reason if made else "",
        by=made.by if made else "",
        state=meeting_words.STATES_BY_NAME.get(line.state or "", ""),
        decision=f"{decision.by}: {decision.reason}" if decision else "",
    )
