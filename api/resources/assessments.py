"""Assessments: posted, found again, listed."""

from datetime import datetime
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from api.current import services
from api.resources.csv_list import CSV, csv_answer
from api.resources.routing import IDEMPOTENCY_KEY, PREFIX, Gives, Routes, json_answer
from api.resources.submitting import answered_once, submitted
from api.schemas.answer import (
    AnswerSchema,
    ComparablesSchema,
    ListSchema,
    SimulationSchema,
    ValidSchema,
    answer,
    comparable,
    listed,
    simulation,
    warning,
)
from api.schemas.assessment import AssessmentSchema, assessment_from
from api.schemas.json_body import JSON, json_body
from api.schemas.queries import ComparablesQuery, ListQuery, SubmitQuery
from api.services.assessments import (
    all_submissions,
    changes_from_origin,
    find_submission,
    page_of_submissions,
)
from api.storage import Cursor
from rms.assessment import Assessment, Kind
from rms.assessment.consistency import warnings
from rms.engine.result import Simulation
from rms.errors import InvalidInput, NotFound, Problem
from rms.submission import Submission

routes = Routes("assessments", about="Assessments with their simulations: submitted once, never altered.")


@routes.post(
    "/assessments",
    Gives(AnswerSchema, status=201),
    Gives(ValidSchema, description="With `validate_only=true`: nothing was stored."),
    body=AssessmentSchema,
    query=SubmitQuery,
    headers=(IDEMPOTENCY_KEY,),
)
@answered_once
def submit(query: dict[str, Any]) -> Response:
    """Submit an assessment and have it simulated; it is on disk when the answer comes."""
    assessment = _posted()
    return _validated(assessment) if query["validate_only"] else submitted(assessment)


@routes.get(
    "/assessments",
    Gives(ListSchema),
    Gives(media_type=CSV, description="Every assessment, a row for each process."),
    query=ListQuery,
)
def listing(query: dict[str, Any]) -> Response:
    """Assessments, newest first: a page as JSON, or all of them as CSV."""
    kinds = tuple(Kind) if query.get("include") else (Kind.ASSESSMENT,)
    if request.accept_mimetypes.best_match([JSON, CSV]) == CSV:
        return csv_answer(all_submissions(store=services().store, kinds=kinds))
    return _page(kinds, limit=query["limit"], after=_cursor(query.get("cursor")))


@routes.get("/assessments/<string:id>", Gives(AnswerSchema))
def assessment(id: str) -> Response:
    """One assessment with everything found."""
    return json_answer(answer(submission_of(id)))


@routes.get("/assessments/<string:id>/simulations/<string:process>", Gives(SimulationSchema))
def simulated(id: str, process: str) -> Response:
    """One process of an assessment."""
    submission = submission_of(id)
    assessment = submission.assessment
    found = _of_process(submission, process)
    return json_answer(simulation(found, assessment.instrument, sex=assessment.sex))


@routes.get(
    "/assessments/<string:id>/comparables",
    Gives(ComparablesSchema),
    query=ComparablesQuery,
)
def comparables(query: dict[str, Any], id: str) -> Response:
    """The past cases behind the scores, heaviest first."""
    submission = submission_of(id)
    chosen = (
        [_of_process(submission, query["process"])] if "process" in query else submission.result.simulations
    )
    return json_answer(
        {
            "processes": [
                {"process": one.process, "comparables": [comparable(case) for case in one.comparables]}
                for one in chosen
            ]
        }
    )


def submission_of(id: str) -> Submission:
    """The submission of an id as somebody may type it."""
    return find_submission(id.upper(), store=services().store)


def _posted() -> Assessment:
    works_with = services()
    return assessment_from(
        json_body(), instrument=works_with.library.instrument, on=works_with.clock().date()
    )


def _validated(assessment: Assessment) -> Response:
    changes_from_origin(assessment, store=services().store)
    found = warnings(assessment.instrument, assessment.answers, age=assessment.age)
    return json_answer({"valid": True, "warnings": [warning(one) for one in found]})


def _of_process(submission: Submission, process: str) -> Simulation:
    for one in submission.result.simulations:
        if one.process == process:
            return one
    raise NotFound("This assessment has no simulation of that process.")


def _page(kinds: tuple[Kind, ...], *, limit: int, after: Cursor | None) -> Response:
    found = page_of_submissions(store=services().store, kinds=kinds, limit=limit + 1, after=after)
    shown = found[:limit]
    following = _written(shown[-1].cursor) if len(found) > limit else None
    response = json_answer({"assessments": [listed(one) for one in shown], "next": following})
    if following:
        passed_on = {**request.args.to_dict(), "cursor": following}
        link = "&".join(f"{name}={value}" for name, value in passed_on.items())
        response.headers.add("Link", f'<{PREFIX}/assessments?{link}>; rel="next"')
    return response


def _signed() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="cursor")


def _written(cursor: Cursor) -> str:
    text = _signed().dumps([cursor.submitted_at.isoformat(), cursor.pk])
    return text if isinstance(text, str) else text.decode()


def _cursor(text: str | None) -> Cursor | None:
    if text is None:
        return None
    try:
        submitted_at, pk = _signed().loads(text)
        return Cursor(datetime.fromisoformat(submitted_at), int(pk))
    except (BadData, ValueError, TypeError) as error:
        raise InvalidInput(
            [Problem("/query/cursor", "invalid_cursor", "This is no cursor of ours.")]
        ) from error
