"""Responses for parts added to an assessment: judgements, notes and overrides."""

from flask import Response

from api.resources.routing import PREFIX, json_answer
from api.schemas.json_body import Json


def created(document: Json, *, id: str, part: str) -> Response:
    """The added part, with the URL of the list that it is now in."""
    return json_answer(document, status=201, Location=f"{PREFIX}/assessments/{id.upper()}/{part}")
