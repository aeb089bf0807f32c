"""Lists of several pages: where a page begins, and the ways from it to the start, back and on."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import current_app, request

from api.services.access.encryption import Seal, for_address, from_address
from rms.errors import NotFound

REMEMBERED = 40  # pages that an address leads back through: it must not grow without end


@dataclass(frozen=True)
class PageStart:
    """Where a page begins: after the one of this key, `before` rows into `rows` (None: not counted).

    `trail` is where the pages before it began, the first page left out: key, rows, key, rows, …
    """

    after: int | None = None
    before: int = 0
    rows: int | None = None
    trail: tuple[int, ...] = ()

    def next(self, after: int | None, *, shown: int, rows: int | None = None) -> "PageStart | None":
        """The page that begins after the one of that key; None where no page does."""
        if after is None:
            return None
        here = () if self.after is None else (self.after, self.before)
        return PageStart(after, self.before + shown, rows, (*self.trail, *here)[-2 * REMEMBERED :])

    def previous(self) -> "PageStart":
        """The page before; the first one where that has been forgotten."""
        if not self.trail:
            return PageStart()
        *trail, after, before = self.trail
        return PageStart(after, before, self.rows, tuple(trail))


@dataclass(frozen=True)
class PageLinks:
    """The addresses that a page of a list leads to; None where there is nothing to go to.

    `start` is there only where it is another page than `previous`.
    """

    start: str | None = None
    previous: str | None = None
    following: str | None = None


def page_links(
    place: PageStart, following: PageStart | None, *, of: Any, address: Callable[[str | None], str]
) -> PageLinks:
    """`address` makes one of a place as text, and the first page's of None."""

    def to(there: PageStart) -> str:
        return address(None if there.after is None else _sealed(there, of))

    return PageLinks(
        start=to(PageStart()) if place.trail else None,
        previous=to(place.previous()) if place.after is not None else None,
        following=to(following) if following else None,
    )


def requested_page(name: str = "after", *, of: Any) -> PageStart:
    """The place that the address has under `name`; the first page where it has none.

    Raises
    ------
    NotFound
        If it is none of this list.
    """
    text = request.args.get(name)
    if not text:
        return PageStart()
    with suppress(ValueError):
        if opened := _seal().open(from_address(text), whose=str(of)):
            after, before, rows, *trail = json.loads(opened)
            return PageStart(after, before, rows, tuple(trail))
    raise NotFound("This page is of another list: begin again at its first page.")


def _sealed(place: PageStart, of: Any) -> str:
    """Bound to its list, with its filter and order. Whoever could read keys could tell who came first."""
    opened = json.dumps([place.after, place.before, place.rows, *place.trail], separators=(",", ":"))
    return for_address(_seal().close(opened.encode(), whose=str(of)))


def _seal() -> Seal:
    return Seal(str(current_app.secret_key), purpose="place")
