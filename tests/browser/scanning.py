"""Finds the pages of the application that somebody may open, and what is wrong with one of them.

Pages are found as a person finds them, by the links and forms of other pages, and held against the routes of
the application: none of them is on a list here.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from playwright.sync_api import BrowserContext, Error, Page, ViewportSize
from werkzeug.exceptions import HTTPException

from api.auth.roles import MAY, OPEN
from api.services.users import Role

AXE = Path(__file__).parents[2] / ".venv/pages/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 640}
ZOOMED: ViewportSize = {"width": 640, "height": 450}  # WIDE at 200 %
SAVED = ("Download is starting", "ERR_ABORTED")  # what a browser does with a file
ELSEWHERE = {"web.person_source"}  # leads to another site
BY_ROLE = {"web.home", "web.results"}  # not the same for everybody
SAMPLES = 1  # of one route, by what its query asks for
# A field named "action" would stand in the way of the form's own.
SENT_TO = """const sentTo = form => new URL(form.getAttribute("action") ?? "", location.href).href;"""
LINKS = (
    f"() => {{ {SENT_TO}"
    + """ return [
  ...[...document.links].map(one => one.href),
  ...[...document.images].map(one => one.src),
  ...[...document.forms].filter(one => one.method === "get").map(sentTo),
].filter(one => one.startsWith(location.origin))
  .map(one => one.slice(location.origin.length).split("#")[0]); }"""
)
SENT = (
    f"() => {{ {SENT_TO}"
    + """ return [...document.querySelectorAll("main form")].map((one, place) => [place, one])
  .filter(([_, one]) => one.method === "post")
  .map(([place, one]) => [place, sentTo(one).slice(location.origin.length)]); }"""
)
ANSWERED = """document.readyState === "complete"
  && (!window.isSent || document.querySelector("#errors, .govuk-error-summary") !== null)"""
REFUSAL = "#errors, .govuk-error-summary, .govuk-error-message"
PATIENCE = 5.0  # seconds
# As by somebody who presses the button without a look.
EMPTY = """(place) => {
  const form = document.querySelectorAll("main form")[place];
  form.noValidate = true;
  window.isSent = true;
  for (const one of form.querySelectorAll("input:not([type=hidden]), textarea, select")) {
    if (one.type === "radio" || one.type === "checkbox") one.checked = false;
    else one.value = "";
  }
  form.requestSubmit(form.querySelector("button:not([type=button]), input[type=submit]"));
}"""
# Colours are the same at every width, and take longest. Nothing is fetched anew: every style is at hand.
SCAN = """async ([tags, coloured]) => (await axe.run(document, {runOnly: tags, preload: false,
    resultTypes: ["violations"], rules: {"color-contrast": {enabled: coloured}}})).violations
  .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(" ")} (${node.any.concat(node.all)
    .map(check => check.message).join("; ")})`))"""
PRINTED = """() => [...document.querySelectorAll("nav, button, .govuk-button")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.getClientRects().length)
  .map(one => one.innerText)"""
# What the server sends, read by a parser that runs nothing.
WITHOUT_SCRIPT = """(html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const told = [];
  if (page.querySelectorAll("main h1:not([hidden])").length !== 1) told.push("no heading without script");
  for (const form of page.querySelectorAll("form")) {
    if (!form.querySelector("button:not([type=button]):not([hidden]), input[type=submit]"))
      told.push(`a form without a button to send it: ${form.action}`);
  }
  return told;
}"""
SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const guilty = [...document.querySelectorAll("body *")].filter(
    one => one.getBoundingClientRect().right > wide + 1 && !one.closest(".scroll"));
  const named = guilty.slice(-3).map(one => one.outerHTML.slice(0, 90)).join(" | ");
  return [`scrolls sideways at ${wide} px: ${named}`];
}"""


@dataclass
class Map:
    """The routes of the pages that somebody of a role may open, and which of them have been found.

    Without those that are looked at as somebody of the roles `but`, and are the same for both.
    """

    app: Flask
    role: Role | None
    but: frozenset[Role] = frozenset()
    left: set[str] = field(init=False)
    _known: frozenset[str] = field(init=False)
    _queries: dict[str, set[frozenset[str]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.left = set(self._routes())
        self._known = frozenset(self.left)

    def _routes(self) -> Iterator[str]:
        for rule in self.app.url_map.iter_rules():
            view = self.app.view_functions[rule.endpoint]
            roles = getattr(view, MAY, ())
            answers = getattr(view, OPEN, False) if self.role is None else self.role in roles
            elsewhere = self.but & set(roles) and rule.endpoint not in BY_ROLE
            if (
                answers
                and not elsewhere
                and rule.endpoint not in ELSEWHERE
                and rule.endpoint.startswith("web.")
                and "GET" in (rule.methods or ())
            ):
                yield rule.endpoint

    def beginnings(self) -> list[str]:
        """The addresses of the routes that take nothing."""
        return [
            rule.rule
            for rule in self.app.url_map.iter_rules()
            if rule.endpoint in self.left and not rule.arguments
        ]

    def endpoint(self, address: str, *, method: str = "GET") -> str | None:
        parts = urlsplit(address)
        try:
            found, _ = self.app.url_map.bind("").match(parts.path, method=method)
        except HTTPException:
            return None
        return str(found) if found.startswith("web.") else None

    def is_new(self, address: str) -> bool:
        """Whether it is a page of ours that asks for something no other of its route has asked for."""
        endpoint, query = self.endpoint(address), frozenset(dict(parse_qsl(urlsplit(address).query)))
        if endpoint not in self._known:
            return False
        seen = self._queries.setdefault(endpoint, set())
        if query in seen or len(seen) >= SAMPLES:
            return False
        seen.add(query)
        return True

    def note(self, addresses: Iterable[str]) -> None:
        """These are looked at in any case: no other page of their routes has to be."""
        for address in addresses:
            self.is_new(address)

    def is_shown(self, address: str) -> None:
        self.left.discard(self.endpoint(address) or "")


@dataclass(frozen=True)
class Form:
    """The address of a page, and where a form of it is sent to."""

    page: str
    action: str


@dataclass
class Scanner:
    """Looks at the page that a tab shows, `thorough`: with axe at 320 px too. `wrong` is every complaint.

    The tab's context has to bring axe along (`with_axe`).
    """

    tab: Page
    thorough: bool = False
    wrong: list[str] = field(default_factory=list)
    pages: int = 0

    def look(self, name: str, *, html: str | None = None) -> None:
        """With axe; sideways scrolling at three widths; with `html`, as sent, without script."""
        self.pages += 1
        for size in (WIDE, ZOOMED, NARROW):
            self.tab.set_viewport_size(size)
            if size is WIDE or (self.thorough and size is NARROW):
                found = self.tab.evaluate(SCAN, [RULES, size is WIDE])
                self._note(name, [f"at {size['width']} px {one}" for one in found])
            self._note(name, self.tab.evaluate(SIDEWAYS))
        if html is not None:
            self._note(name, self.tab.evaluate(WITHOUT_SCRIPT, html))
        self._printed(name)

    def links(self) -> list[str]:
        """Where the links of the page lead, and its forms that ask."""
        return list(self.tab.evaluate(LINKS))

    def forms(self) -> list[Form]:
        """The forms of the page that change something."""
        here = self.tab.evaluate("location.pathname + location.search")
        return [Form(here, action) for _, action in self.tab.evaluate(SENT)]

    def _printed(self, name: str) -> None:
        """Nothing on paper that leads somewhere else."""
        self.tab.emulate_media(media="print")
        shown = self.tab.evaluate(PRINTED)
        self._note(name, [f"is printed: {one!r}" for one in shown])
        self.tab.emulate_media(media="screen")

    def _note(self, name: str, told: list[Any]) -> None:
        self.wrong += [f"{name}: {one}" for one in told]


def with_axe(context: BrowserContext) -> BrowserContext:
    """Every page of the context comes with axe: sending it with each look would take as long as the look."""
    context.add_init_script(path=AXE)
    return context


def opened(tab: Page, address: str) -> str | None:
    """Go there; what the server sends, or None where that is no page but a file or a picture."""
    try:
        answer = tab.goto(address)
    except Error as error:
        if not any(told in error.message for told in SAVED):
            raise
        return None
    assert answer is not None
    return answer.text() if answer.headers.get("content-type", "").startswith("text/html") else None


def send_empty(tab: Page, form: Form) -> None:
    """Go to its page, take everything out of the form, and send it."""
    tab.goto(form.page)
    for place, action in tab.evaluate(SENT):
        if action == form.action:  # or another form has taken it away since
            send_emptied(tab, place)
            return


def send_emptied(tab: Page, place: int = 0) -> None:
    """Of the page that is open; until what it answers is there, as a page or put in by script."""
    with tab.expect_response(lambda answer: answer.request.method == "POST"):
        tab.evaluate(EMPTY, place)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(Error):  # between two pages
            if tab.evaluate(ANSWERED):
                return
        tab.wait_for_timeout(30)
