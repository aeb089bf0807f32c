"""API routes for notes on assessments."""

from flask import Response

from api.auth.roles import CASEWORK
from api.context import request_context
from api.resources.assessments.created import created
from api.resources.routing import Routes, Success, json_answer
from api.schemas.assessments.notes import NoteBodySchema, NoteSchema, NotesSchema, new_note, shown_note
from api.schemas.json_body import json_body
from api.services.assessments.notes import notes_of, write_note

routes = Routes("notes", about="Notes on assessments. A note cannot be edited; another note can withdraw it.")


@routes.post(
    "/assessments/<string:id>/notes",
    Success(NoteSchema, status=201),
    body=NoteBodySchema,
    allow_roles=CASEWORK,
)
def add(id: str) -> Response:
    """Add a note. With `withdraws`, it says why an earlier note no longer applies."""
    new = new_note(json_body())
    note = write_note(request_context(), id.upper(), new.text, withdraws=new.withdraws)
    return created(shown_note(note), id=id, part="notes")


@routes.get("/assessments/<string:id>/notes", Success(NotesSchema), allow_roles=CASEWORK)
def listing(id: str) -> Response:
    """List all notes on the assessment, oldest first, including withdrawn ones."""
    notes = notes_of(request_context(), id.upper())
    return json_answer({"notes": [shown_note(note) for note in notes]})
