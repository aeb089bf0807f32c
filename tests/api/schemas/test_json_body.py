import pytest

from api.schemas.json_body import MalformedJson, parsed


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b'{"a": 1,}', "column"),
        (b"\xff", "UTF-8 at byte 0"),
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "twice"),
        (b"NaN", "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 100_000, "nested"),
        (b"9" * 5000, "too long"),
    ],
)
def test_json_that_is_invalid_or_ambiguous_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedJson, match=reason):
        parsed(body)


def test_the_message_does_not_repeat_the_body() -> None:
    with pytest.raises(MalformedJson) as refused:
        parsed(b'{"SECRET77": 1, "SECRET77": 2, nonsense}')
    assert "SECRET77" not in refused.value.detail
