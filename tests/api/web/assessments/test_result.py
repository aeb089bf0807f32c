"""The result page, its comparables, needs, comparison and files."""

import re
from base64 import b64decode
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from api.config import Config
from api.services.assessments.assessments import find_submission
from api.services.assessments.printing import printed
from reference_library.synthetic import FACTS
from rms.engine.explaining.comparability import explain
from rms.engine.library import Library
from rms.engine.result import PRINTED_FACTS, printed_facts
from rms.instrument import instrument
from rms.reports import wording
from rms.reports.content import Report
from rms.reports.explaining import compared_label
from tests.api.conftest import PASSWORD, USERNAME, Clock, created, newer
from tests.api.contexts import context_for
from tests.api.web.pages import Element, drawn_in, opened, sign_in


def test_the_summary_begins_with_each_score_its_picture_and_a_sentence(
    browser_client: FlaskClient, submitted: str, app: Flask
) -> None:
    document = opened(browser_client, submitted)
    sections = list(document.all("section", **{"class": "process"}))
    assert [section.first("h3").text for section in sections] == ["Recidivism", "Violence"]
    found = find_submission(context_for(app.extensions["rms"].store), "10000")
    processes = found.assessment.instrument.processes
    for section, simulation, process in zip(sections, found.result.simulations, processes, strict=True):
        assert simulation.score is not None and simulation.interval is not None
        assert section.first("p", **{"class": "figure"}).text == wording.two_decimals(simulation.score)
        picture = section.first("img").attributes
        assert picture["alt"] == wording.score_description(simulation.score, simulation.interval)
        drawn = b64decode(picture["src"].partition("base64,")[2]).decode()
        assert picture["alt"] in drawn and drawn.count("<circle") == 1
        assert wording.outcome_sentence(simulation.score, process) in section.text
        assert wording.interval_range(simulation.interval) in section.text
    details = list(document.all("details", **{"class": "govuk-details"}))
    for detail, simulation in zip(details, found.result.simulations, strict=True):
        assert wording.effective_size_sentence(simulation.effective_size or 0) in detail.text
        assert wording.typicality_sentence(simulation.typicality or 0) in detail.text
        assert "people who resemble this person" in detail.text
        assert "Actual 1" in detail.text and "Actual 2" in detail.text


def test_topics_have_addresses_and_the_same_navigation(browser_client: FlaskClient, submitted: str) -> None:
    shown = opened(browser_client, submitted).first("nav", aria_label="Topics of this result")
    links = [(link.text, link.attributes["href"]) for link in shown.all("a")]
    assert [label for label, _ in links] == [
        *("Summary", "Comparable people", "Needs", "Why", "Judgement and notes", "Answers", "Files")
    ]
    for label, address in links:
        document = opened(browser_client, address)
        navigation = document.first("nav", aria_label="Topics of this result")
        assert [(link.text, link.attributes["href"]) for link in navigation.all("a")] == links
        assert navigation.first("a", aria_current="page").text == label
        assert list(document.all("a", href=f"/assessments/new?from={submitted.split('/')[-1]}"))


def test_what_started_from_another_has_changes(
    browser_client: FlaskClient, client: FlaskClient, submitted: str
) -> None:
    client.post("/api/v1/assessments/10000/what-if", json={"answers": {"drug": 0}})
    document = opened(browser_client, "/assessments/10000-01")
    navigation = document.first("nav", aria_label="Topics of this result")
    assert list(navigation.all("a", href="/assessments/10000-01/changes"))
    assert "Based on 10000 : 1 answer changed." in document.text
    assert list(document.all("a", href=submitted))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("?process=violence", "/comparable-people?process=violence"),
        ("?process=violence&reading=expected", "/comparable-people?process=violence"),
        ("?reading=expected", "/needs?reading=expected"),
    ],
)
def test_addresses_from_before_there_were_topics_lead_to_them(
    browser_client: FlaskClient, submitted: str, before: str, now: str
) -> None:
    assert browser_client.get(f"{submitted}{before}").headers["Location"] == f"{submitted}{now}"


