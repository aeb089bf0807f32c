"""How soon a page is there, by the browser's own clock, and how much it takes to show the first one.

The demonstration is served as `make run` serves it. A browser that has cached nothing opens each page, and
then once more: by then it has the styles and scripts.
"""

import gzip
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from tests.benchmarks.machine import introduce, progress, table
from tests.browser.conftest import CHROMIUM
from tests.end_to_end.server import Server

ROUNDS = 5
FIFTY_ROWS = "/results?all=true"
TEXTS = ("text/css", "text/javascript", "application/javascript")
VIEWPORT = {"width": 1366, "height": 768}
# Milliseconds since the request began; the largest paint is told to whoever observes it.
TIMES = """() => new Promise(done => {
  const [page] = performance.getEntriesByType("navigation");
  const [first] = performance.getEntriesByName("first-contentful-paint");
  new PerformanceObserver(list => done({
    bytes: page.responseEnd,
    first: first.startTime,
    largest: list.getEntries().at(-1).startTime,
    complete: page.domComplete,
  })).observe({type: "largest-contentful-paint", buffered: true});
})"""
PLACES = """() => [...document.querySelectorAll("nav[aria-label=Menu] a")].map(
  one => [one.textContent.trim(), one.pathname])"""
Times = dict[str, float]


def main() -> None:
    introduce("Pages", part="pages")
    if CHROMIUM is None:
        progress("no chromium on this machine: nothing was measured")
        return
    with demonstration() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        _first_page(browser, server)
        _places(browser, server)
        browser.close()


@contextmanager
def demonstration() -> Iterator[Server]:
    """The demonstration on its own data, stopped and gone at the end."""
    with tempfile.TemporaryDirectory() as scratch:
        progress("starting the demonstration")
        server = Server(Path(scratch) / "data")
        try:
            yield server
        finally:
            server.stop()
            shutil.rmtree(server.data, ignore_errors=True)


def _first_page(browser: Browser, server: Server) -> None:
    """What it loads beside itself, as sent and as a proxy that compresses would send it (docs/nginx.conf)."""
    loaded: list[Response] = []
    context = _context(browser, server)
    tab = context.new_page()
    tab.on("response", lambda one: loaded.append(one))
    tab.goto("/login", wait_until="networkidle")
    kinds = [(one, one.headers.get("content-type", "").partition(";")[0]) for one in loaded]
    bodies = {one.url.rpartition("/")[2]: one.body() for one, kind in kinds if kind in TEXTS}
    context.close()
    compressed = {name: len(gzip.compress(body, 6)) for name, body in bodies.items()}
    print("Styles and scripts of the first page, each fetched once:\n")
    table(
        ("file", "bytes", "compressed", "bound"),
        (
            *((f"`{name}`", f"{len(body):,}", f"{compressed[name]:,}", "") for name, body in bodies.items()),
            (
                "together",
                f"{sum(map(len, bodies.values())):,}",
                f"{sum(compressed.values()):,}",
                "≤ 200,000",
            ),
        ),
    )


def _places(browser: Browser, server: Server) -> None:
    print(f"Milliseconds from the request on, medians of {ROUNDS}, starting from an empty page.\n")
    table(
        (
            "role",
            "page",
            "bytes received",
            "first paint",
            "largest paint",
            "complete",
            "after its bytes",
            "the same, styles and scripts cached",
            "bound",
        ),
        _rows(browser, server),
    )


def _rows(browser: Browser, server: Server) -> Iterator[tuple[str, ...]]:
    yield _row(
        "not signed in", "Sign in", [_times(_context(browser, server), "/login") for _ in range(ROUNDS)]
    )
    for user in server.access["users"]:
        context = _context(browser, server)
        places = _signed_in(context.new_page(), user).evaluate(PLACES)
        state = context.storage_state()
        context.close()
        if any(address == "/results" for _, address in places):
            places.append(("Results, 50 rows", FIFTY_ROWS))
        for label, address in places:
            readings = [_times(_context(browser, server, state), address) for _ in range(ROUNDS)]
            yield _row(user["role"].replace("_", " "), label, readings)


def _row(role: str, label: str, readings: list[tuple[Times, Times]]) -> tuple[str, ...]:
    fresh, again = zip(*readings, strict=True)
    told = [median(one[name] for one in fresh) for name in fresh[0]] + [_after(fresh), _after(again)]
    bound = "≤ 100 after its bytes" if "50 rows" in label else "first paint ≤ 1,000"
    return (role, label, *(f"{figure:,.0f}" for figure in told), bound)


def _after(readings: Sequence[Times]) -> float:
    """From the page's last byte until all of it is shown."""
    return median(max(one["first"], one["complete"]) - one["bytes"] for one in readings)


def _context(browser: Browser, server: Server, state: object = None) -> BrowserContext:
    return browser.new_context(
        base_url=f"http://127.0.0.1:{server.port}",
        viewport=VIEWPORT,  # type: ignore[arg-type]
        storage_state=state,  # type: ignore[arg-type]
    )


def _times(context: BrowserContext, address: str) -> tuple[Times, Times]:
    """Two readings of a page by a browser that has never been there; none draws an older page meanwhile."""
    tab = context.new_page()
    fresh = _reading(tab, address)
    tab.goto("about:blank")
    again = _reading(tab, address)
    context.close()
    return fresh, again


def _reading(tab: Page, address: str) -> Times:
    tab.goto(address, wait_until="networkidle")
    times: Times = tab.evaluate(TIMES)
    return times


def _signed_in(tab: Page, user: dict[str, str]) -> Page:
    tab.goto("/login")
    tab.get_by_label("Username").fill(user["username"])
    tab.get_by_label("Password", exact=True).fill(user["password"])
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="I have read this and accept it").click()
    tab.wait_for_load_state()
    return tab


if __name__ == "__main__":
    main()
