"""Saving and deleting filters from the results."""

from http import HTTPStatus

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from api.auth import allow_roles
from api.auth.roles import SEARCHING
from api.context import needs_accepted, request_context
from api.schemas.search.saved_filters import filter_name, filter_to_save
from api.services.search.saved import SAVED_FILTERS, delete_saved_item, is_saved, save_item
from api.web.blueprint import blueprint
from api.web.search.criteria import criteria
from api.web.search.results import kept_parameters, results_page
from rms.errors import InvalidInput, LimitReached, Problem

ONLY_NEEDS = "needs"  # the 2005 manual's "Save Needs Options" (A48)
NO_NAME = "Enter a name for the filter."
NO_FILTER = "Choose at least one filter to save."
NO_NEEDS = "Enter a range for at least one need to save."


@blueprint.post("/results/saved")
@allow_roles(SEARCHING)
def save_results_filter() -> ResponseReturnValue:
    """Save the criteria of the page, or only its needs, under a name."""
    chosen = criteria(request.form)
    pairs = chosen.pairs
    only_needs = request.args.get("what") == ONLY_NEEDS
    if only_needs:
        pairs = tuple(pair for pair in pairs if pair[0].startswith("need."))
    name, errors = request.form.get("name", "").strip(), dict(chosen.errors)
    if not name:
        errors["name"] = NO_NAME
    elif only_needs and not pairs:
        errors["name"] = NO_NEEDS
    if not errors:
        try:
            body = filter_to_save(criteria(MultiDict(pairs)).body, needs=needs_accepted())
            name = filter_name(name)
            done = "replaced" if is_saved(request_context(), name, SAVED_FILTERS) else "saved"
            save_item(request_context(), name, body, SAVED_FILTERS)
            then = chosen.address("web.results", **kept_parameters("sort"), done=done)
            return redirect(then, HTTPStatus.SEE_OTHER)
        except InvalidInput as refused:
            errors |= dict(map(_error, refused.problems))
        except LimitReached as refused:
            errors["name"] = refused.detail
    return results_page(chosen, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY


def _error(problem: Problem) -> tuple[str, str]:
    """The field and its message; a filter without criteria is a problem of the name."""
    if problem.code == "no_criterion":
        return "name", NO_FILTER
    field = problem.pointer.removeprefix("/")
    return field, f"Name: {problem.detail}" if field == "name" else problem.detail


@blueprint.post("/results/saved/<name>/delete")
@allow_roles(SEARCHING)
def remove_results_filter(name: str) -> ResponseReturnValue:
    delete_saved_item(request_context(), name, SAVED_FILTERS)
    then = criteria(request.form).address("web.results", **kept_parameters("sort", "name"), done="removed")
    return redirect(then, HTTPStatus.SEE_OTHER)
