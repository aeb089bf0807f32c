"""What holds on every page, of one page."""

import re
from collections import Counter
from collections.abc import Callable

from rms.reports import wording
from tests.api.web.pages import Element

Check = Callable[[Element], None]


def the_notice_and_its_link(document: Element) -> None:
    footer = document.first("footer")
    assert wording.NOTICE_SHORT in footer.text
    assert footer.first("a").attributes["href"] == "/notice"


def nothing_inline_and_nothing_from_elsewhere(document: Element) -> None:
    for element in document.all():
        assert not [name for name in element.attributes if name == "style" or name.startswith("on")]
        assert element.tag != "style"
        assert not (element.tag == "script" and "src" not in element.attributes)
        for name in ("src", "href", "action"):
            # A picture is part of its page: fetched by itself, it would be one more look at the person.
            ours = ("data:image/svg+xml;base64,", "/static/") if element.tag == "img" else ("/", "#")
            assert name not in element.attributes or element.attributes[name].startswith(ours), (
                element.attributes
            )
            assert not element.attributes.get(name, "/").startswith("//")


def language_title_landmarks_and_one_heading(document: Element) -> None:
    assert document.first("html").attributes["lang"] == "en-GB"
    assert document.first("title").text.endswith(" – RMS")
    assert len(list(document.all("h1"))) == len(list(document.all("main"))) == 1
    first_link = document.first("body").first("a")
    assert first_link.attributes["href"] == "#main"


def ids_are_unique_and_references_lead_somewhere(document: Element) -> None:
    ids = Counter(one.attributes["id"] for one in document.all() if "id" in one.attributes)
    assert not [id for id, times in ids.items() if times > 1]
    for one in document.all():
        for name in ("for", "aria-describedby", "aria-labelledby"):
            assert set(one.attributes.get(name, "").split()) <= set(ids), one.attributes
        link = one.attributes.get("href", "")
        assert not link.startswith("#") or link[1:] in ids


def tables_have_captions_and_scopes(document: Element) -> None:
    for table in document.all("table"):
        assert table.first("caption").text
        assert all(cell.attributes.get("scope") in ("col", "row") for cell in table.all("th"))


def no_word_that_judges(document: Element) -> None:
    assert not re.search(
        r"(?<!low-)\bmedium\b(?!-high)|\b(high[- ]risk|low[- ]risk|will re-?offend)\b",  # names of harm bands
        document.text,
        re.IGNORECASE,
    )


CHECKS: tuple[Check, ...] = (
    the_notice_and_its_link,
    nothing_inline_and_nothing_from_elsewhere,
    language_title_landmarks_and_one_heading,
    ids_are_unique_and_references_lead_somewhere,
    tables_have_captions_and_scopes,
    no_word_that_judges,
)
