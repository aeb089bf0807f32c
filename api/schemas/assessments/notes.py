"""Notes as JSON."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from api.schemas.problems import loaded
from api.schemas.strict_fields import LongText, WholeNumber
from api.storage import Note

MOST_NOTES = 10**6


class NoteBodySchema(Schema):
    text = LongText(longest=4000, required=True)
    withdraws = WholeNumber(
        least=1, most=MOST_NOTES, metadata={"description": "The number of a note that no longer applies."}
    )


class NoteSchema(Schema):
    number = fields.Integer(required=True, metadata={"minimum": 1})
    text = fields.String(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    withdraws = fields.Integer(required=True, allow_none=True)
    withdrawn_by = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The number of the note that withdraws it."}
    )


class NotesSchema(Schema):
    notes = fields.List(fields.Nested(NoteSchema), required=True)


@dataclass(frozen=True)
class NewNote:
    text: str
    withdraws: int | None


def new_note(body: object) -> NewNote:
    """
    Raises
    ------
    InvalidInput
        With all problems of the body's shape.
    """
    given = loaded(NoteBodySchema(), body)
    return NewNote(given["text"], given.get("withdraws"))


def shown_note(note: Note) -> dict[str, Any]:
    return {
        "number": note.number,
        "text": note.text,
        "by": note.by,
        "at": note.at.isoformat(),
        "withdraws": note.withdraws,
        "withdrawn_by": note.withdrawn_by,
    }
