"""Whether an answer is as the description says."""

from typing import Any

from jsonschema import Draft202012Validator


def as_described(described: dict[str, Any], path: str, answer: Any, *, method: str = "get") -> None:
    responses = described["paths"][path][method]["responses"]
    response = responses.get(str(answer.status_code), responses["default"])
    if "$ref" in response:
        response = described["components"]["responses"][response["$ref"].rsplit("/", 1)[-1]]
    schema = response["content"][answer.mimetype]["schema"]
    whole = {**closed(schema), "components": {"schemas": closed(described["components"]["schemas"])}}
    problems = [
        f"{list(error.absolute_path)}: {error.message}"
        for error in Draft202012Validator(whole).iter_errors(answer.json)
    ]
    assert problems == []


def closed(part: Any) -> Any:
    """The same schema, with nothing allowed that it does not name."""
    if isinstance(part, dict):
        inner = {key: closed(value) for key, value in part.items()}
        named = isinstance(part.get("properties"), dict) and "additionalProperties" not in part
        return {**inner, "additionalProperties": False} if named else inner
    return [closed(one) for one in part] if isinstance(part, list) else part
