"""The results filter as an address spells it: read, told in words, and written again.

An address has the names of the API (`/results?score_min=1.50&need.drug.min=50`), so a list in a browser
and one in a program are asked for alike. A form sends more than that: what is empty, both processes, and
the ranges of needs that are not ticked. `criteria` makes one spelling of either.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
from api.web.form_data import day_in, day_typed, unexpected_parameters
from rms.engine.filter import Filter
from rms.engine.scale import PROCESSES
from rms.errors import InvalidInput, Problem

Pairs = tuple[tuple[str, str], ...]

DATES = {"submitted": "Submitted", "release": "Estimated release"}
NEED_CODES = {code.lower(): label for code, label in NEED_LABELS.items()}  # as forms order them
PROCESS_LABELS = {"recidivism": "Recidivism", "violence": "Violence"}
DAYS = tuple(f"{name}_{end}" for name in DATES for end in ("from", "to"))  # three fields each, on a form
SINGLE = (
    *("all", "include", "latest"),
    *DAYS,
    *("score_min", "score_max", "band", "offender_number", "office"),
)
FLAGS = ("all", "latest")
WITH_ALL = ("all", "include")  # what is looked at where all offenders are asked for
TICKED = "need"  # a form's boxes: one for each need
RANGES = {
    **{f"{name}_from": (f"{name}_from", f"{name}_to") for name in DATES},
    "score_min": ("score_min", "score_max"),
    **{f"need.{code}.min": (f"need.{code}.min", f"need.{code}.max") for code in NEED_CODES},
}
ENDS = tuple(end for pair in RANGES.values() for end in pair)
SEVERAL = ("process", TICKED)  # may be given more than once
BESIDE = ("sort", "cursor", "name", "options", "download", "done", "made")  # in addresses of ours as well
KNOWN = frozenset((*SINGLE, *ENDS, *SEVERAL, *BESIDE))
LABELS = {
    **DATES,
    "score": "Score",
    **{f"need.{code}": label for code, label in NEED_CODES.items()},
}
EMPTY_NEED = "{}: say from, to or both, or take the tick away."
OF_ADDRESS = {  # what a form cannot get wrong, and who types an address can
    "all": "All offenders: the address says all=true, or nothing of it.",
    "latest": "Only the latest assessment of each person: the address says latest=true, or nothing of it.",
    "include": "What-ifs too: the address says include=what_if, or nothing of it.",
    "process": "Processes: the address says process=recidivism, process=violence, or nothing of it.",
}


@dataclass(frozen=True)
class Criteria:
    """What was asked for: `pairs` in the one spelling of an address, or what is wrong with it.

    `typed` is name → text and `ticked` the needs whose boxes are ticked, as the form was left; `errors` is
    field → sentence.
    """

    pairs: Pairs
    filter: Filter
    typed: Mapping[str, str]
    ticked: frozenset[str]
    errors: Mapping[str, str] = field(default_factory=dict)

    def address(self, endpoint: str, **more: str) -> str:
        """A page of ours with these criteria."""
        return address(endpoint, (*self.pairs, *more.items()))

    @property
    def body(self) -> Mapping[str, Any]:
        """The criteria as the body of a request spells them."""
        return body_of(self.pairs)

    @property
    def chips(self) -> tuple["Chip", ...]:
        """What is in force, in words; nothing is, where something is wrong."""
        return () if self.errors else tuple(chips(self.pairs))


@dataclass(frozen=True)
class Chip:
    """A criterion in words, and what is left without it."""

    words: str
    without: Pairs


def criteria(given: "MultiDict[str, str]") -> Criteria:
    """The criteria of an address or a form; wrong ones have `errors`, and an empty filter."""
    from_form = "" in given.getlist("process")
    typed = {name: given.get(name, "").strip() for name in (*SINGLE, *ENDS)}
    typed |= {name: day_in(given, name) for name in DAYS if not typed[name]}
    typed |= {name: "true" for name in FLAGS if typed[name] == "yes"}  # as other pages spell it
    ticked = frozenset(_ticked(given, typed, from_form=from_form))
    processes = [one for one in given.getlist("process") if one]
    pairs = tuple(_pairs(typed, ticked, processes))
    problems = [] if typed["all"] == "true" else list(_problems_of_form(typed, ticked, processes, from_form))
    try:
        known = resolve_criteria(loaded(SearchQuery(), _query(pairs)))
        found = filter_from(known)
    except InvalidInput as wrong:
        problems += wrong.problems
    for name in DAYS:
        typed |= day_typed(given, name)
    typed["process"] = " ".join(processes or ([] if from_form else PROCESSES))
    if problems:
        return Criteria(pairs, Filter(), typed, ticked, sentences(problems))
    return Criteria(pairs, found, typed, ticked)


def criteria_of_address(given: "MultiDict[str, str]") -> Criteria:
    """The same of an address alone, where no name is passed over: none that is not ours, none given twice."""
    found = criteria(given)
    if told := " ".join(unexpected_parameters(given, known=KNOWN, days=DAYS, several=SEVERAL)):
        return replace(found, filter=Filter(), errors={"all": told, **found.errors})
    return found


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
            body[name] = _number(text, float)
        elif name.startswith("need."):
            body[name] = _number(text, int)
        else:
            body[name] = text
    return body


def _number(text: str, kind: Callable[[str], float]) -> float | str:
    """What is no number stays as it is, to be refused by its field."""
    try:
        return kind(text)
    except ValueError:
        return text


def pairs_of(body: Mapping[str, Any]) -> Pairs:
    """The inverse of `body_of`, for criteria that were saved.

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
    given = dict(pairs)

    def chip(words: str, *names: str) -> Chip:
        return Chip(words, tuple(pair for pair in pairs if pair[0] not in names))

    if "all" in given:
        yield chip("All offenders", "all")
    if "include" in given:
        yield chip("What-ifs too", "include")
    if "latest" in given:
        yield chip("The latest assessment of each person", "latest")
    for name, (low, high) in RANGES.items():
        if low in given or high in given:
            label = LABELS[name.rpartition(".")[0] if name.startswith("need.") else name.rpartition("_")[0]]
            told = [_told(end, given[end]) if end in given else None for end in (low, high)]
            yield chip(f"{label} {_range(*told, days=name.endswith('_from'))}", low, high)
    if "band" in given:
        yield chip(f"Band “{given['band']}”", "band")
    if "process" in given:
        yield chip(f"{PROCESS_LABELS[given['process']]} only", "process")
    if "offender_number" in given:
        yield chip(f"Offender number {given['offender_number'].upper()}", "offender_number")
    if "office" in given:
        yield chip(f"Office {given['office']} and those below it", "office")


