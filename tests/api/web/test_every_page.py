"""What holds on every page: the notice, the strict policy, no word or colour that judges."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from rms.instrument import instrument
from tests.api.web.every_page import CHECKS, Check
from tests.api.web.pages import Element, fields, main_form, page, save, send

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
    "/assessments/populate",
    "/waiting/releases",
    "/waiting/judgements",
    "/assessments/10000/correct",
    "/assessments/10000",
    "/assessments/10000-01",
    "/assessments/10000/comparable-people?process=violence",
    "/assessments/10000/needs?reading=expected",
    "/assessments/10000-01/changes",
    "/assessments/10000/judgement-and-notes?done=note",
    "/assessments/10000/answers",
    "/assessments/10000/files",
    "/assessments/10000/print",
    "/assessments/10000-01/print",
    "/assessments/10000/explained",
    "/assessments/10000-01/explained",
    "/assessments/10000/notes",
    "/assessments/10000/override",
    "/assessments/10000/workbench",
    "/assessments/10000/workbench?answer-drug=0&answer-empl=9",
    "/assessments/10000/workbench?answer-drug=0",
    "/assessments/10000/workbench/check?answer-drug=0&name=After",
    "/drafts",
    "/people/10000",
    "/people/404",
    "/assessments/404",
    "/results?latest=true",
    "/results?need.drug.min=10&score_min=3",
    "/results?latest=false&include=what_if",
    "/results?latest=true&release_next_days=60",
    "/results?latest=true&submitted_from=2030-01-01",
    "/results/scores?latest=true",
    "/exports",
    "/exports?all=true",
    "/nowhere",
    "an error",
    "a draft",
    "answers to check",
    "a draft changed meanwhile",
    "sent when the session had ended",
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
    save(shared_client, NEW, FILLED)
    save(shared_client, f"{NEW}?what_if=10000", {"answer-drug": "0"})
    kept = send(shared_client, f"{NEW}?from=10000", {"answer-drug": "0", "then": "later"})
    draft = f"/drafts/{kept.headers['Location'].partition('=')[2]}"
    seen = {path: shared_client.get(path).text for path in PAGES if path.startswith("/")}
    seen["an error"] = send(shared_client, NEW).text
    seen["a draft"] = shared_client.get(draft).text
    seen["answers to check"] = shared_client.get(f"{draft}/check").text
    assert "before you save the assessment" in seen["answers to check"]
    changed = {"answer-acad": "0", "version": "0", "then": "later"}
    seen["a draft changed meanwhile"] = send(shared_client, draft, changed).text
    note = fields(main_form(page(seen["/assessments/10000/notes"])))
    shared_client.delete_cookie("rms-session")
    late = shared_client.post("/assessments/10000/notes", data={**note, "text": "A note."})
    seen["sent when the session had ended"] = late.text
    seen["signed out"] = shared_client.get("/login").text
    seen["the first page"] = shared_client.get("/").text
    return seen


@pytest.fixture(params=PAGES)
def html(request: pytest.FixtureRequest, pages: dict[str, str]) -> str:
    return pages[request.param]


@pytest.fixture
def document(html: str) -> Element:
    return page(html)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_holds_on_every_page(document: Element, check: Check) -> None:
    check(document)


def test_the_policy_of_the_page_allows_no_more(anonymous: FlaskClient) -> None:
    policy = anonymous.get("/login").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_styles_fetch_nothing() -> None:
    styles = STYLES.read_text(encoding="utf-8")
    assert "url(" not in styles
    assert "@import" not in styles
