"""JSON as it is stored, and as it is hashed."""

import json
from typing import Any

import orjson

canonical_json = json.JSONEncoder(allow_nan=False, sort_keys=True, separators=(",", ":")).encode
_compact_json = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode


def compact_json(value: Any) -> str:
    """The shortest text of it; what orjson cannot spell (whole numbers of more than 64 bits) json does.

    A figure that is no number is null, as what is not known.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return _compact_json(value)
