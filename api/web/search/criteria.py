"""The filter of the results in a URL: read it, describe it in words, and write it back.

A URL has the names of the API (`/results?latest=true&score_min=1.50&need.drug.min=50`), so pages and programs
search in the same way. A form also sends empty fields and both processes, and does not send what is not
ticked. `criteria` reads both and writes the shortest form, in which an offender number is encrypted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from api.context import needs_accepted, request_context
from api.resources.search.criteria import resolve_criteria
from api.schemas.problems import loaded
from api.schemas.search.search import (
    BOTH,
    MOST_DAYS,
    RELATIVE_DAYS,
    RELEASE_NEXT,
    SUBMITTED_LAST,
    SearchQuery,
    filter_from,
)
from api.services.search.needs import by_name
from api.web import formatting
from api.web.form_data import day_in, day_typed, decimal_typed, unexpected_parameters, whole_typed
from api.web.search.number_in_address import NUMBER, PARAMETER, number_in, sealed
from rms.engine.filter import Filter
from rms.engine.scale import PROCESSES
from rms.errors import InvalidInput, Problem
from rms.reports.wording import range_in_words

Pairs = tuple[tuple[str, str], ...]

DATES = {"submitted": "Submitted", "release": "Estimated release"}
SUBJECTS = {**DATES, "score": "Score"}  # what has a range, beside needs
PROCESS_LABELS = {"recidivism": "Recidivism", "violence": "Violence"}
DAYS = tuple(f"{name}_{end}" for name in DATES for end in ("from", "to"))  # three fields each in a form
SINGLE = (
    *("all", "latest", "include"),
    *RELATIVE_DAYS,
    *DAYS,
    *("score_min", "score_max", "band", "offender_number", "office"),
)
FLAGS = ("all", "latest")
WITH_ALL = ("all", "include")  # the parameters that count with all people
LATEST = ("latest", "true")  # on pages, unless switched off
DEFAULT: Pairs = (LATEST,)
OFFERED = {SUBMITTED_LAST: (7, 30), RELEASE_NEXT: (30, 60, 90)}  # numbers of days in the form
DATE_RANGES = {f"{name}_from": (f"{name}_from", f"{name}_to") for name in DATES}
SCORE_ENDS = ("score_min", "score_max")
EITHER_SCORE = f"{' or '.join(PROCESS_LABELS.values())} score".capitalize()
SEVERAL = ("process",)  # may appear more than once
NOT_CRITERIA = (  # also in URLs of pages
    *("sort", "cursor", "name", "options", "download", "done", "made", PARAMETER),
)
UNREADABLE = "RMS cannot read the offender number in this address. Enter the number again."
DAYS_AND_DATES = {
    SUBMITTED_LAST: "Submitted: choose a number of days or enter exact dates, not both.",
    RELEASE_NEXT: "Estimated release: choose a number of days or enter exact dates, not both.",
}
INVALID_IN_URL = {  # values that a form never sends, but that can be typed in a URL
    "all": "All people: use all=true in the address, or leave it out.",
    "latest": "Only the latest assessment of each person: use latest=true in the address, or leave it out.",
    **{
        name: f"{label}: use a whole number of days from 1 to {MOST_DAYS} in the address, or leave it out."
        for name, label in zip(RELATIVE_DAYS, DATES.values(), strict=True)
    },
    "include": "Include what-ifs: use include=what_if in the address, or leave it out.",
    "process": "Scores for: use process=recidivism or process=violence in the address, or leave it out.",
}


@dataclass(frozen=True)
class Criteria:
    """The criteria of a URL or a form; `pairs` are their parameters in a URL.

    `typed` is name → text, to fill the form again; `errors` is field → message; `today` is the agency's day.
    """

    pairs: Pairs
    filter: Filter
    typed: Mapping[str, str]
    today: date
    errors: Mapping[str, str] = field(default_factory=dict)

    def address(self, endpoint: str, **more: str) -> str:
        """The URL of a page with these criteria."""
        return address(endpoint, (*self.pairs, *more.items()))

    @property
    def body(self) -> Mapping[str, Any]:
        """The criteria in the form of an API request body."""
        return body_of(self.pairs)

    @property
    def chips(self) -> tuple["Chip", ...]:
        """The criteria in words; empty if there are errors."""
        return () if self.errors else tuple(chips(self.pairs, today=self.today))


@dataclass(frozen=True)
class Chip:
    """A criterion in words, and the parameters without it."""

    words: str
    without: Pairs


def criteria(parameters: "MultiDict[str, str]") -> Criteria:
    """The criteria of a URL or a form. Invalid ones have `errors` and an empty filter."""
    from_form = is_of_form(parameters)
    typed = {name: parameters.get(name, "").strip() for name in (*SINGLE, *need_ends())}
    kept = parameters.get(PARAMETER, "") if not typed[NUMBER] else ""
    typed[NUMBER] = typed[NUMBER] or number_in(kept) or ""
    typed |= {name: day_in(parameters, name) for name in DAYS if not typed[name]}
    typed |= {name: "true" for name in FLAGS if typed[name] == "yes"}  # the value in other forms
    if typed["all"] == "false":
        typed["all"] = ""
    if from_form and not typed["latest"]:
        typed["latest"] = "false"
    processes = [process for process in parameters.getlist("process") if process]
    pairs = tuple(_pairs(typed, processes))
    problems = []
    if kept and not typed[NUMBER]:
        problems.append(Problem(f"/{NUMBER}", "unreadable", UNREADABLE))
    if from_form and not processes and typed["all"] != "true":
        problems.append(Problem("/process", "no_process", "Choose recidivism, violence or both."))
    filter = Filter()
    try:
        filter = filter_from(resolve_criteria(loaded(SearchQuery(), _query(pairs))))
    except InvalidInput as refused:
        problems += refused.problems
    for name in DAYS:
        typed |= day_typed(parameters, name)
    typed["process"] = " ".join(PROCESSES if BOTH in processes else processes)
    if not processes and not from_form:
        typed["process"] = " ".join(PROCESSES)
    today = request_context().today
    if problems:
        return Criteria(pairs, Filter(), typed, today, error_messages(problems))
    return Criteria(pairs, filter, typed, today)


def is_of_form(parameters: "MultiDict[str, str]") -> bool:
    """Whether the filter's form sent these: it always sends an empty process, as a box that is not ticked."""
    return "" in parameters.getlist("process")


