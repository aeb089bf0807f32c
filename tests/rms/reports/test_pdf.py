import hashlib
import io
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from rms.assessment import Change, Said, Subject
from rms.engine.result import NeedReading
from rms.reports import wording
from rms.reports.content import Report, report
from rms.reports.fonts import drawable, visual
from rms.reports.pdf import report_pdf
from rms.submission import Correction
from tests.rms.reports.cases import (
    INTERVAL,
    OVERRIDE,
    READINGS,
    SCORE,
    WITHOUT_NEEDS,
    comparables,
    simulated,
    submission,
    withheld,
)

FULL = report(submission())
WHAT_IF = report(submission(what_if=True))
FREE_TEXTS = {
    "Welsh": "Mae’r tŷ yn wag. Ŵ ŷ dŵr",
    "Polish": "Zażółć gęślą jaźń, Łódź",
    "Māori": "Kāore ia i pīrangi kia kōrero",
    "Romanian": "Nu a știut țara în care s-a născut",
    "Vietnamese": "Người này không muốn trả lời, Nguyễn Thị Đượm",
    "Greek": "Δεν ήθελε να απαντήσει· Ἑλλάς",
    "Cyrillic": "Не захотел отвечать. Їжак, ѓ, ћ",
    "Arabic": "لم يرغب في الإجابة عن السؤال",
    "Urdu": "وہ جواب نہیں دینا چاہتے تھے",
    "Hebrew": "הוא לא רצה לענות על השאלה",
    "Chinese": "他不想回答这个问题；他不願意回答這個問題。",
    "Japanese": "答えたくないとのこと",
}


def pages(said: Report) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(report_pdf(said))).pages]


def text(said: Report) -> str:
    return " ".join(" ".join(pages(said)).split())


def code(*points: str) -> str:
    """How characters are printed that no font has."""
    return f"[cannot be printed: {' '.join(f'U+{point}' for point in points)}]"


def test_it_says_what_the_report_says() -> None:
    told = text(FULL)
    for section in FULL.processes:
        assert f"{section.label}: {section.score}" in told
        assert section.interval and section.interval in told
        assert section.comparables
        assert all(row[0] in told for row in section.comparables.rows)
        assert section.comparables.hand_check in told
        assert all(sentence in told for sentence in section.sentences)
    assert FULL.needs
    assert all(row[1] in told for row in FULL.needs.rows)
    assert FULL.notice in told
    for fact in (*FULL.identification, *FULL.versions, *(f for group in FULL.ratings for f in group.ratings)):
        assert fact.label in told and fact.value in told
    assert wording.JUDGEMENT_PROMPT in told and wording.OVERRIDE_PROMPT in told
    assert "medium" not in told.lower()


def test_overrides_with_the_decision_on_them_and_corrections_are_printed() -> None:
    undecided = replace(OVERRIDE, heading="Override 2, Violence. Higher", decision="Undecided")
    overrides = (OVERRIDE, replace(undecided, decided_by=None, answer=None))
    corrected = replace(
        submission(), corrected_by="12PR77-04", correction=Correction("12PR77-02", "Wrong year.")
    )
    told = text(report(corrected, overrides=overrides))
    for one in overrides:
        assert one.heading in told and f"{one.reason}: {one.text}" in told and one.by in told
    assert f"Agreed by {OVERRIDE.decided_by}: {OVERRIDE.answer}" in told
    assert wording.correction_sentence("12PR77-02", "Wrong year.") in told
    assert wording.corrected_sentence("12PR77-04") in told
    assert wording.NOTES_LEFT_OUT in told and wording.NOTES_LEFT_OUT in text(FULL)


def test_every_page_has_the_id_its_number_and_the_notice() -> None:
    drawn = pages(FULL)
    assert len(drawn) > 1
    for number, page in enumerate(drawn, start=1):
        assert "12PR77-03" in page
        assert f"page {number} of {len(drawn)}" in page
        assert wording.NOTICE_SHORT in page


def test_only_a_what_if_has_the_mark_and_has_it_on_every_page() -> None:
    assert all(
        page.count(wording.WHAT_IF_MARK) == 2 for page in pages(WHAT_IF)
    )  # across the page, and in its head
    assert wording.WHAT_IF_MARK not in "".join(pages(FULL))


def test_a_what_if_has_no_place_for_a_judgement_and_signatures() -> None:
    assert wording.JUDGEMENT_PROMPT in text(FULL)
    assert wording.JUDGEMENT_PROMPT not in text(WHAT_IF)


@pytest.mark.parametrize(
    ("redacted", "since", "here"),
    [(False, "12PR77-02", "12PR77-03"), (True, wording.REDACTED_ORIGIN, wording.REDACTED_HERE)],
    ids=["open", "redacted"],
)
def test_changes_name_the_assessment_they_start_from(redacted: bool, since: str, here: str) -> None:
    rated = Change(Subject.ITEM, "acad", Said(answer=1), Said(answer=2))
    told = text(report(replace(submission(what_if=True), changes=(rated,)), redacted=redacted))
    assert f"Changed from {since}" in told
    assert f"Answer In {since} In {here}" in told


