"""The results: modelled rows of what meets the filter, a page at a time, and a picture of their scores."""

import csv
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from io import StringIO

from flask import Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK, SEARCHING
from api.context import application, request_context
from api.resources.search.criteria import resolve_criteria
from api.schemas.search.search import SORTS, sort_from
from api.services.people.pseudonyms import as_shown_to
from api.services.search.search import distribution, page_of
from api.services.transfer.export_files import CSV
from api.services.users import Role
from api.storage import ListedSimulation, ListedSubmission
from api.web import formatting
from api.web.blueprint import blueprint
from api.web.paging import PageLinks, PageStart, page_links, requested_page
from api.web.search.criteria import PROCESS_LABELS, Criteria, address, criteria_of_address
from rms.assessment import AssessmentKind
from rms.engine.filter import Filter, Key, Sort
from rms.engine.result import SPARSE_BELOW, Status
from rms.errors import InvalidInput, NotFound
from rms.reports import wording
from rms.reports.distribution import Distribution, distribution_plot
from rms.reports.distribution import distribution as told
from rms.reports.drawing import as_png, as_svg

ROWS = 50  # of a page
NOT_SORTED = "The address asks for an order that these results cannot have: they are in the usual one."
NO_SUCH_PAGE = "The address asks for a page of another list: this is the first page of this one."
BY_NUMBER = Sort(Key.OFFENDER_NUMBER, descending=False)  # never by score, unless somebody asks (D26)
SORTABLE = {
    Key.OFFENDER_NUMBER: "Assessment",
    Key.SUBMITTED_AT: "Submitted",
    Key.RELEASE_DATE: "Estimated release",
    Key.SCORE: "Modelled risk",
}


@dataclass(frozen=True)
class Row:
    """One process of one assessment; `id` is None where the caller may not open it."""

    number: str
    id: str | None
    born: str
    sex: str
    score: str
    interval: str
    effective_size: str
    typicality: str
    release: date | None
    process: str
    code: str
    submitted: date
    what_if: bool
    corrected: bool
    first: bool


@blueprint.get("/results")
@allow_roles(SEARCHING)
def results() -> ResponseReturnValue:
    found = criteria_of_address(request.args)
    if found.errors:  # the form says what is wrong, and where
        return redirect(address("web.results_filter", request.args.items(multi=True)))
    asked = _kept("sort", "name", "cursor").items()
    if tuple(request.args.items(multi=True)) != (*found.pairs, *asked):
        return redirect(address("web.results", (*found.pairs, *asked)))
    told: list[str] = []
    sort = _sort(found.filter, told)
    place = _place((found.filter, sort), told)
    page = page_of(
        request_context(),
        found.filter,
        sort=sort,
        limit=ROWS // len(found.filter.in_force().processes),
        after=place.after,
        rows_counted=place.rows is None,
    )
    rows = [row for one in _shown(page.submissions) for row in _rows(one)]
    total = place.rows if place.rows is not None else page.rows or 0
    following = place.next(page.next, shown=len(rows), rows=total)
    return render_template(
        "search/results.html",
        criteria=found,
        rows=rows,
        first=place.before + 1,
        last=place.before + len(rows),
        total=total,
        sort=sort,
        sorts=_sorts(found, sort),
        ways=_ways(place, following, found, sort),
        told=told,
        address=address,
        named=_kept("name"),
        processes=PROCESS_LABELS,
        analyst=g.user.role is Role.ANALYST,
        synthetic=any(one.library.synthetic for one in page.submissions),
        scale=wording.scale(2),
    )


@blueprint.get("/results/scores")
@allow_roles(SEARCHING)
def score_distribution() -> ResponseReturnValue:
    found = criteria_of_address(request.args)
    if found.errors:
        return redirect(address("web.results_filter", request.args.items(multi=True)))
    return render_template(
        "search/score_distribution.html",
        criteria=found,
        distribution=_distribution(found),
        address=address,
        judged_first=application().judgement_first and g.user.role in CASEWORK,
        synthetic=application().library.reference.synthetic,
        scale=wording.scale(2),
    )


@blueprint.get("/results/scores.svg")
@allow_roles(SEARCHING)
def score_distribution_svg() -> Response:
    told = _distribution(_right_criteria())
    picture = as_svg(distribution_plot(told), title=told.title, description=told.description)
    return _file(picture, "image/svg+xml", "svg")


@blueprint.get("/results/scores.png")
@allow_roles(SEARCHING)
def score_distribution_png() -> Response:
    return _file(as_png(distribution_plot(_distribution(_right_criteria()))), "image/png", "png")


@blueprint.get("/results/scores.csv")
@allow_roles(SEARCHING)
def score_distribution_csv() -> Response:
    told = _distribution(_right_criteria())
    lines = StringIO()
    # A spreadsheet that takes the file for another alphabet spoils a dash.
    rows = ([cell.replace("–", "-") for cell in row] for row in told.rows)
    csv.writer(lines).writerows([told.columns, *rows])
    return _file(lines.getvalue().encode(), CSV, "csv")


