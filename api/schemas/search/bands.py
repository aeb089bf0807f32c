"""Score bands as JSON, with the four quarters."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.json_body import Json
from api.schemas.search.search import ScoreBound
from api.schemas.strict_fields import OneOf, SafeText, StrictDate, WholeNumber
from rms.engine.bands import Band, Outcome
from rms.engine.scale import PROCESSES, QUARTERS


class Share(fields.Float):
    """A number from 0 to 1 of a JSON body."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if type(value) in (int, float) and 0 <= value <= 1:
            return float(value)
        raise ValidationError("This must be a number from 0 to 1.")


class OutcomeSchema(Schema):
    """The measured outcome of the people in the band."""

    rate = Share(required=True, metadata={"minimum": 0, "maximum": 1, "description": "Share with actual 2."})
    n = WholeNumber(least=1, most=10**9, required=True, metadata={"description": "Number of people."})
    period = SafeText(longest=100, required=True)
    library = SafeText(longest=100, required=True, metadata={"description": "The library used."})


class BandSchema(Schema):
    """A named range of scores that an agency is responsible for."""

    name = SafeText(longest=64, required=True)
    process = OneOf(*PROCESSES, required=True)
    low = ScoreBound(required=True)
    high = ScoreBound(required=True)
    owner = SafeText(longest=100, required=True, metadata={"description": "Who is responsible for it."})
    expires_on = StrictDate(required=True, metadata={"description": "Not used from this day on."})
    outcome = fields.Nested(OutcomeSchema, required=True)


class ShownBandSchema(Schema):
    name = fields.String(required=True)
    process = fields.String(required=True, allow_none=True, metadata={"description": "Null for any process."})
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    owner = fields.String(required=True, allow_none=True)
    expires_on = fields.Date(required=True, allow_none=True)
    expired = fields.Boolean(required=True)
    outcome = fields.Nested(OutcomeSchema, required=True, allow_none=True)


class BandsSchema(Schema):
    """The four quarters, then the bands that agencies added."""

    bands = fields.List(fields.Nested(ShownBandSchema), required=True)


def band_from(loaded: Mapping[str, Any]) -> Band:
    """
    Raises
    ------
    InvalidInput
        If the range or the name is not valid.
    """
    return Band(**{**loaded, "outcome": Outcome(**loaded["outcome"])})


def shown_band(band: Band, *, on: date) -> Json:
    return {
        "name": band.name,
        "process": band.process,
        "low": band.low / 100,
        "high": band.high / 100,
        "owner": band.owner,
        "expires_on": band.expires_on.isoformat(),
        "expired": band.has_expired(on),
        "outcome": dict(vars(band.outcome)),
    }


def shown_bands(bands: Iterable[Band], *, on: date) -> Json:
    nulls = dict.fromkeys(("process", "owner", "expires_on", "outcome"))
    quarters = [
        {
            **nulls,
            "name": quarter.name,
            "low": quarter.low / 100,
            "high": quarter.high / 100,
            "expired": False,
        }
        for quarter in QUARTERS
    ]
    return {"bands": [*quarters, *(shown_band(band, on=on) for band in bands)]}
