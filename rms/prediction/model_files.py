"""A model as a file: canonical JSON with its own SHA-256. A file with one byte changed is refused.

Canonical: UTF-8, keys sorted, one space of indentation, one line feed at the end. The hash is that of the
file without the line of the hash. Numbers are written so that they are read back exactly.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from typing import Any

from rms.errors import InvalidInput, Problem
from rms.prediction.features import Feature, features
from rms.prediction.model import FORMAT, Model, Reference, Target, Training

MOST_BYTES = 4 * 1024**2


def model_file(model: Model) -> bytes:
    """The file of a model. The same model gives the same bytes."""
    content = {"format": FORMAT, **asdict(model)}
    return _canonical({**content, "sha256": _hash(content)})


def sha256_of(file: bytes) -> str:
    """The hash that the file states."""
    stated: str = json.loads(file)["sha256"]
    return stated


def read_model(file: bytes) -> Model:
    """The model of a file.

    Raises
    ------
    InvalidInput
        If the file was changed after it was written, by one byte or more, or is no file of a model.
    ProtectedAttribute
        If a feature names a protected attribute.
    """
    content = _content(file)
    stated = content.pop("sha256", None)
    if stated != _hash(content) or _canonical({**content, "sha256": stated}) != file:
        raise _refused("The file was changed after it was written: its content does not have its SHA-256.")
    if content.pop("format") != FORMAT:
        raise _refused(f"The file is no model of the format {FORMAT}.")
    try:
        model = _model(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refused("The file lacks something that a model needs.") from error
    _check(model)
    return model


def _content(file: bytes) -> dict[str, Any]:
    try:
        content = json.loads(file.decode("utf-8")) if len(file) <= MOST_BYTES else None
    except (UnicodeDecodeError, ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise _refused("The file is no model: it is not JSON as RMS writes it.")
    return content


def _model(content: Mapping[str, Any]) -> Model:
    training = content["training"]
    days = tuple(date.fromisoformat(day) for day in training["days"])
    dates = {name: date.fromisoformat(training[name]) for name in ("as_at", "test_day")}
    reference = content["reference"]
    return Model(
        **{
            **content,
            "trained_on": date.fromisoformat(content["trained_on"]),
            "target": Target(**content["target"]),
            "types": tuple(content["types"]),
            "features": tuple(Feature(**one) for one in content["features"]),
            **{name: tuple(content[name]) for name in ("means", "scales", "weights", "type_intercepts")},
            "type_weights": tuple(map(tuple, content["type_weights"])),
            "training": Training(**{**training, **dates, "days": days}),
            "reference": Reference(
                edges=tuple(map(tuple, reference["edges"])),
                groups=tuple(map(tuple, reference["groups"])),
                predicted_high=reference["predicted_high"],
                precision=tuple(reference["precision"]),
            ),
        }
    )


def _check(model: Model) -> None:
    """A model of other features, or with a number that is none, cannot be used."""
    if model.features != features(model.types):
        raise _refused("The features of the file are not those that this version of RMS calculates.")
    width = len(model.features)
    rows = (model.means, model.scales, model.weights, *model.type_weights)
    if any(len(row) != width for row in rows) or len(model.type_weights) != len(model.types):
        raise _refused("The file has more or fewer weights than features.")
    numbers = [*(number for row in rows for number in row), model.intercept, *model.type_intercepts]
    if not all(math.isfinite(number) for number in numbers) or min(model.scales) <= 0:
        raise _refused("The file has a number that a model cannot have.")


def _hash(content: Mapping[str, Any]) -> str:
    return sha256(_canonical(content)).hexdigest()


def _canonical(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False, default=_day)
    return (text + "\n").encode()


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"A model file cannot have {value!r}.")


def _refused(detail: str) -> InvalidInput:
    return InvalidInput([Problem("/file", "model_file", detail)])
