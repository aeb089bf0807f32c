"""The written guide to the offender list, which every home page leads to."""

from flask import g, render_template

from api.auth import allow_roles
from api.auth.roles import EVERYBODY, OFFENDER_LISTS
from api.web.blueprint import blueprint
from api.web.formatting import inline
from rms.prediction.warning import HEALTH_WARNING
from rms.reports import prediction_words
from rms.reports.drawing import as_svg
from rms.reports.harm_words import EXAMPLE_BASED_GAP, LEFT_OUT, NOT_FOR, OWN_FORMULA, WHAT_FOR
from rms.reports.support.week_chart import week_chart
from rms.support.week import WEEK

PICTURE = (
    "A week with the offender list: five steps, and back to the first. The list on this page has the same."
)


@blueprint.get("/support/guide")
@allow_roles(EVERYBODY)
def support_guide() -> str:
    names = [step.name for step in WEEK]
    drawn = as_svg(week_chart(names), title="A week with the offender list", description="; ".join(names))
    return render_template(
        "support/guide.html",
        week=WEEK,
        picture=inline(drawn),
        about_picture=PICTURE,
        sees_list=g.user.role in OFFENDER_LISTS,
        own_formula=OWN_FORMULA,
        left_out=LEFT_OUT,
        harm_use=WHAT_FOR,
        harm_not=NOT_FOR,
        gap=EXAMPLE_BASED_GAP,
        prediction=prediction_words,
        health_warning=HEALTH_WARNING,
    )
