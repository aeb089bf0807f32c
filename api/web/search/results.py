"""The results: the filter and the modelled rows that match it, and a chart of their scores."""

import csv
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from io import StringIO

from flask import Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.access_check import TOKEN
from api.auth.roles import CASEWORK, SEARCHING
from api.context import application, libraries, most_scores, request_context
from api.schemas.search.search import SORTS, sort_from
from api.services.people.pseudonyms import as_shown_to
from api.services.search.search import count, distribution, page_of
from api.services.transfer.export_files import CSV
from api.services.users import Role
from api.storage import ListedSimulation, ListedSubmission
from api.web import formatting
from api.web.blueprint import blueprint
from api.web.long_addresses import fits
from api.web.paging import HIGH_TO_LOW, LOW_TO_HIGH, PageLinks, PageStart, Sorting, page_links, requested_page
from api.web.search.criteria import (
    DEFAULT,
    PROCESS_LABELS,
    SEVERAL,
    Criteria,
    Pairs,
    address,
    criteria,
    criteria_of_address,
    is_of_form,
    with_latest,
)
from api.web.search.filter import filter_fields, remember, remembered
from api.web.search.number_in_address import NUMBER, PARAMETER
from rms.assessment import AssessmentKind
from rms.engine.filter import NEED_RANGES, Filter, Key, Sort
from rms.engine.result import SPARSE_BELOW, Status
from rms.errors import InvalidInput, NotFound
from rms.reports import distribution as reports
from rms.reports import wording
from rms.reports.drawing import as_png, as_svg

ROWS = 50  # on a page
DONE = {"saved": "Filter saved.", "replaced": "Filter replaced.", "removed": "Filter deleted."}
NOT_SORTED = "These results cannot be sorted in the order in the address. They are in the default order."
NO_SUCH_PAGE = "The address contains a page of other results. This is the first page of these results."
BY_NUMBER = Sort(Key.OFFENDER_NUMBER, descending=False)  # the default: by score only on request (D26)
SORTABLE = {
    Key.OFFENDER_NUMBER: "Assessment",
    Key.SUBMITTED_AT: "Submitted",
    Key.RELEASE_DATE: "Estimated release",
    Key.SCORE: "Score",
}


@dataclass(frozen=True)
class Row:
    """One process of one assessment. `id` is None if the user may not open it."""

    number: str
    id: str | None
    born: str
    sex: str
    score: str
    interval: str
    effective_size: str
    typicality: str
    release: str
    process: str
    code: str
    submitted: str
    what_if: bool
    corrected: bool
    first: bool


@dataclass(frozen=True)
class ResultsList:
    """One page of the rows, its place in all rows, and its links. `sorts` is column → link to sort by it."""

    rows: list[Row]
    first: int
    last: int
    total: int
    sorts: dict[str, Sorting]
    links: PageLinks
    warnings: list[str]
    synthetic: bool


@blueprint.get("/results")
@allow_roles(SEARCHING)
def results() -> ResponseReturnValue:
    """The results with the filter beside them. Without criteria in the URL: those of the last visit."""
    if not request.args:
        return redirect(address("web.results", remembered()))
    chosen = criteria_of_address(request.args)
    if chosen.errors:
        return results_page(chosen), HTTPStatus.UNPROCESSABLE_ENTITY
    expected = _parameters(chosen)
    if NUMBER in request.args or _given(chosen) != expected:
        return redirect(address("web.results", expected))
    remember(chosen.pairs)
    return results_page(chosen)


@blueprint.post("/results")
@allow_roles(SEARCHING)
def chosen_filter() -> ResponseReturnValue:
    """What the filter's form sends. An offender number must not be in an address, so it comes in the body."""
    chosen, sent = criteria(request.form), request.form.items(multi=True)
    as_sent = ((name, text) for name, text in sent if name != TOKEN and (text or name in SEVERAL))
    pairs = as_sent if chosen.errors else _parameters(chosen)
    leads_to = address("web.results", pairs)
    if chosen.errors and not fits(leads_to):
        return results_page(chosen), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(leads_to, HTTPStatus.SEE_OTHER)


@blueprint.get("/results-filter")
@allow_roles(SEARCHING)
def results_filter() -> ResponseReturnValue:
    """The old URL of the filter, when it was a page of its own."""
    return redirect(address("web.results", request.args.items(multi=True)))


@blueprint.get("/results/scores")
@allow_roles(SEARCHING)
def score_distribution() -> ResponseReturnValue:
    chosen = criteria_of_address(request.args)
    if chosen.errors:
        return redirect(address("web.results", request.args.items(multi=True)))
    if with_latest(chosen.pairs) != chosen.pairs:
        return redirect(address("web.score_distribution", with_latest(chosen.pairs)))
    distribution = _distribution(chosen)
    return render_template(
        "search/score_distribution.html",
        criteria=chosen,
        distribution=distribution,
        picture=formatting.inline(_distribution_svg(distribution)) if distribution.panels else "",
        address=address,
        judged_first=application().judgement_first and g.user.role in CASEWORK,
        synthetic=any(library.synthetic for library in libraries()),
        scale=wording.scale(most_scores()),
    )


