"""The harm score can be retraced with a pencil from its page; suspects are shown only by policy."""

import math
import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from api.web.harm import score
from rms.reports import wording
from tests.api.case_records import AT, FILES, address, import_files, key_of, load
from tests.api.web.browsers import answer, as_browser
from tests.api.web.pages import Element, drawn_in, opened, page

FORMULA = re.compile(r"(?P<left>[\d.,×^()−÷+ln ]+) = (?P<right>[\d.,]+)")
POLICY = "/administration/suspected-offences"


def by_pencil(formula: str) -> float:
    """What a calculator says to a formula as it is printed."""
    typed = (
        formula.replace(",", "").translate(str.maketrans({"×": "*", "÷": "/", "−": "-"})).replace("^", "**")
    )
    assert re.fullmatch(r"[\d.*/+\-() ln]+", typed), typed
    return float(eval(typed, {"__builtins__": {}, "ln": math.log}))


def formulas(text: str) -> list[tuple[str, float]]:
    """Each formula of a text with the result that is printed."""
    return [
        (one["left"].strip(), float(one["right"].rstrip(".,").replace(",", "")))
        for one in FORMULA.finditer(text)
    ]


def working(document: Element) -> dict[str, str]:
    details = document.first("section", aria_labelledby="components").first("dl")
    return {one.first("dt").text: one.first("dd").text for one in details.all("div")}


def every_point(document: Element) -> list[list[str]]:
    table = document.first("section", aria_labelledby="points").first("table")
    return [[cell.text for cell in row.children] for row in table.first("tbody").all("tr")]


