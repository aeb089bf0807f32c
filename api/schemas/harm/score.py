"""The harm score of one person, with the part of every offence, drug marker and intelligence report."""

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields

from api.schemas.answer_fields import maybe_number, maybe_text, number, text
from api.schemas.harm.offender_list import AsAtSchema, shown_as_at
from api.schemas.json_body import Json
from api.services.harm.explaining import Explanation, MarkerPart, OffencePart, ReportPart
from api.services.harm.listing import AsAt
from api.storage import Moment
from rms.harm.bands import Cuts
from rms.harm.score import HarmScore
from rms.harm.settings import BANDS, COMPONENTS, HarmSettings
from rms.reports.harm_words import OWN_FORMULA

OF_OFFENCES = ("recency", "frequency", "severity")  # the components that offences have a part in


class ScoreComponentSchema(Schema):
    value = number(minimum=0, maximum=100)
    weight = number(minimum=0, maximum=1)
    points = number(description="Value × weight: what the component gives to the score.")


class ScoreComponentsSchema(Schema):
    """Their points add to the score."""

    recency = fields.Nested(ScoreComponentSchema, required=True)
    frequency = fields.Nested(ScoreComponentSchema, required=True)
    severity = fields.Nested(ScoreComponentSchema, required=True)
    drugs = fields.Nested(ScoreComponentSchema, required=True)
    intelligence = fields.Nested(ScoreComponentSchema, required=True)


class CutsSchema(Schema):
    """The bands keep these thresholds until somebody sets them again."""

    reference_day = text(format="date", description="The day whose scores set the thresholds.")
    scores = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "Band → the score at which it begins. The lowest band is not here."},
    )


class OffencePointsSchema(Schema):
    recency = number()
    frequency = number()
    severity = number()


class _SourceSchema(Schema):
    source = text(description="The source system.")
    source_id = text(description="The ID of the record in the source system.")


class OffenceDetailsSchema(_SourceSchema):
    code = text(description="The Home Office code.")
    category = maybe_text(description="null: the severity table does not have the code.")
    group = maybe_text(description="null: the severity table does not have the code.")
    days = maybe_number(description="Days of crime harm. null: an unknown code, which counts 0 days.")
    committed_on = text(format="date")


class OffencePartSchema(OffenceDetailsSchema):
    counts = fields.Boolean(required=True, metadata={"description": "Whether it counts in the score."})
    points = fields.Nested(OffencePointsSchema, required=True)
    total = number(description="The points of the offence in the score.")


class SuspectedSchema(Schema):
    count = fields.Integer(
        required=True,
        metadata={"minimum": 0, "description": "How many up to the day of the score."},
    )
    offences = fields.List(fields.Nested(OffenceDetailsSchema), required=True)


class MarkerPartSchema(_SourceSchema):
    kind = text()
    first_day = text(format="date")
    last_day = maybe_text(format="date", description="The last day in force. null: still in force.")
    points = number()


class ReportPartSchema(_SourceSchema):
    grade = text()
    reported_on = text(format="date")
    points = number()


class HarmMomentSchema(Schema):
    day = text(format="date")
    score = maybe_number(description="null: from this day there is no score.")
    band = maybe_text(enum=[*BANDS, None])