def criteria_of_address(parameters: "MultiDict[str, str]") -> Criteria:
    """The criteria of a URL, in which unrecognised and repeated parameters are errors."""
    chosen = criteria(parameters)
    known = frozenset((*SINGLE, *need_ends(), *SEVERAL, *NOT_CRITERIA))
    if unexpected := " ".join(unexpected_parameters(parameters, known=known, days=DAYS, several=SEVERAL)):
        return replace(chosen, filter=Filter(), errors={"all": unexpected, **chosen.errors})
    return chosen


def with_latest(pairs: Pairs) -> Pairs:
    """The criteria of a page: only the latest assessment of each person, unless they say otherwise.

    >>> with_latest((("score_min", "1.50"),))
    (('latest', 'true'), ('score_min', '1.50'))
    >>> with_latest((("latest", "false"),)), with_latest((("all", "true"),))
    ((('latest', 'false'),), (('all', 'true'),))
    """
    return pairs if any(name in FLAGS for name, _ in pairs) else (LATEST, *pairs)


def address(endpoint: str, pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(sealed(pairs)))
    return f"{url_for(endpoint)}?{query}" if query else url_for(endpoint)


def body_of(pairs: Pairs) -> dict[str, Any]:
    """
    >>> body_of((("latest", "true"), ("score_min", "1.50"), ("need.drug.min", "50")))
    {'latest': True, 'score_min': 1.5, 'need.drug.min': 50}
    """
    body: dict[str, Any] = {}
    for name, text in pairs:
        if name == "process":
            body.setdefault(name, []).append(text)
        elif name in FLAGS:
            body[name] = text == "true"
        elif name.startswith("score_"):
            body[name] = decimal_typed(text)
        elif name.startswith("need.") or name in RELATIVE_DAYS:
            body[name] = whole_typed(text)
        else:
            body[name] = text
    return body


def pairs_of(body: Mapping[str, Any]) -> Pairs:
    """The inverse of `body_of`, for saved criteria.

    >>> pairs_of({"score_min": 1.5, "latest": True, "all": False, "process": ["violence"]})
    (('latest', 'true'), ('score_min', '1.50'), ('process', 'violence'))
    """
    typed: dict[str, str] = {}
    for name, value in body.items():
        if isinstance(value, bool):
            typed[name] = "true" if value else "false" if name == "latest" else ""
        elif name.startswith("score_"):
            typed[name] = f"{value:.2f}"
        elif name != "process":
            typed[name] = str(int(value)) if isinstance(value, float) else str(value)
    return tuple(_pairs(typed, list(body.get("process", []))))


