"""An export made on its page, and its file."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.api.web.pages import fields, opened

EXPORTS = "/exports"


def send(client: FlaskClient, query: str, action: str = "", **changes: Any) -> TestResponse:
    """The form of the page, with these changes."""
    form = opened(client, f"{EXPORTS}?{query}").first("form", **{"class": "export"})
    sent = MultiDict(fields(form))
    sent.setlist("fields", [box.attributes["value"] for box in form.all("input", name="fields", checked="")])
    for name, value in changes.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return client.post(action or form.attributes["action"], data=sent)


def downloaded(client: FlaskClient, path: str) -> bytes:
    with client.get(path) as answer:
        assert answer.status_code == 200
        return answer.data