def test_each_formula_gives_what_is_printed(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1", "/harm"))
    printed = working(document)
    components = {}
    for label in ("Recency", "Frequency", "Severity", "Intelligence"):
        ((formula, result),) = formulas(printed[label].rpartition(". 100")[2].join(("100", "")))
        assert by_pencil(formula) == pytest.approx(result, abs=2e-4), label
        components[label] = result
    assert printed["Drugs"] == "The highest marker in force is personal use: 40."
    ((sum_formula, total),) = formulas(printed["Score"].partition(", shown as")[0])
    assert by_pencil(sum_formula) == pytest.approx(total, abs=1e-3)
    shown = printed["Score"].rpartition("shown as ")[2]
    assert wording.fixed(by_pencil(sum_formula), places=1) == shown
    assert f"This person’s harm score is {shown}" in document.first("main").text


def test_the_points_of_every_row_add_to_the_score(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1", "/harm"))
    rows = every_point(document)
    foot = document.first("section", aria_labelledby="points").first("tfoot").first("tr")
    sums = [cell.text for cell in foot.children][2:]
    for column, shown in enumerate(sums, start=2):
        total = sum(float(row[column] or 0) for row in rows)
        assert total == pytest.approx(float(shown), abs=0.0006 * len(rows)), column
    assert [float(row[-1]) for row in rows] == sorted((float(row[-1]) for row in rows), reverse=True)
    names = [row[0] for row in rows]
    assert [name.split(", 0")[0] for name in names][:1] == ["Robbery, of business or personal property"]
    assert len(rows) == 3 + 1 + 2  # counted offences, the marker in force, the reports of 12 months


def test_the_rows_with_fewest_points_are_a_sum_if_there_are_many(
    force: Flask, sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = every_point(opened(sergeant, address(force, "P1", "/harm")))
    monkeypatch.setattr(score, "MOST_ROWS", 2)
    document = opened(sergeant, address(force, "P1", "/harm"))
    *first, others = every_point(document)
    assert first == whole[:2]
    assert others[0] == f"{len(whole) - 2} other entries together"
    for column in range(2, len(others)):
        left = sum(float(row[column] or 0) for row in whole[2:])
        assert float(others[column] or 0) == pytest.approx(left, abs=0.0006 * len(whole)), column
    assert f"{len(whole)} entries with their points" in document.text


def test_the_days_of_crime_harm_of_the_rows_add_to_the_severity(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1", "/harm"))
    left = []
    for row in every_point(document):
        for formula, result in formulas(row[1].removesuffix(" days")):
            assert by_pencil(formula) == pytest.approx(result, abs=1e-4)
            left.append(result)
    said = working(document)["Severity"].split(" days of crime harm")[0].split("come to ")[1]
    assert sum(left) == pytest.approx(float(said), abs=1e-3)


def test_an_unknown_code_is_named(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1", "/harm"))
    assert "RMS does not know the offence code 99901." in document.first("main").text
    (row,) = [row for row in every_point(document) if "99901" in row[0]]
    assert row[1] == "Unknown code: 0 days of crime harm"


def test_somebody_without_a_counted_offence_has_no_score(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P4", "/harm"))
    assert "This person has no harm score, because no offence on record counts." in document.text
    assert not document.find(".//section[@aria-labelledby='points']")


def test_the_score_over_time_and_what_moved(force: Flask, sergeant: FlaskClient) -> None:
    store = force.extensions["rms"].store
    more = FILES["offences"] + "O9,P2,00101,2026-03-03,W1,charged,1,\n"
    load(store, {"offences": more}, day=date(2026, 3, 4), at=AT + timedelta(days=3))
    document = opened(sergeant, address(force, "P2", "/harm"))
    table = document.first("section", aria_labelledby="over-time").first("tbody")
    days = [row.first("th").text for row in table.all("tr")]
    assert days == ["4 March 2026", "1 March 2026"]
    assert "moved up from" in table.first("tr").text
    picture = document.first("section", aria_labelledby="over-time").first("img")
    assert picture.attributes["alt"] in drawn_in(picture)
    overview = opened(sergeant, address(force, "P2"))
    assert "moved up from" in overview.first("main").text


def test_records_that_changed_since_the_calculation(force: Flask, sergeant: FlaskClient) -> None:
    before = opened(sergeant, address(force, "P1", "/harm")).first("main").first("strong").text
    changed = FILES["offences"].replace("O1,P1,03401", "O1,P1,04600")
    import_files(force.extensions["rms"].store, {"offences": changed}, at=AT + timedelta(hours=1))
    after = opened(sergeant, address(force, "P1", "/harm")).first("main")
    assert after.first("strong").text != before
    assert f"The offender list still shows {before}." in after.text


def test_offences_by_group_and_whether_they_count(force: Flask, sergeant: FlaskClient) -> None:
    path = address(force, "P1", "/offences")

    def titles(query: str = "") -> list[str]:
        return [one.text for one in opened(sergeant, path + query).first("main").all("h2")]

    robbery = "Robbery, of business or personal property, 03401"
    assert titles() == [robbery, "Shoplifting, 04600", "Unknown code, 99901", "Shoplifting, 04600"]
    assert titles("?group=Shoplifting") == ["Shoplifting, 04600"] * 2
    assert titles("?group=Shoplifting&counted=no") == ["Shoplifting, 04600"]
    assert titles("?group=&counted=yes") == [robbery, "Shoplifting, 04600", "Unknown code, 99901"]
    assert sergeant.get(f"{path}?group=Arson").status_code == 404
    document = opened(sergeant, path)
    assert "Does not count: outcome 18, no suspect identified." in document.text
    assert len([one for one in document.all("span") if one.text == "Domestic abuse"]) == 1


def test_suspected_offences_are_shown_only_by_policy(force: Flask, sergeant: FlaskClient) -> None:
    pages = [address(force, "P1", place) for place in ("", "/harm", "/offences")]
    on_a_day = address(force, "P1", "/records") + "?day-day=1&day-month=3&day-year=2026"
    for path in (*pages, on_a_day):
        assert "02801" not in opened(sergeant, path).text
    not_shown = "Your agency does not show offences that a person is only suspected of."
    assert not_shown in opened(sergeant, pages[1]).text
    score = opened(sergeant, pages[1]).first("main").first("strong").text

    administrator = as_browser(Role.ADMINISTRATOR, force)
    refused = answer(administrator, POLICY, POLICY, reason=" ")
    assert refused.status_code == 422
    assert "Explain the reason" in page(refused.text).first("div", id="errors").text
    done = answer(administrator, POLICY, POLICY, reason="Ethics committee, 2 March.")
    assert done.status_code == 303
    decided = opened(administrator, POLICY)
    assert "Ethics committee, 2 March." in decided.first("tbody").text

    for path in (*pages[1:], on_a_day):
        assert "02801" in opened(sergeant, path).text
    more = FILES["offences"] + "O9,P1,02802,2026-02-01,W1,suspected,15,\n"
    import_files(force.extensions["rms"].store, {"offences": more}, at=AT + timedelta(hours=1))
    for path in pages[1:]:
        rows = opened(sergeant, path).first("section", aria_labelledby="suspected").first("tbody").all("tr")
        assert [row.first("th").text for row in rows] == ["1 February 2026", "10 January 2026"]
    harm = opened(sergeant, pages[1])
    panel = harm.first("section", aria_labelledby="suspected")
    assert "They never count in the harm score." in panel.text
    assert harm.first("main").first("strong").text == score
    assert not [row for row in every_point(harm) if "02801" in row[0]]
    answer(administrator, POLICY, POLICY, reason="Paused.")
    assert "02801" not in opened(sergeant, pages[1]).text
    with force.extensions["rms"].store.reading() as tx:
        noted = [
            entry.detail["show_suspected"]
            for entry in tx.audit.entries()
            if entry.action == "harm.policy_set"
        ]
    assert noted == [1, 0]


def test_only_administrators_set_the_policy(force: Flask, sergeant: FlaskClient) -> None:
    assert sergeant.get(POLICY).status_code == 403
    assert as_browser(Role.SUPERVISOR, force).get(POLICY).status_code == 403


def test_each_look_is_on_record(force: Flask, sergeant: FlaskClient) -> None:
    sergeant.get(address(force, "P1", "/harm"))
    store = force.extensions["rms"].store
    with store.reading() as tx:
        looks = [entry for entry in tx.audit.entries_about(key_of(store, "P1")) if entry.actor == "o.manager"]
    assert {"harm.explained", "person.records_read"} <= {entry.action for entry in looks}