def chips(pairs: Pairs, *, today: date) -> Iterator[Chip]:
    """Each criterion in words, in the order of the form."""
    parameters = dict(pairs)

    def chip(words: str, *names: str) -> Chip:
        return Chip(words, tuple(pair for pair in pairs if pair[0] not in names))

    if "all" in parameters:
        yield chip("All people", "all")
    if "include" in parameters:
        yield chip("Includes what-ifs", "include")
    if "latest" in parameters:  # on by default: what removes one of these chooses the other
        is_on = parameters["latest"] == "true"
        other = ("latest", "false" if is_on else "true")
        words = "The latest assessment of each person" if is_on else "Earlier assessments too"
        yield Chip(words, tuple(other if pair[0] == "latest" else pair for pair in pairs))
    for name in RELATIVE_DAYS:
        if name in parameters:
            yield chip(_days_in_words(name, int(parameters[name]), today=today), name)
    of_needs = dict.fromkeys(_subject(name) for name in parameters if name.startswith("need."))
    labels = _labels() if of_needs else SUBJECTS
    for subject, (low, high) in [
        *zip(SUBJECTS, (*DATE_RANGES.values(), SCORE_ENDS), strict=True),
        *((need, (f"{need}.min", f"{need}.max")) for need in of_needs),
    ]:
        if low in parameters or high in parameters:
            ends = [_shown(end, parameters[end]) if end in parameters else None for end in (low, high)]
            words = range_in_words(*ends, days=low.endswith("_from"))
            of_either = low in SCORE_ENDS and "process" not in parameters
            label = EITHER_SCORE if of_either else labels.get(subject, subject)
            yield chip(f"{label} {words}", low, high)
    if "band" in parameters:
        yield chip(f"Score range “{parameters['band']}”", "band")
    if "process" in parameters:
        yield chip(f"{PROCESS_LABELS[parameters['process']]} only", "process")
    if "offender_number" in parameters:
        yield chip(f"Offender number {parameters['offender_number'].upper()}", "offender_number")
    if "office" in parameters:
        yield chip(f"Office {parameters['office']} and offices below it", "office")


def error_messages(problems: Iterable[Problem]) -> dict[str, str]:
    """Field → error message, in the order of the form. A reversed range has one message, at its start."""
    messages: dict[str, str] = {}
    for problem in problems:
        name = problem.pointer.removeprefix("/").partition("/")[0]
        if problem.code == "range_reversed" and not name.endswith(("_from", "min")):
            continue
        messages.setdefault(name, _message(name, problem))
    places = {name: place for place, name in enumerate(_form_order())}
    return dict(sorted(messages.items(), key=lambda message: places.get(message[0], len(places))))


def _pairs(typed: Mapping[str, str], processes: list[str]) -> Iterator[tuple[str, str]]:
    if typed.get("all") == "true":
        yield from ((name, typed[name]) for name in WITH_ALL if typed.get(name))
        return
    yield from ((name, typed[name]) for name in SINGLE if typed.get(name))
    if len(set(processes)) == 1 and BOTH not in processes:
        yield "process", processes[0]
    yield from ((name, text) for name, text in typed.items() if name.startswith("need.") and text)


def need_ends() -> tuple[str, ...]:
    """The parameters of every need, those of the instruments in use first."""
    return tuple(f"need.{name}.{end}" for name in by_name(needs_accepted()) for end in ("min", "max"))


def _labels() -> Mapping[str, str]:
    return {**SUBJECTS, **{f"need.{code.lower()}": label for code, label in needs_accepted().items()}}


def _form_order() -> tuple[str, ...]:
    dates = (end for pair in DATE_RANGES.values() for end in pair)
    who = ("offender_number", "office")
    return (*RELATIVE_DAYS, *dates, "process", *SCORE_ENDS, "band", *need_ends(), *who)


def _query(pairs: Pairs) -> dict[str, Any]:
    """The parameters in the form in which a query string is loaded."""
    query: dict[str, Any] = dict(pairs)
    return {**query, "process": [query["process"]]} if "process" in query else query


def _days_in_words(name: str, days: int, *, today: date) -> str:
    """A number of days with the date that it means today."""
    last = name == SUBMITTED_LAST
    ends = today + timedelta(days=-days if last else days)
    period = {
        SUBMITTED_LAST: f"Submitted in the last {days} days, since",
        RELEASE_NEXT: f"Estimated release in the next {days} days, until",
    }[name]
    return f"{period} {formatting.day(ends)}".replace(" 1 days", " day")


def _subject(name: str) -> str:
    """
    >>> _subject("need.drug.min"), _subject("score_max")
    ('need.drug', 'score')
    """
    return name.rpartition("." if name.startswith("need.") else "_")[0]


def _message(name: str, problem: Problem) -> str:
    label = _labels().get(_subject(name))
    if problem.code == "days_and_dates":
        return DAYS_AND_DATES[name]
    if problem.code == "invalid_value" and name in INVALID_IN_URL:
        return INVALID_IN_URL[name]
    if label is None or problem.code == "band_and_range":
        return problem.detail
    if problem.code == "range_reversed":
        order = "“from” must not be after “to”" if name.endswith("_from") else "“from” must not be above “to”"
        return f"{label}: {order}."
    end = "from" if name.endswith(("_from", "min")) else "to"
    if name.endswith(("_from", "_to")):
        return f"{label}, {end}: enter a real date with a 4-digit year, such as 7 3 2026."
    if name.startswith("score_"):
        return f"{label}, {end}: enter a number from 1.00 to 2.00 with up to 2 decimal places."
    return f"{label}, {end}: enter a whole percentage from 0 to 100."


def _shown(name: str, text: str) -> str:
    if name.startswith("need."):
        return f"{text}%"
    if name.startswith("score_"):
        return f"{float(text):.2f}"
    return formatting.day(date.fromisoformat(text))