@pytest.mark.parametrize("id", ["10000", "10000-01", "10000-02"], ids=["first", "corrected", "what-if"])
def test_the_printed_page_says_what_the_pdf_says_in_the_same_order(
    browser_client: FlaskClient, client: FlaskClient, submitted: str, app: Flask, id: str
) -> None:
    override = {
        "process": "violence",
        "direction": "lower",
        "reason_code": "other",
        "text": "Seen at home. " * 9,
    }
    for action, body in (
        ("overrides", override),
        ("corrections", {"answers": {"drug": 3}, "reason": "The level was read wrongly."}),
        ("what-if", {"answers": {"drug": 0}}),
    ):
        answer = client.post(f"/api/v1/assessments/10000/{action}", json=body)
        assert answer.status_code == 201, answer.text
    page = opened(browser_client, f"/assessments/{id}/print").first("main").text
    pdf = PdfReader(BytesIO(browser_client.get(f"/assessments/{id}/report.pdf").data))
    application = app.extensions["rms"]
    context = context_for(application.store, at=application.clock())
    report = printed(context, find_submission(context, id))
    for told in (page, "".join(part.extract_text() for part in pdf.pages)):
        told, place = "".join(told.split()), 0
        for text in in_order(report):
            found = told.find("".join(text.split()), place)
            assert found >= 0, text
            place = found


def in_order(report: Report) -> Iterator[str]:
    """What a report says, in the order of its pages."""
    yield from (report.title, wording.SUBTITLE, *report.warnings)
    yield from filter(None, (report.correction,))
    yield from (f"Changed from {report.changes.since}",) if report.changes else ()
    yield from (report.notice, wording.GLANCE_HEADING, report.scale)
    for section in report.processes:
        yield f"{section.label}: {section.standing}"
        yield from (section.actual_1, section.actual_2, *section.sentences)
        assert section.comparables
        yield from (section.comparables.explainer, section.comparables.legend)
        yield from (" ".join(row) for row in section.comparables.rows)
        yield section.comparables.hand_check
    assert report.needs
    yield from (" ".join(row) for row in report.needs.rows)
    yield report.needs.caveat
    for group in report.ratings:
        yield group.heading
        yield from (f"{fact.label} {fact.value}" for fact in group.ratings)
    if not report.what_if:
        yield wording.JUDGEMENT_HEADING
        for made in report.overrides:
            yield from (made.heading, made.reason, made.text, made.by or "", made.decided)
        yield from (wording.NOTES_LEFT_OUT, wording.JUDGEMENT_PROMPT, wording.OVERRIDE_PROMPT)
        yield from wording.SIGNATURES
    yield wording.LIMITS_HEADING
    yield from (f"{fact.label} {fact.value}" for fact in report.versions)
    yield from report.limits


def test_print_leads_to_the_report(browser_client: FlaskClient, submitted: str) -> None:
    assert list(opened(browser_client, submitted).all("a", href=f"{submitted}/print"))


def test_the_comparables_give_the_score_by_hand(browser_client: FlaskClient, submitted: str) -> None:
    document = opened(browser_client, f"{submitted}/print")
    tables = list(document.all("table", **{"class": "comparables"}))
    figures = list(document.all("td", **{"class": "figure"}))
    for table, figure in zip(tables, figures, strict=True):
        columns = [cell.text for cell in table.first("thead").all("th")]
        assert columns[:5] == ["Case", "Sex", "Born", "Actual", "Percent"]
        assert columns[5:] == ["V", "P", "D", "W", "E", "O", "Years served", "Stands for"]
        rows = [[cell.text for cell in row.children] for row in table.first("tbody").all("tr")]
        assert len(rows) == 10
        by_hand = sum(Decimal(row[4]) * int(row[3]) for row in rows) / 100
        assert sum(Decimal(row[4]) for row in rows) == 100
        assert abs(by_hand - Decimal(figure.text)) <= Decimal("0.01")
        assert "ten cases that represent the" in table.first("caption").text


def test_the_url_chooses_the_process_whose_cases_are_shown(
    browser_client: FlaskClient, submitted: str
) -> None:
    first = opened(browser_client, f"{submitted}/comparable-people")
    assert "You see the comparable people for recidivism." in first.text
    assert chosen(first) == "Recidivism"
    link = first.first("table", **{"class": "list modelled stacked"}).first(
        "a", href=f"{submitted}/comparable-people?process=violence"
    )
    violence = opened(browser_client, link.attributes["href"])
    assert chosen(violence) == "Violence" and "You see " not in violence.text


def chosen(document: Element) -> str:
    """The process whose cases are shown."""
    section = document.first("section", id="comparables")
    assert len(list(section.all("details", **{"class": "why"}))) == 10
    [shown] = section.all("table", **{"class": "comparables"})
    return shown.first("caption").text.split(":")[0]


