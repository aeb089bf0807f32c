"""API routes for drafts, which only their owner can see."""

import re
from collections.abc import Mapping

from flask import Response, request
from werkzeug.exceptions import PreconditionRequired

from api.auth.roles import CASEWORK
from api.context import application, libraries, library_named, request_context
from api.resources.assessments.submitting import answered_once, instrument_of, submitted
from api.resources.routing import IDEMPOTENCY_KEY, IF_MATCH, PREFIX, Routes, Success, json_answer
from api.schemas.assessments.answer import AnswerSchema
from api.schemas.assessments.assessment import Body, assessment_from
from api.schemas.assessments.drafts import (
    DraftBodySchema,
    DraftListSchema,
    DraftSchema,
    draft,
    draft_body,
    draft_listed,
)
from api.schemas.json_body import json_body
from api.services.assessments.assessments import check_submission, find_submission
from api.services.assessments.corrections import corrected_as
from api.services.assessments.drafts import (
    change_draft,
    discard_draft,
    drafts_of,
    find_draft,
    repopulate,
    seen_draft,
    start_draft,
)
from api.storage import Draft
from rms.assessment import Assessment
from rms.errors import (
    ChangedMeanwhile,
    Conflict,
    HeldElsewhere,
    InstrumentNotInUse,
    InvalidInput,
    NotFound,
    Problem,
)
from rms.instrument import Instrument
from rms.submission import Correction

CORRECTING = ("corrects", "reason")  # fields of a draft that is a correction
VERSION = re.compile(r"[0-9]{1,9}", re.ASCII)

routes = Routes("drafts", about="Forms started but not submitted. Only their owner can see them.")


@routes.post("/drafts", Success(DraftSchema, status=201), body=DraftBodySchema, allow_roles=CASEWORK)
def begin() -> Response:
    """Start a draft with what is known so far."""
    body = draft_body(json_body(), instrument_of(json_body()))
    started = start_draft(request_context(), body, terms=application().terms)
    return _shown(started, created=True)


@routes.post("/assessments/<string:id>/repopulate", Success(DraftSchema, status=201), allow_roles=CASEWORK)
def repopulated(id: str) -> Response:
    """Start a draft with all answers of an earlier assessment, each marked as carried over."""
    earlier = find_submission(request_context(), id.upper()).assessment.instrument.name
    started = repopulate(
        request_context(), id.upper(), instrument=library_named(earlier).instrument, terms=application().terms
    )
    return _shown(started, created=True)


@routes.get("/drafts", Success(DraftListSchema), allow_roles=CASEWORK)
def listing() -> Response:
    """List your drafts, most recently changed first."""
    own = drafts_of(request_context())
    return json_answer({"drafts": [draft_listed(stored, _form_in_use(stored)) for stored in own]})


@routes.get("/drafts/<string:id>", Success(DraftSchema), allow_roles=CASEWORK)
def one(id: str) -> Response:
    """One draft, with what is missing and what would prevent submitting it."""
    return _shown(_found(id))


@routes.patch(
    "/drafts/<string:id>",
    Success(DraftSchema),
    body=DraftBodySchema,
    headers=(IF_MATCH,),
    allow_roles=CASEWORK,
)
def change(id: str) -> Response:
    """Change a draft with a JSON merge patch; null removes a value."""
    changed = change_draft(
        request_context(),
        id,
        draft_body(json_body(), _form_of({**_found(id).body, **_named_in(json_body())})),
        seen=_seen_version(id),
        terms=application().terms,
    )
    return _shown(changed)


@routes.delete(
    "/drafts/<string:id>", Success(status=204, description="The draft is deleted."), allow_roles=CASEWORK
)
def discard(id: str) -> Response:
    """Delete a draft."""
    discard_draft(request_context(), id)
    return Response(status=204)


