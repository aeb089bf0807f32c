"""The page of an agency's score bands, each with an owner, an expiry date and a measured outcome."""

from http import HTTPStatus
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import AGENCY_POLICY
from api.context import libraries, library_of, request_context
from api.schemas.problems import loaded
from api.schemas.search.bands import BandSchema, band_from
from api.services.search.bands import add_band, bands
from api.web.blueprint import blueprint
from api.web.form_data import (
    Errors,
    day_in,
    decimal_typed,
    done_message,
    errors_of,
    filled_fields,
    typed,
    whole_typed,
)
from api.web.form_messages import BAND
from rms.engine.scale import QUARTERS, score_text
from rms.errors import Conflict, InvalidInput, Problem

OUTCOME = ("rate", "n", "period", "library")
DONE = {"added": "Score range added. You can filter results by it until it expires."}


@blueprint.get("/administration/bands")
@allow_roles(AGENCY_POLICY)
def bands_page() -> str:
    return _page()


@blueprint.post("/administration/bands")
@allow_roles(AGENCY_POLICY)
def add_new_band() -> ResponseReturnValue:
    try:
        band = band_from(loaded(BandSchema(), _body()))
        add_band(request_context(), band)
    except InvalidInput as refused:
        return _page(errors_of(_flat(refused), BAND)), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _page({"name": refused.detail}), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.bands_page", done="added"), HTTPStatus.SEE_OTHER)


def _body() -> dict[str, Any]:
    """The typed values as an API request body, with numbers, percentage and date converted."""
    values = filled_fields()
    texts: dict[str, Any] = {name: values[name] for name in ("name", "process", "owner") if name in values}
    bounds: dict[str, Any] = {name: decimal_typed(values[name]) for name in ("low", "high") if name in values}
    outcome: dict[str, Any] = {name: values[name] for name in ("period", "library") if name in values}
    if "rate" in values:
        percent = decimal_typed(values["rate"])
        outcome["rate"] = percent / 100 if isinstance(percent, float) else percent
    if "n" in values:
        outcome["n"] = whole_typed(values["n"])
    expires = day_in(values, "expires_on")
    return {**texts, **bounds, **({"expires_on": expires} if expires else {}), "outcome": outcome}


def _flat(refused: InvalidInput) -> InvalidInput:
    """The problems with the page's flat field names: it has no nested outcome."""
    return InvalidInput(
        Problem(problem.pointer.removeprefix("/outcome"), problem.code, problem.detail)
        for problem in refused.problems
    )


def _page(errors: Errors | None = None) -> str:
    context = request_context()
    return render_template(
        "search/bands.html",
        bands=bands(context),
        quarters=[quarter.name for quarter in QUARTERS],
        today=context.today,
        score_text=score_text,
        labels=libraries().process_labels,
        library=library_of().reference,
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )
