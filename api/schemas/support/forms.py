"""What is sent by the forms of surveys, help requests and notes of other services."""

from collections.abc import Mapping

from marshmallow import Schema

from api.schemas.problems import loaded
from api.schemas.strict_fields import LongText, OneOf, SafeText, StrictDate, StrictInt
from rms.support.service_notes import LONGEST as LONGEST_NOTE
from rms.support.service_notes import LONGEST_NAME, SERVICES, ServiceNote
from rms.support.survey import LONGEST as LONGEST_SURVEY_TEXT
from rms.support.survey import POINTS, SurveyAnswer

LONGEST_REQUEST = 2000


def _point() -> StrictInt:
    return StrictInt(least=POINTS[0], most=POINTS[-1], required=True)


class SurveyAnswerSchema(Schema):
    trust = _point()
    ease = _point()
    usefulness = _point()
    used = _point()
    text = LongText(longest=LONGEST_SURVEY_TEXT, load_default="")


class HelpTextSchema(Schema):
    text = LongText(longest=LONGEST_REQUEST, required=True)


class ServiceNoteSchema(Schema):
    service = OneOf(*SERVICES, required=True)
    written_by = SafeText(longest=LONGEST_NAME, required=True)
    written_on = StrictDate(required=True)
    text = LongText(longest=LONGEST_NOTE, required=True)


def survey_answer(sent: Mapping[str, str]) -> SurveyAnswer:
    """
    Raises
    ------
    InvalidInput
        With every problem; the pointer names the field.
    """
    return SurveyAnswer(**loaded(SurveyAnswerSchema(), sent))


def help_text(sent: Mapping[str, str]) -> str:
    """The text of a request or an answer. It raises as `survey_answer`."""
    return str(loaded(HelpTextSchema(), sent)["text"])


def service_note(sent: Mapping[str, str]) -> ServiceNote:
    """It raises as `survey_answer`."""
    return ServiceNote(**loaded(ServiceNoteSchema(), sent))
