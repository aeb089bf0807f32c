"""Recommendations, the page of a meeting, its minutes, and who sees what of them."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from api.services.harm.refreshing import refresh_scores
from api.services.meetings import agenda
from tests.api.case_records import AT, FILES, address, import_files, key_of, officer
from tests.api.conftest import Clock
from tests.api.contexts import context_for
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, errors_at_fields, opened, page, press

MEETING = "/meetings?area=W1"
LEFT_OUT = (
    "Left out: people who have died, and people in custody who have no release date or will not be released "
    "soon (in 3 months, unless another number is set)"
)
REASON = "Was seen with the group of the market again."
MOVED_AWAY = FILES["people"].replace("2004-05-06,female,W1,", "2004-05-06,female,W2,")


def recommend(client: FlaskClient, path: str, **typed: str) -> Element:
    """Recommend the person at this address, and open the page to which this leads."""
    values = {"kind": "select", "cohort": "flex", "reason": REASON, **typed}
    sent = press(client, opened(client, path), "Recommend", values)
    assert sent.status_code == 303, errors_at_fields(page(sent.text))
    return opened(client, sent.headers["Location"])


def decide(client: FlaskClient, name: str, decision: str, reason: str) -> Element:
    """Decide on the recommendation about the person of this name, from the page of the meeting."""
    links = [
        one for one in opened(client, MEETING).all("a") if name in one.text and one.text.startswith("Decide")
    ]
    path = links[0].attributes["href"]
    sent = press(client, opened(client, path), "Record decision", {"decision": decision, "reason": reason})
    assert sent.status_code == 303, sent.text
    return opened(client, sent.headers["Location"])


def section(document: Element, name: str) -> Element:
    return document.first("section", aria_labelledby=name)


def names(part: Element) -> list[str]:
    return [one.first("a").text for one in part.all("th", role="rowheader")]


def facts(document: Element) -> dict[str, str]:
    main = document.first("main")
    return {
        one.first("dt").text: one.first("dd").text
        for one in main.all("div", **{"class": "govuk-summary-list__row"})
    }


def test_a_recommendation_keeps_what_was_known(force: Flask, sergeant: FlaskClient, clock: Clock) -> None:
    """The score, its components and the rank in the list stay as they were, whatever comes later."""
    listed = opened(sergeant, "/harm?under_25=true")
    link = next(one for one in listed.all("a") if one.text == "Recommend Ann Lee")
    score = listed.first("tbody").first("strong").text
    done = recommend(sergeant, link.attributes["href"])
    assert "It waits for a decision by a supervisor." in done.text
    kept = facts(done)
    assert kept["Recommended"] == "Select for management, cohort: flex" and kept["Reason"] == REASON
    assert kept["Harm score when recommended"].startswith(f"{score}, band ")
    assert kept["Offender list when recommended"] == f"Rank 1. Filters: under 25. {LEFT_OUT}"
    assert kept["State"] == "waiting for a decision"
    assert "Scores as at 1 March 2026: rms-harm-1, cchi-2026." in done.text

    more = FILES["offences"] + "".join(
        f"N{place},P1,03401,2026-02-0{place},W1,,8,\n" for place in range(1, 6)
    )
    store = force.extensions["rms"].store
    import_files(store, {"offences": more}, at=AT + timedelta(hours=1))
    rules = force.extensions["rms"].harm
    refresh_scores(context_for(store, at=clock()), day=date(2026, 3, 4), rules=rules)
    assert opened(sergeant, "/harm").first("tbody").first("strong").text != score
    assert facts(opened(sergeant, address(force, "P1", "/recommendations"))) == kept


def test_without_a_list_the_rank_is_among_everybody(force: Flask, sergeant: FlaskClient) -> None:
    overview = opened(sergeant, address(force, "P2"))
    link = next(one for one in overview.all("a") if one.text == "Recommend this person")
    done = recommend(sergeant, link.attributes["href"], kind="deselect", cohort="")
    assert facts(done)["Offender list when recommended"] == f"Rank 2. Filters: none. {LEFT_OUT}"
    beyond = recommend(sergeant, address(force, "P1", "/recommend?home_area=W1&managed=no"))
    assert (
        facts(beyond)["Offender list when recommended"]
        == f"Not on the list. Filters: home area Castle ward; managed no. {LEFT_OUT}"
    )
    nobody = recommend(sergeant, address(force, "P4", "/recommend"))
    assert facts(nobody)["Harm score when recommended"] == "no score"


# What is typed, and the messages at the fields.
WRONG = [
    ({"kind": "", "reason": REASON}, {"kind"}),
    ({"kind": "select", "reason": " "}, {"reason"}),
    ({"kind": "select", "cohort": "big", "reason": REASON}, {"cohort"}),
    ({"kind": "deselect", "cohort": "flex", "reason": REASON}, {"cohort"}),
    ({"kind": "select", "reason": "x" * 1001}, {"reason"}),
    ({"kind": "", "reason": ""}, {"kind", "reason"}),
]


@pytest.mark.parametrize(("values", "fields"), WRONG)
def test_what_cannot_be_recommended(
    force: Flask, sergeant: FlaskClient, values: dict[str, str], fields: set[str]
) -> None:
    document = opened(sergeant, address(force, "P1", "/recommend"))
    sent = press(sergeant, document, "Recommend", values)
    assert sent.status_code == 422
    shown = page(sent.text)
    for check in CHECKS:
        check(shown)
    assert {
        one.attributes["href"].removeprefix("#") for one in shown.first("div", id="errors").all("a")
    } == fields
    assert "Nobody has recommended" in opened(sergeant, address(force, "P1", "/recommendations")).text


def test_one_recommendation_waits_at_a_time(force: Flask, sergeant: FlaskClient) -> None:
    path = address(force, "P1", "/recommend")
    recommend(sergeant, path)
    again = recommend(sergeant, path)  # a second click
    assert len(list(again.first("main").all("dl"))) == 1
    other = press(sergeant, opened(sergeant, path), "Recommend", {"kind": "deselect", "reason": "x"})
    assert other.status_code == 409
    assert "waits for a decision" in page(other.text).first("div", id="errors").text


def test_somebody_else_decides_with_a_reason_and_for_good(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    recommend(sergeant, address(force, "P1", "/recommend"))
    waiting = section(opened(supervisor, MEETING), "waiting")
    assert names(waiting) == ["Ann Lee"] and REASON in waiting.text
    path = next(one for one in waiting.all("a") if one.text.startswith("Decide")).attributes["href"]
    for typed in ({"decision": "", "reason": "x"}, {"decision": "accepted", "reason": ""}):
        refused = press(supervisor, opened(supervisor, path), "Record decision", typed)
        assert refused.status_code == 422
    form = {"decision": "accepted", "reason": "The team has room."}
    document = opened(supervisor, path)
    own = sergeant.post(
        path, data={**form, "csrf_token": opened(sergeant, path).first("input").attributes["value"]}
    )
    assert own.status_code == 403
    assert "You made this recommendation" in page(own.text).first("div", id="errors").text
    assert press(supervisor, document, "Record decision", form).status_code == 303
    again = press(supervisor, document, "Record decision", {"decision": "refused", "reason": "No room."})
    assert again.status_code == 409
    shown = facts(opened(sergeant, path))
    assert (shown["State"], shown["Reason of the decision"]) == ("accepted", "The team has room.")
    assert shown["Decided by"].startswith("b.supervisor, ")
    later = section(opened(sergeant, MEETING), "decided")
    assert names(later) == ["Ann Lee"] and "The team has room." in later.text
    assert names(section(opened(sergeant, MEETING), "waiting")) == []


def test_only_a_supervisor_decides_and_only_the_author_withdraws(force: Flask, clock: Clock) -> None:
    author, colleague = officer(force, clock), officer(force, clock, name="o.colleague")
    recommend(author, address(force, "P2", "/recommend"))
    path = next(
        one.attributes["href"]
        for one in section(opened(colleague, MEETING), "waiting").all("a")
        if one.text.startswith("Open")
    )
    assert not list(opened(colleague, path).first("main").all("form"))
    token = opened(colleague, path).first("input").attributes["value"]
    for decision, message in (
        ("accepted", "Only a supervisor of the person’s area"),
        ("withdrawn", "Only the person who made a recommendation"),
    ):
        sent = colleague.post(path, data={"decision": decision, "reason": "x", "csrf_token": token})
        assert sent.status_code == 403 and message in sent.text
    sent = press(author, opened(author, path), "Withdraw", {"reason": "Wrong person."})
    assert sent.status_code == 303
    shown = facts(opened(colleague, path))
    assert (shown["State"], shown["Reason of the decision"]) == ("withdrawn", "Wrong person.")
    assert shown["Reason"] == REASON  # it stays on record
    assert "Withdrawn by" in shown


def test_a_supervisor_does_not_decide_on_their_own(force: Flask, supervisor: FlaskClient) -> None:
    recommend(supervisor, address(force, "P1", "/recommend"))
    links = [one.text for one in section(opened(supervisor, MEETING), "waiting").all("a")]
    assert links[1].startswith("Open")


def test_the_agenda(force: Flask, sergeant: FlaskClient, clock: Clock) -> None:
    store, rules = force.extensions["rms"].store, force.extensions["rms"].harm
    document = opened(sergeant, "/meetings")  # the user's own area
    assert document.first("h1").text == "Meeting of Castle ward"
    assert "since 4 February 2026. No meeting of this area has been closed yet." in document.text
    for check in CHECKS:
        check(document)
    assert names(section(document, "flex")) == ["Bo Park"]  # Ann Lee is managed and in the flex cohort
    way = next(one for one in section(document, "flex").all("a") if one.text == "Recommend Bo Park")
    assert way.attributes["href"] == f"{address(force, 'P2', '/recommend')}?home_area=W1"
    assert names(section(document, "unmanaged")) == []
    assert "Everybody in a high band is managed." in document.text
    more = FILES["offences"] + "".join(f"N{place},P2,03401,2026-02-1{place},W1,,8,\n" for place in range(8))
    import_files(store, {"offences": more}, at=AT + timedelta(hours=1))
    refresh_scores(context_for(store, at=clock()), day=date(2026, 3, 4), rules=rules)
    document = opened(sergeant, "/meetings?area=W1&since-day=2&since-month=3&since-year=2026")
    assert names(section(document, "moved")) == ["Bo Park", "Ann Lee"]  # hers has become older
    assert names(section(document, "unmanaged")) == ["Bo Park"]
    assert "from " in section(document, "moved").text
    recommend(sergeant, address(force, "P2", "/recommend"))
    assert names(section(opened(sergeant, MEETING), "flex")) == []


@pytest.mark.parametrize(
    "since", ["since-day=5&since-month=3&since-year=2026", "since-day=31&since-month=2&since-year=2026"]
)
def test_a_day_that_cannot_be(sergeant: FlaskClient, since: str) -> None:
    sent = sergeant.get(f"{MEETING}&{since}")
    assert sent.status_code == 422
    assert "Enter a day that is not in the future" in page(sent.text).first("div", id="errors").text


def close(client: FlaskClient, path: str = MEETING) -> str:
    """Close the meeting; the address of its minutes."""
    sent = press(client, opened(client, path), "Close the meeting")
    assert sent.status_code == 303
    return sent.headers["Location"].partition("?")[0]


def test_a_meeting_is_not_closed_since_a_day_in_the_future(sergeant: FlaskClient) -> None:
    sent = press(sergeant, opened(sergeant, MEETING), "Close the meeting", {"since": "2027-01-01"})
    assert sent.status_code == 422 and "in the future" in sent.text
    assert close(sergeant)  # it is not closed yet


def test_who_was_just_selected_is_not_suggested_at_the_next_meeting(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient, clock: Clock
) -> None:
    """Their registration may not be on record yet. The minutes of the last meeting say who it was."""
    assert names(section(opened(sergeant, MEETING), "flex")) == ["Bo Park"]
    recommend(sergeant, address(force, "P2", "/recommend"))
    decide(supervisor, "Bo Park", "accepted", "The team has room.")
    minutes = close(sergeant)
    clock.advance(minutes=5)
    document = opened(sergeant, MEETING)
    assert names(section(document, "flex")) == []
    link = next(one for one in document.all("a") if one.text == "Minutes of the last meeting")
    assert link.attributes["href"] == minutes


def test_minutes_are_kept_as_they_were(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient, clock: Clock
) -> None:
    recommend(sergeant, address(force, "P1", "/recommend"), kind="deselect", cohort="")
    recommend(sergeant, address(force, "P2", "/recommend"))
    decide(supervisor, "Ann Lee", "accepted", "No offence for a year.")
    minutes = close(sergeant)
    before = opened(sergeant, minutes)
    for check in CHECKS:
        check(before)
    found = {name: names(section(before, name)) for name in ("waiting", "flex", "decided", "deselected")}
    assert found == {"waiting": ["Bo Park"], "flex": [], "decided": ["Ann Lee"], "deselected": ["Ann Lee"]}
    assert "No offence for a year." in section(before, "deselected").text

    clock.advance(minutes=5)
    decide(supervisor, "Bo Park", "refused", "No room.")
    store, rules = force.extensions["rms"].store, force.extensions["rms"].harm
    more = FILES["offences"] + "N1,P2,03401,2026-02-11,W1,,8,\n"
    import_files(store, {"offences": more}, at=AT + timedelta(hours=1))
    refresh_scores(context_for(store, at=clock()), day=date(2026, 3, 4), rules=rules)
    after = opened(sergeant, minutes)
    assert after.first("main").text == before.first("main").text
    now = opened(sergeant, MEETING)
    assert "the day of the last meeting" in now.text
    assert names(section(now, "decided")) == ["Bo Park"]  # what came after the meeting alone
    assert "closed by o.manager" in now.text


def test_parts_with_many_recommendations_are_cut_and_counted(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the page, in the minutes and in their files. Nobody with a recommendation is suggested."""
    for person in ("P1", "P2"):
        recommend(sergeant, address(force, person, "/recommend"), kind="deselect", cohort="")
    assert "These are the oldest" not in opened(sergeant, MEETING).text
    monkeypatch.setattr(agenda, "MOST_KEPT", 1)
    waiting = section(opened(sergeant, MEETING), "waiting")
    assert names(waiting) == ["Ann Lee"]
    assert "These are the oldest 1 of 2. The next ones appear as these are decided." in waiting.text
    assert names(section(opened(sergeant, MEETING), "flex")) == []
    minutes = close(sergeant)
    kept = section(opened(sergeant, minutes), "waiting")
    assert names(kept) == ["Ann Lee"] and "The minutes have the first 1 of 2." in kept.text
    rows = list(csv.DictReader(io.StringIO(sergeant.get(f"{minutes}/minutes.csv").text)))
    assert [row["name"] for row in rows if row["section"] == "Waiting for a decision"] == ["Ann Lee"]
    book = openpyxl.load_workbook(io.BytesIO(sergeant.get(f"{minutes}/minutes.xlsx").data))
    notice = dict(book["Read this"].iter_rows(values_only=True))
    assert notice["Waiting for a decision"] == "The minutes have the first 1 of 2."
    for name in ("Ann Lee", "Bo Park"):
        decide(supervisor, name, "accepted", "No longer needed.")
    document = opened(supervisor, MEETING)
    for part in ("decided", "deselected"):
        assert names(section(document, part)) == ["Bo Park"]
        assert "These are the newest 1 of 2." in section(document, part).text
    close(supervisor)
    assert names(section(opened(supervisor, MEETING), "decided")) == ["Ann Lee"]  # not in minutes yet


