"""A real server on a free port and a real browser. Without Chromium the walks are skipped and say so."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from api.app import now
from api.config import Config
from api.context import EXTENSION
from api.runtime.job_runner import run_one
from rms.engine.library import Library
from tests.api.conftest import Clock, Prepared, created, library, library_folder, migrated_folder, prepared
from tests.browser.filled import Filled, fill
from tests.browser.walking import Agency

__all__ = [
    "library",
    "library_folder",
    "migrated_folder",
    "prepared",
]  # fixtures shared with the tests of the API

# The shell alone takes a third of the time: it has no window to draw.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


class Quiet(WSGIRequestHandler):
    """The application has a log of its own, without paths."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


def at_once(app: Flask) -> WSGIApplication:
    """The application, whose answers are closed before they are sent.

    Werkzeug's server leaves open what it is sending when the browser goes away (its `execute` reads what is
    left of the request first, which fails then), and an open file fails whichever test comes next.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answered = app(environ, start_response)
        try:
            return [b"".join(answered)]
        finally:
            getattr(answered, "close", list)()

    return answer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the pages were NOT tried in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def application(
    data: Path, prepared: Path, library: Library, library_folder: Path, **settings: Any
) -> Iterator[Flask]:
    """The application over a copy of a prepared database."""
    shutil.copytree(prepared, data, dirs_exist_ok=True)
    clock = settings.pop("clock", now)
    config = Config(
        data=data,
        database=f"sqlite:///{data / 'rms.sqlite'}",
        library=library_folder,
        secret_key="not secret, for these are only tests",
        insecure_cookies=True,
        **settings,
    )
    app = created(config, library=library, clock=clock)
    yield app
    app.extensions["rms"].store.close()


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """The address of a server of the application."""
    server = make_server("127.0.0.1", 0, at_once(app), threaded=True, request_handler=Quiet)
    serving = Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def idle() -> timedelta:
    """How long a session lasts in which nothing is asked for."""
    return timedelta(minutes=30)


@pytest.fixture
def app(
    tmp_path: Path, prepared: Prepared, library: Library, library_folder: Path, idle: timedelta
) -> Iterator[Flask]:
    with application(tmp_path, prepared.folder, library, library_folder, idle=idle) as app:
        yield app


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with listening(app) as address:
        yield address


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared, library: Library) -> Filled:
    """An agency at work, to be copied for each test."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copytree(prepared.folder, folder, dirs_exist_ok=True)
    return fill(folder, library)


@pytest.fixture
def agency(tmp_path: Path, filled: Filled, library: Library, library_folder: Path) -> Iterator[Agency]:
    """An agency at work, served: for walks that begin with somebody signed in."""
    settings = {"clock": Clock(), "rate": 0, "stranger_rate": 0, "stranger_posts": 0}
    with (
        application(tmp_path, filled.folder, library, library_folder, **settings) as app,
        listening(app) as address,
    ):
        run_one(app.extensions[EXTENSION])
        yield Agency(app, address, filled)


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def tab(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A tab that fails the test if the page breaks its own policy or a script of it fails."""
    context = browser.new_context(
        base_url=address, java_script_enabled=request.param, viewport={"width": 1366, "height": 768}
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
    yield page
    context.close()
    assert not complaints
