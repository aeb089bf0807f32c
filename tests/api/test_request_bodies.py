"""An incomplete body is refused."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.request_bodies import IncompleteBody, WholeBody
from tests.api.web.pages import fields, main_form, page


@pytest.mark.parametrize("size", [-1, 1, 3, 4, 100])
def test_a_body_shorter_than_announced_raises_an_error(size: int) -> None:
    for is_complete, content in ((True, b"abcd"), (False, b"abc"), (False, b"")):
        body, read = WholeBody(BytesIO(content), announced=4), b""
        if is_complete:
            while part := body.read(size):
                read += part
            assert read == content
            continue
        with pytest.raises(IncompleteBody):
            while part := body.read(size):
                read += part
        with pytest.raises(IncompleteBody):
            body.read(size)


def test_a_stream_that_fails_raises_an_error() -> None:
    closed = BytesIO(b"abcd")
    closed.close()
    with pytest.raises(IncompleteBody):
        WholeBody(closed, announced=0).read()


@pytest.mark.parametrize("missing", [1, 60])
def test_an_incomplete_note_is_not_saved(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any], missing: int
) -> None:
    client.post("/api/v1/assessments", json=valid_body)
    address = "/assessments/10000/notes"
    typed = fields(main_form(page(browser_client.get(address).text)))
    body = f"csrf_token={typed['csrf_token']}&text={'A note. ' * 20}".replace(" ", "+").encode()
    response = browser_client.post(
        address,
        input_stream=BytesIO(body[:-missing]),
        environ_overrides={"CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True},
        content_type="application/x-www-form-urlencoded",
    )
    assert (response.status_code, IncompleteBody().detail in response.text) == (400, True)
    assert "A note." not in browser_client.get(address).text
