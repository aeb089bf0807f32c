"""What people say of the pages, as it is taken."""

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
        If it is empty, too long, or holds what cannot be printed.
    """
    return str(loaded(FeedbackSchema(), body)["text"])
