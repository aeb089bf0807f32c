"""The results filter page: criteria, how many assessments match, and saved filters (2005 manual, A40 to A52).

The URL holds the whole filter, so that Back, Forward, bookmarks and reloading restore it. An offender number
in the URL does not leave this service: pages send no referrer to other sites, and the request log has no
query strings. It cannot be saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from api.auth import allow_roles
from api.auth.roles import SEARCHING
from api.context import request_context
from api.schemas.search.saved_filters import filter_name, filter_to_save
from api.services.access.offices import offices
from api.services.search.bands import bands
from api.services.search.saved import SAVED_FILTERS, delete_saved_item, save_item, saved_items
from api.services.search.search import count
from api.services.users import Role
from api.storage import SavedItem
from api.web.blueprint import blueprint
from api.web.search.criteria import (
    DAYS,
    NEED_CODES,
    PROCESS_LABELS,
    Chip,
    Criteria,
    Pairs,
    address,
    chips,
    criteria,
    criteria_of_address,
    pairs_of,
)
from rms.engine.filter import NEED_RANGES
from rms.engine.scale import QUARTERS
from rms.errors import InvalidInput, LimitReached

DONE = {"saved": "Filter saved.", "removed": "Filter deleted."}
ONLY_NEEDS = "needs"  # the 2005 manual's "Save Needs Options" (A48)
FOCUS = {"name": "save-name", **{name: f"{name}-day" for name in DAYS}}  # targets of error summary links
NO_NAME = "Enter a name."
NO_NEEDS = "Tick at least one need to save."


@dataclass(frozen=True)
class SavedFilter:
    """A saved filter as shown; `pairs` are the criteria of the page after loading it."""

    name: str
    saved_at: datetime
    pairs: Pairs
    chips: tuple[Chip, ...]
    only_needs: bool


@blueprint.get("/results-filter")
@allow_roles(SEARCHING)
def results_filter() -> ResponseReturnValue:
    chosen = criteria_of_address(request.args)
    done, named = request.args.get("done", ""), _named(request.args)
    if (
        not chosen.errors
        and not done
        and tuple(request.args.items(multi=True)) != (*chosen.pairs, *named.items())
    ):
        return redirect(chosen.address("web.results_filter", **named))
    page = filter_page(chosen, done=DONE.get(done, ""), name=named.get("name", ""))
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if chosen.errors else HTTPStatus.OK


@blueprint.post("/results-filter/saved")
@allow_roles(SEARCHING)
def save_results_filter() -> ResponseReturnValue:
    """Save the criteria of the page, or only its needs, under a name."""
    chosen = criteria(request.form)
    pairs = chosen.pairs
    only_needs = request.args.get("what") == ONLY_NEEDS
    if only_needs:
        pairs = tuple(pair for pair in pairs if pair[0].startswith("need."))
    name, errors = _named(request.form).get("name", ""), dict(chosen.errors)
    if not name:
        errors["name"] = NO_NAME
    elif only_needs and not pairs:
        errors["name"] = NO_NEEDS
    if not errors:
        try:
            body = filter_to_save(criteria(MultiDict(pairs)).body)
            save_item(request_context(), filter_name(name), body, SAVED_FILTERS)
            return redirect(chosen.address("web.results_filter", done="saved"), HTTPStatus.SEE_OTHER)
        except InvalidInput as refused:
            details = {problem.pointer.removeprefix("/"): problem.detail for problem in refused.problems}
            errors |= {name: f"Name: {text}" if name == "name" else text for name, text in details.items()}
        except LimitReached as refused:
            errors["name"] = refused.detail
    return filter_page(chosen, errors=errors, name=name), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/results-filter/saved/<name>/delete")
@allow_roles(SEARCHING)
def remove_results_filter(name: str) -> ResponseReturnValue:
    delete_saved_item(request_context(), name, SAVED_FILTERS)
    chosen = criteria(request.form)
    address_then = chosen.address("web.results_filter", done="removed", **_named(request.form))
    return redirect(address_then, HTTPStatus.SEE_OTHER)


def filter_page(
    chosen: Criteria, *, errors: dict[str, str] | None = None, name: str = "", done: str = ""
) -> str:
    context = request_context()
    today = context.today
    current_bands = [band for band in bands(context) if not band.has_expired(today)]
    return render_template(
        "search/filter.html",
        criteria=chosen,
        errors=chosen.errors if errors is None else errors,
        typed={**chosen.typed, "name": name},
        counts=None if chosen.errors else count(context, chosen.filter),
        need_codes=NEED_CODES,
        need_ranges=[f"{low}–{high}" for low, high in NEED_RANGES],
        processes=PROCESS_LABELS,
        quarters=QUARTERS,
        bands=current_bands,
        offices=[office.name for office in offices(context)],
        by_number=g.user.role is not Role.ANALYST,
        saved=[_saved_filter(item, chosen.pairs) for item in saved_items(context, SAVED_FILTERS)],
        address=address,
        done=done,
        focus=FOCUS,
    )


def _named(parameters: Mapping[str, str]) -> dict[str, str]:
    """The name typed to save the filter, if there is one."""
    name = parameters.get("name", "").strip()
    return {"name": name} if name else {}


def _saved_filter(item: SavedItem, current: Pairs) -> SavedFilter:
    """If only needs were saved, loading them replaces only the needs of the page."""
    pairs = pairs_of(item.content)
    only_needs = bool(pairs) and all(name.startswith("need.") for name, _ in pairs)
    others = tuple(pair for pair in current if not pair[0].startswith("need.") and pair[0] != "all")
    after_loading = (*others, *pairs) if only_needs else pairs
    return SavedFilter(item.name, item.saved_at, after_loading, tuple(chips(pairs)), only_needs)
