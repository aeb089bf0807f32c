"""Feedback about the pages: its format."""

from marshmallow import Schema

from api.schemas.problems import loaded
from api.schemas.strict_fields import LongText

LONGEST = 2000


class FeedbackSchema(Schema):
    text = LongText(longest=LONGEST, required=True)


def new_feedback(body: object) -> str:
    """The text.

    Raises
    ------
    InvalidInput
        If it is empty or too long, or contains characters that cannot be printed.
    """
    return str(loaded(FeedbackSchema(), body)["text"])
