"""Help: what it says is what the loaded library and instruments say."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.assessments.worked_example import worked_example
from api.services.libraries_in_use import LibrariesInUse
from api.services.library_in_use import LibraryInUse
from api.services.users import Role
from rms.engine.library import Library
from rms.instrument import instrument, names
from rms.instrument.scoring_guide import facts
from rms.reports import wording
from tests.api.conftest import newer
from tests.api.web.pages import opened, save

SHIPPED = names()


def test_the_guide_says_how_to_read_a_result(shared_client: FlaskClient) -> None:
    """Rows A05 and A06 of the manual: nobody is in the middle, and a score is of a group."""
    said = opened(shared_client, "/help").text
    assert "1.50 means: “Mixed evidence: 50% did not have" in said
    assert "not this person’s own tendency" in said
    for word in (
        "Interval",
        "Effective size",
        "Typicality",
        "Withheld",
        "override",
        "What-if",
        "re-population",
    ):
        assert word.lower() in said.lower()
    assert "after 30 minutes without activity" in said


def test_help_is_for_the_role(enter: Callable[..., FlaskClient]) -> None:
    manager = opened(enter(Role.OFFENDER_MANAGER), "/help")
    headings = [one.text for one in manager.first("main").all("h2")]
    assert "Read a harm score" in headings and "Rate a person" not in headings
    for word in (
        "Bands",
        "Suspected offences",
        "Associations",
        "Likely duplicates",
        "formula of West Midlands Police",
    ):
        assert word in manager.text
    analyst = [one.text for one in opened(enter(Role.ANALYST), "/help").first("main").all("h2")]
    assert "Rate a person" in analyst and "Read a harm score" not in analyst


def test_the_example_adds_up(anonymous: FlaskClient, library: Library) -> None:
    """Row A04, and Σ weight × actual with a pencil: by what stands on the page alone."""
    document = opened(anonymous, "/help/method")
    assert "This table shows what ten people with similar answers did." in document.text
    rows = [[Decimal(cell.text) for cell in row.children[2:]] for row in document.first("tbody").all("tr")]
    assert len(rows) == 10
    assert sum(percent for percent, _, _ in rows) == 100
    assert all(percent * actual == product for percent, actual, product in rows)
    by_hand = sum(product for *_, product in rows) / 100
    score = worked_example(library).simulation.score
    assert abs(by_hand - Decimal(score)) < Decimal("0.0005")
    assert f"shown as {wording.two_decimals(score)}." in document.text


def test_the_example_follows_the_library(library: Library) -> None:
    of_pool, of_nearest = worked_example(library), worked_example(newer(library))
    assert "represent" in of_pool.heading and "nearest" in of_nearest.heading
    assert of_pool.percents == of_nearest.percents == 100


def test_a_long_form_says_how_long_a_session_lasts(shared_client: FlaskClient) -> None:
    """For whoever has no script, and so is not warned; with it the styles hide the sentence."""
    (told,) = opened(shared_client, "/assessments/new").all(
        "p", **{"class": "govuk-inset-text without-script"}
    )
    assert "after 30 minutes without activity" in told.text


@pytest.mark.parametrize("name", SHIPPED)
def test_the_scoring_guide_has_every_item_and_level(shared_client: FlaskClient, name: str) -> None:
    """Row A22 of the manual."""
    said = opened(shared_client, f"/help/scoring/{name}").text
    for item in instrument(name).items:
        for words in (item.label, item.question, *(f"{one.label} {one.anchor}" for one in item.levels)):
            assert " ".join(words.split()) in said
        assert all(" ".join(fact.split()) in said for fact in facts(item))


def test_an_unknown_scoring_guide_is_not_found(shared_client: FlaskClient) -> None:
    assert shared_client.get("/help/scoring/nothing").status_code == 404


def test_the_tour_uses_a_made_up_person(
    browser_client: FlaskClient, filled: dict[str, str], app: Flask
) -> None:
    assert "Enter an assessment first" in opened(browser_client, "/help/tour").text
    save(browser_client, "/assessments/new", filled)
    tour = opened(browser_client, "/help/tour").first("ol")
    links = [link.attributes["href"] for link in tour.all("a")]
    assert links[0] == "/people/10000" and len(links) >= 5
    for link in links:
        assert browser_client.get(link.partition("#")[0]).status_code == 200, link


def test_no_tour_through_real_people(
    browser_client: FlaskClient, filled: dict[str, str], app: Flask, library: Library
) -> None:
    save(browser_client, "/assessments/new", filled)
    application = app.extensions["rms"]
    libraries = LibrariesInUse.fixed(LibraryInUse(library=newer(library)))
    object.__setattr__(application, "libraries", libraries)
    document = opened(browser_client, "/help/tour")
    assert "do not use it for practice" in document.text and not list(document.all("ol"))