@routes.post(
    "/drafts/<string:id>/submit",
    Success(AnswerSchema, status=201),
    headers=(IF_MATCH, IDEMPOTENCY_KEY),
    allow_roles=CASEWORK,
)
@answered_once(lambda: None)  # it has no body
def submit(id: str) -> Response:
    """Submit a draft as an assessment and delete the draft."""
    stored = seen_draft(_found(id), _seen_version(id))
    return submitted(_assessment(stored), draft=stored, correction=_correction(stored))


def _named_in(patch: object) -> dict[str, object]:
    """The instrument to which a patch changes the draft, if it does."""
    return {"instrument": patch["instrument"]} if isinstance(patch, dict) and "instrument" in patch else {}


def _form_of(body: Mapping[str, object]) -> Instrument:
    """The instrument of a draft: the one it names, or the default.

    Raises
    ------
    InstrumentNotInUse
        If it is no longer in use.
    """
    named = body.get("instrument")
    return library_named(named).instrument if isinstance(named, str) else instrument_of(body)


def _form_in_use(stored: Draft) -> Instrument | None:
    named = stored.body.get("instrument")
    return _form_of(stored.body) if not isinstance(named, str) or libraries().has(named) else None


def _found(id: str) -> Draft:
    return find_draft(request_context(), id)


def _shown(stored: Draft, *, created: bool = False) -> Response:
    document = draft(
        stored,
        _form_in_use(stored),
        _problems(stored),
        on=request_context().today,
        stale=application().terms.stale_months,
    )
    response = json_answer(document, status=201 if created else 200)
    response.set_etag(str(stored.version))
    if created:
        response.headers["Location"] = f"{PREFIX}/drafts/{stored.id}"
    return response


def _assessment(stored: Draft) -> Assessment:
    """The assessment that a draft describes, if it is complete and valid."""
    instrument, body = _form_of(stored.body), {"answers": {}, **stored.body}
    correction = _correction(stored)
    context = request_context()
    if correction is None:
        return assessment_from(Body(body), instrument=instrument, on=context.today)
    wrong = find_submission(context, correction.corrects).assessment
    plain = {name: value for name, value in body.items() if name not in CORRECTING}
    corrected = assessment_from(Body(plain), instrument=instrument, on=wrong.assessed_on)
    return corrected_as(context, correction.corrects, corrected, instrument=instrument)


def _correction(stored: Draft) -> Correction | None:
    """What the draft corrects, and why; None if it is not a correction.

    Raises
    ------
    InvalidInput
        If the reason is missing.
    """
    corrects, reason = stored.body.get("corrects"), str(stored.body.get("reason") or "").strip()
    if not corrects:
        return None
    if not reason:
        raise InvalidInput([Problem("/reason", "required", "Enter a reason for the correction.")])
    return Correction(str(corrects).upper(), reason)


def _problems(stored: Draft) -> tuple[Problem, ...]:
    """The problems that would prevent submitting the draft."""
    try:
        check_submission(request_context(), _assessment(stored))
    except InvalidInput as refused:
        return refused.problems
    except HeldElsewhere as refused:
        return (Problem("/offender_number", refused.code, refused.detail),)
    except InstrumentNotInUse as refused:
        return (Problem("/instrument", refused.code, refused.detail),)
    except (Conflict, NotFound) as refused:
        return (Problem("/corrects", refused.code, refused.detail),)
    return ()


def _seen_version(id: str) -> int:
    """The version that the caller has seen, from the If-Match header: of several ETags, the current one.

    Weak ETags do not count (RFC 9110).
    """
    if not request.if_match or request.if_match.star_tag:
        raise PreconditionRequired(
            "Send the ETag of the draft in the If-Match header. “*” does not say which version you have read."
        )
    seen = [int(tag) for tag in request.if_match if VERSION.fullmatch(tag)]
    if not seen:
        raise ChangedMeanwhile("If-Match has no ETag of this draft.")
    current = _found(id).version if len(seen) > 1 else seen[0]
    return current if current in seen else seen[0]