@blueprint.get("/results/scores.svg")
@allow_roles(SEARCHING)
def score_distribution_svg() -> Response:
    return _file(_distribution_svg(_distribution(_valid_criteria())), "image/svg+xml", "svg")


def _distribution_svg(scores: reports.Distribution) -> bytes:
    chart = reports.distribution_plot(scores)
    return as_svg(chart, title=scores.title, description=scores.description)


@blueprint.get("/results/scores.png")
@allow_roles(SEARCHING)
def score_distribution_png() -> Response:
    chart = reports.distribution_plot(_distribution(_valid_criteria()))
    return _file(as_png(chart), "image/png", "png")


@blueprint.get("/results/scores.csv")
@allow_roles(SEARCHING)
def score_distribution_csv() -> Response:
    scores = _distribution(_valid_criteria())
    lines = StringIO()
    # Spreadsheets that guess the wrong encoding would garble a dash.
    rows = ([cell.replace("–", "-") for cell in row] for row in scores.rows)
    csv.writer(lines).writerows([scores.columns, *rows])
    return _file(lines.getvalue().encode(), CSV, "csv")


@blueprint.get("/assessments.csv")
@allow_roles(SEARCHING)
def table() -> ResponseReturnValue:
    """The old URL of the CSV file, which is now an export with a purpose."""
    parameters = tuple(request.args.items(multi=True)) or (("all", "true"),)
    return redirect(address("web.exports", parameters), HTTPStatus.MOVED_PERMANENTLY)


# The page ---------------------------------------------------------------------


def results_page(chosen: Criteria, *, errors: Mapping[str, str] | None = None) -> str:
    """The filter, how many match, and a page of the rows; without the rows if a criterion is not valid.

    `errors` are those of a form; without it, those of the criteria.
    """
    errors = chosen.errors if errors is None else errors
    context = request_context()
    return render_template(
        "search/results.html",
        criteria=chosen,
        errors=errors,
        typed={**chosen.typed, "name": request.values.get("name", "").strip()},
        counts=None if chosen.errors else count(context, chosen.filter),
        found=None if chosen.errors else _found(chosen),
        need_ranges=[f"{low}–{high}" for low, high in NEED_RANGES],
        processes=PROCESS_LABELS,
        address=address,
        default=DEFAULT,
        analyst=g.user.role is Role.ANALYST,
        scale=wording.scale(most_scores()),
        done=DONE.get(request.args.get("done", ""), ""),
        **filter_fields(chosen),
    )


def _parameters(chosen: Criteria) -> Pairs:
    """The shortest parameters of the URL with these criteria."""
    kept = kept_parameters("sort", "name", "cursor", "done")
    if is_of_form(request.values) and _requested_sort(chosen.filter) is None:
        kept.pop("sort", None)  # the filter that was just changed no longer allows it
    return (*with_latest(chosen.pairs), *kept.items())


def _given(chosen: Criteria) -> Pairs:
    """The parameters of the URL, with the offender number that is encrypted there."""
    number = (NUMBER, chosen.typed[NUMBER])
    return tuple(number if pair[0] == PARAMETER else pair for pair in request.args.items(multi=True))


def kept_parameters(*names: str) -> dict[str, str]:
    """These parameters of the URL or form, if they are set. `name` is the typed name of a filter to save."""
    return {name: request.values[name] for name in names if request.values.get(name)}


def _found(chosen: Criteria) -> ResultsList:
    warnings: list[str] = []
    sort = _sort(chosen.filter, warnings)
    start = _start((chosen.filter, sort), warnings)
    page = page_of(
        request_context(),
        chosen.filter,
        sort=sort,
        limit=ROWS // len(chosen.filter.in_force().processes),
        after=start.after,
        rows_counted=start.rows is None,
    )
    rows = [row for submission in as_shown_to(g.user, page.submissions) for row in _rows(submission)]
    total = start.rows if start.rows is not None else page.rows or 0
    following = start.next(page.next, shown=len(rows), rows=total)
    return ResultsList(
        rows,
        first=start.before + 1,
        last=start.before + len(rows),
        total=total,
        sorts=_sorts(chosen, sort),
        links=_links(start, following, chosen, sort),
        warnings=warnings,
        synthetic=any(submission.library.synthetic for submission in page.submissions),
    )


# Rows -------------------------------------------------------------------------