def test_why_a_case_is_comparable(
    browser_client: FlaskClient, submitted: str, app: Flask, library: Library
) -> None:
    result = find_submission(context_for(app.extensions["rms"].store), "10000").result
    first = explain(result, "violence", library)[0]
    why = opened(browser_client, f"{submitted}/comparable-people?process=violence").first(
        "details", **{"class": "why"}
    )
    assert f"case {first.case_number}" in why.first("summary").text
    alike, differ = why.all("table")
    for table, items in ((alike, first.alike), (differ, first.differ)):
        rows = [[cell.text for cell in row.children] for row in table.first("tbody").all("tr")]
        assert [row[0] for row in rows] == [compared_label(one.code, library.instrument) for one in items]
        assert [row[3] for row in rows] == [wording.percent(100 * one.share) for one in items]


def test_the_share_of_items_that_cannot_change_is_shown(browser_client: FlaskClient, submitted: str) -> None:
    for details in opened(browser_client, submitted).all("details", **{"class": "govuk-details"}):
        assert "% of this movement comes from items that cannot change" in details.text


def test_the_person_is_identified_in_the_same_way_everywhere(
    browser_client: FlaskClient, client: FlaskClient, submitted: str
) -> None:
    client.post("/api/v1/assessments/10000/what-if", json={"answers": {"drug": 0}})
    facts = "Born 17 May 1985 Sex male Estimated release 1 December 2026 Case worker c.worker"
    paths = (
        *("", "/comparable-people", "/needs", "/explained", "/judgement-and-notes", "/answers", "/files"),
        *("/print", "/workbench", "/override", "/notes", "/correct", "-01", "-01/changes"),
    )
    others = ("/people/10000", "/assessments/new?from=10000")
    for path in (*(f"{submitted}{rest}" for rest in paths), *others):
        bar = opened(browser_client, path).first("section", aria_label="Person").text
        assert bar == f"Offender number 10000 {facts}", path


def test_the_assessment_is_identified_at_the_top(browser_client: FlaskClient, submitted: str) -> None:
    head = opened(browser_client, submitted).first("div", **{"class": "result-head"}).text
    for fact in ("10000", "4 March 2026, 09:30 UTC", "c.worker"):
        assert fact in head


def test_needs_on_their_own_page_and_as_files(browser_client: FlaskClient, submitted: str) -> None:
    large = opened(browser_client, f"{submitted}/needs?reading=expected")
    links = [one.attributes["href"] for one in large.first("p", **{"class": "downloads"}).all("a")]
    types = [browser_client.get(link).mimetype for link in links]
    assert types == ["image/svg+xml", "image/png", "text/csv"]
    table = browser_client.get(links[2]).text.splitlines()
    assert table[0] == "need,name,rated,simulated,expected,gap" and len(table) == 12


def test_scores_as_a_csv_with_chosen_columns(browser_client: FlaskClient, submitted: str) -> None:
    form = opened(browser_client, f"{submitted}/files").first("form", action=f"{submitted}/result.csv")
    boxes = {one.attributes["value"] for one in form.all("input", name="column")}
    assert {"id", "comparables", "needs", "library_version"} <= boxes
    response = browser_client.get(f"{submitted}/result.csv?column=process&column=id&column=needs")
    head, *rows = response.text.splitlines()
    assert head.startswith("id,process,need.acad.actual") and len(head.split(",")) == 2 + 33
    assert [row.split(",")[:2] for row in rows] == [["10000", "recidivism"], ["10000", "violence"]]
    assert browser_client.get(f"{submitted}/result.csv").status_code == 422


def test_differences_are_shown_next_to_the_baseline(
    browser_client: FlaskClient, client: FlaskClient, submitted: str
) -> None:
    client.post("/api/v1/assessments/10000/what-if", json={"answers": {"drug": 0}})
    document = opened(browser_client, "/assessments/10000-01/changes")
    changes = document.first("section", id="changed")
    assert "WHAT-IF" in document.first("div", **{"class": "mode-banner"}).text
    answers = changes.first("table", **{"class": "changes"})
    scores = changes.first("table", **{"class": "changes stacked"})
    assert [cell.text for cell in answers.first("tbody").first("tr").children] == [
        "Drug use",
        "2: Clear need",
        "0: No need",
    ]
    words = [list(row.children)[3].text for row in scores.first("tbody").all("tr")]
    assert all(re.match(r"No (clear )?difference|(Higher|Lower) by \d\.\d{2}", word) for word in words)
    printed = PdfReader(BytesIO(browser_client.get("/assessments/10000-01/report.pdf").data))
    first = " ".join(printed.pages[0].extract_text().split())
    assert "Changed from 10000" in first and "WHAT-IF" in first
    assert "was not started from an earlier assessment" in opened(browser_client, f"{submitted}/changes").text


