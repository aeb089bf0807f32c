"""What the offender list is meant to change, and how that is evaluated."""

from flask import render_template

from api.auth import allow_roles
from api.auth.roles import EVERYBODY
from api.context import application
from api.web.blueprint import blueprint
from rms.support.logic_model import STAGES


@blueprint.get("/support/aims")
@allow_roles(EVERYBODY)
def logic_model() -> str:
    return render_template("support/logic_model.html", model=application().logic_model, stages=STAGES)
