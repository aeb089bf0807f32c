"""Training: exercises that are checked and logged, and nothing of them among real people."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.support import training
from api.services.users import Role
from api.storage.tables import metadata
from rms.support.training import exercises, fictional_people
from tests.api.conftest import Database
from tests.api.rows import rows
from tests.api.web.browsers import answer, as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import errors_at_fields, opened, page

TRAINING = "/support/training"
FIRST = f"{TRAINING}/exercises/first"
BANNER = "Training: all people here are fictional"


def counted(url: str) -> dict[str, int]:
    """How many rows each table has."""
    return {name: rows(url, f"SELECT count(*) FROM {name}")[0][0] for name in metadata.tables}


def test_every_page_says_that_the_people_are_fictional(force: Flask, supervisor: FlaskClient) -> None:
    for address in (
        TRAINING,
        f"{TRAINING}/log",
        *(f"{TRAINING}/exercises/{one.name}" for one in exercises()),
    ):
        shown = opened(supervisor, address)
        assert BANNER in shown.text
        for check in CHECKS:
            check(shown)
    assert BANNER not in opened(supervisor, "/support/guide").text


def test_a_wrong_and_a_right_answer_are_logged(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    wrong = answer(sergeant, FIRST, "/first", answer="billie")
    assert "Not right." in opened(sergeant, wrong.location).text
    right = answer(sergeant, FIRST, "/first", answer="ash")
    shown = opened(sergeant, right.location)
    assert "Right. Billie has a higher score" in shown.text and "Next: Which offences count?" in shown.text
    assert f"You have passed 1 of {len(exercises())}." in opened(sergeant, TRAINING).text
    log = opened(supervisor, f"{TRAINING}/log")
    (row,) = [row for row in log.first("tbody").all("tr") if row.first("th").text == "o.manager"]
    cells = {one.attributes["data-label"]: one.text for one in row.all("td")}
    assert cells == {
        "Office": "Castle ward",
        "Passed": "Who is first? 4 March 2026",
        "Not passed yet": "none tried",
        "Attempts": "2",
    }
    elsewhere = as_browser(Role.SUPERVISOR, force, office="Mill ward")
    assert "o.manager" not in opened(elsewhere, f"{TRAINING}/log").text
    assert sergeant.get(f"{TRAINING}/log").status_code == 403


def test_nothing_of_the_training_is_among_real_records(
    force: Flask, database: Database, sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    opened(sergeant, TRAINING)
    before = counted(database.url)
    for one in exercises():
        sent = answer(sergeant, f"{TRAINING}/exercises/{one.name}", f"/{one.name}", answer=one.right)
        assert sent.status_code == 303
    after = counted(database.url)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"training_attempts"}
    for address in (
        "/harm",
        "/harm?show_hidden=true",
        "/harm/list.csv",
        "/meetings?area=W1",
        "/support/usage",
    ):
        text = supervisor.get(address).text
        assert not [one.name for one in fictional_people() if one.name in text]
    for table in ("people", "harm_scores"):
        assert after[table] == before[table]


@pytest.mark.parametrize("typed", ["", "nobody"])
def test_an_answer_must_be_one_of_the_options(sergeant: FlaskClient, typed: str) -> None:
    sent = answer(sergeant, FIRST, "/first", answer=typed)
    assert sent.status_code == 422 and set(errors_at_fields(page(sent.text))) == {"answer"}
    assert sergeant.get(f"{TRAINING}/exercises/none").status_code == 404


def test_attempts_of_a_day_are_bounded(sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MOST_A_DAY", 2)
    codes = [answer(sergeant, FIRST, "/first", answer="drew").status_code for _ in range(3)]
    assert codes == [303, 303, 409]