def test_a_synthetic_library_is_named_on_every_page() -> None:
    synthetic = report(submission(synthetic=True))
    assert all("SYNTHETIC LIBRARY" in page for page in pages(synthetic))
    assert wording.SYNTHETIC_WARNING in text(synthetic)
    assert "synthetic" not in text(FULL).lower()


def test_a_withheld_score_is_nowhere_on_the_pages() -> None:
    told = text(report(submission(simulations=(withheld(),))))
    assert "Recidivism: withheld" in told
    assert wording.two_decimals(SCORE) not in told and wording.interval_range(INTERVAL) not in told


def test_simulated_needs_are_withheld_with_the_score_they_are_from() -> None:
    without = [NeedReading(one.need, one.actual, None, None, None, None) for one in READINGS]
    made = submission(simulations=(withheld(),))
    section = report(replace(made, result=replace(made.result, needs=tuple(without)))).needs
    assert section is not None
    assert [row[2:5] for row in section.rows] == [
        ("67%", "withheld", "withheld"),
        ("unknown", "withheld", "withheld"),
        ("0%", "withheld", "withheld"),
    ]
    known = FULL.needs
    assert known is not None and [row[3] for row in known.rows] == ["40%", "71%", "unknown"]
    told = text(replace(report(made), needs=section))
    assert told.count("withheld") >= 6 and "–: withheld" in told


def test_without_needs_there_is_no_plot() -> None:
    told = text(report(submission(instrument=WITHOUT_NEEDS)))
    assert wording.needs_title("simulated") in text(FULL)
    assert wording.needs_title("simulated") not in told


def test_a_redacted_report_names_nobody_in_its_metadata_either() -> None:
    redacted = report_pdf(report(submission(what_if=True), redacted=True))
    told = "".join(page.extract_text() for page in PdfReader(io.BytesIO(redacted)).pages)
    assert "12PR77" not in told and "17 May 1980" not in told
    assert b"12PR77" not in redacted and "12PR77".encode("utf-16-be") not in redacted


def test_a_redacted_report_names_no_staff_and_no_time() -> None:
    redacted = report(submission(by="j.smith"), overrides=(OVERRIDE,), redacted=True)
    told, opened = text(redacted), text(report(submission(by="j.smith"), overrides=(OVERRIDE,)))
    for hidden in ("j.smith", "s.visor", "14:05", "10:00", "6 March 2025", "Doe"):
        assert hidden in opened
        assert hidden not in told
    assert "Submitted 4 March 2025" in told
    assert f"Something else: {wording.REDACTED} Agreed: {wording.REDACTED}" in told
    metadata = PdfReader(io.BytesIO(report_pdf(redacted))).metadata
    assert metadata and metadata.creation_date == metadata.modification_date
    assert metadata.creation_date and metadata.creation_date.isoformat() == "2025-03-04T00:00:00+00:00"


def test_metadata_says_what_it_is_in_which_language_and_since_when() -> None:
    reader = PdfReader(io.BytesIO(report_pdf(FULL)))
    assert reader.metadata
    assert (reader.metadata.title, reader.metadata.author) == ("Assessment report 12PR77-03", "RMS")
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.isoformat() == "2025-03-04T14:05:06+00:00"
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"


def test_all_fonts_written_with_are_embedded() -> None:
    fonts = PdfReader(io.BytesIO(report_pdf(FULL))).pages[0]["/Resources"]["/Font"]
    embedded = [font for font in fonts.values() if "/FontDescriptor" in font.get_object()]
    assert len(embedded) >= 2
    assert all("/FontFile2" in font.get_object()["/FontDescriptor"] for font in embedded)


def test_same_content_same_bytes() -> None:
    again = report(submission())
    assert report_pdf(FULL) == report_pdf(again)
    assert report_pdf(FULL) != report_pdf(WHAT_IF)
    assert report_pdf(FULL) != report_pdf(
        replace(FULL, submitted_at=FULL.submitted_at + timedelta(seconds=1))
    )


def test_same_bytes_from_another_process() -> None:
    code = (
        "import hashlib; from rms.reports.content import report; from rms.reports.pdf import report_pdf;"
        "from tests.rms.reports.cases import submission;"
        "print(hashlib.sha256(report_pdf(report(submission()))).hexdigest())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == hashlib.sha256(report_pdf(FULL)).hexdigest()


def test_same_bytes_from_threads_at_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(report_pdf, [FULL, WHAT_IF] * 4))
    assert set(drawn[::2]) == {report_pdf(FULL)} and set(drawn[1::2]) == {report_pdf(WHAT_IF)}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('<img src="file:///etc/passwd"/>', '<img src="file:///etc/passwd"/>'),
        ("<para>a</para><b>", "<para>a</para><b>"),
        ("<a href='http://example.com/x'>b</a>", "<a href='http://example.com/x'>b</a>"),
        ("Tom & Jerry &amp; &lt;", "Tom & Jerry &amp; &lt;"),
        ("(a) \\(b\\) ) Tj ET", "(a) \\(b\\) ) Tj ET"),
        ("a\x00b\x07c\x1b[0m", f"a{code('0000')}b{code('0007')}c{code('001B')}[0m"),
        ("one\ntwo\ttwo\u00a0three", "one two two three"),
        ("smile \U0001f600\U0001f600 please", f"smile {code('1F600', '1F600')} please"),
        ("\ud800 lone", f"{code('D800')} lone"),
        ("Łukasz, Škoda, naïve, 5 €", "Łukasz, Škoda, naïve, 5 €"),
        ("ไทย", code("0E44", "0E17", "0E22")),
        ("soft\u00adhyphen, join\u200der", "softhyphen, joiner"),
        ("e\u0301tat", "état"),
        ("\u202etxet", f"{code('202E')}txet"),
        ("{{7*7}} %s {0}", "{{7*7}} %s {0}"),
    ],
)
def test_typed_text_is_shown_as_it_was_typed_or_visibly_not_at_all(typed: str, shown: str) -> None:
    told = text(report(submission(reason=typed, by=typed)))
    assert f"unknown: {shown}" in told
    assert "root:" not in told


