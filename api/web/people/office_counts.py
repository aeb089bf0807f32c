"""Counts of the people of an office: tables and charts. Copies that leave RMS have no small counts."""

from collections import Counter

from flask import Response, render_template, url_for

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import SUPERVISION
from api.context import libraries, needs_accepted, request_context
from api.services.search.needs import Labels
from api.services.search.office_counts import OfficeCounts, Ranges, office_counts
from api.web.blueprint import blueprint
from api.web.formatting import inline
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
        needs=_names_of_needs(counts),
        quarter_names=QUARTER_NAMES,
        need_names=NEED_NAMES,
        description_of=lambda name, shown: _description(_bars(shown, name)),
        picture_of=lambda name: _picture(counts, name, title=_title(name)),
        copy_of=lambda name: _picture(counts.to_share(), name, title=_title_to_share(name)),
        file_of=lambda name: url_for("web.office_png", name=name, office=chosen),
    )


@blueprint.get("/office/counts/<name>.png")
@allow_roles(SUPERVISION)
def office_png(name: str) -> Response:
    """The chart as a file to share, without small counts."""
    bars = _bars(_counts(requested_office()).to_share(), name)
    return attachment(as_png(counts_plot(bars, title=_title_to_share(name))), "image/png", f"{name}.png")


def _picture(counts: OfficeCounts, name: str, *, title: str) -> str:
    bars = _bars(counts, name)
    return inline(as_svg(counts_plot(bars, title=title), title=title, description=_description(bars)))


def _counts(office: str | None) -> OfficeCounts:
    return office_counts(request_context(), office, needs=needs_accepted())


def _names_of_needs(counts: OfficeCounts) -> Labels:
    """The full name of each need that is counted. Two needs with the same name have their codes too."""
    labels = needs_accepted()
    named = {code: labels.get(code, code) for code in counts.needs}
    times = Counter(named.values())
    return {code: name if times[name] == 1 else f"{name} ({code})" for code, name in named.items()}


def _bars(counts: OfficeCounts, name: str) -> Ranges:
    """
    Raises
    ------
    NotFound
        If there is no chart with this name.
    """
    if name == NEEDS:
        names = _names_of_needs(counts)
        return {names[code]: count for code, count in counts.upper_needs.items()}
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
