"""A supervisor finds people to plan for, saves the filter, and opens it a month later."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from api.services.search.search import page_of
from api.services.users import Role
from rms.engine.filter import Filter, Sort
from rms.engine.library import Library
from rms.engine.scale import hundredths
from tests.api.conftest import Clock
from tests.api.contexts import context_for
from tests.browser.conftest import application, listening
from tests.browser.filled import Filled
from tests.browser.walking import Agency, context_of

MOST_INPUTS = 6
NAME = "Plan the release"


class Inputs:
    """Counts what a person does: each choice, each tick, each field that they type in, each button."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, act: Callable[..., Any], *arguments: str) -> None:
        self.made += 1
        act(*arguments)


def expected(app: Flask, today: date) -> set[str]:
    """Read one by one: the latest of people to be released within 60 days, with both figures."""
    store = app.extensions["rms"].store
    every = page_of(context_for(store), Filter(latest=True), sort=Sort(), limit=200).submissions
    return {
        one.id
        for one in every
        if one.release_date is not None
        and today <= one.release_date <= today + timedelta(days=60)
        and any(s.process == "recidivism" and (hundredths(s.score) or 0) >= 145 for s in one.simulations)
        and any(need.need == "DRUG" and (need.actual or 0) >= 50 for need in one.needs)
    }


def listed(tab: Page) -> set[str]:
    return {text.split()[0] for text in tab.locator(".results tbody th").all_inner_texts()}


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_released_soon_with_a_score_and_a_need(
    tmp_path: Path,
    browser: Browser,
    filled: Filled,
    library: Library,
    library_folder: Path,
    with_script: bool,
) -> None:
    """Released in the next 60 days, recidivism at least 1.45, drug need at least 50%."""
    clock = Clock()
    settings = {"clock": clock, "rate": 0, "stranger_rate": 0, "stranger_posts": 0}
    with (
        application(tmp_path, filled.folder, library, library_folder, **settings) as app,
        listening(app) as address,
    ):
        agency = Agency(app, address, filled)
        context = context_of(Role.SUPERVISOR, agency, browser, java_script_enabled=with_script)
        tab = context.new_page()
        tab.goto("/results")
        inputs = Inputs()
        inputs(tab.get_by_label("Estimated release", exact=True).select_option, "60")
        inputs(tab.get_by_label("Violence", exact=True).uncheck)
        inputs(tab.get_by_label("Score, From").fill, "1.45")
        inputs(tab.get_by_label("Drug use, From").fill, "50")
        inputs(tab.get_by_label("Name of the filter").fill, NAME)
        inputs(tab.get_by_role("button", name="Save filter").click)
        expect(tab.get_by_role("alert")).to_contain_text("Filter saved.")
        assert inputs.made <= MOST_INPUTS
        now = expected(app, clock.at.date())
        assert now and listed(tab) == now
        chip = tab.get_by_role("link", name="Remove filter: Estimated release")
        expect(chip).to_contain_text("in the next 60 days, until 3 May 2026")
        context.close()

        clock.advance(days=30)
        context = context_of(Role.SUPERVISOR, agency, browser, java_script_enabled=with_script)
        tab = context.new_page()
        tab.goto("/results")
        tab.get_by_text("Saved filters (1)").click()
        tab.get_by_role("link", name=NAME).click()
        chip = tab.get_by_role("link", name="Remove filter: Estimated release")
        expect(chip).to_contain_text("in the next 60 days, until 2 June 2026")
        expect(tab.get_by_label("Score, From")).to_have_value("1.45")
        later = expected(app, clock.at.date())
        assert listed(tab) == later != now
        context.close()