def test_a_longer_page_takes_no_more_statements(force: Flask, sergeant: FlaskClient) -> None:
    sent: list[str] = []

    def counted(path: str) -> int:
        sent.clear()
        opened(sergeant, path)
        return len(sent)

    def note(_connection: object, _cursor: object, statement: str, *_unused: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        recommend(sergeant, address(force, "P1", "/recommend"))
        one = counted(MEETING)
        recommend(sergeant, address(force, "P2", "/recommend"))
        assert counted(MEETING) == one
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_two_users_do_not_close_one_meeting(sergeant: FlaskClient, supervisor: FlaskClient) -> None:
    document = opened(supervisor, MEETING)
    close(sergeant)
    second = press(supervisor, document, "Close the meeting")
    assert second.status_code == 409
    assert "has been closed meanwhile" in page(second.text).first("div", id="errors").text


def test_minutes_as_files(force: Flask, sergeant: FlaskClient) -> None:
    recommend(sergeant, address(force, "P2", "/recommend"), reason="=HYPERLINK(1)")
    minutes = close(sergeant)
    rows = list(csv.DictReader(io.StringIO(sergeant.get(f"{minutes}/minutes.csv").text)))
    (row,) = [one for one in rows if one["section"] == "Waiting for a decision"]
    assert (row["name"], row["recommended"], row["state"]) == (
        "Bo Park",
        "Select for management, cohort: flex",
        "waiting for a decision",
    )
    assert (row["reason"], row["decided_by"]) == ("'=HYPERLINK(1)", "")
    book = openpyxl.load_workbook(io.BytesIO(sergeant.get(f"{minutes}/minutes.xlsx").data))
    head, *lines = book["Minutes"].iter_rows(values_only=True)
    shown = dict(zip(head, lines[0], strict=True))
    assert shown["Name"] == "Bo Park" and shown["Reason"] == "=HYPERLINK(1)"
    notice = dict(book["Read this"].iter_rows(values_only=True))
    assert notice["Meeting of"] == "Castle ward" and notice["Closed by"] == "o.manager"
    empty = sergeant.get(f"{close(sergeant)}/minutes.csv").text
    assert "Waiting for a decision" in empty


def test_people_out_of_scope_are_absent(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient, clock: Clock
) -> None:
    """Ann Lee moves to another area: the page, the minutes, the files and the history have her no more."""
    recommend(sergeant, address(force, "P1", "/recommend"))
    minutes = close(sergeant)
    path = next(
        one.attributes["href"]
        for one in section(opened(sergeant, MEETING), "waiting").all("a")
        if one.text.startswith("Open")
    )
    store = force.extensions["rms"].store
    import_files(store, {"people": MOVED_AWAY}, at=AT + timedelta(hours=1))
    assert names(section(opened(sergeant, MEETING), "waiting")) == []
    for address_of_file in (minutes, f"{minutes}/minutes.csv"):
        assert "Lee" not in sergeant.get(address_of_file).text
    for page_of_person in (
        path,
        address(force, "P1", "/recommendations"),
        address(force, "P1", "/recommend"),
    ):
        assert sergeant.get(page_of_person).status_code == 404
    assert names(section(opened(supervisor, minutes), "waiting")) == ["Ann Lee"]
    other = officer(force, clock, area="Mill ward", name="o.mill")
    assert other.get(minutes).status_code == 404  # a meeting of another area
    assert other.get(MEETING).status_code == 404
    assert names(section(opened(other, "/meetings"), "waiting")) == ["Ann Lee"]


def test_every_look_and_act_is_on_record(force: Flask, sergeant: FlaskClient) -> None:
    recommend(sergeant, address(force, "P1", "/recommend"))
    minutes = close(sergeant)
    for path in (minutes, f"{minutes}/minutes.csv"):
        sergeant.get(path)
    store = force.extensions["rms"].store
    with store.reading() as tx:
        entries = [one for one in tx.audit.entries_about(key_of(store, "P1")) if one.actor == "o.manager"]
    actions = {
        *("recommendation.made", "recommendations.read", "meeting.read"),
        *("meeting.closed", "meeting.minutes_read", "meeting.exported"),
    }
    assert actions <= {one.action for one in entries}
    assert not [one for one in entries if REASON in str(one.detail)]


def test_the_time_of_a_recommendation(force: Flask, sergeant: FlaskClient, clock: Clock) -> None:
    assert clock() == datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    done = recommend(sergeant, address(force, "P1", "/recommend"))
    assert facts(done)["Recommended by"].startswith("o.manager, 4 March 2026")


def test_home_says_what_waits_for_a_decision(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    assert "No recommendations wait for your decision" in opened(supervisor, "/").text
    recommend(sergeant, address(force, "P1", "/recommend"))
    recommend(supervisor, address(force, "P2", "/recommend"))  # their own waits for somebody else
    line = next(one for one in opened(supervisor, "/").all("a") if "waits for your decision" in one.text)
    assert line.text == "1 recommendation waits for your decision"
    document = opened(supervisor, line.attributes["href"])
    assert len([one for one in document.all("a") if one.text.startswith("Decide the")]) == 1
    assert "for your decision" not in opened(sergeant, "/").text
