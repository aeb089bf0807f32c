"""Counts of the people of an office: tables and charts. Copies that leave RMS have no small counts."""

from flask import Response, render_template, request, url_for

from api.auth import allow_roles
from api.auth.roles import SUPERVISION
from api.context import libraries, request_context
from api.services.search.office_counts import OfficeCounts, Ranges, office_counts
from api.web.blueprint import blueprint
from api.web.people.office import names_below, requested_office
from rms.engine.filter import NEED_RANGES
from rms.engine.scale import QUARTERS
from rms.errors import NotFound
from rms.reports.charts import counts_plot
from rms.reports.drawing import as_png, as_svg
from rms.suppression import LEAST_SHOWN

NEEDS = "needs"  # the name of a chart, as are the processes
QUARTER_NAMES = (*(quarter.name for quarter in QUARTERS), "withheld")
NEED_NAMES = (*(f"{low}–{high}" for low, high in NEED_RANGES), "unknown")


@blueprint.get("/office/counts")
@allow_roles(SUPERVISION)
def counts_of_office() -> str:
    chosen = requested_office()
    counts = _counts(chosen)
    return render_template(
        "people/counts.html",
        counts=counts,
        shared=counts.to_share(),
        least_shown=LEAST_SHOWN,
        office=chosen,
        offices=names_below(),
        labels={code: label for code, label in libraries().process_labels.items() if code in counts.quarters},
        needs={need.code: need.label for library in libraries() for need in library.instrument.needs},
        quarter_names=QUARTER_NAMES,
        need_names=NEED_NAMES,
        description_of=lambda name, shown: _description(_bars(shown, name)),
        picture_of=lambda name, kind, **copy: url_for(f"web.office_{kind}", name=name, office=chosen, **copy),
    )


@blueprint.get("/office/counts/<name>.svg")
@allow_roles(SUPERVISION)
def office_svg(name: str) -> Response:
    """The chart of the page; with `?copy=yes` the one of its printed copy."""
    counts, title = _counts(requested_office()), _title(name)
    if request.args.get("copy") == "yes":
        counts, title = counts.to_share(), _title_to_share(name)
    bars = _bars(counts, name)
    drawing = counts_plot(bars, title=title)
    return Response(as_svg(drawing, title=title, description=_description(bars)), mimetype="image/svg+xml")


@blueprint.get("/office/counts/<name>.png")
@allow_roles(SUPERVISION)
def office_png(name: str) -> Response:
    """The chart as a file to share, without small counts."""
    bars = _bars(_counts(requested_office()).to_share(), name)
    response = Response(as_png(counts_plot(bars, title=_title_to_share(name))), mimetype="image/png")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.png"'
    return response


def _counts(office: str | None) -> OfficeCounts:
    return office_counts(request_context(), office)


def _bars(counts: OfficeCounts, name: str) -> Ranges:
    """
    Raises
    ------
    NotFound
        If there is no chart with this name.
    """
    if name == NEEDS:
        return counts.upper_needs
    if name not in counts.quarters:
        raise NotFound("There is no chart with this name.")
    return {range: counts.quarters[name][range] for range in QUARTER_NAMES}


def _title(name: str) -> str:
    if name == NEEDS:
        return "People by need: rated in the upper half of the scale"
    return f"People by score: {libraries().process_labels.get(name, name)}"


def _title_to_share(name: str) -> str:
    return f"{_title(name)}. Counts below {LEAST_SHOWN} are not shown."


def _description(bars: Ranges) -> str:
    shown = (f"{name}: {'not shown' if count is None else count}" for name, count in bars.items())
    return "; ".join(shown) + "."
