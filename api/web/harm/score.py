"""The overview of a person, and their harm score with every point of it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.services.harm.explaining import Explanation, MarkerPart, OffencePart, ReportPart, explain_score
from api.services.harm.overview import overview_of
from api.services.records.person import person_overview
from api.storage import Moment
from api.web.blueprint import blueprint
from api.web.formatting import inline
from api.web.harm.offences import NOT_SHOWN, offence_name
from api.web.people.address import person_with
from api.web.records.topics import supervisor_links, topic_page
from rms.harm.score import shown_score
from rms.harm.settings import BANDS, COMPONENTS
from rms.reports import harm_words, record_words, wording
from rms.reports.drawing import as_svg
from rms.reports.harm_chart import Step, harm_over_time_plot
from rms.reports.harm_words import figure, points

LATEST = 5  # offences on the overview
MOST_ROWS = 500  # of offences, markers and reports with their points; the others are a sum


@dataclass(frozen=True)
class PointRow:
    """An offence, marker or report with its points. `given`: component → points."""

    day: date
    what: str
    source: str
    working: str
    given: Mapping[str, float]

    @property
    def points(self) -> dict[str, str]:
        """The points of each component, as shown."""
        return {name: points(value) for name, value in self.given.items()}

    @property
    def total(self) -> str:
        return points(self.order)

    @property
    def order(self) -> float:
        return sum(self.given.values())


@dataclass(frozen=True)
class OtherRows:
    """The sums of the rows that are not shown."""

    number: int
    points: dict[str, str]
    total: str


@dataclass(frozen=True)
class Change:
    """A day from which the score was another. `moved`: the band it moved from and to, in words."""

    day: date
    score: str
    band: str
    moved: str


@blueprint.get("/people/by-key/<id>")
@allow_roles(OFFENDER_LISTS)
def person_overview_page(id: str) -> str:
    overview = overview_of(request_context(), person_with(id), rules=application().harm)
    explanation = overview.explanation
    counted = [part for part in explanation.offences if part.counts]
    return topic_page(
        "harm/overview.html",
        overview.person,
        overview=overview,
        explanation=explanation,
        standing=_standing(explanation),
        changes=_changes(explanation.moments)[:1],
        latest=counted[: -LATEST - 1 : -1],
        counted=len(counted),
        offence_name=offence_name,
        words=record_words,
        own_formula=harm_words.OWN_FORMULA,
        for_supervisors=supervisor_links(overview.person),
    )


@blueprint.get("/people/by-key/<id>/harm")
@allow_roles(OFFENDER_LISTS)
def harm_score(id: str) -> str:
    context, key = request_context(), person_with(id)
    explanation = explain_score(context, key, rules=application().harm)
    rules, score = explanation.rules, explanation.score
    lines = (
        harm_words.component_lines(score, explanation.working, rules.settings)
        if score and explanation.working
        else ()
    )
    rows = sorted(_point_rows(explanation), key=lambda row: (-row.order, -row.day.toordinal()))
    changes = _changes(explanation.moments)
    return topic_page(
        "harm/score.html",
        person_overview(context, key),
        explanation=explanation,
        standing=_standing(explanation),
        components=lines,
        columns=harm_words.LABELS,
        rows=rows[:MOST_ROWS],
        number=len(rows),
        others=_sums(rows[MOST_ROWS:]),
        sums={name: points(rules.settings.weights[name] * getattr(score, name)) for name in COMPONENTS}
        if score
        else {},
        total=points(score.score) if score else "",
        sum_of_components=harm_words.sum_of_components(score, rules.settings) if score else "",
        bands=harm_words.bands_in_words(explanation.cuts, rules.settings) if explanation.cuts else (),
        changes=changes,
        picture=_picture(explanation) if len(explanation.moments) > 1 else "",
        description=_description(changes),
        earlier=_earlier(explanation),
        suspected=[part for part in explanation.offences if part.suspected][::-1],
        suspects_not_shown=NOT_SHOWN,
        offence_name=offence_name,
        words=record_words,
        own_formula=harm_words.OWN_FORMULA,
        harm_words=harm_words,
        describes=harm_words.what_it_describes(explanation.day),
    )


def _picture(explanation: Explanation) -> str:
    """The score over time."""
    steps = [Step(moment.day, moment.score) for moment in explanation.moments]
    cuts = list(zip(BANDS[1:], explanation.cuts.scores, strict=True)) if explanation.cuts else []
    drawing = harm_over_time_plot(steps, cuts, until=explanation.day)
    description = _description(_changes(explanation.moments))
    return inline(as_svg(drawing, title="Harm score over time", description=description))


def _standing(explanation: Explanation) -> str:
    if explanation.band is None or explanation.cuts is None:
        return ""
    return harm_words.standing(explanation.band, explanation.cuts, explanation.rules.settings)


def _earlier(explanation: Explanation) -> str:
    """The score in the list, if the records have changed since it was calculated."""
    now = explanation.score.shown if explanation.score else None
    last = None if explanation.last is None else shown_score(explanation.last)
    if now == last:
        return ""
    return "no score" if last is None else str(last)


def _point_rows(explanation: Explanation) -> Iterator[PointRow]:
    for part in explanation.offences:
        if part.counts:
            yield _of_offence(part, explanation)
    if explanation.score is None:
        return
    for marker in explanation.markers:
        if marker.points:
            yield _of_marker(marker, explanation)
    for report in explanation.reports:
        if report.points:
            yield _of_report(report, explanation)


def _sums(rows: Sequence[PointRow]) -> OtherRows | None:
    if not rows:
        return None
    given = {name: math.fsum(row.given.get(name, 0.0) for row in rows) for name in COMPONENTS}
    shown = {name: points(value) for name, value in given.items() if value}
    return OtherRows(len(rows), shown, points(math.fsum(given.values())))


def _of_offence(part: OffencePart, explanation: Explanation) -> PointRow:
    age = (explanation.day - part.offence.committed_on).days
    return PointRow(
        part.offence.committed_on,
        offence_name(part),
        part.offence.source,
        harm_words.offence_working(part.days, age, explanation.rules.settings),
        part.points,
    )


def _of_marker(part: MarkerPart, explanation: Explanation) -> PointRow:
    kind = part.marker.kind
    return PointRow(
        part.marker.first_day,
        f"Drug marker: {record_words.MARKERS[kind]}",
        part.marker.source,
        f"Value {figure(explanation.rules.settings.drugs[kind])}",
        {"drugs": part.points},
    )


def _of_report(part: ReportPart, explanation: Explanation) -> PointRow:
    return PointRow(
        part.report.reported_on,
        "Intelligence report",
        part.report.source,
        harm_words.grade_working(part.report.grade, explanation.rules.settings),
        {"intelligence": part.points},
    )


def _changes(moments: Sequence[Moment]) -> list[Change]:
    """The days on which the score or the band changed, the last one first."""
    befores = [None, *moments]
    return [
        Change(
            after.day,
            "no score" if after.score is None else str(shown_score(after.score)),
            _band(after),
            _moved(before, after),
        )
        for before, after in pairwise(befores)
        if after is not None
    ][::-1]


def _band(moment: Moment | None) -> str:
    return BANDS[moment.band] if moment is not None and moment.band is not None else wording.NO_VALUE


def _moved(before: Moment | None, after: Moment) -> str:
    if before is None or before.band is None or after.band is None or before.band == after.band:
        return ""
    way = "up" if after.band > before.band else "down"
    return f"moved {way} from {_band(before)}"


def _description(changes: Sequence[Change]) -> str:
    said = (f"{wording.day(one.day)}: {one.score}, band {one.band}" for one in reversed(changes))
    return "; ".join(said) + "."
