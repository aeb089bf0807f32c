"""Reading a page and sending its form, as a browser without scripts does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

VOID = {"meta", "link", "input", "img", "br", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    children: list["Element"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str | None = None, **attributes: str) -> Iterator["Element"]:
        """Every element below of this tag with these attributes, in the order of the page."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        for child in self.children:
            if tag in (None, child.tag) and wanted.items() <= child.attributes.items():
                yield child
            yield from child.all(tag, **attributes)

    def first(self, tag: str | None = None, **attributes: str) -> "Element":
        return next(self.all(tag, **attributes))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        assert closed.tag == tag, f"<{closed.tag}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.texts.append(data)


def page(html: str) -> Element:
    """The page as a tree; fails where a tag is not closed by its own."""
    reader = _Reader()
    reader.feed(html)
    assert len(reader.open) == 1, f"not closed: {[element.tag for element in reader.open[1:]]}"
    return reader.open[0]


def opened(client: FlaskClient, path: str) -> Element:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return page(response.text)


def through(client: FlaskClient, address: str) -> Iterator[Element]:
    """A page and all that come after it."""
    while True:
        document = opened(client, address)
        yield document
        following = list(document.all("a", rel="next"))
        if not following:
            return
        address = following[0].attributes["href"]


def fields(form: Element) -> dict[str, str]:
    """What the form sends as it stands, without a button."""
    sent = {}
    for one in form.all("input"):
        if one.attributes.get("type") in ("radio", "checkbox") and "checked" not in one.attributes:
            continue
        if "name" in one.attributes:
            sent[one.attributes["name"]] = one.attributes.get("value", "")
    return sent


def press(
    client: FlaskClient, document: Element, label: str, changes: Mapping[str, str] | None = None
) -> TestResponse:
    """Type `changes` and press the first button of that label, whichever form of the page it belongs to."""
    button = next(one for one in document.all("button") if one.text == label)
    form = _form_of(button, document)
    sent = [pair for pair in _sent(form, document) if pair[0] not in (changes or {})]
    sent += [*(changes or {}).items()]
    if "name" in button.attributes:
        sent.append((button.attributes["name"], button.attributes.get("value", "")))
    action = button.attributes.get("formaction", form.attributes["action"])
    if button.attributes.get("formmethod", form.attributes.get("method", "get")) == "post":
        return client.post(action, data=MultiDict(sent))
    return client.get(action, query_string=MultiDict(sent))


def _form_of(part: Element, document: Element) -> Element:
    if "form" in part.attributes:
        return document.first("form", id=part.attributes["form"])
    return next(form for form in document.all("form") if any(one is part for one in form.all()))


def _sent(form: Element, document: Element) -> Iterator[tuple[str, str]]:
    """Of each field of the form, and of those outside that name it, what it says."""
    id = form.attributes.get("id")
    elsewhere = [one for one in document.all() if id is not None and one.attributes.get("form") == id]
    for one in (*form.all(), *elsewhere):
        name, kind = one.attributes.get("name"), one.attributes.get("type")
        ticked = kind not in ("radio", "checkbox") or "checked" in one.attributes
        if name and one.tag == "input" and ticked:
            yield name, one.attributes.get("value", "")
        elif name and one.tag == "select":
            options = list(one.all("option"))
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            yield from ((name, option.attributes["value"]) for option in chosen)
        elif name and one.tag == "textarea":
            yield name, one.text


def main_form(document: Element) -> Element:
    return document.first("main").first("form")


def send(client: FlaskClient, path: str, changes: Mapping[str, str] | None = None) -> TestResponse:
    """Open the page, type `changes` into its form, and send it."""
    form = main_form(opened(client, path))
    return client.post(form.attributes["action"], data={**fields(form), **(changes or {})})


def sign_in(client: FlaskClient, username: str, password: str) -> None:
    """Through the login and past the notice, as a person does."""
    entered = send(client, "/login", {"username": username, "password": password})
    assert entered.status_code == 303, entered.text
    send(client, "/notice/accept", {"answer": "accept"})


def landing(client: FlaskClient) -> str:
    """Where people begin: at the results filter, in a service that has one."""
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    return "/results-filter" if "/results-filter" in rules else "/"


def typed(body: Mapping[str, Any]) -> dict[str, str]:
    """What to type for the JSON document of an assessment."""
    sent = {"offender_number": body["offender_number"], "sex": body["sex"]}
    for name in ("date_of_birth", "release_date"):
        year, month, day = body[name].split("-")
        sent |= {f"{name}-day": day, f"{name}-month": month, f"{name}-year": year}
    sent |= {f"answer-{code}": str(answer) for code, answer in body["answers"].items()}
    for code, reason in body["unknown"].items():
        sent |= {f"answer-{code}": "?", f"reason-{code}": reason}
    return sent