def test_a_synthetic_library_is_marked(browser_client: FlaskClient, submitted: str) -> None:
    assert wording.SYNTHETIC_WARNING in opened(browser_client, submitted).text


def test_an_old_result_does_not_change_with_a_new_library(
    browser_client: FlaskClient, submitted: str, config: Config, library: Library, clock: Clock
) -> None:
    shown = shown_of(browser_client, submitted)
    app = created(config, library=newer(library), clock=clock)
    client = app.test_client()
    sign_in(client, USERNAME, PASSWORD)
    later = shown_of(client, submitted)
    # The answers of the cases are in the library, which is no longer in use.
    assert "so the answers of its cases are not available" in later
    why, share = (
        r"Why these cases are comparable.*?(?=Assess again)",
        r"The answers move this score up or down from the average of all cases\. .*?that can change\. ",
    )
    assert re.sub(why, "", later) == re.sub(f"{why}|{share}", "", shown)
    printed = " ".join(
        " ".join(page.extract_text().split())
        for page in PdfReader(BytesIO(client.get(f"{submitted}/report.pdf").data)).pages
    )
    for text in (later, printed):
        assert "small 1" in text and "elsewhere" not in text
        assert wording.SYNTHETIC_WARNING in text
        assert "cases that represent the" in text and "nearest cases" not in text
        assert all(FACTS[fact] in text for fact in PRINTED_FACTS if fact in FACTS)
    stored = client.get(f"/api/v1{submitted}").get_json()
    assert stored["library"]["facts"] == printed_facts(FACTS)
    process = instrument("rms").processes[0]
    meanings = stored["simulations"][0]["actual_1"], stored["simulations"][0]["actual_2"]
    assert meanings == wording.definition_sentence(process)
    app.extensions["rms"].store.close()


def shown_of(client: FlaskClient, submitted: str) -> str:
    """The topics of a result that do not explain it."""
    topics = ("", "/comparable-people", "/needs", "/answers")
    return " ".join(opened(client, f"{submitted}{topic}").first("main").text for topic in topics)


@pytest.mark.parametrize(("reading", "other"), [("simulated", "expected"), ("expected", "simulated")])
def test_the_needs_plot_has_a_table_and_another_reading(
    browser_client: FlaskClient, submitted: str, reading: str, other: str
) -> None:
    needs = opened(browser_client, f"{submitted}/needs?reading={reading}").first("section", id="needs")
    image = needs.first("figure").first("img")
    assert f"{reading} " in image.attributes["alt"]
    assert needs.first("a").attributes["href"] == f"/assessments/10000/needs?reading={other}"
    assert len(list(needs.first("tbody").all("tr"))) == 11
    assert f"{reading.capitalize()}: from comparable people" in drawn_in(image)
    plot = browser_client.get(f"/assessments/10000/needs.svg?reading={reading}&labels=names")
    assert plot.mimetype == "image/svg+xml" and plot.text == drawn_in(image)


def test_needs_are_named_and_a_switch_shows_the_codes_of_the_manual(
    browser_client: FlaskClient, submitted: str, library: Library
) -> None:
    named, codes = ({getattr(need, name) for need in library.instrument.needs} for name in ("label", "code"))
    page = opened(browser_client, f"{submitted}/needs?reading=expected").first("section", id="needs")
    assert {row.children[0].text for row in page.first("tbody").all("tr")} == named
    switch = page.first("a", href=f"{submitted}/needs?reading=expected&labels=codes").attributes["href"]
    coded = opened(browser_client, switch).first("section", id="needs")
    assert {row.children[0].text for row in coded.first("tbody").all("tr")} == codes
    for shown, words in ((page, named), (coded, codes)):
        plot = drawn_in(shown.first("figure").first("img"))
        assert {word for word in words if f">{word}</text>" in plot} == words


def test_the_report_is_a_pdf(browser_client: FlaskClient, submitted: str) -> None:
    link = opened(browser_client, submitted).first("a", href="/assessments/10000/report.pdf")
    response = browser_client.get(link.attributes["href"])
    assert response.mimetype == "application/pdf"
    assert response.data.startswith(b"%PDF-")
    assert "assessment-10000.pdf" in response.headers["Content-Disposition"]


def test_the_redacted_report_does_not_identify_the_person(
    browser_client: FlaskClient, submitted: str
) -> None:
    response = browser_client.get(f"{submitted}/report.pdf?redacted=yes")
    assert "assessment-redacted.pdf" in response.headers["Content-Disposition"]
    printed = " ".join(page.extract_text() for page in PdfReader(BytesIO(response.data)).pages)
    assert "Recidivism" in printed and not re.search(r"\b10000\b|1985-05-17", printed)


