"""The results filter in a URL: read it, describe it in words, and write it back.

A URL has the names of the API (`/results?score_min=1.50&need.drug.min=50`), so pages and programs search in
the same way. A form also sends empty fields, both processes, and ranges of needs that are not ticked.
`criteria` reads both and writes the shortest form.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from api.resources.search.criteria import resolve_criteria
from api.schemas.problems import loaded
from api.schemas.search.search import SearchQuery, filter_from
from api.services.transfer.export_fields import NEEDS as NEED_LABELS
from api.web import formatting
from api.web.form_data import day_in, day_typed, decimal_typed, unexpected_parameters, whole_typed
from rms.engine.filter import Filter
from rms.engine.scale import PROCESSES
from rms.errors import InvalidInput, Problem
from rms.reports.wording import range_in_words

Pairs = tuple[tuple[str, str], ...]

DATES = {"submitted": "Submitted", "release": "Estimated release"}
NEED_CODES = {code.lower(): label for code, label in NEED_LABELS.items()}  # as forms order them
PROCESS_LABELS = {"recidivism": "Recidivism", "violence": "Violence"}
DAYS = tuple(f"{name}_{end}" for name in DATES for end in ("from", "to"))  # three fields each in a form
SINGLE = (
    *("all", "include", "latest"),
    *DAYS,
    *("score_min", "score_max", "band", "offender_number", "office"),
)
FLAGS = ("all", "latest")
WITH_ALL = ("all", "include")  # the parameters that count with all people
TICKED = "need"  # the form's checkboxes: one for each need
RANGES = {
    **{f"{name}_from": (f"{name}_from", f"{name}_to") for name in DATES},
    "score_min": ("score_min", "score_max"),
    **{f"need.{code}.min": (f"need.{code}.min", f"need.{code}.max") for code in NEED_CODES},
}
ENDS = tuple(end for pair in RANGES.values() for end in pair)
DATE_ENDS, NEED_ENDS = ENDS[: 2 * len(DATES)], ENDS[2 * len(DATES) + 2 :]
SCORE_ENDS = ("score_min", "score_max")
FORM_ORDER = (*DATE_ENDS, "process", *SCORE_ENDS, "band", *NEED_ENDS, "offender_number", "office")
SEVERAL = ("process", TICKED)  # may appear more than once
NOT_CRITERIA = ("sort", "cursor", "name", "options", "download", "done", "made")  # also in URLs of pages
KNOWN = frozenset((*SINGLE, *ENDS, *SEVERAL, *NOT_CRITERIA))
LABELS = {
    **DATES,
    "score": "Score",
    **{f"need.{code}": label for code, label in NEED_CODES.items()},
}
EMPTY_NEED = "{}: enter from, to or both, or untick it."
INVALID_IN_URL = {  # values that a form never sends, but that can be typed in a URL
    "all": "All people: use all=true in the address, or leave it out.",
    "latest": "Only the latest assessment of each person: use latest=true in the address, or leave it out.",
    "include": "Include what-ifs: use include=what_if in the address, or leave it out.",
    "process": "Scores for: use process=recidivism or process=violence in the address, or leave it out.",
}


@dataclass(frozen=True)
class Criteria:
    """The criteria of a URL or a form; `pairs` are their parameters in a URL.

    `typed` is name → text and `ticked` the ticked needs, to fill the form again; `errors` is field → message.
    """

    pairs: Pairs
    filter: Filter
    typed: Mapping[str, str]
    ticked: frozenset[str]
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
        return () if self.errors else tuple(chips(self.pairs))


@dataclass(frozen=True)
class Chip:
    """A criterion in words, and the parameters without it."""

    words: str
    without: Pairs


def criteria(parameters: "MultiDict[str, str]") -> Criteria:
    """The criteria of a URL or a form. Invalid ones have `errors` and an empty filter."""
    from_form = "" in parameters.getlist("process")
    typed = {name: parameters.get(name, "").strip() for name in (*SINGLE, *ENDS)}
    typed |= {name: day_in(parameters, name) for name in DAYS if not typed[name]}
    typed |= {name: "true" for name in FLAGS if typed[name] == "yes"}  # the value in other forms
    ticked = frozenset(_ticked(parameters, typed, from_form=from_form))
    processes = [process for process in parameters.getlist("process") if process]
    pairs = tuple(_pairs(typed, ticked, processes))
    problems = [] if typed["all"] == "true" else list(_problems_of_form(typed, ticked, processes, from_form))
    filter = Filter()
    try:
        filter = filter_from(resolve_criteria(loaded(SearchQuery(), _query(pairs))))
    except InvalidInput as refused:
        problems += refused.problems
    for name in DAYS:
        typed |= day_typed(parameters, name)
    typed["process"] = " ".join(processes or ([] if from_form else PROCESSES))
    if problems:
        return Criteria(pairs, Filter(), typed, ticked, error_messages(problems))
    return Criteria(pairs, filter, typed, ticked)


def criteria_of_address(parameters: "MultiDict[str, str]") -> Criteria:
    """The criteria of a URL, in which unrecognised and repeated parameters are errors."""
    chosen = criteria(parameters)
    if unexpected := " ".join(unexpected_parameters(parameters, known=KNOWN, days=DAYS, several=SEVERAL)):
        return replace(chosen, filter=Filter(), errors={"all": unexpected, **chosen.errors})
    return chosen


def address(endpoint: str, pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs))
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
        elif name.startswith("need."):
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
            typed[name] = "true" if value else ""
        elif name.startswith("score_"):
            typed[name] = f"{value:.2f}"
        elif name != "process":
            typed[name] = str(int(value)) if isinstance(value, float) else str(value)
    return tuple(_pairs(typed, frozenset(NEED_CODES), list(body.get("process", []))))


def chips(pairs: Pairs) -> Iterator[Chip]:
    """Each criterion in words, in the order of the form."""
    parameters = dict(pairs)

    def chip(words: str, *names: str) -> Chip:
        return Chip(words, tuple(pair for pair in pairs if pair[0] not in names))

    if "all" in parameters:
        yield chip("All people", "all")
    if "include" in parameters:
        yield chip("Includes what-ifs", "include")
    if "latest" in parameters:
        yield chip("The latest assessment of each person", "latest")
    for name, (low, high) in RANGES.items():
        if low in parameters or high in parameters:
            ends = [_shown(end, parameters[end]) if end in parameters else None for end in (low, high)]
            words = range_in_words(*ends, days=name.endswith("_from"))
            yield chip(f"{LABELS[_subject(name)]} {words}", low, high)
    if "band" in parameters:
        yield chip(f"Band “{parameters['band']}”", "band")
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
        if problem.code == "range_reversed" and name not in RANGES:
            continue
        messages.setdefault(name, _message(name, problem))
    places = {name: place for place, name in enumerate(FORM_ORDER)}
    return dict(sorted(messages.items(), key=lambda message: places.get(message[0], len(places))))


def _ticked(parameters: "MultiDict[str, str]", typed: Mapping[str, str], *, from_form: bool) -> Iterator[str]:
    """The needs that a form has ticked, or that have a range in a URL."""
    sent = parameters.getlist(TICKED)
    for code in NEED_CODES:
        has_range = typed[f"need.{code}.min"] or typed[f"need.{code}.max"]
        if code in sent or (has_range and not from_form):
            yield code


def _pairs(
    typed: Mapping[str, str], ticked: frozenset[str], processes: list[str]
) -> Iterator[tuple[str, str]]:
    if typed.get("all") == "true":
        yield from ((name, typed[name]) for name in WITH_ALL if typed.get(name))
        return
    yield from ((name, typed[name]) for name in SINGLE if typed.get(name))
    if len(set(processes)) == 1:
        yield "process", processes[0]
    for code in NEED_CODES:
        for name in (f"need.{code}.min", f"need.{code}.max"):
            if code in ticked and typed.get(name):
                yield name, typed[name]


def _problems_of_form(
    typed: Mapping[str, str], ticked: frozenset[str], processes: list[str], from_form: bool
) -> Iterator[Problem]:
    """Problems that only a form can have."""
    if from_form and not processes:
        yield Problem("/process", "no_process", "Choose recidivism, violence or both.")
    for code in ticked:
        if not (typed[f"need.{code}.min"] or typed[f"need.{code}.max"]):
            yield Problem(f"/need.{code}.min", "empty_range", EMPTY_NEED.format(NEED_CODES[code]))


def _query(pairs: Pairs) -> dict[str, Any]:
    """The parameters in the form in which a query string is loaded."""
    query: dict[str, Any] = dict(pairs)
    return {**query, "process": [query["process"]]} if "process" in query else query


def _subject(name: str) -> str:
    """
    >>> _subject("need.drug.min"), _subject("score_max")
    ('need.drug', 'score')
    """
    return name.rpartition("." if name.startswith("need.") else "_")[0]


def _message(name: str, problem: Problem) -> str:
    label = LABELS.get(_subject(name))
    if problem.code == "invalid_value" and name in INVALID_IN_URL:
        return INVALID_IN_URL[name]
    if label is None or problem.code in ("band_and_range", "empty_range"):
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
