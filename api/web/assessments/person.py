"""The page of one person: assessments and needs over time, what-ifs, overrides and notes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import CASEWORK, SUPERVISION
from api.context import libraries, library_of, request_context
from api.services.assessments.person import CurrentAssessment, PersonPage, form_of, person_page
from api.services.records.person import Person, person_of_number
from api.services.transfer.export_files import CSV, csv_parts
from api.storage import ListedSimulation, Note, Override
from api.web import formatting
from api.web.assessments.overrides_and_notes import OVERRIDE_WORDS
from api.web.blueprint import blueprint
from api.web.formatting import Pictured, inline
from api.web.people.identity import Identity, assessed_identity, identity_of_person
from api.web.records.topics import topic_links
from rms.assessment import offender_number
from rms.engine.result import Status
from rms.errors import NotFound
from rms.instrument import Instrument
from rms.reports import wording
from rms.reports.charts import (
    Point,
    narrow_trajectory_height,
    narrow_trajectory_plot,
    trajectory_plot,
)
from rms.reports.drawing import as_png, as_svg
from rms.reports.needs_charts import NARROW, WIDE, RowsFormat, needs_over_time_plot, rows_height

SVG, PNG = "image/svg+xml", "image/png"
CHARTED = 10  # assessments in one chart; more would overlap
SERIES = ("First", "Previous", "Latest")


@dataclass(frozen=True)
class Chart:
    """Chart `number` of `of`, where 1 is the latest; `first` is the position of its oldest assessment."""

    number: int
    of: int
    assessments: tuple[CurrentAssessment, ...]
    first: int


@blueprint.get("/people/<number>")
@allow_roles(CASEWORK)
def person(number: str) -> ResponseReturnValue:
    known = offender_number(number)
    if known is None:
        raise NotFound("An offender number has 1 to 20 letters and numbers.")
    if known != number:
        return redirect(url_for("web.person", number=known))
    page = _page(number)
    instrument = _instrument_of(page)
    chart = _chart_of(page)
    on_record = person_of_number(request_context(), number)
    return render_template(
        "assessments/person.html",
        page=page,
        topics=topic_links(on_record) if on_record else (),
        chart=chart,
        counted=_counted(page),
        identity=_identity(page, on_record),
        processes=instrument.processes,
        trajectory=_pictured(
            _trajectory_svg(plot, chart, instrument) for plot in (trajectory_plot, narrow_trajectory_plot)
        )
        if page.assessments
        else None,
        needs_plot=_pictured(_needs_svg(page, instrument, rows) for rows in (WIDE, NARROW))
        if page.assessments and instrument.needs
        else None,
        trajectory_description=_trajectory_description(chart, instrument),
        narrow_trajectory_height=narrow_trajectory_height(len(chart.assessments), len(instrument.processes)),
        needs_head=("Need", *(name for name, _ in reversed(_series(page)))),
        needs_rows=[(need, *reversed(values)) for need, *values in _needs_rows(page, instrument)],
        needs_description=_needs_description(page, instrument),
        needs_height=rows_height(len(_series(page)), len(instrument.needs)),
        narrow_height=rows_height(len(_series(page)), len(instrument.needs), rows=NARROW),
        libraries=len({one.listed.library.sha256 for one in page.assessments}),
        history=_history(page),
        words=OVERRIDE_WORDS,
        supervision=dict(_of_supervision(number)),
    )


@blueprint.get("/people/<number>/trajectory.svg", defaults={"extension": "svg"})
@blueprint.get("/people/<number>/trajectory.png", defaults={"extension": "png"})
@blueprint.get("/people/<number>/trajectory.csv", defaults={"extension": "csv"})
@allow_roles(CASEWORK)
def trajectory_file(number: str, extension: str) -> Response:
    """The scores over time, as a chart or a table."""
    page = _known(number)
    instrument = _instrument_of(page)
    if extension == "csv":
        return _table(_trajectory_head(instrument), _trajectory_rows(page, instrument), page, "trajectory")
    chart = _chart_of(page)
    if extension == "svg":
        content = _trajectory_svg(trajectory_plot, chart, instrument)
    else:
        content = as_png(trajectory_plot(_points(chart), instrument), scale=3)
    return _chart_file(content, extension, f"trajectory-{page.number}")


@blueprint.get("/people/<number>/needs.svg", defaults={"extension": "svg"})
@blueprint.get("/people/<number>/needs.png", defaults={"extension": "png"})
@blueprint.get("/people/<number>/needs.csv", defaults={"extension": "csv"})
@allow_roles(CASEWORK)
def needs_over_time_file(number: str, extension: str) -> Response:
    """The needs over time, as a chart or a table."""
    page = _known(number)
    instrument = _instrument_of(page)
    if not instrument.needs:
        raise NotFound(f"The form {instrument.name} does not rate needs.")
    if extension == "csv":
        head = ("need", *(name.lower() for name, _ in _series(page)))
        return _table(head, _needs_rows(page, instrument), page, "needs")
    if extension == "svg":
        content = _needs_svg(page, instrument, WIDE)
    else:
        content = as_png(_needs_drawing(page, instrument, WIDE), scale=3)
    return _chart_file(content, extension, f"needs-{page.number}")


def _trajectory_svg(plot: Callable[..., Any], chart: Chart, instrument: Instrument) -> bytes:
    return as_svg(
        plot(_points(chart), instrument),
        title="Scores over time, with their 95% intervals",
        description=_trajectory_description(chart, instrument),
    )


def _needs_svg(page: PersonPage, instrument: Instrument, rows: RowsFormat) -> bytes:
    return as_svg(
        _needs_drawing(page, instrument, rows),
        title="Needs over time, percent of the scale",
        description=_needs_description(page, instrument),
    )


def _needs_drawing(page: PersonPage, instrument: Instrument, rows: RowsFormat) -> Any:
    series = [(f"{name}: {one.listed.id}", one.listed.needs) for name, one in _series(page)]
    return needs_over_time_plot(series, instrument, rows=rows)


def _pictured(drawn: Iterable[bytes]) -> Pictured:
    return Pictured(*map(inline, drawn))


def _identity(page: PersonPage, on_record: Person | None) -> Identity | None:
    if on_record is not None:
        return identity_of_person(on_record, workers=True)
    return assessed_identity(page.number, page.latest.listed) if page.latest else None


def _page(number: str) -> PersonPage:
    return person_page(request_context(), number)


def _instrument_of(page: PersonPage) -> Instrument:
    """The instrument of the latest assessment: as it is in use now, or else as it was when it was made."""
    if page.latest is None:
        return library_of().instrument
    latest = page.latest.listed
    if libraries().has(latest.instrument_name):
        return library_of(latest.instrument_name).instrument
    return form_of(request_context(), latest)


def _known(number: str) -> PersonPage:
    page = _page(number.upper())
    if not page.assessments:
        raise NotFound("There are no assessments for this offender number.")
    return page


def _chart_of(page: PersonPage) -> Chart:
    """The chart with the number in the query, counted from the latest; the latest by default."""
    total = len(page.assessments)
    charts = max(1, -(-total // CHARTED))
    requested = request.args.get("picture", "")
    number = int(requested) if requested in map(str, range(1, charts + 1)) else 1
    last = total - (number - 1) * CHARTED
    first = max(0, last - CHARTED)
    return Chart(number, charts, page.assessments[first:last], first=first + 1)


def _series(page: PersonPage) -> list[tuple[str, CurrentAssessment]]:
    """The first, previous and latest assessment, as far as there are that many."""
    if not page.assessments:
        return []
    first, *later = page.assessments
    chosen = [first, *later[-2:]] if len(later) > 1 else [first, *later]
    names = SERIES if len(chosen) == len(SERIES) else (SERIES[0], SERIES[-1])[-len(chosen) :]
    return list(zip(names, chosen, strict=True))


def _points(chart: Chart) -> list[Point]:
    return [_point(one) for one in chart.assessments]


def _point(assessment: CurrentAssessment) -> Point:
    library = assessment.listed.library
    scores = {simulation.process: _plotted(simulation) for simulation in assessment.listed.simulations}
    return Point(
        assessment.listed.id, _short(assessment.made_at), f"{library.name} {library.version}", scores
    )


def _plotted(simulation: ListedSimulation) -> tuple[float, tuple[float, float]] | str:
    if simulation.status is Status.SIMULATED and simulation.score is not None and simulation.interval:
        return simulation.score, simulation.interval
    return wording.WITHHELD.get(simulation.status, wording.NO_VALUE)


def _short(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def _trajectory_head(instrument: Instrument) -> tuple[str, ...]:
    return ("assessment", "made", "library", *(process.code for process in instrument.processes))


def _trajectory_rows(page: PersonPage, instrument: Instrument) -> list[tuple[str, ...]]:
    return [
        (
            assessment.listed.id,
            formatting.local(assessment.made_at).date().isoformat(),
            f"{assessment.listed.library.name} {assessment.listed.library.version}",
            *(_score(assessment, process.code) for process in instrument.processes),
        )
        for assessment in page.assessments
    ]


def _score(assessment: CurrentAssessment, process: str) -> str:
    simulation = next((row for row in assessment.listed.simulations if row.process == process), None)
    return formatting.score_of(simulation) if simulation else wording.NO_VALUE


def _trajectory_description(chart: Chart, instrument: Instrument) -> str:
    sentences = [
        f"{assessment.listed.id} of {formatting.day(assessment.made_at)}, "
        + ", ".join(f"{process.label} {_score(assessment, process.code)}" for process in instrument.processes)
        for assessment in chart.assessments
    ]
    return "; ".join(sentences) + "."


def _needs_rows(page: PersonPage, instrument: Instrument) -> list[tuple[str, ...]]:
    """Each need as rated, in percent of its scale."""
    series = [{need.need: need.actual for need in one.listed.needs} for _, one in _series(page)]
    return [
        (need.label, *(wording.percent(readings.get(need.code)) for readings in series))
        for need in instrument.needs
    ]


def _needs_description(page: PersonPage, instrument: Instrument) -> str:
    names = [name.lower() for name, _ in _series(page)]
    sentences = [
        f"{label}: " + ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
        for label, *values in _needs_rows(page, instrument)
    ]
    return "; ".join(sentences) + "."


def _chart_file(content: bytes, extension: str, name: str) -> Response:
    return attachment(content, SVG if extension == "svg" else PNG, f"{name}.{extension}")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], page: PersonPage, name: str) -> Response:
    text = "".join(csv_parts(head, [list(zip(*rows, strict=True))]))
    return attachment(text, CSV, f"{name}-{page.number}.csv")


def _of_supervision(number: str) -> Iterator[tuple[str, str]]:
    """Links to other pages about the person, for supervisors: label and URL."""
    if g.user.role not in SUPERVISION:
        return
    for label, endpoint in (
        ("Caseload and legal hold", "web.office_person"),
        ("All data held about this person", "web.personal_record"),
    ):
        if endpoint in current_app.view_functions:
            yield label, url_for(endpoint, number=number)


def _history(page: PersonPage) -> list[tuple[str, str, Override | Note]]:
    """Overrides and notes, newest first: assessment ID, type and entry."""
    entries: list[tuple[str, str, Override | Note]] = [
        *((id, "override", one) for id, overrides in page.overrides.items() for one in overrides),
        *((id, "note", one) for id, notes in page.notes.items() for one in notes),
    ]
    return sorted(entries, key=lambda entry: (entry[2].at, entry[2].number), reverse=True)


def _counted(page: PersonPage) -> str:
    assessments, what_ifs = len(page.assessments), len(page.what_ifs)
    return (
        f"{assessments} assessment{'' if assessments == 1 else 's'} "
        f"and {what_ifs} what-if{'' if what_ifs == 1 else 's'}."
    )
