"""The filter beside the results: what its form shows, and the user's saved filters (2005 manual, A40 to A52).

The URL holds the whole filter, so that Back, Forward, bookmarks and reloading restore it. An offender number
comes in the body of the form and is encrypted in the URL. It cannot be saved, and the results do not remember
it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import g

from api.auth.sessions import remember_filter, remembered_filter
from api.context import needs_accepted, needs_offered, request_context
from api.services.access.offices import as_tree, offices
from api.services.search.bands import bands
from api.services.search.needs import OfferedNeed
from api.services.search.saved import SAVED_FILTERS, saved_items
from api.services.users import Role
from api.storage import SavedItem
from api.web.formatting import indented
from api.web.search.criteria import (
    DAYS,
    DEFAULT,
    OFFERED,
    Chip,
    Criteria,
    Pairs,
    chips,
    pairs_of,
    with_latest,
)
from rms.engine.scale import QUARTERS

FOCUS = {"name": "save-name", **{name: f"{name}-day" for name in DAYS}}  # targets of error summary links
OFFERED_IN_WORDS = {"submitted_last_days": "In the last {} days", "release_next_days": "In the next {} days"}


@dataclass(frozen=True)
class SavedFilter:
    """A saved filter as shown; `pairs` are the criteria of the page after loading it."""

    name: str
    saved_at: datetime
    pairs: Pairs
    chips: tuple[Chip, ...]
    only_needs: bool


def filter_fields(chosen: Criteria) -> dict[str, Any]:
    """What the form needs beside the criteria: what there is to choose from, and the saved filters."""
    context = request_context()
    saved = saved_items(context, SAVED_FILTERS)
    return {
        **_needs(chosen),
        "quarters": QUARTERS,
        "bands": [band for band in bands(context) if not band.has_expired(context.today)],
        "offices": {office.name: indented(office.name, depth) for depth, office in as_tree(offices(context))},
        "by_number": g.user.role is not Role.ANALYST,
        "days_offered": {name: _days_offered(name, chosen) for name in OFFERED},
        "saved": [_saved_filter(item, chosen.pairs, today=context.today) for item in saved],
        "focus": FOCUS,
    }


def _needs(chosen: Criteria) -> dict[str, Any]:
    """The needs of the instruments in use, and any other that the criteria name; the scale that most have."""
    offered = needs_offered()
    codes = {need.code for need in offered}
    others = [
        OfferedNeed(code, label, ())
        for code, label in needs_accepted().items()
        if code not in codes and any(chosen.typed.get(f"need.{code.lower()}.{end}") for end in ("min", "max"))
    ]
    scales = Counter(scale for need in offered for scale in need.scales)
    usual = max(scales, key=scales.__getitem__, default=())
    return {"needs": (*offered, *others), "usual_scale": usual, "several_scales": len(scales) > 1}


def remember(pairs: Pairs) -> None:
    """Keep these criteria for the next visit, without an offender number."""
    remember_filter(urlencode([pair for pair in pairs if pair[0] != "offender_number"]))


def remembered() -> Pairs:
    """The criteria of the last visit; the default ones if there are none."""
    return with_latest(tuple(parse_qsl(remembered_filter() or "")) or DEFAULT)


def _days_offered(name: str, chosen: Criteria) -> dict[str, str]:
    """Number of days → words, with a number that only the URL or a saved filter has."""
    numbers = {str(days) for days in OFFERED[name]} | {chosen.typed[name]} - {""}
    ordered = sorted(numbers, key=lambda text: (len(text), text))
    return {"": "Any date", **{text: OFFERED_IN_WORDS[name].format(text) for text in ordered}}


def _saved_filter(item: SavedItem, current: Pairs, *, today: date) -> SavedFilter:
    """If only needs were saved, loading them replaces only the needs of the page.

    A filter that was saved through the API has earlier assessments too, unless it says otherwise.
    """
    pairs = pairs_of(item.content)
    only_needs = bool(pairs) and all(name.startswith("need.") for name, _ in pairs)
    if only_needs:
        words = tuple(chips(pairs, today=today))
        others = tuple(pair for pair in current if not pair[0].startswith("need.") and pair[0] != "all")
        return SavedFilter(item.name, item.saved_at, (*others, *pairs), words, only_needs)
    explicit = pairs if with_latest(pairs) == pairs else (("latest", "false"), *pairs)
    words = tuple(chips(explicit, today=today))
    return SavedFilter(item.name, item.saved_at, explicit, words, only_needs)
