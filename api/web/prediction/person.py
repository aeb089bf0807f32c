"""The prediction of one person, in plain words, on a page of its own."""

import math

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.services.prediction.explaining import explain_prediction
from api.services.prediction.models import why_predictions_are_off
from api.services.records.person import person_overview
from api.web.blueprint import blueprint
from api.web.people.address import person_with
from api.web.prediction.figures import missed
from api.web.records.topics import topic_page
from rms.prediction.facts import EFFECTS, groups, signed
from rms.prediction.warning import HEALTH_WARNING
from rms.reports import prediction_words


@blueprint.get("/people/by-key/<id>/prediction")
@allow_roles(OFFENDER_LISTS)
def person_prediction(id: str) -> str:
    context, key = request_context(), person_with(id)
    found = explain_prediction(context, key, rules=application().harm)
    return topic_page(
        "prediction/person.html",
        person_overview(context, key),
        found=found,
        off=why_predictions_are_off(context),
        groups=groups(found.facts) if found else (),
        effects=EFFECTS,
        base=signed(found.base) if found else "",
        total=signed(found.base + math.fsum(fact.change for fact in found.facts)) if found else "",
        missed=missed(found.latest) if found else "",
        health_warning=HEALTH_WARNING,
        words=prediction_words,
    )