def sentences(problems: Iterable[Problem]) -> dict[str, str]:
    """Field → what to do about it, in the order of the form; a range is told of once, at its beginning."""
    told: dict[str, str] = {}
    for problem in problems:
        name = problem.pointer.removeprefix("/").partition("/")[0]
        if problem.code == "range_reversed" and name not in RANGES:
            continue
        told.setdefault(name, _sentence(name, problem))
    order = [*RANGES, *(high for _, high in RANGES.values()), "band", "process", "offender_number", "office"]
    return dict(sorted(told.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))


def _ticked(given: "MultiDict[str, str]", typed: Mapping[str, str], *, from_form: bool) -> Iterator[str]:
    """A form says which needs are ticked; an address has those that have a range."""
    sent = given.getlist(TICKED)
    for code in NEED_CODES:
        ranged = typed[f"need.{code}.min"] or typed[f"need.{code}.max"]
        if code in sent or (ranged and not from_form):
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
    """What an address cannot say, and a form can."""
    if from_form and not processes:
        yield Problem("/process", "no_process", "Choose recidivism, violence or both.")
    for code in ticked:
        if not (typed[f"need.{code}.min"] or typed[f"need.{code}.max"]):
            yield Problem(f"/need.{code}.min", "empty_range", EMPTY_NEED.format(NEED_CODES[code]))


def _query(pairs: Pairs) -> dict[str, Any]:
    """As a query string is loaded."""
    query: dict[str, Any] = dict(pairs)
    return {**query, "process": [query["process"]]} if "process" in query else query


def _sentence(name: str, problem: Problem) -> str:
    label = LABELS.get(name.rpartition(".")[0] if name.startswith("need.") else name.rpartition("_")[0])
    if problem.code == "invalid_value" and name in OF_ADDRESS:
        return OF_ADDRESS[name]
    if label is None or problem.code in ("band_and_range", "empty_range"):
        return problem.detail
    if problem.code == "range_reversed":
        days = "the first day must not be after the last"
        return f"{label}: {days if name.endswith('_from') else '“from” must not be above “to”'}."
    end = "from" if name.endswith(("_from", "min")) else "to"
    if name.endswith(("_from", "_to")):
        return f"{label}, {end}: enter a real day with a year of four digits, such as 7 3 2026."
    if name.startswith("score_"):
        return f"{label}, {end}: enter a number from 1.00 to 2.00 with at most two decimals."
    return f"{label}, {end}: enter a whole percent from 0 to 100."


def _told(name: str, text: str) -> str:
    if name.startswith("need."):
        return f"{text} %"
    if name.startswith("score_"):
        return f"{float(text):.2f}"
    return formatting.day(date.fromisoformat(text))


def _range(low: str | None, high: str | None, *, days: bool) -> str:
    """
    >>> _range("1.50", None, days=False), _range(None, "7 March 2026", days=True)
    ('1.50 or more', 'until 7 March 2026')
    """
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is not None:
        return f"from {low} on" if days else f"{low} or more"
    return f"until {high}" if days else f"{high} or less"