@blueprint.get("/assessments.csv")
@allow_roles(SEARCHING)
def table() -> ResponseReturnValue:
    """Where a file of everything used to be: one is now asked for with its purpose."""
    asked = tuple(request.args.items(multi=True)) or (("all", "true"),)
    return redirect(address("web.exports", asked), HTTPStatus.MOVED_PERMANENTLY)


# Rows -------------------------------------------------------------------------


def _shown(found: tuple[ListedSubmission, ...]) -> list[ListedSubmission]:
    return list(as_shown_to(g.user, found))


def _rows(one: ListedSubmission) -> list[Row]:
    """Recidivism, then violence: whichever of them are asked for."""
    analyst = g.user.role is Role.ANALYST
    by_process = {simulation.process: simulation for simulation in one.simulations}
    ordered = [by_process[code] for code in PROCESS_LABELS if code in by_process]
    return [
        Row(
            number=one.id,
            id=None if analyst else one.id,
            born=str(one.date_of_birth.year) if analyst else formatting.day(one.date_of_birth),
            sex=one.sex,
            release=one.release_date,
            process=PROCESS_LABELS[simulation.process],
            code=simulation.process,
            submitted=one.submitted_at.date(),
            what_if=one.kind is AssessmentKind.WHAT_IF,
            corrected=one.corrected,
            first=place == 0,
            **_figures(simulation),
        )
        for place, simulation in enumerate(ordered)
    ]


def _figures(one: ListedSimulation) -> dict[str, str]:
    """The score with what it is always shown with, or why there is none."""
    if one.status is not Status.SIMULATED or one.score is None:
        nothing = dict.fromkeys(("interval", "effective_size", "typicality"), wording.NO_VALUE)
        return {"score": wording.WITHHELD.get(one.status, wording.NO_VALUE), **nothing}
    typicality = wording.NO_VALUE
    if one.typicality is not None:
        word = "sparse" if one.typicality < SPARSE_BELOW else "typical"
        typicality = f"{wording.fixed(one.typicality, places=2)}, {word}"
    return {
        "score": wording.two_decimals(one.score),
        "interval": wording.interval_range(one.interval) if one.interval else wording.NO_VALUE,
        "effective_size": wording.NO_VALUE
        if one.effective_size is None
        else wording.fixed(one.effective_size, places=1),
        "typicality": typicality,
    }


# Order and pages --------------------------------------------------------------


def _sort(filter: Filter, told: list[str]) -> Sort:
    """The order that is asked for; the usual one where it cannot be had with this filter, which is `told`."""
    usual = Sort() if g.user.role is Role.ANALYST else BY_NUMBER
    wanted = request.args.get("sort")
    if wanted is None:
        return usual
    if wanted in SORTS:
        with suppress(InvalidInput):
            return sort_from(resolve_criteria({"sort": wanted})["sort"], filter)
    told.append(NOT_SORTED)
    return usual


def _kept(*names: str) -> dict[str, str]:
    """What the address says besides the criteria: a name is typed for a filter that may yet be saved."""
    return {name: request.args[name] for name in names if request.args.get(name)}


@dataclass(frozen=True)
class Sorting:
    """How a column can be sorted by a link: `now` is what `aria-sort` says; None where it cannot be."""

    address: str
    now: str
    then: str


def _sorts(found: Criteria, sort: Sort) -> dict[str, Sorting]:
    """By score only where one process is left; by number not where numbers are hidden."""
    offered = set(SORTABLE)
    if len(found.filter.in_force().processes) > 1:
        offered.discard(Key.SCORE)
    if g.user.role is Role.ANALYST:
        offered.discard(Key.OFFENDER_NUMBER)
    sorts = {}
    for key in offered:
        sorted_now = sort.key is key
        descending = sorted_now and not sort.descending
        sorts[str(key)] = Sorting(
            found.address("web.results", sort=f"{'-' if descending else ''}{key}", **_kept("name")),
            ("descending" if sort.descending else "ascending") if sorted_now else "none",
            "from high to low" if descending else "from low to high",
        )
    return sorts


def _place(of: tuple[Filter, Sort], told: list[str]) -> PageStart:
    """Where the cursor leads; to the beginning where it is of another filter or sort, which is `told`."""
    try:
        return requested_page("cursor", of=of)
    except NotFound:
        told.append(NO_SUCH_PAGE)
        return PageStart()


def _ways(place: PageStart, following: PageStart | None, found: Criteria, sort: Sort) -> PageLinks:
    def address_of(text: str | None) -> str:
        cursor = {"cursor": text} if text else {}
        return found.address("web.results", **_kept("sort", "name"), **cursor)

    return page_links(place, following, of=(found.filter, sort), address=address_of)


# The picture ------------------------------------------------------------------


def _right_criteria() -> Criteria:
    found = criteria_of_address(request.args)
    if found.errors:
        raise NotFound(" ".join(found.errors.values()))
    return found


def _distribution(found: Criteria) -> Distribution:
    return told(distribution(request_context(), found.filter), PROCESS_LABELS)


def _file(content: bytes, mimetype: str, ending: str) -> Response:
    response = Response(content, mimetype=mimetype)
    if request.args.get("download") or ending == "csv":
        response.headers["Content-Disposition"] = f'attachment; filename="scores.{ending}"'
    return response
