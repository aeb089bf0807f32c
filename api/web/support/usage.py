"""How much RMS is used, for supervisors and administrators."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import AGENCY_POLICY
from api.context import request_context
from api.services.support.usage import NO_OFFICE, csv_of_usage
from api.services.support.usage import usage as usage_of
from api.services.transfer.export_files import CSV
from api.web.blueprint import blueprint
from api.web.formatting import indented, inline
from rms.errors import NotFound
from rms.reports.drawing import as_svg
from rms.reports.support.usage_chart import users_chart
from rms.support.usage import SESSIONS

LONGEST_NUMBER = 9  # digits
TITLE = "Users who signed in, month by month"
# What is counted → its heading: users who did it, unless it says otherwise.
LOOKED = {
    "list": "Offender list",
    "person": "A person",
    "map": "Map of the list",
    "network": "Network",
    "prediction": "Prediction",
}


@blueprint.get("/support/usage")
@allow_roles(AGENCY_POLICY)
def usage() -> str:
    found = usage_of(request_context(), _key(request.args.get("office", "")))
    signed_in = [(month.first, month.of[SESSIONS].users) for month in found.use.months]
    described = "; ".join(f"{first:%B %Y}: {count}" for first, count in signed_in)
    return render_template(
        "support/usage.html",
        use=found.use,
        months=list(reversed(found.use.months)),
        offices={str(office.id): indented(office.name, depth) for depth, office in found.offices},
        looked=LOOKED,
        columns=("Users signed in", "Sessions", *LOOKED.values(), "Recommendations"),
        picture=inline(as_svg(users_chart(signed_in), title=TITLE, description=described)),
        about_picture=f"{TITLE}. The table has the same numbers.",
    )


@blueprint.get("/support/usage.csv")
@allow_roles(AGENCY_POLICY)
def usage_csv() -> ResponseReturnValue:
    return attachment(csv_of_usage(request_context()), CSV, "usage.csv")


def _key(typed: str) -> int | None:
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_NUMBER):
        raise NotFound(NO_OFFICE)
    return int(typed)