class HarmScoreSchema(Schema):
    """The points of offences, markers and reports add to `score_exact`. Suspected offences never count."""

    person = text(description="The ID of the person.")
    formula = text(description="What the harm score is.")
    as_at = fields.Nested(
        AsAtSchema, required=True, metadata={"description": "`scores` is the day that the score is for."}
    )
    settings = text(description="The version of the settings of the score.")
    table = text(description="The name of the severity table.")
    score = maybe_number(description="0 to 100, with one decimal. null: no offence counts.")
    score_exact = maybe_number(description="The harm score at full precision.")
    score_in_list = maybe_number(
        description="The score in the offender list, from the last calculation, at full precision. It "
        "differs if records have changed since, and otherwise by less than 1e-9."
    )
    band = maybe_text(enum=[*BANDS, None])
    cuts = fields.Nested(CutsSchema, required=True, allow_none=True)
    components = fields.Nested(ScoreComponentsSchema, required=True, allow_none=True)
    offences = fields.List(
        fields.Nested(OffencePartSchema),
        required=True,
        metadata={"description": "Every offence, the oldest first, without those in `suspected`."},
    )
    markers = fields.List(fields.Nested(MarkerPartSchema), required=True)
    reports = fields.List(fields.Nested(ReportPartSchema), required=True)
    unknown_codes = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Codes that the severity table does not have, of counted offences: 0 days."},
    )
    history = fields.List(
        fields.Nested(HarmMomentSchema),
        required=True,
        metadata={"description": "The days on which the score or the band changed, the earliest first."},
    )
    suspected = fields.Nested(
        SuspectedSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "Offences that the person is only suspected of. null unless an administrator has "
            "switched them on."
        },
    )


def shown_explanation(explanation: Explanation, *, id: str) -> Json:
    score, rules = explanation.score, explanation.rules
    return {
        "person": id,
        "formula": OWN_FORMULA,
        "as_at": shown_as_at(AsAt(explanation.day, explanation.sources)),
        "settings": rules.settings.version,
        "table": rules.table.name,
        "score": float(score.shown) if score else None,
        "score_exact": score.score if score else None,
        "score_in_list": explanation.last,
        "band": explanation.band,
        "cuts": _cuts(explanation.cuts) if explanation.cuts else None,
        "components": _components(score, rules.settings) if score else None,
        "offences": [_offence(part) for part in explanation.offences if not part.suspected],
        "markers": [_marker(part) for part in explanation.markers],
        "reports": [_report(part) for part in explanation.reports],
        "unknown_codes": list(score.unknown_codes) if score else [],
        "history": [_moment(moment) for moment in explanation.moments],
        "suspected": _suspected(explanation.suspected, explanation.offences),
    }


def _cuts(cuts: Cuts) -> Json:
    return {
        "reference_day": cuts.on.isoformat(),
        "scores": dict(zip(BANDS[1:], cuts.scores, strict=True)),
    }


def _components(score: HarmScore, settings: HarmSettings) -> Json:
    values = {name: (getattr(score, name), settings.weights[name]) for name in COMPONENTS}
    return {
        name: {"value": value, "weight": weight, "points": weight * value}
        for name, (value, weight) in values.items()
    }


def _offence(part: OffencePart) -> Json:
    return {
        **_offence_details(part),
        "counts": part.counts,
        "points": {name: part.points.get(name, 0.0) for name in OF_OFFENCES},
        "total": part.total,
    }


def _offence_details(part: OffencePart) -> dict[str, Any]:
    offence = part.offence
    return {
        "source": offence.source,
        "source_id": offence.source_id,
        "code": offence.code,
        "category": part.category,
        "group": part.group,
        "days": part.days,
        "committed_on": offence.committed_on.isoformat(),
    }


def _suspected(count: int | None, parts: Iterable[OffencePart]) -> Json | None:
    """None if the agency does not show them. It is so decided by `explain_score`, which then has none."""
    if count is None:
        return None
    return {"count": count, "offences": [_offence_details(part) for part in parts if part.suspected]}


def _marker(part: MarkerPart) -> Json:
    marker = part.marker
    return {
        "source": marker.source,
        "source_id": marker.source_id,
        "kind": marker.kind,
        "first_day": marker.first_day.isoformat(),
        "last_day": marker.last_day.isoformat() if marker.last_day else None,
        "points": part.points,
    }


def _report(part: ReportPart) -> Json:
    report = part.report
    return {
        "source": report.source,
        "source_id": report.source_id,
        "grade": report.grade,
        "reported_on": report.reported_on.isoformat(),
        "points": part.points,
    }


def _moment(moment: Moment) -> Json:
    return {
        "day": moment.day.isoformat(),
        "score": moment.score,
        "band": None if moment.band is None else BANDS[moment.band],
    }
