"""The minutes of a meeting as a file: CSV, or a spreadsheet with a notice and a list of its columns."""

from collections.abc import Iterator

from api.services.context import Context
from api.services.meetings.agenda import ShownLine, ShownMinutes, minutes_of
from api.services.transfer.export_fields import Cells, Holds, as_it_is, safe_cells
from api.services.transfer.export_files import ReadThis, csv_parts, spreadsheet_content
from rms.harm.listing import MANAGED
from rms.harm.score import shown_score
from rms.reports import meeting_words, wording
from rms.reports.harm_words import OWN_FORMULA

EXPORTED = "meeting.exported"
_MANAGED = {value: word.replace("_", " ") for word, value in MANAGED.items()}


FIELDS = (
    as_it_is("section", "Part of the agenda"),
    as_it_is("name", "Name"),
    as_it_is("offender_number", "Offender number"),
    as_it_is("home_area", "Home area now"),
    as_it_is("score", "Harm score then", Holds.NUMBER, 1),
    as_it_is("band", "Band then"),
    as_it_is("band_before", "Band at the meeting before"),
    as_it_is("cohort", "Cohort then"),
    as_it_is("managed", "Managed then"),
    as_it_is("recommended", "Recommended"),
    as_it_is("reason", "Reason"),
    as_it_is("recommended_by", "Recommended by"),
    as_it_is("recommended_at", "Recommended at", Holds.INSTANT),
    as_it_is("state", "State then"),
    as_it_is("decision_reason", "Reason of the decision"),
    as_it_is("decided_by", "Decided by"),
)


def csv_of_minutes(context: Context, key: int) -> str:
    """
    Raises
    ------
    NotFound
        If there is no such meeting of an area of this user.
    """
    found = minutes_of(context, key, action=EXPORTED)
    names = [field.name for field in FIELDS]
    return "".join(csv_parts(names, [safe_cells(cells, FIELDS) for cells in _batches(found)]))


def spreadsheet_of_minutes(context: Context, key: int) -> bytes:
    """
    Raises
    ------
    NotFound
        If there is no such meeting of an area of this user.
    """
    found = minutes_of(context, key, action=EXPORTED)
    return spreadsheet_content(
        FIELDS, _batches(found), _read_this(context, found), title="Minutes", zone=context.zone
    )


def _batches(found: ShownMinutes) -> Iterator[Cells]:
    """All lines as one batch; none if there are no lines."""
    if found.lines:
        yield list(zip(*(tuple(_texts(one)) for one in found.lines), strict=True))


def _texts(one: ShownLine) -> Iterator[str]:
    """The texts of a row, in the order of `FIELDS`."""
    line, made = one.line, one.recommendation
    yield meeting_words.SECTIONS[line.section]
    yield from (one.called.name or "", one.called.number or "", one.called.home_area or "")
    yield "" if line.score is None else str(shown_score(line.score))
    yield from (line.band or "", line.band_before or "", line.cohort or "")
    yield "" if line.score is None else _MANAGED[line.managed]
    if made is None:
        yield from [""] * 7
        return
    yield from (meeting_words.recommended(made.kind, made.cohort), made.reason, made.by)
    yield from (made.at.isoformat(timespec="seconds"), meeting_words.STATES_BY_NAME[line.state or ""])
    decided = made.decision if line.state != "waiting" else None
    yield from ("", "") if decided is None else (decided.reason, decided.by)


def _read_this(context: Context, found: ShownMinutes) -> ReadThis:
    meeting = found.meeting
    scores = "not calculated yet" if meeting.scores_on is None else wording.day(meeting.scores_on)
    return (
        ("Harm score", OWN_FORMULA),
        ("Recommendations", meeting_words.CHANGES_NOTHING),
        ("Meeting of", meeting.area_name),
        ("Closed", wording.moment(meeting.closed_at.astimezone(context.zone))),
        ("Closed by", meeting.closed_by),
        ("Since", wording.day(meeting.since)),
        ("Harm scores as at", scores),
        *((meeting_words.SECTIONS[section], words) for section, words in found.cut.items()),
        ("Who is in it", "The people whom you may see today."),
        ("Created", wording.moment(context.at.astimezone(context.zone))),
        ("Created for", context.by),
    )
