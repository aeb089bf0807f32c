from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from api.resources.assessments import needs
from api.resources.assessments.assessments import submission_of
from rms.reports import wording
from rms.submission import Submission

AT = "/api/v1/assessments/10000"


@pytest.fixture(autouse=True)
def posted(client: FlaskClient, valid_body: dict[str, Any]) -> dict[str, Any]:
    return dict(client.post("/api/v1/assessments", json=valid_body).json)


def test_needs_as_figures(client: FlaskClient, posted: dict[str, Any]) -> None:
    document = client.get(f"{AT}/needs").json
    assert document == {"needs": posted["needs"], "caveat": wording.NEEDS_CAVEAT}
    drug = next(need for need in document["needs"] if need["need"] == "DRUG")
    assert drug["actual"] == pytest.approx(200 / 3)
    assert drug["gap"] == pytest.approx(drug["actual"] - drug["simulated"])
    assert next(need for need in document["needs"] if need["need"] == "SEXS")["actual"] is None


def test_needs_as_plots(client: FlaskClient) -> None:
    svg = client.get(f"{AT}/needs.svg")
    assert svg.mimetype == "image/svg+xml"
    assert svg.data.startswith(b"<?xml") or svg.data.startswith(b"<svg")
    assert b"Needs, percent of the scale: rated and simulated" in svg.data
    assert b"rated and expected" in client.get(f"{AT}/needs.svg?reading=expected").data
    png = client.get(f"{AT}/needs.png")
    assert (png.mimetype, png.data[:4]) == ("image/png", b"\x89PNG")
    assert client.get(f"{AT}/needs.png?reading=expected").data != png.data
    assert client.get(f"{AT}/needs.png?reading=guessed").status_code == 422


def words(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_the_report_names_the_person_and_the_library(client: FlaskClient) -> None:
    answer = client.get(f"{AT}/report.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="report-10000.pdf"'
    text = words(answer.data)
    assert "10000" in text
    assert "Synthetic library" in text
    assert "represent the" in text  # the label of the policy pool
    assert client.get(f"{AT}/report.pdf").data == answer.data


def test_the_report_of_the_packaged_form_has_four_pages(client: FlaskClient) -> None:
    pages = PdfReader(BytesIO(client.get(f"{AT}/report.pdf").data)).pages
    texts = [page.extract_text() for page in pages]
    assert len(texts) == 4
    tables = [page.count("cases that represent the") for page in texts]
    assert tables == [page.count("Check by hand") for page in texts]  # each on the page of its table
    assert sum(tables) == 2


def test_a_redacted_report_names_neither_the_person_nor_staff(client: FlaskClient) -> None:
    answer = client.get(f"{AT}/report.pdf?redacted=true")
    for named in ("17 May 1985", "c.worker", "09:30"):
        assert named in words(client.get(f"{AT}/report.pdf").data)
        assert named not in words(answer.data)
    assert "10000" not in answer.headers["Content-Disposition"]


def test_a_form_without_needs_has_no_plot(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an instrument that does not rate needs."""

    def without_needs(id: str) -> Submission:
        found = submission_of(id)
        form = replace(found.assessment.instrument, needs=())
        return replace(found, assessment=replace(found.assessment, instrument=form))

    monkeypatch.setattr(needs, "findings_of", without_needs)
    for plot in ("needs.svg", "needs.png"):
        answer = client.get(f"{AT}/{plot}")
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
