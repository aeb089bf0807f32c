"""What a form of ours sent, and what is wrong with it, field by field."""

from collections.abc import Mapping

from flask import request

from api.auth.door import TOKEN
from rms.errors import InvalidInput

Errors = Mapping[str, str]
NONE: Mapping[str, str] = {}
REAL_DAY = "this must be a real day with a year of four digits, such as 27 3 2026."
REQUIRED = frozenset({"required", "missing"})


def typed() -> dict[str, str]:
    """What was typed, field by field, without room around it; lines end as they do everywhere else."""
    return {name: text.replace("\r\n", "\n").strip() for name, text in request.form.items() if name != TOKEN}


def given() -> dict[str, str]:
    """As `typed`, without the fields that were left empty."""
    return {name: text for name, text in typed().items() if text}


def errors_of(
    refused: InvalidInput, labels: Mapping[str, str], *, plain: Mapping[str, str] = NONE
) -> dict[str, str]:
    """Field → what to do about it, in the order of `labels`; a problem of no field stands at the first.

    `plain` is what a field takes where the page asks for it otherwise than the API does.
    """
    first = next(iter(labels))
    found: dict[str, str] = {}
    for problem in refused.problems:
        named = problem.pointer.removeprefix("/").partition("/")[0]
        field = named if named in labels else first
        label = labels[field]
        detail = plain.get(field, problem.detail) if problem.code == "invalid_value" else problem.detail
        told = f"{label}: this is needed." if problem.code in REQUIRED else f"{label}: {detail}"
        found.setdefault(field, told)
    return {field: found[field] for field in labels if field in found}


def day_in(sent: Mapping[str, str], name: str) -> str:
    """The day in the three fields of `name`, right or wrong, as the API spells it; empty where they are.

    >>> day_in({"from-day": "2", "from-month": "3", "from-year": "2026"}, "from")
    '2026-03-02'
    """
    year, month, day = (sent.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day"))
    return f"{year:0>4}-{month:0>2}-{day:0>2}" if year or month or day else ""


def told(sentences: Mapping[str, str]) -> str | None:
    """What has just been done, as the address says by a word."""
    return sentences.get(request.args.get("done", ""))
