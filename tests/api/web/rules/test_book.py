"""The pages of rules: everybody can read every rule set, also without signing in."""

import pytest
from flask.testing import FlaskClient

from rms.rules.rule_book_text import rule_book
from tests.api.web.pages import opened

VERSIONS = [shown.head.version for rule in rule_book() for shown in rule.sets]


def test_every_rule_set_is_listed_and_says_whether_it_is_in_force(anonymous: FlaskClient) -> None:
    text = opened(anonymous, "/help/rules").text
    for rule in rule_book():
        assert rule.title in text
        for shown in rule.sets:
            assert shown.head.title in text
    assert "In force since 2 July 2022" in text
    assert "Used only where it is named" in text
    assert "In force from 13 July 2022 to 30 September 2022" in text


@pytest.mark.parametrize("version", VERSIONS)
def test_a_rule_set_has_its_source_notes_and_tables(anonymous: FlaskClient, version: str) -> None:
    document = opened(anonymous, f"/help/rules/{version}")
    text = document.text
    (shown,) = (one for rule in rule_book() for one in rule.sets if one.head.version == version)
    assert shown.head.source in text
    assert all(note in text for note in shown.notes)
    captions = [caption.text for caption in document.all("caption")]
    assert captions == [table.caption for table in shown.tables]


def test_the_questions_about_allocation_are_answered_on_its_page(anonymous: FlaskClient) -> None:
    text = opened(anonymous, "/help/rules/allocation-2022").text
    for question in (
        "Who is retained?",
        "What about Wales?",
        "What if nothing was completed?",
        "What happens when a nationality changes?",
        "Who still types what?",
    ):
        assert question in text


def test_an_unknown_rule_set_is_not_found(anonymous: FlaskClient) -> None:
    assert anonymous.get("/help/rules/tier-v9").status_code == 404


def test_the_help_leads_to_the_rules(browser_client: FlaskClient) -> None:
    assert 'href="/help/rules"' in browser_client.get("/help").text
