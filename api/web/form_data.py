"""What a form of ours sent, and what is wrong with it, field by field."""

from collections.abc import Container, Iterator, Mapping

from flask import request
from werkzeug.datastructures import MultiDict

from api.auth.access_check import TOKEN
from api.web.form_messages import REVERSED, Sentences
from rms.errors import InvalidInput, Problem

Errors = Mapping[str, str]
TWICE = "The address has {} more than once: choose below what you are looking for."
NOT_KNOWN = "The address has {}, which RMS does not know: choose below what you are looking for."
MOST_SHOWN, LONGEST_SHOWN = 5, 64  # names in such a sentence, and characters of each
OF_SHAPE = frozenset({"required", "invalid_value", "invalid_choice", "invalid_username"})


def typed() -> dict[str, str]:
    """What was typed, field by field, without room around it; lines end as they do everywhere else."""
    return {name: text.replace("\r\n", "\n").strip() for name, text in request.form.items() if name != TOKEN}


def given() -> dict[str, str]:
    """As `typed`, without the fields that were left empty."""
    return {name: text for name, text in typed().items() if text}


def errors_of(refused: InvalidInput, asked: Sentences) -> dict[str, str]:
    """Field → what to do about it, in the order of `asked`; a problem of no field stands at the first.

    What is missing or has not the shape it should have is told by what the page asks for; what is wrong
    besides, in the words of whoever found it.
    """
    first = next(iter(asked))
    found: dict[str, str] = {}
    for problem in refused.problems:
        named = problem.pointer.removeprefix("/").partition("/")[0]
        field = named if named in asked else first
        found.setdefault(field, _told(problem, asked if field == named else {}, field))
    return {field: found[field] for field in asked if field in found}


def _told(problem: Problem, asked: Sentences, field: str) -> str:
    if problem.code == "range_reversed":
        return REVERSED.get(field, problem.detail)
    return asked.get(field, problem.detail) if problem.code in OF_SHAPE else problem.detail


def unexpected_parameters(
    given: MultiDict[str, str], *, known: Container[str], days: Container[str], several: Container[str] = ()
) -> Iterator[str]:
    """What an address has that its page does not ask for, or has more than once, as sentences.

    A day of `days` may be in three fields; those of `several` may be given more than once.
    """
    twice = [name for name, texts in given.lists() if len(texts) > 1 and name not in several]
    unknown = [name for name in given if name not in known and name.rpartition("-")[0] not in days]
    for told, names in ((TWICE, twice), (NOT_KNOWN, unknown)):
        if names:
            yield told.format(_named(names))


def _named(names: list[str]) -> str:
    shown = [f"“{name[:LONGEST_SHOWN]}”" for name in names[:MOST_SHOWN]]
    more = len(names) - MOST_SHOWN
    return " and ".join([*shown, f"{more} more"] if more > 0 else shown)


def day_in(sent: Mapping[str, str], name: str) -> str:
    """The day in the three fields of `name`, right or wrong, as the API spells it; empty where they are.

    >>> day_in({"from-day": "2", "from-month": "3", "from-year": "2026"}, "from")
    '2026-03-02'
    """
    year, month, day = (sent.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day"))
    return f"{year:0>4}-{month:0>2}-{day:0>2}" if year or month or day else ""


def day_typed(sent: Mapping[str, str], name: str) -> dict[str, str]:
    """The three fields of `name` as they were typed, or as the whole day of an address fills them.

    >>> day_typed({"from": "2026-03-02"}, "from")
    {'from-year': '2026', 'from-month': '3', 'from-day': '2'}
    """
    fields = [f"{name}-{part}" for part in ("year", "month", "day")]
    if any(field in sent for field in fields):
        return {field: sent.get(field, "") for field in fields}
    whole = sent.get(name, "").split("-")
    return {field: text.lstrip("0") or text for field, text in zip(fields, whole, strict=False)}


def done_message(sentences: Mapping[str, str]) -> str | None:
    """What has just been done, as the address says by a word."""
    return sentences.get(request.args.get("done", ""))
