"""JSON of the API's responses, written by orjson: the json module takes ten times as long for numbers."""

from typing import Any

import orjson
from flask.json.provider import DefaultJSONProvider


class OrjsonProvider(DefaultJSONProvider):
    """JSON with keys in the order of the document. Flask writes what orjson cannot, such as enum keys."""

    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        try:
            return orjson.dumps(obj).decode()
        except TypeError:
            return super().dumps(obj, **kwargs)