def _rows(submission: ListedSubmission) -> list[Row]:
    """The rows of one assessment that match: recidivism, then violence."""
    analyst = g.user.role is Role.ANALYST
    born, release, submitted = submission.date_of_birth, submission.release_date, submission.submitted_at
    by_process = {simulation.process: simulation for simulation in submission.simulations}
    ordered = [by_process[code] for code in PROCESS_LABELS if code in by_process]
    return [
        Row(
            number=submission.id,
            id=None if analyst else submission.id,
            born=str(born.year) if analyst else formatting.short_day(born),
            sex=submission.sex,
            release=formatting.short_day(release) if release else wording.NO_VALUE,
            process=PROCESS_LABELS[simulation.process],
            code=simulation.process,
            # An analyst's is a day in UTC.
            submitted=formatting.short_day(submitted.date() if analyst else submitted),
            what_if=submission.kind is AssessmentKind.WHAT_IF,
            corrected=submission.corrected,
            first=place == 0,
            **_figures(simulation),
        )
        for place, simulation in enumerate(ordered)
    ]


def _figures(simulation: ListedSimulation) -> dict[str, str]:
    """The score with its interval, effective size and typicality, or why it is withheld."""
    if simulation.status is not Status.SIMULATED or simulation.score is None:
        no_values = dict.fromkeys(("interval", "effective_size", "typicality"), wording.NO_VALUE)
        return {"score": wording.WITHHELD.get(simulation.status, wording.NO_VALUE), **no_values}
    interval, size = simulation.interval, simulation.effective_size
    typicality = wording.NO_VALUE
    if simulation.typicality is not None:
        word = "sparse" if simulation.typicality < SPARSE_BELOW else "typical"
        typicality = f"{wording.fixed(simulation.typicality, places=2)}, {word}"
    return {
        "score": wording.two_decimals(simulation.score),
        "interval": wording.interval_range(interval) if interval else wording.NO_VALUE,
        "effective_size": wording.NO_VALUE if size is None else wording.effective_size_shown(size),
        "typicality": typicality,
    }


# Order and pages --------------------------------------------------------------


def _sort(filter: Filter, warnings: list[str]) -> Sort:
    """The sort order in the URL; if this filter does not allow it, the default order and a warning."""
    if sort := _requested_sort(filter):
        return sort
    if "sort" in request.values:
        warnings.append(NOT_SORTED)
    return Sort() if g.user.role is Role.ANALYST else BY_NUMBER


def _requested_sort(filter: Filter) -> Sort | None:
    requested = request.values.get("sort")
    if requested in SORTS:
        with suppress(InvalidInput):
            return sort_from(requested, filter)
    return None


def _sorts(chosen: Criteria, sort: Sort) -> dict[str, Sorting]:
    """The sortable columns: score only with one process, number only if the user may see numbers."""
    sortable = set(SORTABLE)
    if len(chosen.filter.in_force().processes) > 1:
        sortable.discard(Key.SCORE)
    if g.user.role is Role.ANALYST:
        sortable.discard(Key.OFFENDER_NUMBER)
    sorts = {}
    for key in sortable:
        is_current = sort.key is key
        descending = is_current and not sort.descending
        sorts[str(key)] = Sorting(
            chosen.address(
                "web.results", sort=f"{'-' if descending else ''}{key}", **kept_parameters("name")
            ),
            ("descending" if sort.descending else "ascending") if is_current else "none",
            HIGH_TO_LOW if descending else LOW_TO_HIGH,
        )
    return sorts


def _start(of: tuple[Filter, Sort], warnings: list[str]) -> PageStart:
    """The page in the URL; if it belongs to another filter or order, the first page and a warning."""
    try:
        return requested_page("cursor", of=of)
    except NotFound:
        warnings.append(NO_SUCH_PAGE)
        return PageStart()


def _links(start: PageStart, following: PageStart | None, chosen: Criteria, sort: Sort) -> PageLinks:
    def address_of(text: str | None) -> str:
        cursor = {"cursor": text} if text else {}
        return chosen.address("web.results", **kept_parameters("sort", "name"), **cursor)

    return page_links(start, following, of=(chosen.filter, sort), address=address_of)


# The chart --------------------------------------------------------------------


def _valid_criteria() -> Criteria:
    chosen = criteria_of_address(request.args)
    if chosen.errors:
        raise NotFound(" ".join(chosen.errors.values()))
    return chosen


def _distribution(chosen: Criteria) -> reports.Distribution:
    return reports.distribution(distribution(request_context(), chosen.filter), PROCESS_LABELS)


def _file(content: bytes, mimetype: str, extension: str) -> Response:
    if request.args.get("download") or extension == "csv":
        return attachment(content, mimetype, f"scores.{extension}")
    return Response(content, mimetype=mimetype)