def test_all_answers_are_shown(browser_client: FlaskClient, submitted: str) -> None:
    answers = opened(browser_client, f"{submitted}/answers").first("section", id="answers")
    assert sum(len(list(group.all("dt"))) for group in answers.all("dl", **{"class": "ratings"})) == 24
    assert "The person was 40 years old at the time." in answers.text
    assert "Sexual behaviour unknown: Nothing is on record." in answers.text


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/comparable-people",
        "/print",
        "/report.pdf",
        "/needs.svg",
        "/changes",
        "/explained",
        "/workbench",
        "/override",
        "/notes",
    ],
)
def test_a_missing_assessment_gives_a_not_found_page(browser_client: FlaskClient, rest: str) -> None:
    response = browser_client.get(f"/assessments/99999{rest}")
    assert response.status_code == 404
    assert "<h1>Not found</h1>" in response.text


def test_a_sex_that_could_not_be_used_is_mentioned_everywhere(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    answer = dict(client.post("/api/v1/assessments", json={**valid_body, "sex": "other"}).json)
    sentence = wording.unusable_sex_sentence("other")
    assert all(sentence in one["explanation"] for one in answer["simulations"])
    assert sentence in browser_client.get(f"/assessments/{answer['id']}").text
    assert sentence in printed_text(browser_client, answer["id"])


def test_a_correction_and_its_original_link_to_each_other(
    browser_client: FlaskClient, client: FlaskClient, submitted: str
) -> None:
    hostile = "<b>Mistyped</b>"
    body = {"answers": {"drug": 0}, "reason": hostile}
    assert client.post("/api/v1/assessments/10000/corrections", json=body).status_code == 201
    for page in ("", "/workbench", "/override"):
        [note] = [
            note
            for note in opened(browser_client, f"{submitted}{page}").all("div", **{"class": "warning"})
            if "has been corrected" in note.text
        ]
        assert note.first("a").attributes["href"] == f"/assessments/10000-01{page}"
        assert "has been corrected" not in browser_client.get(f"/assessments/10000-01{page}").text
    lead = opened(browser_client, "/assessments/10000-01/answers").first("p", **{"class": "lead"})
    assert lead.first("a").attributes["href"] == submitted
    assert hostile in lead.text
    summary = opened(browser_client, "/assessments/10000-01").text  # below the scores
    assert summary.index("Typicality") < summary.index(f"Reason for the correction: {hostile}")


def test_a_submitted_contradiction_is_shown(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    warning = "Age at first conviction cannot"
    sound = client.post("/api/v1/assessments", json=valid_body).json["id"]
    answers = {**valid_body["answers"], "age_first_conviction": 90}
    id = client.post("/api/v1/assessments", json={**valid_body, "answers": answers}).json["id"]
    assert warning not in browser_client.get(f"/assessments/{sound}").text
    page = browser_client.get(f"/assessments/{id}").text
    assert warning in page and f'href="/assessments/{id}/correct"' in page
    assert warning not in printed_text(browser_client, sound)
    assert warning in printed_text(browser_client, id)


def test_a_count_that_fell_since_the_earlier_assessment_is_shown(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    many, few = ({**valid_body["answers"], "conv_violence": number} for number in (9, 1))
    first = client.post("/api/v1/assessments", json={**valid_body, "answers": many}).json["id"]
    again = {**valid_body, "answers": few, "based_on": first}
    warning = "is lower than in the assessment that this one starts from"
    checked = client.post("/api/v1/assessments?validate_only=true", json=again).json["warnings"]
    assert [(one["code"], one["items"]) for one in checked] == [("lower_than_before", ["conv_violence"])]
    second = client.post("/api/v1/assessments", json=again).json["id"]
    assert warning in browser_client.get(f"/assessments/{second}").text
    assert warning in printed_text(browser_client, second)
    putting_right = {"answers": {"conv_violence": 8}, "reason": "Counted twice."}
    right = client.post(f"/api/v1/assessments/{first}/corrections", json=putting_right).json["id"]
    assert warning not in browser_client.get(f"/assessments/{right}").text  # a correction may lower it


def printed_text(client: FlaskClient, id: str) -> str:
    pages = PdfReader(BytesIO(client.get(f"/assessments/{id}/report.pdf").data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize("value", ["yes", "true"])
def test_any_value_of_redacted_gives_a_redacted_report(
    browser_client: FlaskClient, submitted: str, value: str
) -> None:
    file = browser_client.get(f"{submitted}/report.pdf?redacted={value}")
    assert "redacted" in file.headers["Content-Disposition"]
