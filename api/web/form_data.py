"""What a form sent, and its error messages by field."""

from collections.abc import Container, Iterator, Mapping

from flask import request
from werkzeug.datastructures import MultiDict

from api.auth.access_check import TOKEN
from api.web.form_messages import REVERSED, Messages
from rms.errors import InvalidInput, Problem
from rms.parsing import number_in, whole_number_in

Errors = Mapping[str, str]
REPEATED = "The address contains {} more than once. Choose your filters below."
UNRECOGNISED = "The address contains {}, which RMS does not recognise. Choose your filters below."
MOST_SHOWN, LONGEST_SHOWN = 5, 64  # names in the message, and characters of each
OF_FORMAT = frozenset({"required", "invalid_value", "invalid_choice", "invalid_username"})


def typed() -> dict[str, str]:
    """What was typed, by field, without surrounding spaces and with line feeds as line ends."""
    return {name: text.replace("\r\n", "\n").strip() for name, text in request.form.items() if name != TOKEN}


def filled_fields() -> dict[str, str]:
    """As `typed`, without empty fields."""
    return {name: text for name, text in typed().items() if text}


def decimal_typed(text: str) -> float | str:
    """The number, or the text as typed, which its check then refuses.

    >>> [decimal_typed(text) for text in ("1.50", ".5", "1,5")]
    [1.5, 0.5, '1,5']
    """
    number = number_in(text)
    return text if number is None else float(number)


def whole_typed(text: str) -> int | str:
    """The same for a whole number.

    >>> [whole_typed(text) for text in ("007", "2.0", "1.5", "٣")]
    [7, 2, '1.5', '٣']
    """
    number = whole_number_in(text)
    return text if number is None else number


def blank_errors(messages: Messages) -> dict[str, str]:
    """The messages of the fields that were left blank."""
    sent = typed()
    return {field: message for field, message in messages.items() if not sent.get(field)}


def errors_of(error: InvalidInput, messages: Messages) -> dict[str, str]:
    """Field → error message, in the order of `messages`; a problem without a field goes to the first field.

    A missing or malformed value gets the page's own message; any other problem keeps its detail.
    """
    first = next(iter(messages))
    errors: dict[str, str] = {}
    for problem in error.problems:
        pointed = problem.pointer.removeprefix("/").partition("/")[0]
        field = pointed if pointed in messages else first
        errors.setdefault(field, _message(problem, messages if field == pointed else {}, field))
    return {field: errors[field] for field in messages if field in errors}


def _message(problem: Problem, messages: Messages, field: str) -> str:
    if problem.code == "range_reversed":
        return REVERSED.get(field, problem.detail)
    return messages.get(field, problem.detail) if problem.code in OF_FORMAT else problem.detail


def unexpected_parameters(
    query: MultiDict[str, str], *, known: Container[str], days: Container[str], several: Container[str] = ()
) -> Iterator[str]:
    """Messages about query parameters that the page does not take, or that appear more than once.

    A date in `days` may have three fields; parameters in `several` may appear more than once.
    """
    repeated = [name for name, texts in query.lists() if len(texts) > 1 and name not in several]
    unknown = [name for name in query if name not in known and name.rpartition("-")[0] not in days]
    for message, names in ((REPEATED, repeated), (UNRECOGNISED, unknown)):
        if names:
            yield message.format(_quoted(names))


def _quoted(names: list[str]) -> str:
    shown = [f"“{name[:LONGEST_SHOWN]}”" for name in names[:MOST_SHOWN]]
    more = len(names) - MOST_SHOWN
    return " and ".join([*shown, f"{more} more"] if more > 0 else shown)


def day_in(fields: Mapping[str, str], name: str) -> str:
    """The date in the three fields of `name` as YYYY-MM-DD, valid or not; empty if all three are.

    >>> day_in({"from-day": "2", "from-month": "3", "from-year": "2026"}, "from")
    '2026-03-02'
    """
    year, month, day = (fields.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day"))
    return f"{year:0>4}-{month:0>2}-{day:0>2}" if year or month or day else ""


def day_typed(query: Mapping[str, str], name: str) -> dict[str, str]:
    """The three fields of `name` as typed, or filled from a whole date in the query.

    >>> day_typed({"from": "2026-03-02"}, "from")
    {'from-year': '2026', 'from-month': '3', 'from-day': '2'}
    """
    fields = [f"{name}-{part}" for part in ("year", "month", "day")]
    if any(field in query for field in fields):
        return {field: query.get(field, "") for field in fields}
    parts = query.get(name, "").split("-")
    return {field: text.lstrip("0") or text for field, text in zip(fields, parts, strict=False)}


def done_message(messages: Mapping[str, str]) -> str | None:
    """The message for the action named by `?done=`, if any."""
    return messages.get(request.args.get("done", ""))
