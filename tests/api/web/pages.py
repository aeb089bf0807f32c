"""Reading a page and sending its form, as a browser without scripts does."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import html5lib
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

TREE = html5lib.getTreeBuilder("etree")
TYPED = "invalid-codepoint"  # a page may show again what was typed, whatever it was


@dataclass(frozen=True)
class Element:
    """An element of a page, or the page itself."""

    node: ElementTree.Element

    @property
    def tag(self) -> str:
        return self.node.tag

    @property
    def attributes(self) -> dict[str, str]:
        return self.node.attrib

    @property
    def children(self) -> list["Element"]:
        return [Element(node) for node in self.node if _is_element(node)]

    @property
    def text(self) -> str:
        """The text in it, with one space for any white space and between two elements."""
        return " ".join(" ".join(self.node.itertext()).split())

    def all(self, tag: str | None = None, **attributes: str) -> Iterator["Element"]:
        """Every element below of this tag with these attributes, in the order of the page."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}.items()
        for node in self.node.iter(tag or "*"):
            if node is not self.node and _is_element(node) and wanted <= node.attrib.items():
                yield Element(node)

    def first(self, tag: str | None = None, **attributes: str) -> "Element":
        return next(self.all(tag, **attributes))

    def find(self, path: str) -> list["Element"]:
        """Every element at a path of ElementTree, as `.//tr[th='Drugs']/td` or `.//*[@role='alert']`."""
        return [Element(node) for node in self.node.findall(path)]


def _is_element(node: ElementTree.Element) -> bool:
    return isinstance(node.tag, str)  # a comment has none


def page(html: str) -> Element:
    """A page or part of one, as browsers read it; fails at an error of HTML5, such as a tag left open."""
    parser = html5lib.HTMLParser(tree=TREE, namespaceHTMLElements=False)
    document = ElementTree.Element("document")
    if "<html" in html:
        document.append(parser.parse(html))
    else:
        document.extend(parser.parseFragment(html))
    errors = [(line, code, about) for (line, _), code, about in parser.errors if code != TYPED]
    assert not errors, errors
    return Element(document)


def drawn_in(image: "Element") -> str:
    """The SVG of a picture that is part of its page."""
    return b64decode(image.attributes["src"].partition("base64,")[2]).decode()


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
    return next(form for form in document.all("form") if part in form.all())


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


def errors_at_fields(document: Element) -> dict[str, str]:
    """Field → the error message beside it."""
    lines = document.all("p", **{"class": "govuk-error-message"})
    return {one.attributes["id"].removesuffix("-error"): one.text.removeprefix("Error: ") for one in lines}


def main_form(document: Element) -> Element:
    return document.first("main").first("form")


def send(client: FlaskClient, path: str, changes: Mapping[str, str] | None = None) -> TestResponse:
    """Open the page, type `changes` into its form, and send it."""
    form = main_form(opened(client, path))
    return client.post(form.attributes["action"], data={**fields(form), **(changes or {})})


def save(client: FlaskClient, path: str, changes: Mapping[str, str] | None = None) -> TestResponse:
    """Open the form of an assessment, type `changes` into it, check the answers, and save them."""
    return checked(client, send(client, path, changes))


def checked(client: FlaskClient, sent: TestResponse) -> TestResponse:
    """Press the first button of the page where a form that was sent leads to check its answers.

    A form that was refused, or saved before, leads to no such page: this is then its own answer.
    """
    if not sent.headers.get("Location", "").partition("?")[0].endswith("/check"):
        return sent
    document = opened(client, sent.headers["Location"])
    return press(client, document, document.first("main").first("form").first("button").text)


def sign_in(client: FlaskClient, username: str, password: str) -> None:
    """Through the login and past the notice, as a person does."""
    entered = send(client, "/login", {"username": username, "password": password})
    assert entered.status_code == 303, entered.text
    send(client, "/notice/accept", {"answer": "accept"})


def path_of(response: TestResponse) -> str:
    """Where it leads, without what the query says was done."""
    return response.headers["Location"].partition("?")[0]


def landing(client: FlaskClient) -> str:
    """Where people begin: at the results, in a service that has them."""
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    return "/results" if "/results" in rules else "/"


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
