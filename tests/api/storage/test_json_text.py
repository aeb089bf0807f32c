"""JSON as it is stored says what was given, and texts are spelled as they always were."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from api.storage.json_text import compact_json

plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
texts = st.text(st.characters(exclude_categories=["Cs"]))


def documents(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)


@given(documents(st.none() | st.booleans() | st.integers() | texts))
@example({"0": [2**64, -(2**63) - 1]})
@example('\x00\x1f\x7f\u2028\\/"é\U0001f600')
def test_without_figures_it_is_spelled_as_by_json(document: Any) -> None:
    assert compact_json(document) == plain(document)


@given(documents(st.floats(allow_nan=False, allow_infinity=False)))
def test_figures_come_back_to_the_last_bit(document: Any) -> None:
    assert json.loads(compact_json(document)) == document


def test_what_is_no_number_is_not_known() -> None:
    assert compact_json([float("nan"), float("inf")]) == "[null,null]"
