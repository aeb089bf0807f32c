"""Lists with several pages: where a page starts, and the links to the first, previous and next page."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import current_app, request

from api.services.access.encryption import Cipher, for_address, from_address
from rms.errors import NotFound

REMEMBERED = 40  # pages that a URL remembers for Back links: it must not grow without limit


HIGH_TO_LOW, LOW_TO_HIGH = "from high to low", "from low to high"


@dataclass(frozen=True)
class Sorting:
    """A column's link to sort by it. `current` is the value of `aria-sort`, `next` the order it leads to."""

    address: str
    current: str
    next: str


@dataclass(frozen=True)
class PageStart:
    """Where a page starts: after the row with this key, `before` rows into `rows` (None: not counted).

    `trail` is where the earlier pages started, without the first: key, rows, key, rows, …
    """

    after: int | None = None
    before: int = 0
    rows: int | None = None
    trail: tuple[int, ...] = ()

    def next(self, after: int | None, *, shown: int, rows: int | None = None) -> "PageStart | None":
        """The page that starts after the row with this key; None if there is none."""
        if after is None:
            return None
        here = () if self.after is None else (self.after, self.before)
        return PageStart(after, self.before + shown, rows, (*self.trail, *here)[-2 * REMEMBERED :])

    def previous(self) -> "PageStart":
        """The previous page; the first page if the previous one is no longer remembered."""
        if not self.trail:
            return PageStart()
        *trail, after, before = self.trail
        return PageStart(after, before, self.rows, tuple(trail))


@dataclass(frozen=True)
class PageLinks:
    """The URLs of the first, previous and next page; None where there is no such page.

    `start` is set only if it differs from `previous`.
    """

    start: str | None = None
    previous: str | None = None
    following: str | None = None


def page_links(
    current: PageStart, following: PageStart | None, *, of: Any, address: Callable[[str | None], str]
) -> PageLinks:
    """The links of a page; `address` makes a URL from a page start as text, or from None for the first."""

    def link(start: PageStart) -> str:
        return address(None if start.after is None else _encrypted(start, of))

    return PageLinks(
        start=link(PageStart()) if current.trail else None,
        previous=link(current.previous()) if current.after is not None else None,
        following=link(following) if following else None,
    )


def requested_page(name: str = "after", *, of: Any) -> PageStart:
    """The page start in the query argument `name`; the first page by default.

    Raises
    ------
    NotFound
        If it belongs to another list.
    """
    text = request.args.get(name)
    if not text:
        return PageStart()
    with suppress(ValueError):
        if decrypted := _cipher().decrypt(from_address(text), whose=str(of)):
            after, before, rows, *trail = json.loads(decrypted)
            return PageStart(after, before, rows, tuple(trail))
    raise NotFound("This page belongs to another list. Start again from the first page.")


def _encrypted(start: PageStart, of: Any) -> str:
    """Encrypted and bound to its list, filter and order: readable keys would reveal the order of people."""
    text = json.dumps([start.after, start.before, start.rows, *start.trail], separators=(",", ":"))
    return for_address(_cipher().encrypt(text.encode(), whose=str(of)))


def _cipher() -> Cipher:
    return Cipher(str(current_app.secret_key), purpose="place")
