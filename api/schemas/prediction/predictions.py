"""Predictions in JSON: the criteria of a list, its rows, and the prediction of a person."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, fields

from api.schemas.answer_fields import maybe_number, maybe_text, number, text
from api.schemas.harm.offender_list import CRITERIA, PAGING, AreaSchema, SourceAsAtSchema, filter_from
from api.schemas.json_body import Json
from api.schemas.search.bands import Share
from api.schemas.strict_fields import SafeText
from api.services.harm.listing import MOST_COUNTED
from api.services.prediction.explaining import ExplainedPrediction
from api.services.prediction.listing import PredictedPerson, PredictionFilter, PredictionPage
from api.storage import Source
from rms.harm.severity import SeverityTable
from rms.prediction.facts import Fact
from rms.prediction.model import CUT_OFF
from rms.prediction.warning import HEALTH_WARNING
from rms.reports import prediction_words

NOT_HERE = ("bands", "moved_since", "moved_last_days", "moved_up", "disagreements")  # about harm scores


OWN: dict[str, fields.Field[Any]] = {
    "cut_off": Share(
        load_default=CUT_OFF,
        metadata={
            "minimum": 0,
            "maximum": 1,
            "description": "People whose probability is this or above.",
        },
    ),
    "type": SafeText(
        longest=100, metadata={"description": "The likely offence type: one of `types` of an answer."}
    ),
}
PredictionListSearchSchema = Schema.from_dict(
    {
        **{name: field for name, field in CRITERIA.items() if name not in NOT_HERE},
        **{name: field for name, field in PAGING.items() if name != "count"},
        **OWN,
    },
    name="PredictionListSearchSchema",
)


def prediction_filter(loaded: Mapping[str, Any], table: SeverityTable, *, today: date) -> PredictionFilter:
    """The filter that loaded criteria describe.

    Raises
    ------
    InvalidInput
        If criteria contradict each other, or there is no such offence.
    """
    people = {name: value for name, value in loaded.items() if name in CRITERIA}
    return PredictionFilter(filter_from(people, table, today=today), loaded["cut_off"], loaded.get("type"))


class PredictedPersonSchema(Schema):
    """A person who is not high harm, with their prediction. It is no harm score."""

    rank = fields.Integer(required=True, metadata={"minimum": 1, "description": "Within the filter."})
    person = text(description="An ID that tells nothing about the person. It is always the same.")
    offender_number = maybe_text()
    forename = maybe_text()
    surname = maybe_text()
    date_of_birth = maybe_text(format="date")
    home_area = fields.Nested(AreaSchema, required=True, allow_none=True)
    probability = number(
        minimum=0, maximum=1, description="Of becoming high harm within two years, of people with such facts."
    )
    likely_offence_type = text()


class PredictionListPageSchema(Schema):
    health_warning = text(description="Show it with every prediction.")
    people = fields.List(fields.Nested(PredictedPersonSchema), required=True)
    next = maybe_text(description="The cursor of the next page; null on the last one.")
    total = fields.Integer(
        required=True,
        metadata={
            "minimum": 0,
            "maximum": MOST_COUNTED,
            "description": f"How many match, or {MOST_COUNTED:,} if there are more.",
        },
    )
    model = text(description="The version of the model.")
    predicted_on = text(format="date")
    types = fields.List(fields.String(), required=True, metadata={"description": "Types of offences."})
    sources = fields.List(fields.Nested(SourceAsAtSchema), required=True)


class FactSchema(Schema):
    """What one fact does to the prediction, in log-odds, against the average person."""

    feature = text()
    kind = text(description="Facts of one kind overlap: show the sum of their changes first.")
    title = text()
    value = text(description="The person’s, in words. Figures of associates are not shown.")
    change = number()


class PersonPredictionSchema(Schema):
    health_warning = text(description="Show it with every prediction.")
    person = text()
    probability = maybe_number(minimum=0, maximum=1, description="null: there is none. `detail` says why.")
    likely_offence_type = maybe_text()
    detail = text(description="The prediction in plain words, or why there is none.")
    use = text(description="What it is for, and what it must not be used for.")
    facts = fields.List(fields.Nested(FactSchema), required=True)
    model = text(description="The version of the model.")
    predicted_on = text(format="date")
    sources = fields.List(fields.Nested(SourceAsAtSchema), required=True)


def shown_predictions(page: PredictionPage, *, next: str | None, person_id: Callable[[int], str]) -> Json:
    return {
        "health_warning": HEALTH_WARNING,
        "people": [_row(one, person_id) for one in page.people],
        "next": next,
        "total": page.total,
        "model": page.basis.version,
        "predicted_on": page.basis.day.isoformat(),
        "types": list(page.basis.types),
        "sources": [_source(one) for one in page.basis.sources],
    }


def shown_prediction(found: ExplainedPrediction, *, id: str) -> Json:
    known = found.probability is not None
    return {
        "health_warning": HEALTH_WARNING,
        "person": id,
        "probability": found.probability,
        "likely_offence_type": found.type,
        "detail": prediction_words.sentence(found.probability or 0) if known else found.why_none,
        "use": prediction_words.FOR_WHAT,
        "facts": [_fact(fact) for fact in found.facts],
        "model": found.version,
        "predicted_on": found.day.isoformat(),
        "sources": [_source(one) for one in found.sources],
    }


def _row(one: PredictedPerson, person_id: Callable[[int], str]) -> Json:
    person = one.person
    area = None if person.home_area is None else {"code": person.home_area, "name": person.home_area_name}
    return {
        "rank": one.rank,
        "person": person_id(person.person),
        **{name: getattr(person, name) for name in ("offender_number", "forename", "surname")},
        "date_of_birth": None if person.born is None else person.born.isoformat(),
        "home_area": area,
        "probability": one.probability,
        "likely_offence_type": one.type,
    }


def _fact(fact: Fact) -> Json:
    return {
        "feature": fact.name,
        "kind": fact.kind.name.lower(),
        "title": fact.title,
        "value": fact.value,
        "change": fact.change,
    }


def _source(source: Source) -> Json:
    return {"source": source.name, "as_at": source.as_at.isoformat()}