@pytest.mark.parametrize("typed", FREE_TEXTS.values(), ids=FREE_TEXTS)
def test_c08_free_text_is_printed_in_its_letters(typed: str) -> None:
    """Words that are read from right to left come out of the file one by one, in an order of the reader's."""
    by_hand = replace(OVERRIDE, heading=typed, text=typed)  # in bold too
    said = report(submission(reason=typed), overrides=(by_hand,))
    told = unicodedata.normalize("NFKC", text(said))
    words = Counter(unicodedata.normalize("NFKC", typed).split())
    assert all(told.split().count(word) >= 3 * times for word, times in words.items())
    assert "cannot be printed" not in told
    fonts = [
        font.get_object()
        for page in PdfReader(io.BytesIO(report_pdf(said))).pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert all("/FontDescriptor" in font for font in fonts if font["/Subtype"] == "/TrueType")


def test_what_is_read_from_the_right_is_drawn_from_the_right() -> None:
    arabic = drawable("قال (كتب) 12")
    assert unicodedata.normalize("NFKC", arabic) == "قال (كتب) 12"
    assert arabic != "قال (كتب) 12"  # joined letters
    assert unicodedata.normalize("NFKC", visual(arabic)) == "12 (بتك) لاق"
    assert visual("said שלום twice") == "said םולש twice"
    assert visual("Łódź 12") == "Łódź 12"


def test_a_font_that_threads_need_at_once_is_read_once() -> None:
    run = (
        "from concurrent.futures import ThreadPoolExecutor; from rms.reports.content import report;"
        "from rms.reports.pdf import report_pdf; from tests.rms.reports.cases import submission;"
        "said = report(submission(reason='他不想回答'));"
        "print(len(set(ThreadPoolExecutor(4).map(report_pdf, [said] * 8))))"
    )
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize(
    "reason", ["x" * 200, "W" * 200, "word " * 39 + "word", "\U0001f600 " * 100, "<" * 200]
)
def test_a_long_reason_stays_on_the_page(reason: str) -> None:
    reader = PdfReader(io.BytesIO(report_pdf(report(submission(reason=reason)))))
    furthest = [0.0]

    def visit(words: str, _: object, matrix: list[float], *rest: object) -> None:
        furthest.append(matrix[4] + 8.0 * len(words.strip()) if set(words.strip()) == {"W"} else matrix[4])

    for page in reader.pages:
        page.extract_text(visitor_text=visit)
    assert max(furthest) < float(reader.pages[0].mediabox.width) - 40


def test_fifty_tied_cases_run_over_pages_and_keep_their_head() -> None:
    cases = tuple(
        comparables()[0]._replace(case_number=30000 + n, percent=2.0, stands_for=1) for n in range(50)
    )
    simulations = (simulated(comparables=cases, score=1.0),)
    drawn = pages(report(submission(simulations=simulations, policy="nearest")))
    listing = [page for page in drawn if "300" in page]
    assert len(listing) == 2
    assert all("Stands for" in page for page in listing)
    assert all(str(30000 + n) in "".join(listing) for n in range(50))


@pytest.mark.parametrize("overrides", range(12))
def test_the_last_page_is_never_nearly_empty(overrides: int) -> None:
    """The limits come with the space to write in; in a what-if, with the last answers."""
    *_, last = pages(report(submission(), overrides=(OVERRIDE,) * overrides))
    assert wording.JUDGEMENT_PROMPT in last and wording.LIMITS_HEADING in last
    changes = tuple(
        Change(Subject.ITEM, "acad", Said(answer=1), Said(answer=2)) for _ in range(4 * overrides)
    )
    *_, last = pages(report(replace(submission(what_if=True), changes=changes)))
    assert "Earlier convictions" in last and wording.LIMITS_HEADING in last


def test_a_report_takes_little_time() -> None:
    """The bound of 60 ms is the benchmark's to hold; a busy machine must not fail here, a slow way must."""
    report_pdf(FULL)
    taken = []
    for _ in range(7):
        start = time.process_time()
        report_pdf(FULL)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.100
