"""A body is taken whole or not at all."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.request_bodies import IncompleteBody, WholeBody
from tests.api.web.pages import fields, main_form, page


@pytest.mark.parametrize("size", [-1, 1, 3, 4, 100])
def test_the_end_before_what_was_announced(size: int) -> None:
    for whole, content in ((True, b"abcd"), (False, b"abc"), (False, b"")):
        body, read = WholeBody(BytesIO(content), announced=4), b""
        if whole:
            while part := body.read(size):
                read += part
            assert read == content
            continue
        with pytest.raises(IncompleteBody):
            while part := body.read(size):
                read += part
        with pytest.raises(IncompleteBody):
            body.read(size)


def test_a_stream_that_fails() -> None:
    closed = BytesIO(b"abcd")
    closed.close()
    with pytest.raises(IncompleteBody):
        WholeBody(closed, announced=0).read()


@pytest.mark.parametrize("missing", [1, 60])
def test_a_note_cut_short_is_not_kept(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any], missing: int
) -> None:
    client.post("/api/v1/assessments", json=valid_body)
    address = "/assessments/10000/notes"
    typed = fields(main_form(page(browser_client.get(address).text)))
    body = f"csrf_token={typed['csrf_token']}&text={'A note. ' * 20}".replace(" ", "+").encode()
    answer = browser_client.post(
        address,
        input_stream=BytesIO(body[:-missing]),
        environ_overrides={"CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True},
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status_code, "before the whole body had arrived" in answer.text) == (400, True)
    assert "A note." not in browser_client.get(address).text
