"""API routes to submit and read assessments."""

from typing import Any

from flask import Response, g

from api.auth.roles import CASEWORK
from api.context import library_of, request_context
from api.resources.assessments.submitting import answered_once, instrument_of, submitted
from api.resources.routing import IDEMPOTENCY_KEY, Routes, Success, json_answer
from api.schemas.assessments.answer import (
    AnswerSchema,
    ComparablesSchema,
    SimulationSchema,
    ValidSchema,
    answer,
    comparable,
    simulation,
    warning,
)
from api.schemas.assessments.assessment import AssessmentSchema, Body, assessment_from, content_of
from api.schemas.json_body import json_body
from api.schemas.query_fields import ComparablesQuery, SubmitQuery
from api.services.assessments.assessments import (
    check_submission,
    find_submission,
)
from api.services.assessments.judgements import with_findings
from api.services.assessments.person import is_recorded_otherwise
from rms.assessment import Assessment
from rms.assessment.consistency import RECORDED_OTHERWISE, warnings, warnings_against
from rms.engine.result import Simulation
from rms.errors import NotFound
from rms.submission import Submission

BODY = "posted assessment"  # in `g`

routes = Routes("assessments", about="Assessments and their simulations. Submitted assessments never change.")


@routes.post(
    "/assessments",
    Success(AnswerSchema, status=201),
    Success(ValidSchema, description="With `validate_only=true`: nothing is stored."),
    body=AssessmentSchema,
    query=SubmitQuery,
    headers=(IDEMPOTENCY_KEY,),
    allow_roles=CASEWORK,
)
@answered_once(lambda: content_of(_body(), instrument=library_of().instrument))
def submit(query: dict[str, Any]) -> Response:
    """Submit an assessment and simulate it. RMS saves it before you get the response."""
    assessment = _posted()
    return _validated(assessment) if query["validate_only"] else submitted(assessment)


@routes.get("/assessments/<string:id>", Success(AnswerSchema), allow_roles=CASEWORK)
def assessment(id: str) -> Response:
    """One assessment with all its results."""
    return json_answer(answer(submission_of(id)))


@routes.get(
    "/assessments/<string:id>/simulations/<string:process>", Success(SimulationSchema), allow_roles=CASEWORK
)
def simulated(id: str, process: str) -> Response:
    """One process of an assessment."""
    submission = findings_of(id)
    assessment = submission.assessment
    process_result = _of_process(submission, process)
    return json_answer(simulation(process_result, assessment.instrument, sex=assessment.sex))


@routes.get(
    "/assessments/<string:id>/comparables",
    Success(ComparablesSchema),
    query=ComparablesQuery,
    allow_roles=CASEWORK,
)
def comparables(query: dict[str, Any], id: str) -> Response:
    """The past cases behind the scores, largest weight first."""
    submission = findings_of(id)
    chosen = (
        [_of_process(submission, query["process"])] if "process" in query else submission.result.simulations
    )
    return json_answer(
        {
            "processes": [
                {
                    "process": simulated.process,
                    "comparables": [
                        comparable(case, submission.assessment.instrument) for case in simulated.comparables
                    ],
                }
                for simulated in chosen
            ]
        }
    )


def submission_of(id: str) -> Submission:
    """The submission with this ID, in upper or lower case."""
    return find_submission(request_context(), id.upper())


def findings_of(id: str) -> Submission:
    """The submission, if the caller may see its results."""
    return with_findings(submission_of(id))


def _posted() -> Assessment:
    return assessment_from(_body(), instrument=instrument_of(json_body()), on=request_context().today)


def _body() -> Body:
    """The body of this request, which is read once although two questions are asked of it."""
    if BODY not in g:
        setattr(g, BODY, Body(json_body()))
    body: Body = getattr(g, BODY)
    return body


def _validated(assessment: Assessment) -> Response:
    context = request_context()
    check_submission(context, assessment)
    contradictions = warnings(assessment.instrument, assessment.answers, age=assessment.age)
    if assessment.based_on is not None:
        before = find_submission(context, assessment.based_on).assessment.answers
        contradictions += warnings_against(assessment.instrument, before, assessment.answers)
    number, sex, born = assessment.offender_number, assessment.sex, assessment.date_of_birth
    if is_recorded_otherwise(context, number, sex=sex, born=born):
        contradictions = (RECORDED_OTHERWISE, *contradictions)
    return json_answer(
        {"valid": True, "warnings": [warning(contradiction) for contradiction in contradictions]}
    )


def _of_process(submission: Submission, process: str) -> Simulation:
    for simulated in submission.result.simulations:
        if simulated.process == process:
            return simulated
    raise NotFound("This assessment has no simulation for that process.")
