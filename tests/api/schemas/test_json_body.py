import pytest

from api.schemas.json_body import MalformedJson, parsed


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b'{"a": 1,}', "column"),
        (b"\xff", "UTF-8 at byte 0"),
        (b'\xef\xbb\xbf{"a": 1}', "starts with a byte order mark; send plain UTF-8"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "twice"),
        (b"NaN", "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 100_000, "nested"),
        (b"9" * 5000, "too long"),
    ],
)
def test_refused(body: bytes, told: str) -> None:
    with pytest.raises(MalformedJson, match=told):
        parsed(body)


def test_the_message_does_not_repeat_the_body() -> None:
    with pytest.raises(MalformedJson) as refused:
        parsed(b'{"SECRET77": 1, "SECRET77": 2, nonsense}')
    assert "SECRET77" not in refused.value.detail
