"""How soon a map of about 50,000 offences is there, by the browser's own clock, and how smoothly it moves.

Nearly every offence of the fictional force has a point of its own, which is the hardest case.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app, now
from api.config import Config
from api.demonstration.force import write_boundaries, write_force
from api.services.access.accounts import create_user
from api.services.harm.refreshing import refresh_scores
from api.services.harm.rules import HarmRules
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.services.users import Role
from api.storage import upgrade
from rms.harm.catalogue import crime_harm_index, harm_settings
from tests.api.conftest import PASSWORD
from tests.api.contexts import context_for
from tests.benchmarks.machine import introduce, progress, table
from tests.browser.conftest import CHROMIUM, listening
from tests.browser.walking import session_of

SEED, PEOPLE, OFFENCES, ROUNDS = 20261130, 9_000, 71_000, 5
USERNAME, MAP = "map.reader", "/harm/map"
TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [drawn] = performance.getEntriesByName("map drawn");
  return [page.responseEnd, drawn.startTime - page.responseEnd, page.decodedBodySize / 1e6];
}"""
# The milliseconds between frames, until `window.isMoving` is false.
BEGIN = """() => {
  window.frames_ = [];
  window.isMoving = true;
  const step = at => { window.frames_.push(at); if (window.isMoving) requestAnimationFrame(step); };
  requestAnimationFrame(step);
}"""
END = """() => {
  window.isMoving = false;
  return window.frames_.slice(1).map((at, place) => at - window.frames_[place]);
}"""


def main() -> None:
    introduce("Maps", part="maps")
    if CHROMIUM is None:
        progress("no chromium on this machine: nothing was measured")
        return
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        app = _filled(Path(scratch))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with listening(app) as address:
            _print(browser, app, address)
        browser.close()
        app.extensions["rms"].store.close()


def _filled(data: Path) -> Flask:
    """The application over the fictional force and its boundaries."""
    config = Config(
        data=data,
        database=f"sqlite:///{data / 'rms.sqlite'}",
        library=data / "libraries",
        secret_key="not secret, for nobody signs in during a benchmark",
        insecure_cookies=True,
    )
    upgrade(config.database)
    progress(f"drawing and importing {PEOPLE:,} people and {OFFENCES:,} offences")
    write_force(data / "force", seed=SEED, people=PEOPLE, day=now().date(), offences=OFFENCES)
    write_boundaries(data / "boundaries", seed=SEED, people=PEOPLE)
    app = create_app(config)
    context = context_for(app.extensions["rms"].store, at=now(), by="benchmark")
    import_folder(context, FolderOnDisk(data / "force"))
    refresh_scores(context, day=now().date(), rules=HarmRules(harm_settings(), crime_harm_index()))
    create_user(context, USERNAME, PASSWORD, role=Role.SUPERVISOR)
    shutil.rmtree(data / "force")
    return app


def _print(browser: Browser, app: Flask, address: str) -> None:
    readings, frames, sentence = [], list[float](), ""
    for _ in range(ROUNDS):
        context = browser.new_context(base_url=address, viewport={"width": 1366, "height": 768})
        context.add_cookies([session_of(USERNAME, app) | {"url": address}])
        tab = context.new_page()
        tab.goto(MAP)
        tab.wait_for_selector("[data-drawn]", state="attached")
        readings.append(tab.evaluate(TIMES))
        sentence = tab.locator("main .lead .no-print").inner_text()
        frames += _moved(tab)
        context.close()
    print(f"{sentence} Medians of {ROUNDS}, nothing cached:\n")
    received, drawn, megabytes = (median(one[place] for one in readings) for place in range(3))
    table(
        ("page", "bytes received", "drawn after its bytes", "bound", "frames while moving, 95 % within"),
        [
            (
                f"{megabytes:.1f} MB",
                f"{received:,.0f} ms",
                f"{drawn:,.0f} ms",
                "≤ 1,000 ms",
                f"{_within(frames):.0f} ms",
            )
        ],
    )


def _moved(tab: Page) -> list[float]:
    """The milliseconds of each frame while the map is enlarged twice and dragged about."""
    box = tab.locator("[data-map]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.evaluate(BEGIN)
    for _ in range(2):
        tab.get_by_role("button", name="Zoom in").click()
        tab.wait_for_timeout(500)
    tab.mouse.move(x, y)
    tab.mouse.down()
    for step in range(60):
        tab.mouse.move(x + 4 * step, y + 2 * (step % 20))
    tab.mouse.up()
    tab.wait_for_timeout(300)
    frames: list[float] = tab.evaluate(END)
    return frames


def _within(times: Sequence[float]) -> float:
    return sorted(times)[int(0.95 * len(times))]


if __name__ == "__main__":
    main()
