"""API routes for the needs of an assessment, as figures and as a plot."""

from typing import Any

from flask import Response

from api.auth.roles import CASEWORK
from api.resources.assessments.assessments import findings_of
from api.resources.routing import Routes, Success, json_answer
from api.schemas.assessments.answer import NeedsSchema, need
from api.schemas.query_fields import PlotQuery
from rms.errors import NotFound
from rms.reports import wording
from rms.reports.drawing import as_png, as_svg
from rms.reports.needs_charts import PLOTS
from rms.submission import Submission

SVG, PNG = "image/svg+xml", "image/png"

routes = Routes(
    "needs", about="Needs as rated (`actual`), compared with those of the people who resemble this person."
)


@routes.get("/assessments/<string:id>/needs", Success(NeedsSchema), allow_roles=CASEWORK)
def figures(id: str) -> Response:
    """Every need in percent of its scale."""
    readings = findings_of(id).result.needs
    return json_answer({"needs": [need(one) for one in readings], "caveat": wording.NEEDS_CAVEAT})


@routes.get(
    "/assessments/<string:id>/needs.svg", Success(media_type=SVG), query=PlotQuery, allow_roles=CASEWORK
)
def svg(query: dict[str, Any], id: str) -> Response:
    """The needs plot as SVG, with a description in words."""
    submission, reading = _with_needs(id), query["reading"]
    readings, instrument = submission.result.needs, submission.assessment.instrument
    blank = wording.needs_blank(submission.result)
    picture = as_svg(
        PLOTS[query["labels"]](readings, instrument, reading=reading, blank=blank),
        title=wording.needs_title(reading),
        description=wording.needs_description(readings, instrument, reading=reading, blank=blank),
    )
    return Response(picture, mimetype=SVG)


@routes.get(
    "/assessments/<string:id>/needs.png", Success(media_type=PNG), query=PlotQuery, allow_roles=CASEWORK
)
def png(query: dict[str, Any], id: str) -> Response:
    """The needs plot as PNG, for documents that cannot use SVG."""
    submission, plot = _with_needs(id), PLOTS[query["labels"]]
    drawing = plot(
        submission.result.needs,
        submission.assessment.instrument,
        reading=query["reading"],
        blank=wording.needs_blank(submission.result),
    )
    return Response(as_png(drawing), mimetype=PNG)


def _with_needs(id: str) -> Submission:
    submission = findings_of(id)
    if not submission.assessment.instrument.needs:
        raise NotFound("The form of this assessment does not rate needs.")
    return submission
