"""Which data are in RMS, and which are not."""

from flask import render_template

from api.auth import allow_roles
from api.auth.roles import EVERYBODY
from api.context import request_context
from api.services.support.coverage import coverage as coverage_of
from api.web.blueprint import blueprint
from rms.reports.support import coverage_words


@blueprint.get("/support/coverage")
@allow_roles(EVERYBODY)
def coverage() -> str:
    return render_template(
        "support/coverage.html",
        coverage=coverage_of(request_context()),
        kinds=coverage_words.KINDS,
        never=coverage_words.NEVER,
    )
