"""What holds on every page: the notice, the strict policy, no word or colour that judges."""

import re
from collections import Counter
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from rms.instrument import instrument
from rms.reports import wording
from tests.api.web.pages import Element, page, send

NEW = "/assessments/new"
STYLES = Path(__file__).parents[3] / "static" / "rms.css"
PAGES = (
    "/",
    "/notice",
    "/help",
    "/help/method",
    "/help/scoring/rms",
    "/help/tour",
    "/help/feedback",
    NEW,
    f"{NEW}?from=10000",
    f"{NEW}?what_if=10000",
    "/assessments/populate?number=10000",
    "/assessments/10000/correct",
    "/assessments/10000",
    "/assessments/10000?process=violence&reading=expected&done=note",
    "/assessments/10000-01",
    "/assessments/10000-01/changes",
    "/assessments/10000/needs",
    "/assessments/10000/explained",
    "/assessments/10000-01/explained",
    "/assessments/10000/notes",
    "/assessments/10000/override",
    "/assessments/10000/workbench",
    "/assessments/10000/workbench?answer-drug=0&answer-empl=9",
    "/assessments/10000/workbench?answer-drug=0",
    "/drafts",
    "/people/10000",
    "/people/404",
    "/assessments/404",
    "/results-filter",
    "/results-filter?need.drug.min=10&score_min=3",
    "/results",
    "/results?include=what_if",
    "/results?submitted_from=2030-01-01",
    "/results/scores",
    "/exports",
    "/exports?all=true",
    "/nowhere",
    "an error",
    "a draft",
    "a draft changed meanwhile",
    "signed out",
    "the first page",
)
FILLED = {
    **{"offender_number": "10000", "sex": "female"},
    **{"date_of_birth-day": "17", "date_of_birth-month": "5", "date_of_birth-year": "1985"},
    **{f"answer-{item.code}": "1" for item in instrument("rms").asked},
    "answer-age_first_conviction": "18",
}


@pytest.fixture(scope="module")
def pages(shared_client: FlaskClient) -> dict[str, str]:
    """Every page over one assessment and a what-if on it."""
    send(shared_client, NEW, FILLED)
    send(shared_client, f"{NEW}?what_if=10000", {"answer-drug": "0"})
    kept = send(shared_client, f"{NEW}?from=10000", {"answer-drug": "0", "then": "later"})
    draft = f"/drafts/{kept.headers['Location'].partition('=')[2]}"
    seen = {path: shared_client.get(path).text for path in PAGES if path.startswith("/")}
    seen["an error"] = send(shared_client, NEW).text
    seen["a draft"] = shared_client.get(draft).text
    changed = {"answer-acad": "0", "version": "0", "then": "later"}
    seen["a draft changed meanwhile"] = send(shared_client, draft, changed).text
    shared_client.delete_cookie("rms-session")
    seen["signed out"] = shared_client.get("/login").text
    seen["the first page"] = shared_client.get("/").text
    return seen


@pytest.fixture(params=PAGES)
def html(request: pytest.FixtureRequest, pages: dict[str, str]) -> str:
    return pages[request.param]


@pytest.fixture
def document(html: str) -> Element:
    return page(html)


def test_the_notice_and_its_link(document: Element) -> None:
    footer = document.first("footer")
    assert wording.NOTICE_SHORT in footer.text
    assert footer.first("a").attributes["href"] == "/notice"


def test_nothing_inline_and_nothing_from_elsewhere(document: Element) -> None:
    for element in document.all():
        assert not [name for name in element.attributes if name == "style" or name.startswith("on")]
        assert element.tag != "style"
        assert not (element.tag == "script" and "src" not in element.attributes)
        for name in ("src", "href", "action"):
            assert element.attributes.get(name, "/").startswith(("/", "#")), element.attributes
            assert not element.attributes.get(name, "/").startswith("//")


def test_language_title_landmarks_and_one_heading(document: Element) -> None:
    assert document.first("html").attributes["lang"] == "en-GB"
    assert document.first("title").text.endswith(" – RMS")
    assert len(list(document.all("h1"))) == len(list(document.all("main"))) == 1
    first_link = document.first("body").first("a")
    assert first_link.attributes["href"] == "#main"


def test_ids_are_unique_and_references_lead_somewhere(document: Element) -> None:
    ids = Counter(one.attributes["id"] for one in document.all() if "id" in one.attributes)
    assert not [id for id, times in ids.items() if times > 1]
    for one in document.all():
        for name in ("for", "aria-describedby", "aria-labelledby"):
            assert set(one.attributes.get(name, "").split()) <= set(ids), one.attributes
        link = one.attributes.get("href", "")
        assert not link.startswith("#") or link[1:] in ids


def test_tables_have_captions_and_scopes(document: Element) -> None:
    for table in document.all("table"):
        assert table.first("caption").text
        assert all(cell.attributes.get("scope") in ("col", "row") for cell in table.all("th"))


def test_no_word_that_judges(document: Element) -> None:
    assert not re.search(
        r"\b(medium|high[- ]risk|low[- ]risk|will re-?offend)\b", document.text, re.IGNORECASE
    )


def test_the_policy_of_the_page_allows_no_more(anonymous: FlaskClient) -> None:
    policy = anonymous.get("/login").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_styles_fetch_nothing() -> None:
    styles = STYLES.read_text(encoding="utf-8")
    assert "url(" not in styles
    assert "@import" not in styles
