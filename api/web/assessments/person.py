"""The page of one person: assessments and needs over time, what-ifs, overrides and notes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK, SUPERVISION
from api.context import library_of, request_context
from api.services.assessments.person import CurrentAssessment, PersonPage, person_page
from api.services.transfer.export_files import CSV, csv_parts
from api.storage import ListedSimulation, Note, Override
from api.web import formatting
from api.web.assessments.overrides_and_notes import OVERRIDE_WORDS
from api.web.blueprint import blueprint
from api.web.people.identity import identity_of
from rms.assessment import offender_number
from rms.engine.result import Status
from rms.errors import NotFound
from rms.instrument import Instrument
from rms.reports import wording
from rms.reports.charts import Point, trajectory_plot
from rms.reports.drawing import as_png, as_svg
from rms.reports.needs_charts import NARROW, WIDE, needs_over_time_plot, rows_height

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
    return render_template(
        "assessments/person.html",
        page=page,
        chart=chart,
        counted=_counted(page),
        identity=identity_of(page.number, page.latest.listed) if page.latest else None,
        processes=instrument.processes,
        trajectory_description=_trajectory_description(chart, instrument),
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
    drawing = trajectory_plot([_point(one) for one in chart.assessments], instrument)
    title, description = (
        "Scores over time, with their 95% intervals",
        _trajectory_description(chart, instrument),
    )
    content = (
        as_svg(drawing, title=title, description=description)
        if extension == "svg"
        else as_png(drawing, scale=3)
    )
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
    drawing = needs_over_time_plot(
        [(f"{name}: {one.listed.id}", one.listed.needs) for name, one in _series(page)],
        instrument,
        rows=NARROW if request.args.get("width") == "narrow" else WIDE,
    )
    title, description = "Needs over time, percent of the scale", _needs_description(page, instrument)
    content = (
        as_svg(drawing, title=title, description=description)
        if extension == "svg"
        else as_png(drawing, scale=3)
    )
    return _chart_file(content, extension, f"needs-{page.number}")


def _page(number: str) -> PersonPage:
    return person_page(request_context(), number)


def _instrument_of(page: PersonPage) -> Instrument:
    """The instrument of the latest assessment, as it is in use now; the default if it no longer is."""
    return library_of(page.latest.listed.instrument_name if page.latest else None).instrument


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
    """The chart for the page; as a download if it is a PNG or with `?download=yes`."""
    response = Response(content, mimetype=SVG if extension == "svg" else PNG)
    if extension == "png" or request.args.get("download") == "yes":
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    return response


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], page: PersonPage, name: str) -> Response:
    text = "".join(csv_parts(head, [list(zip(*rows, strict=True))]))
    response = Response(text, mimetype=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{page.number}.csv"'
    return response


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
