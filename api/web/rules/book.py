"""The rule book: which rules there are, and each rule set with its rows, limits and source.

It names nobody, so everybody may read it, also without signing in (safeguards, D09).
"""

from flask import render_template

from api.auth import allow_roles
from api.auth.roles import EVERYBODY
from api.context import request_context
from api.web.blueprint import blueprint
from rms.errors import NotFound
from rms.rules.rule_book_text import rule_book


@blueprint.get("/help/rules")
@allow_roles(EVERYBODY, strangers=True)
def rules() -> str:
    return render_template("rules/book.html", rules=rule_book(), today=request_context().today)


@blueprint.get("/help/rules/<string:version>")
@allow_roles(EVERYBODY, strangers=True)
def rule_set(version: str) -> str:
    for rule in rule_book():
        for shown in rule.sets:
            if shown.head.version == version:
                return render_template(
                    "rules/rule_set.html", rule=rule, shown=shown, today=request_context().today
                )
    raise NotFound("There is no such rule set.")
